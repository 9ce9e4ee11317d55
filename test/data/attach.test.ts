/** `poolgrad data attach`: series with times of their own and trades put beside prices, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { createDataset } from '../../src/data/dataset.js';
import { loadDataset, saveDataset } from '../../src/data/dataset-file.js';
import { UserError } from '../../src/errors.js';
import { MINUTE, runData, T0, useTempFolder } from './helpers.js';

const folder = useTempFolder();
const ROWS = 6;

const at = (minutes: number) => T0 + minutes * MINUTE;

/** Prices of A and B over six minutes. */
async function prices(): Promise<string> {
  const path = folder.path('prices.arrow');
  const values = Float64Array.from({ length: 2 * ROWS }, (_, i) => 1 + i);
  await saveDataset(
    path,
    createDataset({
      assets: ['A', 'B'],
      start: T0,
      interval: MINUTE,
      rows: ROWS,
      prices: values,
      volume: null,
      meta: {},
    }),
  );
  return path;
}

async function attach(...args: string[]): Promise<string> {
  return runData('attach', await prices(), ...args, '--out', folder.path('out.arrow'));
}

const result = () => loadDataset(folder.path('out.arrow'));
const seriesOf = async (name: string) => [...(await result()).series[name]];

describe('values with times of their own', () => {
  it('stand until the next, and nothing is known before its time', async () => {
    // one before the data, one between two rows, one on a row, one after the data
    const csv = folder.write('fee.csv', `time,fee\n${at(-30)},0.5\n${at(1.5)},0.25\n${at(4)},0.125\n${at(99)},7\n`);
    const text = await attach(`fee=${csv}`);
    expect(await seriesOf('fee')).toEqual([0.5, 0.5, 0.25, 0.25, 0.125, 0.125]);
    expect(text).toContain('fee: 3 of 4 values from fee.csv');
  });

  it('come from the named columns, or from those with the usual names', async () => {
    const csv = folder.write('a.csv', 'x,date,value,other\n1,2018-01-01,3,4\n');
    await attach(`s=${csv}`);
    expect(await seriesOf('s')).toEqual(new Array(ROWS).fill(3));
    await attach(`s=${csv}`, '--value-column', 'other');
    expect(await seriesOf('s')).toEqual(new Array(ROWS).fill(4));
    await attach(`other=${csv}`);
    expect(await seriesOf('other')).toEqual(new Array(ROWS).fill(4));
  });

  it.each([
    ['an unnamed index beside them', `,time,value\n0,${at(0)},5\n1,${at(1)},6\n`, []],
    ['an unnamed index of times', `,value\n${at(0)},5\n${at(1)},6\n`, []],
    ['semicolons', `time;value\n${at(0)};5\n${at(1)};6\n`, []],
    ['a title above', `title\ntime|value\n${at(0)}|5\n${at(1)}|6\n`, ['--skip-lines', '1', '--delimiter', '|']],
    ['numbers of cells', `x,${at(0)},5\ny,${at(1)},6\n`, ['--time-column', '2', '--value-column', '3']],
  ])('are read with %s', async (_, content, flags) => {
    await attach(`s=${folder.write('s.csv', content)}`, ...flags);
    expect(await seriesOf('s')).toEqual([5, 6, 6, 6, 6, 6]);
  });

  it('may stand for the rows before the first, if asked to', async () => {
    const csv = folder.write('s.csv', `time,value\n${at(2)},5\n`);
    expect(await attach(`s=${csv}`, '--backfill')).toContain('the first stands for 2 rows before it');
    expect(await seriesOf('s')).toEqual(new Array(ROWS).fill(5));
  });

  it('of an Arrow file, and of a series more beside those that are there', async () => {
    const first = folder.write('s.csv', `time,value\n${at(0)},5\n`);
    await attach(`s=${first}`);
    const again = folder.path('more.arrow');
    // a dataset is an Arrow file with a time and columns
    await runData(
      'attach',
      folder.path('out.arrow'),
      `t=${folder.path('prices.arrow')}`,
      '--value-column',
      'close_B',
      '--out',
      again,
    );
    const { series, meta } = await loadDataset(again);
    expect([...series.t]).toEqual([2, 4, 6, 8, 10, 12]);
    expect([...series.s]).toEqual(new Array(ROWS).fill(5));
    expect(meta['series.t']).toBe('prices.arrow');
    expect(meta.attached).toBe('poolgrad data attach out.arrow t=prices.arrow --value-column close_B --out more.arrow');
  });

  it('change the hash', async () => {
    const before = (await loadDataset(await prices())).hash;
    const csv = folder.write('s.csv', `time,value\n${at(0)},5\n`);
    await attach(`s=${csv}`);
    expect((await result()).hash).not.toBe(before);
  });
});

describe('trades', () => {
  const header = 'time,in,out,amount\n';

  it('fall into the row of their time; those of a row and direction add up, others wait', async () => {
    const rows = [
      [at(1.2), 'A', 'B', 3],
      [at(1.9), 'A', 'B', 4],
      [at(1.95), 'B', 'A', 2],
      [at(2.1), 'A', 'B', 5],
      [at(-5), 'A', 'B', 9],
    ];
    const csv = folder.write('t.csv', header + rows.map((r) => r.join(',')).join('\n'));
    expect(await attach('--trades', csv)).toContain(
      'trades: 4 of 5 from t.csv; 2 wait for a free row, 1 rows at most; 1 lie outside the dataset',
    );
    expect(await seriesOf('trades.in.A')).toEqual([0, 7, 0, 5, 0, 0]);
    expect(await seriesOf('trades.in.B')).toEqual([0, 0, 2, 0, 0, 0]);
    expect(await seriesOf('trades.out.A')).toEqual([0, 0, 1, 0, 0, 0]);
    expect(await seriesOf('trades.out.B')).toEqual([0, 1, 0, 1, 0, 0]);
  });

  it.each([
    [`${at(1)},A,C,3`, "t.csv line 2: expected an asset of the dataset (did you mean A?), got 'C'"],
    [`${at(1)},A,A,3`, "t.csv line 2: expected another asset for A, got 'A'"],
    [`${at(1)},A,B,-3`, "t.csv line 2: expected an amount above 0, got '-3'"],
    [`soon,A,B,3`, "t.csv line 2: expected a time (epoch number or ISO text), got 'soon'"],
    [`${at(-9)},A,B,3`, 't.csv: expected trades within 2018-01-01T00:00Z to 2018-01-01T00:05Z, got none'],
    [
      `${at(5)},A,B,3\n${at(5)},B,A,3`,
      't.csv line 3: expected a free row for the trade of 2018-01-01T00:05Z, got none',
    ],
    ['', 't.csv: expected at least one trade, got none'],
    [`${at(1)};A,B,3`, 't.csv line 2: expected at least 4 cells, got 3'],
  ])('%#: refused with its line', async (line, message) => {
    const csv = folder.write('t.csv', header + line);
    await expect(attach('--trades', csv)).rejects.toThrow(message);
    expect(folder.names()).toEqual(['prices.arrow', 't.csv']);
  });
});

describe('bad input', () => {
  it.each([
    ['nothing to attach', '', [], 'attach: expected NAME=file or --trades, got neither', 2],
    [
      'no name',
      'time,value\n1,2',
      ['@'],
      'attach: expected NAME=file, such as supply.BTC=btc-supply.csv or fee=fees.csv, got',
      2,
    ],
    ['a name twice', 'time,value\n1,2', ['s=@', 's=@'], "attach: 's' is named twice", 2],
    ['an index that counts', ',value\n0,1\n1,1', ['s=@'], 's.csv: expected a header and two columns, a time', 1],
    ['no header', `${T0},5\n`, ['s=@'], 's.csv: expected a header and two columns, a time and a value, got', 1],
    [
      'two columns to choose from',
      'time,a,b\n1,2,3',
      ['s=@'],
      's.csv: expected one column beside time, got a, b; name it with --value-column',
      1,
    ],
    [
      'a column that is not there',
      'time,a\n1,2',
      ['s=@', '--value-column', 'aa'],
      "s.csv: --value-column 'aa' is not among its columns: time, a; did you mean 'a'?",
      1,
    ],
    [
      'a cell that is no number',
      `time,value\n${T0},x`,
      ['s=@'],
      "s.csv line 2: expected a finite number for value, got 'x'",
      1,
    ],
    [
      'disorder',
      `time,value\n${at(2)},1\n${at(1)},1`,
      ['s=@'],
      's.csv line 3: expected a time after 2018-01-01T00:02Z, got 2018-01-01T00:01Z',
      1,
    ],
    [
      'a late start',
      `time,value\n${at(2)},1`,
      ['s=@'],
      's.csv: expected a value at 2018-01-01T00:00Z or before, where the dataset begins, got the first at 2018-01-01T00:02Z; fetch earlier ones, or let it stand for the 2 rows before it with --backfill',
      1,
    ],
    [
      'another year',
      `time,value\n${at(9e5)},1`,
      ['s=@'],
      's.csv: expected values up to 2018-01-01T00:05Z, where the dataset ends',
      1,
    ],
    ['no rows', 'time,value\n', ['s=@'], 's.csv: expected at least one value, got none', 1],
  ] as const)('%s', async (_name, content, args, message, exitCode) => {
    const csv = folder.write('s.csv', content);
    const error = await attach(...args.map((a) => a.replace('@', csv))).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(message);
    expect((error as UserError).exitCode).toBe(exitCode);
    expect(folder.names()).toEqual(['prices.arrow', 's.csv']);
  });

  it('an output that is one of the inputs', async () => {
    const csv = folder.write('s.csv', `time,value\n${T0},1`);
    await expect(runData('attach', await prices(), `s=${csv}`, '--out', csv)).rejects.toThrow('--out: ');
  });
});
