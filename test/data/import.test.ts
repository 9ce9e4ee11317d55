import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/dataset.js';
import { type ImportOptions, importFiles } from '../../src/data/import.js';
import { bitfinex, MINUTE, runData, T0, useTempFolder } from './helpers.js';

const folder = useTempFolder();
const defaults: ImportOptions = { columns: {}, volumeUnit: 'base', span: 'intersection', fill: 'forward' };

/** Imports files of one asset, X. */
async function importOne(path: string, options: Partial<ImportOptions> = {}) {
  return importFiles([{ asset: 'X', path }], { ...defaults, ...options });
}

/** The five candles of the fixtures, one minute missing before the fourth. */
const CLOSES = [10, 10.5, 11.25, 10.1, 9.9];
const FILLED = [10, 10.5, 11.25, 11.25, 10.1, 9.9];
const QUOTE_VOLUME = [10, 2 * 10.5, 3 * 11.25, 0, 4 * 10.1, 5 * 9.9];
const MINUTES = [0, 1, 2, 4, 5];
const lines = (line: (t: number, close: number, i: number) => string) =>
  MINUTES.map((m, i) => line(T0 + m * MINUTE, CLOSES[i], i));

const csvFormats: [string, string[], Partial<ImportOptions>][] = [
  ['bitfinex-candles', lines((t, c, i) => `${t},1,${c},2,3,${i + 1}`), { format: 'bitfinex-candles' }],
  [
    'binance-klines in ms',
    lines((t, c, i) => `${t},1,2,3,${c},${i + 1},${t + 59999},${(i + 1) * c},7,0.1,0.2,0`),
    { format: 'binance-klines' },
  ],
  [
    'binance-klines in µs, with a header',
    [
      'open_time,open,high,low,close,volume,close_time,quote_volume',
      ...lines((t, c, i) => `${t}000,1,2,3,${c},${i + 1},${t}999,${(i + 1) * c}`),
    ],
    { format: 'binance-klines' },
  ],
  [
    'coinbase-candles, newest first',
    lines((t, c, i) => `${t / 1000},1,2,3,${c},${i + 1}`).reverse(),
    { format: 'coinbase-candles' },
  ],
  [
    'coinbase-candles, oldest first',
    lines((t, c, i) => `${t / 1000},1,2,3,${c},${i + 1}`),
    { format: 'coinbase-candles' },
  ],
  ['columns by their usual names', ['Date,Open,Close,Volume', ...lines((t, c, i) => `${iso(t)},1,${c},${i + 1}`)], {}],
  [
    'columns by given names, quoted cells, quote volume',
    ['"vol, USD","px","ts"', ...lines((t, c, i) => `"${(i + 1) * c}","${c}","${iso(t).replace('T', ' ')}"`)],
    { format: 'columns', columns: { time: 'ts', close: 'px', volume: 'vol, USD' }, volumeUnit: 'quote' },
  ],
  [
    'CRLF, byte order mark, spaces, exponents, empty last lines',
    ['\uFEFFtime,close,volume', ...lines((t, c, i) => ` ${t / 1000} , ${c.toExponential()} ,${i + 1}e0`), '', ''].map(
      (line) => `${line}\r`,
    ),
    {},
  ],
];

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

describe('formats', () => {
  it.each(csvFormats)('%s', async (_, rows, options) => {
    const { dataset, report } = await importOne(folder.write('x.csv', rows.join('\n')), options);
    expect([...dataset.prices]).toEqual(FILLED);
    expect([...(dataset.volume ?? [])]).toEqual(QUOTE_VOLUME);
    expect([dataset.start, dataset.interval, dataset.rows]).toEqual([T0, MINUTE, 6]);
    expect(report[0]).toMatchObject({ read: 5, filled: 1, gaps: 1, longest: 1, longestStart: T0 + 3 * MINUTE });
  });

  it.each([
    'lz4.feather',
    'zstd.feather',
    'zstd.parquet',
    'snappy.parquet',
  ])('candles-%s (by pyarrow)', async (kind) => {
    const { dataset } = await importOne(new URL(`fixtures/candles-${kind}`, import.meta.url).pathname);
    expect([...dataset.prices]).toEqual(FILLED);
    expect([...(dataset.volume ?? [])]).toEqual(QUOTE_VOLUME);
    expect(dataset.start).toBe(T0);
  });

  it('reads gzip by its content, whatever the name', async () => {
    const { dataset } = await importOne(folder.write('x.csv', gzipSync(csvFormats[0][1].join('\n'))), csvFormats[0][2]);
    expect([...dataset.prices]).toEqual(FILLED);
  });

  it('reads every decimal as Number does', async () => {
    const texts = [
      '0.1',
      '123456789012345',
      '1234567890.12345',
      '0.000000000012345',
      '9007199254740993',
      '.5',
      '7.',
      '1e-7',
    ];
    const rows = texts.map((text, i) => `${T0 + i * MINUTE},${text}`);
    const { dataset } = await importOne(folder.write('x.csv', ['time,close', ...rows].join('\n')));
    expect([...dataset.prices]).toEqual(texts.map(Number));
    expect(dataset.volume).toBeNull();
  });
});

describe('joining', () => {
  const A = () =>
    folder.write(
      'A.csv',
      bitfinex([
        [0, 1],
        [1, 2],
        [4, 3],
        [5, 4],
      ]),
    );
  const B = () =>
    folder.write(
      'B.csv',
      bitfinex([
        [2, 10],
        [3, 11],
        [4, 12],
        [7, 13],
      ]),
    );
  const both = (options: Partial<ImportOptions>) =>
    importFiles(
      [
        { asset: 'A', path: A() },
        { asset: 'B', path: B() },
      ],
      { ...defaults, format: 'bitfinex-candles', ...options },
    );

  it('on the shared span, a gap at its head filled from the close before it', async () => {
    const { dataset, report } = await both({});
    expect(dataset.start).toBe(T0 + 2 * MINUTE);
    expect([...dataset.prices]).toEqual([2, 10, 2, 11, 3, 12, 4, 12]);
    expect([...(dataset.volume ?? [])]).toEqual([0, 10, 0, 11, 3, 12, 4, 0]);
    expect(report.map((r) => [r.asset, r.read, r.filled, r.gaps, r.longest, r.share])).toEqual([
      ['A', 4, 2, 1, 2, 0.5],
      ['B', 4, 1, 1, 1, 0.25],
    ]);
    expect(dataset.meta).toMatchObject({ source: 'A.csv, B.csv', 'filled.A': '2', 'filled.B': '1', fill: 'forward' });
  });

  it('on the union of the spans, heads filled with the first close', async () => {
    const { dataset, report } = await both({ span: 'union' });
    expect(dataset.start).toBe(T0);
    expect([...dataset.prices]).toEqual([1, 10, 2, 10, 2, 10, 2, 11, 3, 12, 4, 12, 4, 12, 4, 13]);
    expect(report.map((r) => [r.filled, r.gaps, r.longest])).toEqual([
      [4, 2, 2],
      [4, 2, 2],
    ]);
  });

  it('fills gaps up to max-gap and none beyond', async () => {
    await expect(both({ maxGap: 2 * MINUTE })).resolves.toBeDefined();
    await expect(both({ maxGap: MINUTE })).rejects.toThrow(
      'import: A has 1 gap, the longest 2m from 2018-01-01T00:02Z, more than --max-gap 1m',
    );
  });

  it('puts files of one asset one after another, in time order', async () => {
    const late = folder.write(
      'late.csv',
      bitfinex([
        [4, 3],
        [5, 4],
      ]),
    );
    const early = folder.write(
      'early.csv',
      bitfinex([
        [0, 1],
        [1, 2],
      ]),
    );
    const files = [late, early].map((path) => ({ asset: 'A', path }));
    const { dataset, report } = await importFiles(files, { ...defaults, format: 'bitfinex-candles' });
    expect([...dataset.prices]).toEqual([1, 2, 2, 2, 3, 4]);
    expect(report[0]).toMatchObject({ read: 4, files: ['late.csv', 'early.csv'] });
  });

  it('keeps the interval that the candles have', async () => {
    const rows = bitfinex([
      [0, 1],
      [5, 2],
      [10, 3],
      [20, 4],
    ]);
    const { dataset } = await importOne(folder.write('x.csv', rows), { format: 'bitfinex-candles' });
    expect([dataset.interval, dataset.rows]).toEqual([5 * MINUTE, 5]);
    expect([...dataset.prices]).toEqual([1, 2, 3, 3, 4]);
    const stated = await importOne(folder.path('x.csv'), { format: 'bitfinex-candles', interval: MINUTE });
    expect(stated.dataset.rows).toBe(21);
  });
});

describe('command', () => {
  it('writes the dataset and reports what it filled', async () => {
    const btc = folder.write(
      'kraken-BTCUSD.csv',
      bitfinex([
        [0, 1],
        [1, 2],
        [3, 3],
      ]),
    );
    const out = folder.path('o.arrow');
    const text = await runData('import', btc, '--format', 'bitfinex-candles', '--out', out);
    expect(text).toContain('4 rows of 1m, 2018-01-01T00:00Z to 2018-01-01T00:03Z');
    expect(text).toContain(
      'BTC: 3 rows read from kraken-BTCUSD.csv; 1 filled (25.00 %) in 1 gap, the longest 1m from 2018-01-01T00:02Z',
    );
    const dataset = await loadDataset(out);
    expect(dataset.assets).toEqual(['BTC']);
    expect(dataset.meta.numeraire).toBe('USD');
    expect(dataset.meta.recipe).toMatch(/^poolgrad data import kraken-BTCUSD\.csv .*--format bitfinex-candles/);
    const json = JSON.parse(await runData('import', btc, '--format', 'bitfinex-candles', '--out', out, '--json'));
    expect(json).toMatchObject({ rows: 4, hash: dataset.hash, assets: [{ asset: 'BTC', filled: 1 }] });
  });
});

const shared = new URL('../../../shared/data/', import.meta.url).pathname;

describe.skipIf(!existsSync(shared))('real candles (skipped where ../shared/data is missing)', () => {
  it('Bitfinex, BTC and ETH, 2018', async () => {
    const files = ['BTC', 'ETH'].map((asset) => ({
      asset: null,
      path: `${shared}bitfinex-1m-${asset}USD-2018.csv.gz`,
    }));
    const { dataset, report } = await importFiles(files, { ...defaults, format: 'bitfinex-candles' });
    expect([dataset.rows, dataset.start, dataset.assets]).toEqual([525_600, T0, ['BTC', 'ETH']]);
    // Counted apart from this program, with a dozen lines over the raw text.
    expect(report.map((r) => [r.read, r.filled, r.gaps, r.longest])).toEqual([
      [520_499, 5_101, 3_992, 67],
      [508_048, 17_552, 13_302, 106],
    ]);
    expect([...dataset.prices.subarray(0, 2)]).toEqual([13753, 736.5]);
    expect([...dataset.prices.subarray(-2)]).toEqual([3830.5, 136]);
    expect(dataset.meta.numeraire).toBe('USD');
  });

  it('5-minute Feather files in BTC, LZ4-compressed', async () => {
    const files = ['ADA', 'ETC', 'TRX'].map((a) => ({ asset: null, path: `${shared}feather-5m/${a}_BTC-5m.feather` }));
    const { dataset, report } = await importFiles(files, { ...defaults });
    expect([dataset.interval, dataset.rows, dataset.meta.numeraire]).toEqual([5 * MINUTE, 5759, 'BTC']);
    expect(report.map((r) => [r.asset, r.read, r.filled])).toEqual([
      ['ADA', 5720, 40],
      ['ETC', 5759, 0],
      ['TRX', 5754, 6],
    ]);
  });
});
