/**
 * Floor 7. Pictures of the built page, by the browser that the tests use: `npm run pictures` makes the one of the README,
 * `npm run pictures -- FOLDER` all widths and schemes for looking at.
 */
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { preview } from 'vite';

const root = import.meta.dirname;
const [folder] = process.argv.slice(2);

/** A pool that moves with everything: weights by a rule, a fee, orders that answer to it. */
const STATE = {
  config: {
    pool: { kind: 'tfmm', fee: { value: 0.002, train: true } },
    rule: { kind: 'momentum', memoryDays: [4, 4], k: [1.5, 1.5] },
    flow: { kind: 'elastic', v0: 0.0005 },
    objective: 'daily_log_sharpe',
  },
  data: { from: 'shipped' },
  view: { panel: 'simulate', part: 'all', asset: 0 },
};

const README = { path: resolve(root, '../docs/page.png'), width: 1200, height: 720, scheme: 'light', whole: false };
const ALL = [390, 1600].flatMap((width) =>
  ['light', 'dark'].map((scheme) => ({
    path: join(folder ?? '', `${width}-${scheme}.png`),
    width,
    height: width < 600 ? 844 : 1000,
    scheme,
    whole: true,
  })),
);

const server = await preview({ root, logLevel: 'error', preview: { host: '127.0.0.1', port: 0 } });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const fragment = `#1j.${Buffer.from(JSON.stringify(STATE)).toString('base64url')}`;
  for (const { path, width, height, scheme, whole } of folder === undefined ? [README] : ALL) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
    page.on('pageerror', (error) => console.error(`${path}: ${error.message}`));
    page.on('console', (line) => line.type() === 'error' && console.error(`${path}: ${line.text()}`));
    await page.goto(`${server.resolvedUrls.local[0]}${fragment}`);
    // gradients come last
    await page.waitForSelector('.arrow.up, .arrow.down');
    await page.waitForTimeout(1000);
    await page.screenshot({ path, fullPage: whole });
    console.log(path);
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
