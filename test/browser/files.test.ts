/** Files without a file system: importers, checkpoints and exports in memory do what those of the command line do. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { runEvaluate, runExport } from '../../src/app/index.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { importFiles } from '../../src/data/import-files.js';
import * as lib from '../../src/entries/browser.js';
import { FEES, MOMENTUM, prices, refusal, trainedIn } from '../app/setup.js';
import { zip } from '../data/zip-files.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-browser-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

describe('prices of files', () => {
  const START = Date.UTC(2024, 0, 1);
  const rows = (k: number) =>
    Array.from({ length: 3000 }, (_, t) => `${START + 60_000 * t},${100 + k + Math.sin(t / 50)},${t % 7}\n`);
  const text = (k: number) => Buffer.from(`timestamp,close,volume\n${rows(k).join('')}`);
  const quoted = Buffer.from(
    text(0)
      .toString()
      .replaceAll(/,(\d+\.\d+),/g, ',"$1",'),
  );
  const parquet = readFileSync(new URL('../data/fixtures/candles-zstd.parquet', import.meta.url));

  it.each([
    ['plain', 'BTCUSDT-1m.csv', text(0)],
    ['with quotes', 'BTCUSDT-1m.csv', quoted],
    ['gzip', 'BTCUSDT-1m.csv.gz', gzipSync(text(0))],
    ['ZIP, deflated', 'BTCUSDT-1m.zip', zip({ 'x.csv': text(0).toString() })],
    ['ZIP, stored', 'BTCUSDT-1m.zip', zip({ 'x.csv': text(0).toString() }, { stored: true })],
    ['Parquet', 'BTCUSDT-1m.parquet', parquet],
  ])('%s', async (_, name, bytes) => {
    writeFileSync(at(name), bytes);
    const options = { columns: {}, volumeUnit: 'base', span: 'intersection', fill: 'forward' } as const;
    const wanted = await importFiles([{ asset: null, path: at(name) }], options);
    const { dataset, text: account } = await lib.openPrices([{ asset: null, source: lib.ofBytes(name, bytes) }]);
    expect(dataset).toEqual(wanted.dataset);
    expect(account).toContain(`hash: ${wanted.dataset.hash}`);
  });

  it('several at once, joined', async () => {
    const files = ['BTC', 'ETH'].map((asset, k) => ({ asset, source: lib.ofBytes(`${asset}USDT.csv`, text(k)) }));
    const { dataset } = await lib.openPrices(files);
    expect(dataset.assets).toEqual(['BTC', 'ETH']);
    expect(dataset.meta).toMatchObject({ source: 'BTCUSDT.csv, ETHUSDT.csv', numeraire: 'USDT' });
  });

  it('a dataset of the command line, and back', async () => {
    const made = prices(3, 2);
    const bytes = await lib.encodeDataset(made);
    await saveDataset(at('own.arrow'), made);
    expect(Buffer.from(bytes).equals(readFileSync(at('own.arrow')))).toBe(true);
    const { dataset } = await lib.openPrices([{ asset: null, source: lib.ofBytes('own.arrow', bytes) }]);
    expect(dataset).toEqual(made);
  });

  it('tell what they may be', async () => {
    const signs = (name: string, content: string) => lib.signsOf(lib.ofBytes(name, Buffer.from(content)));
    expect(await signs('ETH_BTC-5m.csv', text(0).toString())).toEqual({ asset: 'ETH', formats: [] });
    const candles = [0, 1, 2].map((t) => `${(START + 60_000 * t) / 1000},10,12,9,11,3,7\n`).join('');
    const { asset, formats } = await signs('prices.csv', candles);
    expect(asset).toBeNull();
    expect(formats).toContain('kraken-ohlcvt');
  });

  it.each([
    ['cut.csv.gz', gzipSync(text(0)).subarray(0, 4000), /^cut\.csv\.gz: expected whole gzip data, got '.+'; download/],
    ['cut.zip', zip({ 'x.csv': 'a' }).subarray(0, 40), /^cut\.zip: expected a whole ZIP archive/],
    ['cut.parquet', parquet.subarray(0, parquet.length - 9), /^cut\.parquet: expected a whole Parquet file/],
    [
      'X.csv',
      Buffer.from('timestamp,close\n1,2\n2,x\n'),
      /^X\.csv line 3: expected a finite number for close, got 'x'/,
    ],
    ['X.csv', Buffer.from(''), /^X\.csv: the file is empty/],
  ])('%s is refused in words', async (name, bytes, message) => {
    const files = [{ asset: 'X', source: lib.ofBytes(name, bytes) }];
    expect(await refusal(lib.openPrices(files))).toMatch(message);
  });
});

describe('checkpoints', () => {
  const made = prices(7);

  it('of the command line: its set, and its exports to the letter', async () => {
    const path = await trainedIn(folder, 'momentum', MOMENTUM);
    const checkpoint = lib.decodeCheckpoint(readFileSync(path, 'utf8'), 'momentum.json');
    const names = { checkpoint: 'momentum.json', data: 'prices.arrow' };
    const { opened, warnings } = lib.openCheckpointInMemory(checkpoint, lib.registry, made, names);
    expect(warnings).toEqual([]);
    const session = await lib.openInBrowser(opened);
    const raw = lib.rawOfCheckpoint(checkpoint, session, 'momentum.json');
    expect(raw).toEqual(checkpoint.state.best.raw);
    const undated = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '');
    expect(lib.exportsOf(session)).toEqual(['json', 'quantamm', 'quantammsim']);
    for (const to of ['json', 'quantamm', 'quantammsim']) {
      const out = at(`by-command.${to}`);
      const { json } = await runExport({ checkpoint: path, to, out, strict: false, allowCode: false } as never);
      const own = lib.exportInMemory(session, raw, checkpoint, { to, file: 'momentum.json' });
      expect(undated(own.text), to).toBe(undated(readFileSync(out, 'utf8')));
      expect(json).toMatchObject({ notes: own.notes, warnings: own.warnings, placeholders: own.placeholders });
    }
    expect(lib.exportInMemory(session, raw, checkpoint, { to: 'json', file: 'momentum.json' }).name).toBe(
      'momentum.pool.json',
    );
    expect(() => lib.exportInMemory(session, raw, checkpoint, { to: 'hmm-solidity', file: 'x' })).toThrow(
      lib.UserError,
    );
    session.rollout.dispose();
  });

  it('on other prices are told of, and refused without any', async () => {
    const path = await trainedIn(folder, 'fees', FEES);
    const checkpoint = lib.decodeCheckpoint(readFileSync(path, 'utf8'), 'fees.json');
    const names = { checkpoint: 'fees.json', data: 'mine.csv' };
    const open = (data: lib.Dataset | null) => lib.openCheckpointInMemory(checkpoint, lib.registry, data, names);
    expect(open(prices(8)).warnings).toEqual([
      expect.stringMatching(/^on another dataset than the one trained on: mine\.csv \(14400 rows of A, B, /),
    ]);
    expect(() => open(null)).toThrow(/^checkpoint: 'fees\.json': the dataset that it was trained on was expected/);
    const one = lib.selectAssets(made, ['A']);
    expect(() => open(one)).toThrow('mine.csv: prices of A, B were expected, as the checkpoint has them, got A');
  });

  it('trained in memory are evaluated by the command line', async () => {
    const opened = lib.openInMemory(`data: prices.arrow\n${FEES}`, lib.registry, made);
    const session = await lib.openInBrowser(opened, { training: true });
    const { state } = await lib.train(lib.problemOf(session), lib.trainOptionsOf(session.config));
    const checkpoint = lib.checkpointOf(session, state, lib.datasetOf(session));
    writeFileSync(at('page.json'), lib.encodeCheckpoint(checkpoint));
    await saveDataset(at('prices.arrow'), made);
    const { json } = await runEvaluate({ checkpoint: at('page.json'), out: at('page.html'), json: true } as never);
    expect((json as { headline: { value: number } }).headline.value).toEqual(expect.any(Number));
    // the command line makes the same run of the same config
    const there = lib.decodeCheckpoint(readFileSync(await trainedIn(folder, 'there', FEES), 'utf8'), 'there.json');
    expect(checkpoint.state).toEqual(there.state);
    expect(lib.openInMemory(lib.configYaml(opened.config.plain), lib.registry, made).config.plain).toEqual(
      opened.config.plain,
    );
    session.rollout.dispose();
  });
});
