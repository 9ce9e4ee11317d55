import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/dataset-file.js';
import { inspectDataset } from '../../src/data/inspect.js';
import { exactExp, exactLn, normals } from '../../src/data/random.js';
import { type SynthOptions, synthDefaults, synthesize } from '../../src/data/synth.js';
import { runData, useTempFolder } from './helpers.js';

const folder = useTempFolder();

function options(changes: Partial<SynthOptions> = {}): SynthOptions {
  return { ...synthDefaults, assets: ['A', 'B'], days: 60, seed: 11, ...changes };
}

describe('numbers', () => {
  it('exactLn and exactExp agree with Math', () => {
    for (let i = 1; i <= 2000; i++) {
      const x = (i / 1000) ** 5;
      expect(Math.abs(exactLn(x) - Math.log(x))).toBeLessThanOrEqual(2e-15 * Math.max(1, Math.abs(Math.log(x))));
      const y = (i - 1000) / 25;
      expect(Math.abs(exactExp(y) / Math.exp(y) - 1)).toBeLessThan(1e-13);
    }
  });

  it('normals have the moments of two independent standard normals', () => {
    const n = 40_000;
    const sums = { u: 0, u2: 0, u4: 0, uv: 0 };
    for (let step = 0; step < n; step++) {
      const [u, v] = normals(3, 0, step);
      sums.u += u / n;
      sums.u2 += u ** 2 / n;
      sums.u4 += u ** 4 / n;
      sums.uv += (u * v) / n;
    }
    // Five standard errors each: the sample is fixed by its seed, so this never flickers.
    expect(Math.abs(sums.u)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(sums.u2 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(sums.u4 - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    expect(Math.abs(sums.uv)).toBeLessThan(5 / Math.sqrt(n));
  });
});

describe('synthesize', () => {
  it('draws the same bits for the same seed, others for another; more days only append', () => {
    const a = synthesize(options());
    expect(synthesize(options()).hash).toBe(a.hash);
    expect(synthesize(options({ seed: 12 })).hash).not.toBe(a.hash);
    const longer = synthesize(options({ days: 61 }));
    expect(longer.prices.subarray(0, a.prices.length)).toEqual(a.prices);
  });

  it('has the volatility and correlation asked for', () => {
    const d = synthesize(options({ volatility: [0.5, 0.5], correlation: 0.3 }));
    const { assets, correlations } = inspectDataset(d);
    for (const asset of assets) expect(asset.annualisedVolatility).toBeCloseTo(0.5, 2);
    expect(correlations[0][1]).toBeCloseTo(0.3, 1);
  });

  it('mixes the regimes by their dwell times', () => {
    const d = synthesize(options({ days: 365, interval: 3_600_000, volatility: [0.2, 1], dwell: [1, 1] }));
    // Half of the time in each regime: variance (.04 + 1)/2.
    expect(inspectDataset(d).assets[0].annualisedVolatility).toBeCloseTo(Math.sqrt(0.52), 1);
  });

  it('trends only where a drift is asked for', () => {
    const daily = (drift: number) =>
      inspectDataset(synthesize(options({ days: 365, interval: 3_600_000, drift }))).assets[0].dailyAutocorrelation;
    expect(daily(12)).toBeGreaterThan(0.3);
    expect(Math.abs(daily(0) as number)).toBeLessThan(3 / Math.sqrt(365));
  });

  it('has the mean volume asked for in the calm regime', () => {
    const d = synthesize(options({ volatility: [0.5, 0.5], dailyVolume: 1000 }));
    expect(inspectDataset(d).assets[0].dailyVolume).toBeGreaterThan(980);
    expect(inspectDataset(d).assets[0].dailyVolume).toBeLessThan(1020);
  });
});

describe('shipped dataset', () => {
  const path = new URL('../../datasets/two-assets-90d.arrow', import.meta.url).pathname;
  const readme = readFileSync(new URL('../../datasets/README.md', import.meta.url), 'utf8');

  it('is what its recipe draws, to the bit, and what its README says', async () => {
    const shipped = await loadDataset(path);
    const command = /^poolgrad data synth (.*)$/m.exec(readme.replaceAll('\\\n', ''))?.[1];
    expect(command).toBeDefined();
    const words = (command as string).trim().split(/\s+/);
    words[words.indexOf('--out') + 1] = folder.path('again.arrow');
    const printed = JSON.parse(await runData('synth', ...words, '--json'));
    expect(printed.hash).toBe(shipped.hash);
    expect((await loadDataset(folder.path('again.arrow'))).hash).toBe(shipped.hash);
    expect(readme).toContain(shipped.hash);
    expect(readme).toContain(createHash('sha256').update(readFileSync(path)).digest('hex'));
    expect(statSync(path).size).toBeLessThan(3.2e6);
  });
});
