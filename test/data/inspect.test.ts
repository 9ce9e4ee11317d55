import { describe, expect, it } from 'vitest';
import { createDataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { inspectDataset } from '../../src/data/inspect.js';
import { inspectionText } from '../../src/data/inspect-text.js';
import { MINUTE, runData, T0, useTempFolder } from './helpers.js';

const folder = useTempFolder();

const dataset = createDataset({
  assets: ['UP', 'FLAT'],
  start: T0,
  interval: MINUTE,
  rows: 5,
  prices: Float64Array.of(1, 5, Math.E, 5, Math.E, 5, Math.E ** 2, 5, Math.E ** 2, 5),
  volume: Float64Array.of(1, 0, 2, 0, 3, 0, 4, 0, 5, 0),
  meta: { source: 'hand', 'filled.UP': '1', 'gaps.UP': '1', 'longest_gap.UP': '1' },
});

describe('inspectDataset', () => {
  it('computes by hand what it computes', () => {
    // Log returns of UP are 1, 0, 1, 0: standard deviation ½, neighbours perfectly opposed.
    const { assets, correlations, from, to } = inspectDataset(dataset);
    expect([from, to]).toEqual(['2018-01-01T00:00Z', '2018-01-01T00:04Z']);
    expect(assets[0]).toMatchObject({
      asset: 'UP',
      filled: 1,
      gaps: 1,
      longestGap: 1,
      first: 1,
      min: 1,
      unchanged: 0.5,
    });
    expect(assets[0].totalReturn).toBeCloseTo(Math.E ** 2 - 1, 12);
    expect(assets[0].annualisedVolatility).toBeCloseTo(0.5 * Math.sqrt(525_600), 9);
    expect(assets[0].autocorrelation).toBeCloseTo(-1, 12);
    expect(assets[0].dailyVolume).toBeCloseTo(3 * 1440, 9);
    expect(assets[1]).toMatchObject({ filled: null, totalReturn: 0, annualisedVolatility: 0, autocorrelation: null });
    expect(assets[1].unchanged).toBe(1);
    expect(correlations).toEqual([
      [1, null],
      [null, 1],
    ]);
  });

  it('prints a page', () => {
    const text = inspectionText(dataset, inspectDataset(dataset));
    expect(text).toContain('2 assets, 5 rows of 1m, 2018-01-01T00:00Z to 2018-01-01T00:04Z');
    expect(text).toMatch(/^filled rows\s+1 \(20\.00 %\)\s+–$/m);
    expect(text).toMatch(/^total return\s+638\.91 %\s+0\.00 %$/m);
    expect(text).not.toContain('1 day');
    expect(text).toMatch(/7\.38906 [┤┼]/);
  });

  it.each([
    ['constant', () => 5],
    ['constant and huge', () => 1e30],
    ['of two neighbouring numbers', (row: number) => 1 + (row % 2) * Number.EPSILON],
    ['subnormal', (row: number) => (1 + (row % 2)) * 5e-324],
    ['from next to nothing to all there is', (row: number) => (row % 2 === 0 ? 5e-324 : Number.MAX_VALUE)],
  ])('a price that is %s has figures, and a plot where it shows something', (_, price) => {
    const rows = 200;
    const prices = Float64Array.from({ length: rows }, (_, row) => price(row));
    const d = createDataset({ assets: ['X'], start: T0, interval: MINUTE, rows, prices, volume: null, meta: {} });
    const text = inspectionText(d, inspectDataset(d));
    expect(text).toContain('first');
    expect(/[┤┼]/.test(text)).toBe(price(1) > 1.1 * price(0) || price(0) > 1.1 * price(1));
  });

  it('prints JSON', async () => {
    await saveDataset(folder.path('d.arrow'), dataset);
    const json = JSON.parse(await runData('inspect', folder.path('d.arrow'), '--json'));
    expect(json).toEqual(JSON.parse(JSON.stringify(inspectDataset(dataset))));
  });
});
