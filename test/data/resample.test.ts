import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDataset, type Dataset } from '../../src/data/dataset.js';
import { loadDataset, saveDataset } from '../../src/data/dataset-file.js';
import { encodeFills } from '../../src/data/fills.js';
import { resample } from '../../src/data/resample.js';
import { MINUTE, runData, T0, useTempFolder } from './helpers.js';

const folder = useTempFolder();

/** Row k has the prices k + 1 and 10·(k + 1), the volumes 1 and k; the series gas is k. */
function minutes(rows: number, start = T0, changes: Partial<Dataset> = {}): Dataset {
  const column = (f: (k: number) => number) => Float64Array.from({ length: rows }, (_, k) => f(k));
  const pairs = (f: (k: number) => [number, number]) =>
    Float64Array.from({ length: rows }, (_, k) => k).reduce(
      (all, k) => all.fill(f(k)[0], 2 * k, 2 * k + 1).fill(f(k)[1], 2 * k + 1, 2 * k + 2),
      new Float64Array(2 * rows),
    );
  return createDataset({
    assets: ['A', 'B'],
    start,
    interval: MINUTE,
    rows,
    prices: pairs((k) => [k + 1, 10 * (k + 1)]),
    volume: pairs((k) => [1, k]),
    series: { gas: column((k) => k), fee: column((k) => -k) },
    meta: { source: 'a test', numeraire: 'USD', recipe: 'poolgrad data import …' },
    ...changes,
  });
}

describe('resample', () => {
  it('takes the last close, adds volumes up, and treats series as told', () => {
    const { dataset, before, after } = resample(minutes(11), { interval: 5 * MINUTE, sum: ['gas'], recipe: 'this' });
    expect([dataset.rows, dataset.interval, dataset.start, before, after]).toEqual([2, 5 * MINUTE, T0, 0, 1]);
    expect([...dataset.prices]).toEqual([5, 50, 10, 100]);
    expect([...(dataset.volume ?? [])]).toEqual([5, 10, 5, 35]);
    expect([...dataset.series.gas]).toEqual([10, 35]);
    expect([...dataset.series.fee]).toEqual([-4, -9]);
    expect(dataset.meta).toEqual({
      source: 'a test',
      numeraire: 'USD',
      recipe: 'poolgrad data import …',
      resampled: 'this',
    });
    expect(dataset.hash).not.toBe(minutes(11).hash);
  });

  it('begins on the clock', () => {
    const { dataset, before, after } = resample(minutes(14, T0 + 3 * MINUTE), { interval: 5 * MINUTE, sum: [] });
    expect([dataset.start, dataset.rows, before, after]).toEqual([T0 + 5 * MINUTE, 2, 2, 2]);
    expect(dataset.prices[0]).toBe(7);
    // rows off the minute fall into the bucket that their time is in
    const off = resample(minutes(12, T0 + 30_000), { interval: 5 * MINUTE, sum: [] });
    expect([off.dataset.start, off.before, off.dataset.prices[0]]).toEqual([T0, 0, 5]);
  });

  it('in two steps is the same as in one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 90 }), fc.integer({ min: -7, max: 7 }), (rows, phase) => {
        const d = minutes(rows, T0 + phase * MINUTE);
        const five = resample(d, { interval: 5 * MINUTE, sum: ['gas'] }).dataset;
        const once = resample(d, { interval: 10 * MINUTE, sum: ['gas'] }).dataset;
        expect(resample(five, { interval: 10 * MINUTE, sum: ['gas'] }).dataset.hash).toBe(once.hash);
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  it('counts a row as filled where all that it is made of are', () => {
    const mask = Uint8Array.of(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    const meta = {
      'filled.A': '9',
      'gaps.A': '1',
      'longest_gap.A': '9',
      'fills.A': encodeFills(mask),
      'filled.B': '3',
    };
    const { dataset } = resample(minutes(12, T0, { meta }), { interval: 3 * MINUTE, sum: [] });
    const fills = encodeFills(Uint8Array.of(0, 1, 1, 0));
    expect(dataset.meta).toEqual({ 'filled.A': '2', 'gaps.A': '1', 'longest_gap.A': '2', 'fills.A': fills });
  });
});

describe('data resample', () => {
  it('writes a dataset that says where it comes from', async () => {
    await saveDataset(folder.path('m.arrow'), minutes(13));
    const args = [
      'resample',
      folder.path('m.arrow'),
      '--interval',
      '5m',
      '--sum',
      'gas',
      '--out',
      folder.path('f.arrow'),
    ];
    const text = await runData(...args);
    expect(text).toContain(
      '2 rows of 5m, each of 5 of 1m; 0 at the beginning and 3 at the end make no whole row\nhash: ',
    );
    const { meta, interval } = await loadDataset(folder.path('f.arrow'));
    expect([interval, meta.recipe]).toEqual([5 * MINUTE, 'poolgrad data import …']);
    expect(meta.resampled).toBe('poolgrad data resample m.arrow --interval 5m --sum gas --out f.arrow');
  });

  it.each([
    [
      ['--interval', '1m'],
      '--interval: expected more than the 1m of the dataset, got 1m; rows between its rows are not known',
    ],
    [['--interval', '30s'], '--interval: expected more than the 1m of the dataset, got 30s'],
    [['--interval', '90s'], '--interval: expected a whole number of rows of 1m, got 90s; take a multiple'],
    [['--interval', '5'], "--interval: expected a duration such as 1m, 5m or 1h, got '5'"],
    [['--interval', '1h'], 'resample: expected at least 2 whole buckets of 1h, got 0 in 13 rows of 1m'],
    [['--interval', '5m', '--sum', 'gaz'], "--sum: expected series of the dataset, got 'gaz'; did you mean 'gas'?"],
  ])('refuses %j', async (flags, message) => {
    await saveDataset(folder.path('m.arrow'), minutes(13));
    const args = ['resample', folder.path('m.arrow'), '--out', folder.path('f.arrow'), ...flags];
    await expect(runData(...args)).rejects.toThrow(message);
    expect(folder.names()).toEqual(['m.arrow']);
  });

  it('refuses trades, of which a row holds one', async () => {
    const series = { 'trades.in.A': new Float64Array(13), 'trades.out.B': new Float64Array(13) };
    expect(() => resample(minutes(13, T0, { series }), { interval: 5 * MINUTE, sum: [] })).toThrow(
      'resample: expected a dataset without trades, got the series trades.in.A',
    );
  });
});
