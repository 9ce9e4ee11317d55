import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/dataset-file.js';
import type { ImportOptions } from '../../src/data/import.js';
import { importFiles } from '../../src/data/import-files.js';
import { bitfinex, candle, MINUTE, runData, T0, useTempFolder } from './helpers.js';

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

/** Cells of a row: time, open, high, low, close in the order of their first letters in `order`, then the others. */
const row = (order: string, time: number | string, close: number, ...others: (number | string)[]) => {
  const cells = { ...candle(close), time };
  const names = { t: 'time', o: 'open', h: 'high', l: 'low', c: 'close' } as const;
  return [...[...order].map((letter) => cells[names[letter as keyof typeof names]]), ...others].join(',');
};

const csvFormats: [string, string[], Partial<ImportOptions>][] = [
  ['bitfinex-candles', lines((t, c, i) => row('tochl', t, c, i + 1)), { format: 'bitfinex-candles' }],
  [
    'binance-klines in ms',
    lines((t, c, i) => row('tohlc', t, c, i + 1, t + 59999, (i + 1) * c, 7, 0.1, 0.2, 0)),
    { format: 'binance-klines' },
  ],
  [
    'binance-klines in µs, with a header',
    [
      'open_time,open,high,low,close,volume,close_time,quote_volume',
      ...lines((t, c, i) => row('tohlc', `${t}000`, c, i + 1, `${t}999`, (i + 1) * c)),
    ],
    { format: 'binance-klines' },
  ],
  ['coinbase-candles', lines((t, c, i) => row('tlhoc', t / 1000, c, i + 1)), { format: 'coinbase-candles' }],
  ['kraken-ohlcvt', lines((t, c, i) => row('tohlc', t / 1000, c, i + 1, 7 * i)), { format: 'kraken-ohlcvt' }],
  ['bitstamp-ohlc', lines((t, c, i) => row('tohlc', t / 1000, c, i + 1)), { format: 'bitstamp-ohlc' }],
  ['bybit-klines', lines((t, c, i) => row('tohlc', t, c, i + 1, (i + 1) * c)), { format: 'bybit-klines' }],
  [
    'bybit-mt4, three hours ahead of UTC',
    lines((t, c, i) =>
      row(
        'tohlc',
        iso(t + 180 * MINUTE)
          .slice(0, 16)
          .replace(/-/g, '.')
          .replace('T', ' '),
        c,
        i + 1,
      ),
    ),
    { format: 'bybit-mt4' },
  ],
  [
    'okx-candles from the endpoint',
    lines((t, c, i) => row('tohlc', t, c, i + 1, i + 1, (i + 1) * c, 1)),
    { format: 'okx-candles' },
  ],
  [
    'okx-candles from the archive, told by the header',
    [
      'instrument_name,open,high,low,close,vol,vol_ccy,vol_quote,open_time,confirm',
      ...lines((t, c, i) => `X-USDT,${row('ohlc', 0, c, i + 1, i + 1, (i + 1) * c, t, 1)}`),
    ],
    { format: 'okx-candles' },
  ],
  ['kucoin-klines', lines((t, c, i) => row('tochl', t / 1000, c, i + 1, (i + 1) * c)), { format: 'kucoin-klines' }],
  [
    'kucoin-klines from the archive, with a header',
    ['time,open,close,high,low,volume,turnover', ...lines((t, c, i) => row('tochl', t / 1000, c, i + 1, (i + 1) * c))],
    { format: 'kucoin-klines' },
  ],
  [
    'cryptodatadownload',
    [
      'https://www.CryptoDataDownload.com',
      'unix,date,symbol,open,high,low,close,Volume X,Volume USD',
      ...lines((t, c, i) => `${t / 1000},${iso(t)},X/USD,${row('ohlc', 0, c, i + 1, (i + 1) * c)}`),
    ],
    { format: 'cryptodatadownload' },
  ],
  [
    'cryptodatadownload with its volumes the other way round, in ms and without title',
    [
      'Unix,Date,Symbol,Open,High,Low,Close,Volume USDT,Volume X,tradecount',
      ...lines((t, c, i) => `${t},${iso(t)},XUSDT,${row('ohlc', 0, c, (i + 1) * c, i + 1, 9)}`),
    ],
    { format: 'cryptodatadownload' },
  ],
  [
    'cryptodatadownload with the volume in the asset only',
    [
      'https://www.CryptoDataDownload.com,,,,,,,',
      'Unix Timestamp,Date,Symbol,Open,High,Low,Close,Volume',
      ...lines((t, c, i) => `${t},${iso(t)},XUSD,${row('ohlc', 0, c, i + 1)}`),
    ],
    { format: 'cryptodatadownload' },
  ],
  [
    'a title passed over, columns by name',
    ['made by hand', 'and told so', 'Time;Close;Volume', ...lines((t, c, i) => `${t};${c};${i + 1}`)],
    { skipLines: 2 },
  ],
  [
    'numbered columns without header',
    lines((t, c, i) => row('tohlc', t, c, i + 1)),
    { columns: { time: '1', close: '5', volume: '6' } },
  ],
  [
    'numbered columns with a header',
    ['when,px,size', ...lines((t, c, i) => `${t},${c},${i + 1}`)],
    { columns: { time: '1', close: '2', volume: 'size' } },
  ],
  [
    'columns that numbers are the names of',
    ['time,2,1', ...lines((t, c, i) => `${t},${c},${i + 1}`)],
    { columns: { time: 'time', close: '2', volume: '1' } },
  ],
  [
    'columns by their usual names, beside an unnamed index',
    [',timestamp,close,volume', ...lines((t, c, i) => `${i},${t},${c},${i + 1}`)],
    {},
  ],
  [
    'an unnamed index of times',
    [',open,high,low,close,volume', ...lines((t, c, i) => `${iso(t)}+00:00,${row('ohlc', 0, c, i + 1)}`)],
    {},
  ],
  ['semicolons', ['time;close;volume', ...lines((t, c, i) => `${t};${c};${i + 1}`)], {}],
  ['tabs', ['time\tclose\tvolume', ...lines((t, c, i) => `${t}\t${c}\t${i + 1}`)], {}],
  ['bars', ['time|close|volume', ...lines((t, c, i) => `${t}|${c}|${i + 1}`)], {}],
  [
    'a stated delimiter where the header has more of another',
    ['time,UTC;close,px;volume', ...lines((t, c, i) => `${t};${c};${i + 1}`)],
    { delimiter: ';', columns: { time: 'time,UTC', close: 'close,px' } },
  ],
  [
    'columns by their usual names',
    ['Date,Open,Close,Volume', ...lines((t, c, i) => `${iso(t)},${c},${c},${i + 1}`)],
    {},
  ],
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

  it.each(csvFormats)('%s, newest row first', async (_, rows, options) => {
    const from = rows.findIndex((line) => /\d{4}/.test(line));
    const to = rows.findLastIndex((line) => /\d{4}/.test(line)) + 1;
    const turned = [...rows.slice(0, from), ...rows.slice(from, to).reverse(), ...rows.slice(to)];
    const { dataset } = await importOne(folder.write('x.csv', turned.join('\n')), options);
    expect([...dataset.prices]).toEqual(FILLED);
    expect([...(dataset.volume ?? [])]).toEqual(QUOTE_VOLUME);
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
