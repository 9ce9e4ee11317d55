import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { bitfinex, MINUTE, runData, T0, useTempFolder } from './helpers.js';

const folder = useTempFolder();

const GOOD = bitfinex([
  [0, 1],
  [1, 2],
  [2, 3],
]);
const BITFINEX = ['--format', 'bitfinex-candles'];

interface BadCase {
  readonly name: string;
  /** Files to make first. */
  readonly files?: Record<string, string | Uint8Array>;
  /** Words with a leading `@` are files of the temporary folder. */
  readonly args: string[];
  readonly message: string;
  readonly exitCode?: 1 | 2;
}

/** An import of one file of Bitfinex candles. */
function bitfinexCase(name: string, content: string | Uint8Array, message: string): BadCase {
  return { name, files: { 'X.csv': content }, args: ['import', '@X.csv', ...BITFINEX, '--out', '@o.arrow'], message };
}

/** A flag error of an import of a good file. */
function importFlags(name: string, args: string[], message: string, exitCode: 1 | 2 = 2): BadCase {
  return {
    name,
    files: { 'X.csv': GOOD },
    args: ['import', '@X.csv', '--out', '@o.arrow', ...args],
    message,
    exitCode,
  };
}

const row = (minute: number, rest: string) => `${T0 + minute * MINUTE},${rest}\n`;
const tail = 'mend or remove it (a missing minute is a gap, which can be filled)';
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const two = (a: string, b: string, files: Record<string, string>, message: string, exitCode?: 1 | 2): BadCase => ({
  name: message.slice(0, 60),
  files,
  args: ['import', a, b, ...BITFINEX, '--out', '@o.arrow'],
  message,
  exitCode,
});

const fileCases: BadCase[] = [
  bitfinexCase('zero price', GOOD + row(3, '1,0,1,1,1'), `X.csv line 4: expected a price > 0, got 0; ${tail}`),
  bitfinexCase(
    'negative price',
    GOOD + row(3, '1,-2.5,1,1,1'),
    `X.csv line 4: expected a price > 0, got -2.5; ${tail}`,
  ),
  bitfinexCase(
    'price NaN',
    GOOD + row(3, '1,NaN,1,1,1'),
    "X.csv line 4: expected a finite number for close, got 'NaN'; mend or remove the line",
  ),
  bitfinexCase(
    'price infinite',
    GOOD + row(3, '1,1e999,1,1,1'),
    "X.csv line 4: expected a finite number for close, got '1e999'; mend or remove the line",
  ),
  bitfinexCase(
    'price empty',
    GOOD + row(3, '1,,1,1,1'),
    "X.csv line 4: expected a finite number for close, got ''; mend or remove the line",
  ),
  bitfinexCase('negative volume', GOOD + row(3, '1,2,1,1,-1'), `X.csv line 4: expected a volume ≥ 0, got -2; ${tail}`),
  bitfinexCase(
    'duplicate time',
    GOOD + row(2, '1,3,1,1,1'),
    'X.csv line 4: time 2018-01-01T00:02Z occurs twice (also line 3); remove one of the two',
  ),
  bitfinexCase(
    'disorder',
    GOOD + row(1.5, '1,3,1,1,1'),
    'X.csv line 4: time 2018-01-01T00:01:30Z comes after 2018-01-01T00:02Z (line 3); sort the rows by time, oldest first',
  ),
  bitfinexCase(
    'a time off the grid',
    GOOD + row(3, '1,1,1,1,1') + row(4.5, '1,1,1,1,1'),
    'X.csv line 5: time 2018-01-01T00:04:30Z is off the 1m grid that starts at 2018-01-01T00:00Z in X.csv; mend the row, or state the right --interval',
  ),
  bitfinexCase(
    'a line cut short',
    `${GOOD}${T0 + 3 * MINUTE},1,`,
    'X.csv line 4: expected at least 6 cells, got 3; the line is cut short: mend or remove it',
  ),
  bitfinexCase(
    'a time that is none',
    `${GOOD}yesterday,1,2,3,4,5\n`,
    "X.csv line 4: expected a time (epoch number or ISO text) for time, got 'yesterday'; mend or remove the line",
  ),
  bitfinexCase(
    'a time beyond all dates',
    `${GOOD}1e30,1,2,3,4,5\n`,
    "X.csv line 4: expected a time (epoch number or ISO text) for time, got '1e30'; mend or remove the line",
  ),
  bitfinexCase(
    'a header in another order than the format',
    `time,open,high,low,close,volume\n${GOOD}`,
    'X.csv line 1: bitfinex-candles has the close in cell 3, but the header has it in cell 5; use --format columns',
  ),
  bitfinexCase('a single row', row(0, '1,2,3,1,5'), 'X.csv: expected at least 2 rows, got 1; fetch it again'),
  bitfinexCase('an empty file', '', 'X.csv: the file is empty; fetch it again'),
  bitfinexCase(
    'gzip cut short',
    gzipSync(GOOD).subarray(0, 40),
    "X.csv: expected whole gzip data, got 'unexpected end of file'; download the file again",
  ),
  bitfinexCase(
    'a ZIP archive cut short',
    Buffer.from('PK\x03\x04…'),
    'X.csv: expected a whole ZIP archive, got a damaged one; download it again',
  ),
  bitfinexCase(
    'some binary file',
    Buffer.from([1, 2, 0, 3]),
    'X.csv: expected CSV, Arrow or Parquet, got other binary data; export it as one',
  ),
  bitfinexCase(
    'an open quote',
    `time,"open\n${GOOD}`,
    'X.csv: expected CSV, got Quote Not Closed: the parsing is finished with an opening quote at line 1; mend the quotes',
  ),
  {
    name: 'a folder',
    args: ['import', 'X=@', ...BITFINEX, '--out', '@o.arrow'],
    message: 'is a folder; name a file in it',
  },
  {
    name: 'Feather version 1',
    files: { 'X.feather': 'FEA1\0\0\0\0' },
    args: ['import', '@X.feather', '--out', '@o.arrow'],
    message: 'X.feather: this is Feather version 1, which is not read; save it again as version 2',
  },
  {
    name: 'Feather cut short',
    files: { 'X.feather': fixture('candles-lz4.feather').subarray(0, 500) },
    args: ['import', '@X.feather', '--out', '@o.arrow'],
    message: 'X.feather: expected a whole Arrow IPC (Feather) file, got ',
  },
  {
    name: 'Parquet cut short',
    files: { 'X.parquet': fixture('candles-zstd.parquet').subarray(0, 700) },
    args: ['import', '@X.parquet', '--out', '@o.arrow'],
    message: 'X.parquet: expected a whole Parquet file, got ',
  },
  {
    name: 'a CSV format for a file with named columns',
    files: { 'X.feather': fixture('candles-lz4.feather') },
    args: ['import', '@X.feather', ...BITFINEX, '--out', '@o.arrow'],
    message: 'X.feather: --format bitfinex-candles is a CSV layout, but this file has named columns; leave it out',
  },
  {
    name: 'a column that is not there',
    files: { 'X.parquet': fixture('candles-zstd.parquet') },
    args: ['import', '@X.parquet', '--close-column', 'clos', '--out', '@o.arrow'],
    message: "X.parquet: --close-column 'clos' is not among its columns: date, close, volume; did you mean 'close'?",
  },
  {
    name: 'no close column',
    files: { 'X.csv': 'time,px\n1,2\n' },
    args: ['import', '@X.csv', '--out', '@o.arrow'],
    message: 'X.csv: no close column among time, px; name it with --close-column, or the layout with --format',
  },
  {
    name: 'no header and no format',
    files: { 'X.csv': GOOD },
    args: ['import', '@X.csv', '--out', '@o.arrow'],
    message:
      "X.csv: no header in line 1, so the cells' meaning must be told: --format with one of bitfinex-candles (time",
  },
];

const joinCases: BadCase[] = [
  two(
    '@A.csv',
    '@B.csv',
    {
      'A.csv': GOOD,
      'B.csv': bitfinex([
        [9, 1],
        [10, 2],
      ]),
    },
    'import: the files share no span of time: A 2018-01-01T00:00Z to 2018-01-01T00:02Z, B 2018-01-01T00:09Z to 2018-01-01T00:10Z; fetch the same dates',
  ),
  two(
    'A=@A.csv',
    'B=@B.csv',
    {
      'A.csv': GOOD,
      'B.csv': bitfinex([
        [0, 1],
        [5, 2],
      ]),
    },
    'import: all files must have the same interval, got A (A.csv) every 1m and B (B.csv) every 5m; fetch them alike, or state it with --interval',
  ),
  two(
    '@BTCUSD.csv',
    '@LTC_BTC.csv',
    { 'BTCUSD.csv': GOOD, 'LTC_BTC.csv': GOOD },
    'import: by their names the files are priced in different currencies: BTC in USD, LTC in BTC; fetch them in one, or state it with --numeraire',
  ),
  two(
    'A=@1.csv',
    'A=@2.csv',
    { '1.csv': GOOD, '2.csv': GOOD },
    'import: two files of A overlap: 1.csv ends 2018-01-01T00:02Z, 2.csv starts 2018-01-01T00:00Z; name the assets apart (NAME=file), or cut one',
  ),
  two(
    '@a.csv',
    '@b.csv',
    { 'a.csv': GOOD, 'b.csv': GOOD },
    'a.csv: the file name does not tell the asset; write it before: BTC=',
    2,
  ),
  {
    name: 'a gap where none is allowed',
    files: { 'X.csv': GOOD + row(4, '1,2,3,1,5') },
    args: ['import', '@X.csv', ...BITFINEX, '--fill', 'refuse', '--out', '@o.arrow'],
    message:
      'import: X has 1 gap, the longest 1m from 2018-01-01T00:03Z; --fill refuse allows none: mend the source, or use --fill forward',
  },
];

const flagCases: BadCase[] = [
  importFlags(
    'an unknown format',
    ['--format', 'binance-kline'],
    "--format: 'binance-kline' is not known; did you mean 'binance-klines'? (bitfinex-candles, binance-klines, coinbase-candles, ",
  ),
  importFlags('an unknown fill', ['--fill', 'back'], "--fill: expected forward or refuse, got 'back'"),
  importFlags('an unknown span', ['--span', 'all'], "--span: expected intersection or union, got 'all'"),
  importFlags(
    'an interval without unit',
    ['--interval', '60'],
    "--interval: expected a duration such as 1m, 5m or 1h, got '60'",
  ),
  importFlags('a negative max-gap', ['--max-gap=-1'], '--max-gap: expected a number of minutes ≥ 0, got -1'),
  {
    name: 'output over input',
    files: { 'X.csv': GOOD },
    args: ['import', '@X.csv', ...BITFINEX, '--out', '@X.csv'],
    message: 'is one of the files to read; write to another file',
    exitCode: 2,
  },
  ...(
    [
      [
        ['@d.arrow', '--fee', '30'],
        'calibrate: --tvl (its mean pool value) is missing; recorded volume alone does not give v0',
      ],
      [['@d.arrow', '--tvl', '1'], "calibrate: --fee (the venue's fee in basis points) is missing"],
      [[], 'calibrate: expected a dataset with volume, or --tier; got neither'],
      [
        ['--tier', 'fee=1,volume=1,tvl=1'],
        'calibrate: expected at least two tiers to fit b, got 1; add a --tier, or state --b',
      ],
      [['--tier', 'fee=1,volume=1'], "--tier: tvl is missing in 'fee=1,volume=1'; write fee=30,volume=9e6,tvl=90e6"],
      [['--tier', 'fees=1,volume=1,tvl=1'], "--tier: 'fees' is not known; did you mean 'fee'?"],
      [['--tier', 'fee=x,volume=1,tvl=1'], "--tier: expected a number for fee, got 'x'"],
      [['--tier', 'fee=1,volume=0,tvl=1', '--tier', 'fee=2,volume=1,tvl=1'], 'calibrate: expected a volume > 0, got 0'],
      [
        ['--tier', 'fee=1,volume=1,tvl=1', '--b', '3'],
        'calibrate: expected either --tier or a dataset with its flags, got --tier and --b',
      ],
      [
        ['--tier', 'fee=1,volume=2,tvl=1', '--tier', 'fee=2,volume=1,tvl=1', '--epsilon', '0'],
        'calibrate: --epsilon expected a fraction in (0, 1), got 0',
      ],
    ] as const
  ).map(
    ([args, message]): BadCase => ({
      name: `calibrate ${args.join(' ')}`,
      args: ['calibrate', ...args],
      message,
      exitCode: 2,
    }),
  ),
  ...(
    [
      [['--assets', 'A,A'], "synth: --assets expected each name once, got 'A' twice"],
      [['--assets', 'A,'], "--assets: expected names with commas between, got ''"],
      [['--days', '0'], 'synth: --days expected a number > 0, got 0'],
      [['--seed', '1.5'], 'synth: --seed expected an integer from 0 to 2^32 − 1, got 1.5'],
      [['--correlation', '1'], 'synth: --correlation expected a number in [0, 1), got 1'],
      [['--volatility', '0.5'], "--volatility: expected two numbers such as 0.45,1.1, got '0.5'"],
      [['--start', 'soon'], "--start: expected a date such as 2024-01-01, got 'soon'"],
    ] as const
  ).map(([args, message]): BadCase => {
    const base = ['synth', '--out', '@o.arrow', '--assets', 'A', '--days', '1'];
    return { name: args.join(' '), args: [...base, ...args], message, exitCode: 2 };
  }),
  {
    name: 'a volatility that no price survives',
    args: ['synth', '--out', '@o.arrow', '--assets', 'A', '--days', '30', '--volatility', '90,90'],
    message: 'synth: a price ran to 0; give a smaller --volatility or --drift, or fewer --days',
  },
  {
    name: 'inspect without a file',
    args: ['inspect', '@none.arrow'],
    message: 'none.arrow: no such file; check the path',
  },
];

describe('bad input: one line with cause and remedy, nothing written', () => {
  it.each([...fileCases, ...joinCases, ...flagCases])('$name', async ({ files = {}, args, message, exitCode = 1 }) => {
    for (const [name, content] of Object.entries(files)) folder.write(name, content);
    const before = folder.names();
    const words = args.map((word) => word.replace(/@([\w.]*)$/, (_, name) => folder.path(name)));
    const error = await runData(...words).catch((e) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
    expect(error.exitCode).toBe(exitCode);
    expect(folder.names()).toEqual(before);
  });

  it.each([
    [['synth', '--days', '1', '--assets', 'A'], "required option '-o, --out <file>' not specified"],
    [['synth', '--days', 'ten', '--assets', 'A', '--out', 'x'], "expected a number, got 'ten'"],
    [['import', '--out', 'x'], "missing required argument 'files'"],
    [['inspect', 'x', '--jsn'], "unknown option '--jsn'"],
  ])('usage: %j', async (args, message) => {
    const error = await runData(...args).catch((e) => e);
    expect(error).toBeInstanceOf(CommanderError);
    expect(error.message).toContain(message);
  });
});

describe('damaged datasets', () => {
  it.each([Number.NaN, 0, -1])('price %d', async (price) => {
    const times = [0, 1, 2].map((row) => T0 + row * MINUTE);
    const table = tableFromArrays({ timestamp: Float64Array.from(times), close_A: Float64Array.of(1, 2, price) });
    folder.write('d.arrow', tableToIPC(table, 'file'));
    await expect(runData('inspect', folder.path('d.arrow'))).rejects.toThrow(/^d\.arrow row 3: expected a /);
  });

  it('rows that are no grid', async () => {
    const table = tableFromArrays({
      timestamp: Float64Array.of(T0, T0 + MINUTE, T0 + 3 * MINUTE),
      close_A: Float64Array.of(1, 2, 3),
    });
    folder.write('d.arrow', tableToIPC(table, 'file'));
    await expect(runData('inspect', folder.path('d.arrow'))).rejects.toThrow(
      "d.arrow row 3: expected a gapless grid of 1m, got 2018-01-01T00:03Z after 2018-01-01T00:01Z; fill it with 'poolgrad data import'",
    );
  });
});
