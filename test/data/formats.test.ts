/** What a file of candles is taken for: a wrong format is refused with those that fit, a wrong candle with its line. */
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/dataset-file.js';
import { formatsThatFit } from '../../src/data/fit.js';
import { candleFormats, type FormatName } from '../../src/data/formats.js';
import { UserError } from '../../src/errors.js';
import { MINUTE, runData, T0, useTempFolder } from './helpers.js';

const folder = useTempFolder();

/** The message of an import that is refused; nothing is written. */
async function refusal(content: string, ...flags: string[]): Promise<string> {
  const path = folder.write('X.csv', content);
  const error = await runData('import', path, ...flags, '--out', folder.path('o.arrow')).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect(folder.names()).toEqual(['X.csv']);
  return (error as UserError).message;
}

async function imported(content: string, ...flags: string[]) {
  await runData('import', folder.write('X.csv', content), ...flags, '--out', folder.path('o.arrow'));
  return loadDataset(folder.path('o.arrow'));
}

/** Ten candles of a price that moves, as each exchange writes them. */
const price = (i: number) => ({ open: 100 + i, high: 103 + i, low: 99.5 + i, close: 101 + i });
const written: Record<string, (i: number) => (string | number)[]> = {
  'bitfinex-candles': (i) => [T0 + i * MINUTE, price(i).open, price(i).close, price(i).high, price(i).low, 2],
  'binance-klines': (i) => [T0 + i * MINUTE, ...ohlc(i), 2, 0, 2 * price(i).close, 9, 1, 100, 0],
  'coinbase-candles': (i) => [T0 / 1000 + 60 * i, price(i).low, price(i).high, price(i).open, price(i).close, 2],
  'kraken-ohlcvt': (i) => [T0 / 1000 + 60 * i, ...ohlc(i), 2, 9],
  'bitstamp-ohlc': (i) => [T0 / 1000 + 60 * i, ...ohlc(i), 2],
  'bybit-klines': (i) => [T0 + i * MINUTE, ...ohlc(i), 2, 2 * price(i).close],
  'bybit-mt4': (i) => [`2018.01.01 00:0${i}`, ...ohlc(i), 2],
  'okx-candles': (i) => [T0 + i * MINUTE, ...ohlc(i), 2, 2, 2 * price(i).close, 1],
  'kucoin-klines': (i) => {
    const { open, high, low, close } = price(i);
    return [T0 / 1000 + 60 * i, open, close, high, low, 2, 2 * close];
  },
};
const ohlc = (i: number) => [price(i).open, price(i).high, price(i).low, price(i).close];
const names = Object.keys(written) as FormatName[];
const rowsOf = (name: string) => Array.from({ length: 10 }, (_, i) => written[name](i).map(String));
const textOf = (name: string) =>
  rowsOf(name)
    .map((row) => row.join(','))
    .join('\n');

describe('rows fit', () => {
  it.each(names)('%s, and no other', (name) => {
    expect(formatsThatFit(rowsOf(name))).toEqual([name]);
    expect(formatsThatFit(rowsOf(name).reverse())).toEqual([name]);
  });

  it('has a case for each format without header', () => {
    const headless = Object.entries(candleFormats).filter(([, { cells }]) => cells !== null);
    expect(headless.map(([name]) => name).sort()).toEqual([...names].sort());
  });

  it('is told where no format is named', async () => {
    const message = await refusal(textOf('kraken-ohlcvt'));
    expect(message).toContain(
      "no header in line 1, so the cells' meaning must be told: --format with one of kraken-ohlcvt (",
    );
    expect(message).not.toContain('bitfinex');
    expect(message).toContain('or numbers of the cells, such as --time-column 1 --close-column 5');
  });
});

describe('a wrong format', () => {
  // by orders of cells, by the count of them, by what the volumes are
  it.each([
    ['kraken-ohlcvt', 'bitfinex-candles'],
    ['kraken-ohlcvt', 'coinbase-candles'],
    ['kraken-ohlcvt', 'kucoin-klines'],
    ['kraken-ohlcvt', 'binance-klines'],
    ['kraken-ohlcvt', 'bybit-klines'],
    ['bitfinex-candles', 'bitstamp-ohlc'],
    ['coinbase-candles', 'bitfinex-candles'],
    ['kucoin-klines', 'bybit-klines'],
    ['binance-klines', 'coinbase-candles'],
    ['bitstamp-ohlc', 'okx-candles'],
  ])('%s read as %s', async (is, named) => {
    expect(await refusal(textOf(is), '--format', named)).toContain(`; the first rows fit ${is} (`);
  });

  it('names the line and the prices', async () => {
    expect(await refusal(textOf('kraken-ohlcvt'), '--format', 'bitfinex-candles')).toContain(
      'X.csv line 1: expected low ≤ open, close ≤ high, got open 100, high 99.5, low 101, close 103; ',
    );
  });

  it('where nothing fits', async () => {
    expect(await refusal('7,5,4,3,2,1\n8,5,4,3,2,1\n', '--format', 'bitstamp-ohlc')).toContain(
      'the first rows fit no known format: number the cells, such as --time-column 1 --close-column 5',
    );
  });

  it.each([
    ['time,open,close,high,low,volume', 'bitstamp-ohlc', 'has the close in cell 5, but the header has it in cell 3'],
    ['time,open,low,high,close,volume', 'bitstamp-ohlc', 'has the high in cell 3, but the header has it in cell 4'],
    ['when,what', 'cryptodatadownload', 'cryptodatadownload has a title, a header: unix, date, symbol'],
  ])('by its header: %s', async (header, named, message) => {
    expect(await refusal(`${header}\n${T0},1,1,1,1,1\n`, '--format', named)).toContain(message);
  });
});

describe('a wrong candle', () => {
  const broken = (name: string, row: number, cell: number, value: string) =>
    rowsOf(name)
      .map((cells, i) => cells.map((text, c) => (i === row && c === cell ? value : text)).join(','))
      .join('\n');
  const tail = 'mend or remove it (a missing minute is a gap, which can be filled)';

  it.each([
    ['bitstamp-ohlc', 2, '107.4', 'got open 107, high 107.4, low 106.5, close 108'],
    ['bitstamp-ohlc', 3, '107.5', 'got open 107, high 110, low 107.5, close 108'],
    ['bitstamp-ohlc', 1, '999', 'got open 999, high 110, low 106.5, close 108'],
    ['bitstamp-ohlc', 4, '1', 'got open 107, high 110, low 106.5, close 1'],
    ['coinbase-candles', 1, '120', 'got open 107, high 110, low 120, close 108'],
  ])('%s, cell %i', async (name, cell, value, got) => {
    // a row of another format would be at the top
    expect(await refusal(broken(name, 7, cell, value), '--format', name)).toBe(
      `X.csv line 8: expected low ≤ open, close ≤ high, ${got}; ${tail}`,
    );
  });

  const table = (header: string, ...rows: string[]) =>
    [header, ...rows.map((row, i) => `${T0 + i * MINUTE},${row}`)].join('\n');

  it('by the names of columns, as far as they are there', async () => {
    expect(await refusal(table('time,low,Close', '1,2', '3,2'))).toBe(
      `X.csv line 3: expected low ≤ open, close ≤ high, got low 3, close 2; ${tail}`,
    );
    expect(await refusal(table('time,high,close', '1,2', '3,2'))).toContain(
      'X.csv line 2: expected low ≤ open, close ≤ high',
    );
    // an adjusted close is no price of the day
    const adjusted = await imported(
      table('time,high,low,close,adjusted', '3,1,2,9', '3,1,2,8'),
      '--close-column',
      'adjusted',
    );
    expect([...adjusted.prices]).toEqual([9, 8]);
  });

  it('of columns that are no numbers', async () => {
    expect(await refusal(table('time,high,close', '3,2', 'x,2'))).toContain(
      "X.csv line 3: expected a finite number for high, got 'x'",
    );
  });
});

describe('order', () => {
  const at = (minutes: number[]) => ['time,close', ...minutes.map((m) => `${T0 + m * MINUTE},${m + 1}`)].join('\n');

  it.each([
    [
      [0, 2, 1, 3],
      'X.csv line 4: time 2018-01-01T00:01Z comes after 2018-01-01T00:02Z (line 3); sort the rows by time, oldest first',
    ],
    [
      [3, 2, 1, 2, 0],
      'X.csv line 5: time 2018-01-01T00:02Z is later than 2018-01-01T00:01Z (line 4), but the times above run backwards; sort the rows by time, oldest first',
    ],
    [[3, 2, 2, 1], 'X.csv line 4: time 2018-01-01T00:02Z occurs twice (also line 3); remove one of the two'],
    [[1, 1], 'X.csv line 3: time 2018-01-01T00:01Z occurs twice (also line 2)'],
  ])('%j runs neither way', async (minutes, message) => expect(await refusal(at(minutes))).toContain(message));

  it('backwards is turned round, and lines stay those of the file', async () => {
    expect([...(await imported(at([3, 1, 0]))).prices]).toEqual([1, 2, 2, 4]);
    folder.write('Y.csv', at([3, 2, 0.5, 0]));
    await expect(
      runData('import', `Y=${folder.path('Y.csv')}`, '--interval', '1m', '--out', folder.path('o.arrow')),
    ).rejects.toThrow('Y.csv line 4: time 2018-01-01T00:00:30Z is off the 1m grid');
  });
});

describe('an Arrow file of candles', () => {
  const arrow = async (columns: Record<string, number[]>) => {
    const { tableFromArrays, tableToIPC } = await import('apache-arrow');
    const arrays = Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]);
    return folder.write('X.arrow', tableToIPC(tableFromArrays(Object.fromEntries(arrays)), 'file'));
  };
  const attempt = async (columns: Record<string, number[]>, ...flags: string[]) => {
    await runData('import', await arrow(columns), ...flags, '--out', folder.path('o.arrow'));
    return loadDataset(folder.path('o.arrow'));
  };

  it('is turned round, and its columns may be numbered', async () => {
    const newestFirst = { a: [T0 + 3 * MINUTE, T0 + MINUTE, T0], b: [4, 2, 1] };
    const { prices } = await attempt(newestFirst, '--time-column', '1', '--close-column', '2');
    expect([...prices]).toEqual([1, 2, 2, 4]);
  });

  it('has candles like any other', async () => {
    const time = [T0, T0 + MINUTE];
    await expect(attempt({ time, low: [1, 3], close: [2, 2] })).rejects.toThrow(
      'X.arrow row 2: expected low ≤ open, close ≤ high, got low 3, close 2; ',
    );
    await expect(attempt({ time, close: [2, 1e300], volume: [1, 1e300] })).rejects.toThrow(
      'X.arrow row 2: expected volume · close to be a finite number, got 1e+300 · 1e+300',
    );
  });
});

describe('columns that cannot be told', () => {
  it.each([
    [`,close,volume\n0,1,2\n1,1,2\n`, [], 'X.csv: no time column among , close, volume; name it with --time-column'],
    [
      'https://www.example.com\ntime,close\n',
      [],
      'no time column among https://www.example.com; name it with --time-column, or the layout with --format; pass over a title above the header with --skip-lines 1',
    ],
    ['time,close,close\n', [], "X.csv: two columns are called 'close'; give the number of one to --close-column"],
    [
      'time,close,close\n',
      ['--close-column', 'close'],
      "X.csv: two columns are called 'close'; give the number of one to --close-column",
    ],
    [
      `${T0},1\n`,
      ['--time-column', '1', '--close-column', '3'],
      "X.csv: --close-column expected a number of a cell from 1 to 2, as there is no header, got '3'",
    ],
    [
      `${T0},1\n`,
      ['--time-column', 'time', '--close-column', '2'],
      "X.csv: --time-column expected a number of a cell from 1 to 2, as there is no header, got 'time'",
    ],
    [`${T0},1\n`, ['--time-column', '1'], 'X.csv: no header in line 1, so'],
    ['time,close\n', ['--close-column', '3'], "X.csv: --close-column '3' is not among its columns: time, close"],
    [`# note\n\n${T0},1\n`, ['--skip-lines', '2'], 'X.csv: no header in line 3, so'],
    ['\n\n', [], 'X.csv: expected rows of prices, got none; fetch it again'],
    ['a\nb\n', ['--skip-lines', '5'], 'X.csv: expected lines of text, got none; fetch it again'],
  ])('%j %j', async (content, flags, message) => expect(await refusal(content, ...flags)).toContain(message));

  it.each([
    ['--delimiter', 'x', "expected one of , ; | or \\t, got 'x'."],
    ['--skip-lines', '-1', "expected a whole number of 0 or more, got '-1'."],
  ])('%s %s', async (flag, value, message) => {
    const path = folder.write('X.csv', 'time,close\n');
    await expect(runData('import', path, `${flag}=${value}`, '--out', folder.path('o.arrow'))).rejects.toThrow(message);
  });
});

describe('decimal commas are not misread', () => {
  it.each([
    [
      'semicolons',
      'time;close;volume\n1514764800;3000,93;9,95\n',
      "line 2: expected a finite number for close, got '3000,93'; write a decimal point instead of the comma",
    ],
    [
      'quotes',
      'time,close\n1514764800,"3000,93"\n',
      "line 2: expected a finite number for close, got '3000,93'; write a decimal point instead of the comma",
    ],
    [
      'commas',
      'time,close\n1514764800,3000,93\n',
      'line 2: expected at most 2 cells, as in the first line, got 3; write decimal points',
    ],
    [
      'commas in some rows',
      'time,close,volume\n1514764800,3,1\n1514764860,3,5,1\n',
      'line 3: expected at most 3 cells, as in the first line, got 4',
    ],
    ['thousands', 'time;close\n1514764800;1,234.5\n', "line 2: expected a finite number for close, got '1,234.5'"],
  ])('%s', async (_, content, message) => expect(await refusal(content)).toContain(`X.csv ${message}`));

  it('without a header', async () => {
    const flags = ['--time-column', '1', '--close-column', '2'];
    expect(await refusal('1514764800;3000,93\n1514764860;3001,5\n', ...flags)).toContain(
      "line 1: expected a finite number for close, got '3000,93'",
    );
  });

  it('a delimiter at the end of each line is no cell too many', async () => {
    expect([...(await imported('time,close\n1514764800,1,\n1514764860,2,\n')).prices]).toEqual([1, 2]);
  });
});

describe('what would be too much', () => {
  it('a volume that overflows in the numéraire', async () => {
    expect(await refusal('time,close,volume\n1514764800,1,1\n1514764860,1e300,1e300\n')).toContain(
      'X.csv line 3: expected volume · close to be a finite number, got 1e+300 · 1e+300',
    );
  });

  it.each([
    [
      'one time far off',
      [0, 1, 31_536_000_000],
      'from 2018-01-01T00:00Z to 2019-01-01T00:00Z there would be 31536000001 rows of 1ms, but the files have 3; mend the time that is wrong, or state the right --interval',
    ],
    ['a year that is wrong', [0, 60_000, 120_000, Date.UTC(9999, 0, 1) - T0], 'there would be 4197'],
  ])('%s', async (_, offsets, message) => {
    expect(
      await refusal(['time,close', ...offsets.map((ms) => `${new Date(T0 + ms).toISOString()},1`)].join('\n')),
    ).toContain(message);
  });

  it('times within a millisecond', async () => {
    expect(await refusal('time,close\n1514764800000001,1\n1514764800000002,1\n')).toContain(
      'import: expected times of whole milliseconds, got 1514764800000.001 ms in X.csv',
    );
  });

  it('a synthetic dataset beyond all dates', async () => {
    const args = [
      '--assets',
      'A',
      '--days',
      '100000',
      '--interval',
      '1d',
      '--start',
      '9999-12-31',
      '--out',
      folder.path('o.arrow'),
    ];
    await expect(runData('synth', ...args, '--days', '99999999')).rejects.toThrow(
      '--start expected a time from which 99999999 rows end before',
    );
  });
});

describe('--with-numeraire', () => {
  const content = 'time,close,volume\n1514764800,2,3\n1514764860,4,5\n';
  const add = (name: string, ...flags: string[]) =>
    runData('import', folder.write(name, content), '--with-numeraire', ...flags, '--out', folder.path('o.arrow'));

  it('adds the currency of the file at price 1 and without volume', async () => {
    const text = await add('ETHUSDC-1m.csv');
    expect(text).toContain('USDC: the numéraire, at price 1\n');
    expect(text).not.toContain('warning');
    const { assets, prices, volume, meta } = await loadDataset(folder.path('o.arrow'));
    expect(assets).toEqual(['ETH', 'USDC']);
    expect([...prices]).toEqual([2, 1, 4, 1]);
    expect([...(volume ?? [])]).toEqual([6, 0, 20, 0]);
    expect(meta).toMatchObject({ numeraire: 'USDC', 'filled.USDC': '0' });
    expect(meta.recipe).toContain(' --with-numeraire --out o.arrow');
    expect(JSON.parse(await runData('inspect', folder.path('o.arrow'), '--json')).warnings ?? []).toEqual([]);
  });

  it('takes its name from --numeraire where the file has none', async () => {
    await expect(add('ETH.csv')).rejects.toThrow(
      '--with-numeraire adds the currency of the prices, but the names of the files do not tell it; state it: --numeraire USD',
    );
    await add('ETH.csv', '--numeraire', 'EUR');
    expect((await loadDataset(folder.path('o.arrow'))).assets).toEqual(['ETH', 'EUR']);
    await expect(add('ETH.csv', '--numeraire', 'ETH')).rejects.toThrow(
      '--with-numeraire adds ETH, but a file has it already',
    );
  });
});

it('the recipe is a command of a shell', async () => {
  const { meta } = await imported(
    `note\ntime\tclose\n${T0}\t1\n${T0 + MINUTE}\t2\n`,
    '--delimiter',
    '\\t',
    '--skip-lines',
    '1',
  );
  expect(meta.recipe).toBe(
    "poolgrad data import X.csv --volume-unit base --span intersection --fill forward --delimiter '\\t' --skip-lines 1 --out o.arrow",
  );
});
