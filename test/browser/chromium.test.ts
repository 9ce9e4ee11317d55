/** The library in the worker of a real browser, under a strict policy: threads in isolation, one without, and its own unpacking. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as lib from '../../src/entries/browser.js';
import { chromium as executable } from '../evaluate/chromium.js';
import { root } from '../package/pages.js';
import { CONFIG, prices } from './ground.js';

if (executable === null) console.warn('skipped: tests in a browser need Chromium on the path');

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-chromium-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CSV = `timestamp,close\n${Array.from({ length: 2000 }, (_, t) => `${60_000 * t + 1.7e12},${100 + Math.sin(t)}`).join('\n')}`;

const WORKER = `import * as lib from './lib.js';
onmessage = async ({ data: { config, rows, table, gz } }) => {
  const grid = { assets: ['A', 'B'], start: Date.UTC(2024, 0, 1), interval: 60_000, rows };
  const data = lib.createDataset({ ...grid, prices: Float64Array.from(table), volume: null, meta: { numeraire: 'USD' } });
  const session = await lib.openInBrowser(lib.openInMemory(config, lib.registry, data), { device: 'wasm', training: true });
  const { state } = await lib.train(lib.problemOf(session), lib.trainOptionsOf(session.config));
  const opened = (bytes) => lib.openPrices([{ asset: 'X', source: lib.ofBytes('x.csv.gz', Uint8Array.from(bytes)) }]);
  const whole = await opened(gz);
  const cut = await opened(gz.slice(0, 1000)).catch((error) => error.message);
  postMessage({ threads: session.threads, raw: [...state.raw], hash: whole.dataset.hash, cut });
};`;

interface Answer {
  readonly threads: number;
  readonly raw: readonly number[];
  readonly hash: string;
  readonly cut: string;
}

describe.skipIf(executable === null)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    const lib = { entry: join(root, 'src/entries/browser.ts'), formats: ['es' as const], fileName: 'lib' };
    await build({ configFile: false, root, logLevel: 'error', build: { outDir: folder, target: 'es2022', lib } });
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  it.each([
    ['isolated, with threads', true],
    ['not isolated, with one', false],
  ])('%s: the bits of Node.js', async (_, isolated) => {
    const complaints: string[] = [];
    const server = createServer(({ url = '/' }, answer) => {
      answer.setHeader(
        'Content-Security-Policy',
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:",
      );
      if (isolated) {
        answer.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
        answer.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      }
      answer.setHeader('Content-Type', url === '/' ? 'text/html' : 'text/javascript');
      if (url === '/favicon.ico') answer.end();
      else
        answer.end(url === '/' ? '<!doctype html>' : url === '/worker.js' ? WORKER : readFileSync(join(folder, url)));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const data = prices(lib);
    const asked = { config: CONFIG, rows: data.rows, table: [...data.prices], gz: [...gzipSync(CSV)] };
    const run = `new Promise((done, fail) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = ({ message }) => fail(new Error(message));
      worker.postMessage(${JSON.stringify(asked)});
    })`;
    const got = (await page.evaluate(run)) as Answer;
    await page.close();
    server.close();
    const session = await lib.openInBrowser(lib.openInMemory(CONFIG, lib.registry, data), { training: true });
    const { state } = await lib.train(lib.problemOf(session), lib.trainOptionsOf(session.config));
    session.rollout.dispose();
    expect(got.raw).toEqual([...state.raw]);
    const cores = (await import('node:os')).availableParallelism();
    expect(got.threads).toBe(isolated ? cores : 1);
    const source = lib.ofBytes('x.csv.gz', Buffer.from(CSV));
    expect(got.hash).toBe((await lib.openPrices([{ asset: 'X', source }])).dataset.hash);
    expect(got.cut).toMatch(/^x\.csv\.gz: expected whole gzip data, got 'Compressed input was truncated\.'; download/);
    expect(complaints).toEqual([]);
  });
});
