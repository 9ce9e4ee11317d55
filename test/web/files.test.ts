/** Files in the built page, in a real browser: candles that are dropped become its prices, and what it saves is read again. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset, saveDataset } from '../../src/data/dataset-file.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { prices } from '../app/setup.js';
import { slowParquet } from '../data/slow-parquet.js';
import { executable, launch, nameless, overflow, type Served, servedStatic, typed, visit } from './browser.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-page-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const START = Date.UTC(2024, 0, 1);
const ROWS = 90 * 24;
const close = (asset: number, t: number) =>
  (100 * (1 + asset) * (1 + 0.05 * Math.sin(t / (40 + 9 * asset)))).toFixed(4);
const candles = (asset: number) =>
  ['timestamp,close,volume']
    .concat(Array.from({ length: ROWS }, (_, t) => `${START + 3_600_000 * t},${close(asset, t)},1`))
    .join('\n');

/** Lets two files fall on the element. */
async function drop(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  const transfer = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    for (const [name, text] of ${JSON.stringify(Object.entries(files))}) transfer.items.add(new File([text], name));
    return transfer;
  })()`);
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
}

describe.skipIf(executable === null)('files', () => {
  let browser: Browser;
  let host: Served;
  beforeAll(async () => {
    [browser, host] = [await launch(), await servedStatic()];
  });
  afterAll(async () => {
    await browser?.close();
    await host?.end();
  });

  it('dropped become prices; saved ones are read again', async () => {
    const {
      page,
      complaints,
      close: leave,
    } = await visit(browser, host.url, { viewport: { width: 390, height: 900 } });
    await page.getByRole('combobox', { name: 'Where prices come from' }).selectOption('file');
    await drop(page, { 'BTCUSDT-1h.csv': candles(0), 'ETHUSDT-1h.csv': candles(1) });
    expect(await page.getByRole('textbox', { name: 'Asset in BTCUSDT-1h.csv' }).inputValue()).toBe('BTC');
    await page.getByRole('button', { name: 'Take these prices' }).click();
    await page.getByText(`${ROWS} rows of 1h`).waitFor();
    await page.getByRole('slider', { name: 'Weights, BTC' }).waitFor();
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    const save = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name, exact: true }).click(),
      ]);
      const path = join(folder, download.suggestedFilename());
      await download.saveAs(path);
      return path;
    };
    const prices = await loadDataset(await save('Prices (Arrow)'));
    expect([prices.assets, prices.rows]).toEqual([['BTC', 'ETH'], ROWS]);
    expect(prices.prices[2 * 777 + 1]).toBeCloseTo(Number(close(1, 777)), 3);
    const { layout, dataset } = await loadCheckpoint(await save('Checkpoint'));
    expect([layout.map(({ name }) => name), dataset?.hash]).toEqual([
      expect.arrayContaining(['constant-weight.fee', 'constant-weight.weights']),
      prices.hash,
    ]);
    const exported = JSON.parse(readFileSync(await save('Export: json'), 'utf8'));
    expect(JSON.stringify(exported)).toContain('0.003');
    expect([await overflow(page), await nameless(page), complaints]).toEqual([0, [], []]);
    await leave();
  });

  it('that are Parquet become prices; one that is damaged ends in a line, one that takes for ever is given up', async () => {
    const parquet = readFileSync(new URL('../data/fixtures/candles-delta.parquet', import.meta.url));
    // the root of the schema as one that repeats: its reader makes one list that grows for ever
    const damaged = Buffer.from(parquet);
    damaged[damaged.indexOf(Buffer.from('\x35\x00\x18\x06schema', 'latin1')) + 1] = 4;
    const take = async (page: Page, buffer: Buffer) => {
      await page.locator('.drop input').setInputFiles({ name: 'BTC.parquet', mimeType: '', buffer });
      await page.getByRole('button', { name: 'Take these prices' }).click();
    };
    const { page, complaints, close: leave } = await visit(browser, host.url);
    const fee = page.getByRole('textbox', { name: 'Fee, exact', exact: true });
    const tile = page.locator('dl > div').filter({ hasText: 'Objective' });
    const shown = await tile.innerText();
    await page.getByRole('combobox', { name: 'Where prices come from' }).selectOption('file');
    await take(page, damaged);
    await page.getByRole('alert').getByText('BTC.parquet: expected a whole Parquet file, got ').waitFor();
    await take(page, slowParquet());
    await page.getByText('reading the prices').waitFor();
    // the page answers meanwhile
    await typed(fee, '0.0077');
    await expect.poll(() => tile.innerText()).not.toBe(shown);
    expect(await page.getByText('reading the prices').count()).toBe(1);
    const said = 'got one that takes more than 16 s to read; fetch or export it again';
    await page.getByRole('alert').getByText(`BTC.parquet: expected a whole Parquet file, ${said}`).waitFor();
    await take(page, parquet);
    await page.getByText('6 rows of 1m, 2018-01-01').waitFor();
    expect(complaints).toEqual([]);
    await leave();
  });

  it('that are opened last stay: what was begun before is ended, whatever it would have come to', async () => {
    const arrow = join(folder, 'small.arrow');
    await saveDataset(arrow, prices(7, 60));
    const { page, complaints, close: leave } = await visit(browser, host.url);
    const sources = page.getByRole('combobox', { name: 'Where prices come from' });
    const alert = page.getByRole('alert');
    const take = async (pages: number) => {
      const file = { name: 'BTC.parquet', mimeType: '', buffer: slowParquet(pages) };
      await page.locator('.drop input').setInputFiles(file);
      await page.getByRole('button', { name: 'Take these prices' }).click();
      await page.getByText('reading the prices').waitFor();
    };
    await sources.selectOption('file');
    const began = performance.now();
    await take(20);
    await alert.getByText('BTC.parquet: ').waitFor();
    const long = 1.5 * (performance.now() - began) + 500;

    await take(20);
    await page.locator('.drop input').setInputFiles(arrow);
    const account = page.getByText('86400 rows of 1m');
    await account.waitFor();
    await page.getByRole('slider', { name: 'Weights, A' }).waitFor();
    await page.waitForTimeout(long);
    expect([await account.count(), await alert.count(), await page.getByText('reading').count()]).toEqual([1, 0, 0]);

    // a checkpoint waits for the prices that are being read, and is not opened on those before
    await take(20);
    await page.locator('.drop input').setInputFiles({ name: 'x.json', mimeType: '', buffer: Buffer.from('{}') });
    await alert.getByText('BTC.parquet: ').waitFor();
    expect(await page.getByText('x.json').count()).toBe(0);

    // others that are chosen meanwhile are the last
    await take(20);
    await sources.selectOption('shipped');
    await page.getByRole('slider', { name: 'Weights, SYNA' }).waitFor();
    await page.waitForTimeout(long);
    await sources.selectOption('file');
    expect([await alert.count(), await page.getByText('reading').count()]).toEqual([0, 0]);

    const checkpoints = ['one.json', 'two.json'].map((name) => ({ name, mimeType: '', buffer: Buffer.from('{}') }));
    await page.locator('.drop input').setInputFiles(checkpoints);
    await alert.getByText('one.json, two.json: checkpoints are opened one at a time').waitFor();
    expect(complaints).toEqual([]);
    await leave();
  });

  it('that a link names are awaited: opened again, they and the figures are there; a checkpoint keeps its own', async () => {
    const { page, complaints, close: leave } = await visit(browser, host.url);
    const sources = page.getByRole('combobox', { name: 'Where prices come from' });
    const openFiles = async () => {
      await drop(page, { 'BTCUSDT-1h.csv': candles(0), 'ETHUSDT-1h.csv': candles(1) });
      await page.getByRole('button', { name: 'Take these prices' }).click();
      await page.getByText(`${ROWS} rows of 1h`).waitFor();
      await page.getByRole('slider', { name: 'Weights, BTC' }).waitFor();
    };
    const savedCheckpoint = async (name: string) => {
      const button = page.getByRole('button', { name: 'Checkpoint', exact: true });
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
      const path = join(folder, name);
      await download.saveAs(path);
      return path;
    };
    await sources.selectOption('file');
    await openFiles();
    await page.waitForURL(/#.+/);
    // the address follows once the state rests
    await page.waitForTimeout(600);
    await page.reload();
    await page.getByText('a link does not carry; open it again').waitFor();
    await openFiles();
    expect(await page.getByText('open it again').count()).toBe(0);
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    const mine = await savedCheckpoint('mine.json');
    await page.locator('.drop input').last().setInputFiles(mine);
    await page.getByText('mine.json: its set is on the sliders').first().waitFor();
    await sources.selectOption('shipped');
    await page.getByRole('slider', { name: 'Weights, SYNA' }).waitFor();
    await page.getByRole('combobox', { name: 'Of', exact: true }).selectOption('the checkpoint mine.json');
    const again = await loadCheckpoint(await savedCheckpoint('again.json'));
    expect(again).toEqual(await loadCheckpoint(mine));
    expect(complaints).toEqual([]);
    await leave();
  });
});
