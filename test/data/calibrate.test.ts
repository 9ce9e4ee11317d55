import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { constantProductSlippage, fitTiers, fitVolume, flowSnippet } from '../../src/data/calibrate.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { exactExp, normals } from '../../src/data/random.js';
import { synthDefaults, synthesize } from '../../src/data/synth.js';
import { bitfinex, runData, useTempFolder } from './helpers.js';

const folder = useTempFolder();
const EPSILON = 0.01;

/** A tier on the law u = v0·exp(−b·c), its volume off by a factor e^noise. */
function tier(v0: number, b: number, fee: number, noise = 0) {
  const tvl = 1e6 * (1 + fee * 300);
  const cost = fee + constantProductSlippage(EPSILON);
  return { fee, tvl, volumePerStep: v0 * tvl * Math.exp(-b * cost + noise) };
}

describe('fitTiers', () => {
  it('recovers v0 and b of exact data, with standard errors of 0', () => {
    const fit = fitTiers(
      [0.0005, 0.003, 0.01].map((fee) => tier(0.02, 180, fee)),
      EPSILON,
    );
    expect(fit.b).toBeCloseTo(180, 6);
    expect(fit.v0).toBeCloseTo(0.02, 10);
    expect(fit.standardError.b).toBeLessThan(1e-6);
    expect(fit.costs[1]).toBeCloseTo(0.003 + 0.02 / 1.02, 14);
  });

  it('has no standard error with two tiers', () => {
    const fit = fitTiers(
      [0.0005, 0.003].map((fee) => tier(0.02, 180, fee)),
      EPSILON,
    );
    expect(fit.b).toBeCloseTo(180, 6);
    expect(fit.standardError).toEqual({ v0: null, b: null });
  });

  it('has standard errors that hold what they promise', () => {
    const fees = [5, 10, 20, 30, 50, 75, 100].map((bps) => bps / 1e4);
    let within = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial++) {
      const tiers = fees.map((fee, i) => tier(0.02, 180, fee, 0.2 * normals(1, i, trial)[0]));
      const fit = fitTiers(tiers, EPSILON);
      if (Math.abs(fit.b - 180) < 2.571 * (fit.standardError.b as number)) within++; // t, 5 degrees of freedom, 95 %
    }
    expect(within / trials).toBeGreaterThan(0.92);
    expect(within / trials).toBeLessThan(0.98);
  });

  it('refuses equal costs, and volume that rises with cost', () => {
    expect(() => fitTiers([tier(0.02, 180, 0.003), tier(0.03, 180, 0.003)], EPSILON)).toThrow(
      'all tiers cost the same',
    );
    expect(() => fitTiers([tier(0.02, -50, 0.003), tier(0.02, -50, 0.01)], EPSILON)).toThrow(
      'volume rises with cost in these tiers (b = -50.00)',
    );
  });
});

describe('fitVolume', () => {
  const law = { fee: 0.003, tvl: 5e6, b: 150, epsilon: EPSILON, stepsPerDay: 24 };
  const expected = 0.001 * 5e6 * Math.exp(-150 * (0.003 + constantProductSlippage(EPSILON)));

  it('recovers v0 of exact data', () => {
    const fit = fitVolume(new Float64Array(24 * 5).fill(expected), law);
    expect(fit.v0).toBeCloseTo(0.001, 12);
    expect(fit.standardError.v0).toBeCloseTo(0, 12);
    expect(fit.standardError.b).toBeNull();
    expect(fitVolume(new Float64Array(24 * 2).fill(expected), law).standardError.v0).toBeNull();
  });

  it('takes a stated slippage', () => {
    const volume = new Float64Array(48).fill(0.001 * 5e6 * Math.exp(-150 * (0.003 + 0.0005)));
    expect(fitVolume(volume, { ...law, slippage: 0.0005 }).v0).toBeCloseTo(0.001, 12);
  });

  it('has the standard error of the mean of days', () => {
    const days = 200;
    const volume = new Float64Array(24 * days);
    for (let day = 0; day < days; day++)
      volume.fill(expected * exactExp(0.5 * normals(2, 0, day)[0]), 24 * day, 24 * (day + 1));
    const fit = fitVolume(volume, law);
    // Log-normal days: relative standard deviation √(e^¼ − 1), mean e^⅛.
    const theory = 0.001 * Math.exp(1 / 8) * Math.sqrt(Math.expm1(1 / 4) / days);
    expect((fit.standardError.v0 as number) / theory).toBeGreaterThan(0.8);
    expect((fit.standardError.v0 as number) / theory).toBeLessThan(1.25);
  });
});

describe('command', () => {
  it('fits tiers given per day and prints the lines to paste', async () => {
    const tiers = [5, 30, 100].flatMap((bps) => {
      const { tvl, volumePerStep } = tier(0.02, 180, bps / 1e4);
      return ['--tier', `fee=${bps},volume=${volumePerStep * 1440},tvl=${tvl}`];
    });
    const text = await runData('calibrate', ...tiers);
    const { flow } = parse(text.slice(text.indexOf('flow:')));
    expect(flow).toEqual({ kind: 'elastic', v0: 0.02, b: 180, epsilon: 0.01 });
    const json = JSON.parse(await runData('calibrate', ...tiers, '--json'));
    expect(parse(json.snippet).flow).toEqual(flow);
  });

  it('fits a dataset, all assets or one', async () => {
    const d = synthesize({ ...synthDefaults, assets: ['A', 'B'], days: 10, seed: 1 });
    await saveDataset(folder.path('d.arrow'), d);
    const run = async (...more: string[]) =>
      JSON.parse(await runData('calibrate', folder.path('d.arrow'), '--fee', '30', '--tvl', '1e8', '--json', ...more));
    const [both, a, b] = [await run(), await run('--asset', 'A'), await run('--asset', 'B')];
    expect(both.v0).toBeCloseTo(a.v0 + b.v0, 12);
    const mean = (d.volume as Float64Array).reduce((x, y) => x + y, 0) / d.rows;
    expect(both.v0).toBeCloseTo((mean / 1e8) * Math.exp(150 * (0.003 + constantProductSlippage(0.01))), 10);
    expect(both.standardError.v0).toBeGreaterThan(0);
    expect(both.b).toBe(150);
  });

  it('gives v0 a minute, whatever the rows', async () => {
    const d = synthesize({ ...synthDefaults, assets: ['A'], days: 4, seed: 1 });
    await saveDataset(folder.path('d.arrow'), d);
    await runData('resample', folder.path('d.arrow'), '--interval', '5m', '--out', folder.path('five.arrow'));
    const fitted = async (name: string) =>
      JSON.parse(await runData('calibrate', folder.path(name), '--fee', '30', '--tvl', '1e8', '--json'));
    const [minutes, five] = [await fitted('d.arrow'), await fitted('five.arrow')];
    expect(five.v0).toBeCloseTo(minutes.v0, 12);
    expect(five.standardError.v0).toBeCloseTo(minutes.standardError.v0, 12);
  });

  it('refuses a dataset without volume', async () => {
    folder.write(
      'B.csv',
      `time,close\n${bitfinex([
        [0, 1],
        [1, 2],
      ]).replace(/^(\d+),\d+,(\d+).*$/gm, '$1,$2')}`,
    );
    await runData('import', folder.path('B.csv'), '--out', folder.path('d.arrow'));
    await expect(runData('calibrate', folder.path('d.arrow'), '--fee', '30', '--tvl', '1')).rejects.toThrow(
      'd.arrow has no recorded volume; import it with its volume column, or give --tier',
    );
  });
});

describe('flowSnippet', () => {
  it('rounds to six digits', () => {
    const fit = { v0: 1.23456789e-5, b: 150, epsilon: 0.01, standardError: { v0: null, b: null }, costs: [] };
    expect(flowSnippet(fit)).toBe('flow: {kind: elastic, v0: 0.0000123457, b: 150, epsilon: 0.01}');
  });
});
