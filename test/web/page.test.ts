/** The built page in a real browser: sliders answer with the library's own figures, links restore, nothing leaves the origin. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { registry } from '../../kernels/index.js';
import { openSession } from '../../src/app/session.js';
import { openConfig } from '../../src/config/load.js';
import { formatMetric } from '../../src/evaluate/report/format.js';
import { DEFAULT_STATE } from '../../web/src/state.js';
import {
  executable,
  launch,
  nameless,
  overflow,
  type Served,
  SHIPPED,
  servedFolder,
  servedStatic,
  typed,
  visit,
} from './browser.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

const METRIC = 'returns_over_hodl';

/** What the library finds for the page's own pool at a fee, over all rows after the burn-in, as the page writes it. */
async function figureAt(fee: number, changes: object = {}): Promise<string> {
  const { pool, ...config } = DEFAULT_STATE.config as { readonly pool: object };
  const document = { ...config, pool: { ...pool, fee }, data: { file: SHIPPED }, ...changes };
  const session = await openSession(await openConfig(document, registry));
  if (session.kind !== 'pool') throw new Error('a pool was expected');
  const { rollout, initial, split, dataset } = session;
  const [from] = split.train;
  const { objective } = rollout.value(initial, Int32Array.of(from), dataset.rows - from);
  rollout.dispose();
  return formatMetric(METRIC, objective[0]);
}

const tile = (page: Page, name: string) =>
  page.locator('dl > div').filter({ has: page.getByRole('term').getByText(name, { exact: true }) });
const fee = (page: Page) => page.getByRole('slider', { name: 'Fee', exact: true });
const exact = (page: Page) => page.getByRole('textbox', { name: 'Fee, exact', exact: true });
const feeNow = async (page: Page) => Number(await exact(page).inputValue());

/** What the config that is saved says of the fee; the panel of files is open. */
async function savedFee(page: Page): Promise<unknown> {
  const button = page.getByRole('button', { name: 'Config (YAML)' });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return parse(readFileSync(await download.path(), 'utf8')).pool.fee;
}

/** Waits until the page shows what the library finds for the fee that it stands at. */
async function agrees(page: Page, changes: object = {}): Promise<string> {
  const figure = await figureAt(await feeNow(page), changes);
  await tile(page, 'Objective').getByText(figure, { exact: true }).waitFor();
  return figure;
}

describe.skipIf(executable === null)('the page', () => {
  let browser: Browser;
  let hosts: Record<'poolgrad ui' | 'a static host', Served>;

  beforeAll(async () => {
    browser = await launch();
    hosts = { 'poolgrad ui': await servedFolder(folder), 'a static host': await servedStatic() };
  });
  afterAll(async () => {
    await browser?.close();
    for (const host of Object.values(hosts ?? {})) await host.end();
  });

  it.each([
    'poolgrad ui',
    'a static host',
  ] as const)('by %s: a slider by keys and by pointer has the figures of the library', async (host) => {
    const { page, complaints, close } = await visit(browser, hosts[host].url);
    const seen = [await agrees(page)];
    expect(await feeNow(page)).toBe(0.003);
    await fee(page).focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
    seen.push(await agrees(page));
    const { x, y, width, height } = (await fee(page).boundingBox())!;
    await page.mouse.move(x + width * 0.6, y + height / 2);
    await page.mouse.down();
    for (let i = 0; i <= 20; i++) await page.mouse.move(x + width * (0.6 - 0.02 * i), y + height / 2);
    await page.mouse.up();
    expect(await feeNow(page)).toBeLessThan(0.003);
    seen.push(await agrees(page));
    expect(new Set(seen).size).toBe(3);
    expect(complaints).toEqual([]);
    await close();
  });

  it('is restored by its link, which no host is sent', async () => {
    const { page, close } = await visit(browser, hosts['poolgrad ui'].url);
    await typed(exact(page), '0.0123');
    const figure = await agrees(page);
    await page.waitForURL(/#.+/);
    // the address follows once the state rests
    await page.waitForTimeout(600);
    const link = page.url();
    await close();
    const other = await visit(browser, hosts['a static host'].url + new URL(link).hash);
    const asked: string[] = [];
    other.page.on('request', (request) => asked.push(request.url()));
    expect(await feeNow(other.page)).toBe(0.0123);
    await tile(other.page, 'Objective').getByText(figure, { exact: true }).waitFor();
    await other.page.reload();
    await tile(other.page, 'Objective').getByText(figure, { exact: true }).waitFor();
    const state = new URL(link).hash.slice(1, 30);
    expect(asked.filter((url) => url.split('#')[0].includes(state))).toEqual([]);
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  it('bounds what trains: what is not taken is told, what is taken is in the config', async () => {
    const { page, complaints, close } = await visit(browser, hosts['a static host'].url, {
      viewport: { width: 390, height: 900 },
    });
    await agrees(page);
    await page.locator('legend').getByRole('button', { name: /^Fee/ }).click();
    await page.getByRole('button', { name: 'Set bounds' }).click();
    const least = page.getByRole('textbox', { name: 'Fee, least in training' });
    const greatest = page.getByRole('textbox', { name: 'Fee, greatest in training' });
    expect([await least.inputValue(), await greatest.inputValue()].map(Number)).toEqual([1e-6, 0.1]);
    const alert = page.getByRole('alert');
    // what is half typed is nobody's bound
    await typed(greatest, '0.0', { end: '' });
    expect([await alert.count(), await greatest.getAttribute('aria-invalid')]).toEqual([0, 'true']);
    await typed(greatest, '0.2', { end: 'Tab' });
    await alert
      .getByText('“0.2” is not taken: expected a number from 0.003 (its value) to 0.1 (where its range ends)')
      .waitFor();
    expect([await greatest.inputValue(), await alert.count()]).toEqual(['0.2', 1]);
    await typed(least, '0.01');
    await alert
      .getByText('“0.01” is not taken: expected a number from 0 (where its range begins) to 0.003 (its value)')
      .waitFor();
    expect([await overflow(page), await nameless(page)]).toEqual([0, []]);
    await least.press('Escape');
    expect(await least.inputValue()).toBe('0.000001');
    await typed(greatest, '0.02');
    await typed(least, '0.002');
    expect([await alert.count(), await least.inputValue(), await greatest.inputValue()]).toEqual([0, '0.002', '0.02']);
    // the slider spans them
    await fee(page).focus();
    await page.keyboard.press('End');
    await expect.poll(() => feeNow(page)).toBe(0.02);
    await page.getByRole('checkbox', { name: 'trained' }).uncheck();
    await page.getByRole('checkbox', { name: 'trained' }).check();
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    expect(await savedFee(page)).toEqual({ value: 0.02, train: true, bounds: [0.002, 0.02] });
    await page.getByRole('button', { name: 'Take the bounds out' }).click();
    await page.getByRole('button', { name: 'Set bounds' }).waitFor();
    expect(await savedFee(page)).toEqual({ value: 0.02, train: true });
    expect(complaints).toEqual([]);
    await close();
  });

  it('takes what is typed key by key once it is whole: what trains stays, and comes back from where nothing trains', async () => {
    const { page, complaints, close } = await visit(browser, hosts['a static host'].url);
    const seen = await agrees(page);
    await page.locator('legend').getByRole('button', { name: /^Fee/ }).click();
    const trained = page.getByRole('checkbox', { name: 'trained' });
    const stuck = page.getByText('No gradient leads from 0: it does not train there.');
    await typed(exact(page), '0.005', { end: '' });
    expect([await tile(page, 'Objective').getByText(seen, { exact: true }).count(), await trained.isChecked()]).toEqual(
      [1, true],
    );
    await exact(page).press('Tab');
    expect(await agrees(page)).not.toBe(seen);
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    expect([await trained.isChecked(), await savedFee(page)]).toEqual([true, { value: 0.005, train: true }]);
    await typed(exact(page), '0');
    await stuck.waitFor();
    expect([await trained.isChecked(), await trained.isDisabled()]).toEqual([false, true]);
    expect(await savedFee(page)).toEqual({ value: 0 });
    await typed(exact(page), '0.004');
    await stuck.waitFor({ state: 'detached' });
    expect([await trained.isChecked(), await savedFee(page)]).toEqual([true, { value: 0.004, train: true }]);
    await typed(exact(page), '0,2');
    await page.getByRole('alert').getByText('“0,2” is not taken: expected a number from 0').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('answers where the fee that trains has nobody to answer to, and where no gradient leads from it', async () => {
    const { page, complaints, close } = await visit(browser, hosts['a static host'].url);
    const seen = [await agrees(page)];
    await typed(exact(page), '0');
    seen.push(await agrees(page));
    await page.getByRole('combobox', { name: 'Who else trades' }).selectOption('');
    seen.push(await agrees(page, { flow: undefined }));
    expect(new Set(seen).size).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
    await close();
    const other = await visit(browser, hosts['a static host'].url);
    await agrees(other.page);
    await other.page.getByRole('combobox', { name: 'Who else trades' }).selectOption('');
    expect(await agrees(other.page, { flow: undefined })).not.toBe(seen[0]);
    expect(await feeNow(other.page)).toBe(0.003);
    await other.close();
  });

  it('opens again without its host', async () => {
    const host = await servedStatic();
    const { page, complaints, close } = await visit(browser, host.url);
    const figure = await agrees(page);
    await page.evaluate('navigator.serviceWorker.ready.then(() => null)');
    await host.end();
    await page.reload();
    await tile(page, 'Objective').getByText(figure, { exact: true }).waitFor();
    await fee(page).focus();
    await page.keyboard.press('ArrowRight');
    expect(await agrees(page)).not.toBe(figure);
    expect(complaints).toEqual([]);
    await close();
  });

  it('fits any width in light and dark, and every control has a name', async () => {
    for (const width of [390, 1600]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints, close } = await visit(browser, hosts['a static host'].url, {
          viewport: { width, height: 900 },
          colorScheme,
        });
        await agrees(page);
        const background = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
        expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 27)');
        expect([await overflow(page), await nameless(page), complaints]).toEqual([0, [], []]);
        await close();
      }
    }
  });
});
