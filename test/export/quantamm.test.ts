import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lambdaOfMemory, memoryOfLambda } from '../../kernels/rules/memory.js';
import { exporters, packWeights } from '../../src/export/index.js';
import { address, fullTemplate, none, tfmmPool } from './pools.js';
import { bps, tfmmValue, walk } from './replay.js';

const { quantamm } = exporters;
const params = (text: string) => JSON.parse(text).params;
const full = { template: fullTemplate(), strict: true };

describe('export quantamm', () => {
  it('writes CreationNewPoolParams in the order of its declaration', () => {
    const { text, placeholders, warnings } = quantamm.export(tfmmPool(), full);
    const file = params(text);
    expect(Object.keys(file)).toEqual([
      'name',
      'symbol',
      'tokens',
      'normalizedWeights',
      'roleAccounts',
      'swapFeePercentage',
      'poolHooksContract',
      'enableDonation',
      'disableUnbalancedLiquidity',
      'salt',
      '_initialWeights',
      '_poolSettings',
      '_initialMovingAverages',
      '_initialIntermediateValues',
      '_oracleStalenessThreshold',
      'poolRegistry',
      'poolDetails',
    ]);
    expect(Object.keys(file._poolSettings)).toEqual([
      'assets',
      'rule',
      'oracles',
      'updateInterval',
      'lambda',
      'epsilonMax',
      'absoluteWeightGuardRail',
      'maxTradeSizeRatio',
      'ruleParameters',
      'poolManager',
    ]);
    expect([placeholders, warnings]).toEqual([[], []]);
  });

  it('sorts every array by token address: ETH (0xA…) before BTC (0xc…)', () => {
    const file = params(quantamm.export(tfmmPool(), full).text);
    expect(file._poolSettings.assets).toEqual([address('A'), address('c')]);
    expect(file._poolSettings.oracles[0]).toEqual([address('A'), address('9')]);
    expect(file._initialWeights).toEqual(['466666667000000000', '533333333000000000']);
    expect(file.normalizedWeights).toEqual(file._initialWeights);
    expect(file._poolSettings.lambda.map((l: string) => l.slice(0, 8))).toEqual(['81142857', '90333333']);
    expect(file._poolSettings.ruleParameters).toEqual([['31142857142857142350', '20333333333333332149'], ['0']]);
    expect(file._initialMovingAverages.map((m: string) => m.slice(0, 6))).toEqual(['512345', '901234']);
    expect(file._initialIntermediateValues[1]).toMatch(/^-1234567890/);
  });

  it('takes epsilonMax, intervals and the registry in the chain’s units', () => {
    const file = params(quantamm.export(tfmmPool(), full).text);
    expect(file._poolSettings).toMatchObject({
      updateInterval: 86_400,
      epsilonMax: '431999999999999962',
      absoluteWeightGuardRail: '50000000000000003',
      maxTradeSizeRatio: '299999999999999989',
    });
    expect(file._oracleStalenessThreshold).toBe('90000');
    expect(file.poolRegistry).toBe('17');
  });

  it('comes back in the checkpoint’s order, within half a unit of 1e-18 (weights: one of 1e-9)', () => {
    const pool = tfmmPool();
    const { quantised, text } = quantamm.export(pool, full);
    expect(quantamm.parse(text)).toEqual(quantised);
    const [before, after] = [pool.rule!, quantised.rule!];
    const near = (a: readonly number[], b: readonly number[], slack = 0) => {
      for (const [i, x] of a.entries()) {
        expect(Math.abs(x - b[i])).toBeLessThanOrEqual(0.5e-18 + Math.abs(x) * 2 ** -53 + slack);
      }
    };
    near(after.lambda, before.lambda);
    near(after.k, before.k);
    near(after.estimator!.ewma, before.estimator!.ewma);
    near(after.estimator!.a, before.estimator!.a);
    near([after.maximumChange, after.minimumWeight], [before.maximumChange, before.minimumWeight]);
    near(quantised.weights, pool.weights, 1e-9);
    near(after.memoryDays, before.memoryDays, 1e-10);
    expect(quantised).toMatchObject({ assets: pool.assets, fee: 0.0031235, value: 1e6, provenance: pool.provenance });
  });

  it.each(['momentum', 'anti-momentum'])('costs less than 1e-3 bps over 1,000 steps of %s', (name) => {
    const pool = tfmmPool({ name });
    const prices = walk(1000, [9000, 500]);
    const before = tfmmValue(pool, prices);
    const { quantised } = quantamm.export(pool, none);
    const cost = bps(tfmmValue(quantised, prices), before);
    expect(Math.abs(cost)).toBeLessThan(1e-3);
    expect(before).not.toBe(pool.value);
    // Packing the weights of every update is what costs: still small, but no longer rounding.
    const packed = tfmmValue(quantised, prices, (from, to) => {
      const { realised } = packWeights(from, to, 86_400);
      const sum = realised[0] + realised[1];
      return realised.map((w) => w / sum);
    });
    expect(Math.abs(bps(packed, before))).toBeGreaterThan(1e-3);
  });

  it('tells the packing loss', () => {
    const { notes } = quantamm.export(tfmmPool(), none);
    expect(notes).toContain('a weight change of 0.0003 over 86,400 s packs to 3 units (13.6 % lost)');
    // 1440 × the double nearest 3e-4 lies below .432, and the chain cuts: 4,999 and not 5,000.
    expect(notes).toContain('a weight change of 0.432 over 86,400 s packs to 4,999 units (0.0 % lost)');
  });

  it('warns where the chain interpolates otherwise, and hands the chain’s way back', () => {
    const pool = tfmmPool({ weightInterpolationPeriod: 600, interpolation: 'approx_optimal' });
    const { warnings, quantised } = quantamm.export(pool, full);
    expect(warnings).toEqual([
      'the chain moves weights in a straight line, not by approx_optimal',
      'the chain spreads a weight change over the whole update interval (1440 minutes), not over 600',
    ]);
    expect(quantised.rule).toMatchObject({ weightInterpolationPeriod: 1440, interpolation: 'linear' });
    expect(quantised.rule!.maximumChange * 1440).toBeCloseTo(3e-4 * 600, 15);
  });

  it('writes the clip of λ out, and epsilonMax beyond 1 as 1', () => {
    const { notes, quantised } = quantamm.export(tfmmPool({ maxMemoryDays: 20, maximumChange: 0.01 }), none);
    expect(quantised.rule!.lambda[0]).toBeCloseTo(lambdaOfMemory(20, 1440), 15);
    expect(quantised.rule!.memoryDays[0]).toBeCloseTo(20, 9);
    expect(quantised.rule!.lambda[1]).toBe(tfmmPool().rule!.lambda[1]);
    expect(notes.some((note) => note.includes('clips its memory to 20 days'))).toBe(true);
    expect(notes).toContain("epsilonMax 14.4 is written as 1, the chain's largest; neither ever binds");
  });

  it('warns when (1−λ)³/λ has few digits left on the chain', () => {
    const lambda = [lambdaOfMemory(365, 1), 0.9];
    const { warnings } = quantamm.export(tfmmPool({ chunkPeriod: 1, weightInterpolationPeriod: 1, lambda }), full);
    expect(warnings).toEqual([expect.stringMatching(/asset 0 in steps of 0\.3\d % of its value/)]);
  });

  it('leaves named placeholders, the estimator’s state among them', () => {
    const { placeholders, quantised, text } = quantamm.export(tfmmPool({ estimator: null }), none);
    expect(placeholders).toEqual([
      'tokens.BTC',
      'tokens.ETH',
      'roleAccounts.pauseManager',
      'roleAccounts.swapFeeManager',
      'salt',
      'rule',
      'oracles.BTC',
      'oracles.ETH',
      'poolManager',
      '_initialMovingAverages.BTC',
      '_initialMovingAverages.ETH',
      '_initialIntermediateValues.BTC',
      '_initialIntermediateValues.ETH',
      'poolRegistry',
    ]);
    expect(quantised.rule!.estimator).toBeNull();
    expect(params(text)._poolSettings.oracles).toEqual([['<oracles.BTC>'], ['<oracles.ETH>']]);
  });

  it('keeps the guard rail, the sum and the bounds for any pool that the chain takes', () => {
    const share = fc.double({ noNaN: true, min: 0.05, max: 0.95 });
    const lambda = fc.double({ noNaN: true, min: 1e-3, max: 0.99 });
    const k = fc.double({ noNaN: true, min: 1e-6, max: 1e6 });
    fc.assert(
      fc.property(share, lambda, k, fc.constantFrom(60, 1440), (w, l, kappa, chunkPeriod) => {
        const pool = tfmmPool(
          { lambda: [l, 0.5], k: [kappa, 1], chunkPeriod, weightInterpolationPeriod: chunkPeriod },
          { weights: [w, 1 - w] },
        );
        const { text, quantised } = quantamm.export(pool, none);
        const file = params(text);
        const weights: bigint[] = file._initialWeights.map(BigInt);
        expect(weights[0] + weights[1]).toBe(10n ** 18n);
        const guard = BigInt(file._poolSettings.absoluteWeightGuardRail);
        for (const weight of weights) expect(weight >= guard && weight % 10n ** 9n === 0n).toBe(true);
        expect(Math.abs(quantised.weights[0] - w)).toBeLessThan(1.000001e-9);
        expect(Math.abs(quantised.rule!.k[0] - kappa)).toBeLessThanOrEqual(0.5e-18 + kappa * 2 ** -53);
      }),
    );
  });
});

describe('memory', () => {
  it('inverts to 1e-10 over the memories that occur', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 0.01, max: 365 }), fc.constantFrom(60, 1440), (days, chunk) => {
        expect(memoryOfLambda(lambdaOfMemory(days, chunk), chunk) / days).toBeCloseTo(1, 10);
      }),
    );
    expect(lambdaOfMemory(0, 60)).toBe(0);
  });
});
