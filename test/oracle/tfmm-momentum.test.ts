// The independent momentum simulation against the golden figures: what other tests lean on is checked here.
import { describe, expect, it } from 'vitest';
import {
  type GoldenCase,
  hasGolden,
  readGoldenCases,
  readReal2018Prices,
  readSyntheticPrices,
  rowMajor,
} from './golden.js';
import { relativeGradient, simulateMomentum } from './tfmm-momentum.js';

const largestRelativeError = (got: ArrayLike<number>, want: number[]) =>
  want.reduce((worst, w, i) => Math.max(worst, Math.abs(got[i] - w) / Math.max(Math.abs(w), 1e-300)), 0);

function check(c: GoldenCase, prices: Float64Array) {
  const n = c.assets.length;
  const run = simulateMomentum(c, prices);
  for (const [at, row] of c.sample_index.entries()) {
    expect(largestRelativeError(run.weights.subarray(row * n, row * n + n), c.weights[at])).toBeLessThan(1e-9);
    expect(largestRelativeError(run.reserves.subarray(row * n, row * n + n), c.reserves[at])).toBeLessThan(1e-9);
    expect(Math.abs(run.values[row] / c.value[at] - 1)).toBeLessThan(1e-9);
  }
  const outputs = Array.from({ length: run.ruleOutputs.length / n }, (_, t) =>
    run.ruleOutputs.subarray(t * n, t * n + n),
  );
  const size = Math.max(...run.ruleOutputs.map(Math.abs));
  for (const [got, want] of [
    [outputs.slice(0, 6), c.rule_outputs_head],
    [outputs.slice(-3), c.rule_outputs_tail],
  ] as const) {
    want.forEach((row, t) => {
      row.forEach((w, i) => {
        expect(Math.abs(got[t][i] - w)).toBeLessThan(1e-9 * size);
      });
    });
  }
  const sumAbs = run.ruleOutputs.reduce((a, x) => a + Math.abs(x), 0);
  expect(Math.abs(sumAbs / c.rule_outputs_sum_abs - 1)).toBeLessThan(1e-9);
}

describe('relative gradient', () => {
  it('gives the worked figure of the momentum estimator', () => {
    const want = [
      [0.0009900990099009905, 0.0012820512820512827, 0.0029343404997094705],
      [-0.012820512820512832, 0.02409638554216867, 0.014970059880239452],
    ];
    expect(largestRelativeError(relativeGradient([1, 1.1, 1.05, 1.2], 0.9), want[0])).toBeLessThan(1e-12);
    expect(largestRelativeError(relativeGradient([2, 1.9, 2.2, 2.1], 0.5), want[1])).toBeLessThan(1e-12);
  });
});

describe.skipIf(!hasGolden('tfmm_zero_fee.json'))('synthetic golden cases', () => {
  const cases = readGoldenCases('tfmm_zero_fee.json', ['momentum', 'anti_momentum']);
  const prices = readSyntheticPrices();
  it.each(
    cases.map((c, i) => [`${i}: ${c.rule}, ${c.assets.length} assets, chunk ${c.chunk_period}`, c] as const),
  )('%s', (_, c) => {
    check(c, rowMajor(prices, c.assets, c.rows));
  });
});

describe.skipIf(!hasGolden('tfmm_real_2018.json'))('real 2018 golden cases', () => {
  const cases = readGoldenCases('tfmm_real_2018.json', ['momentum', 'anti_momentum']);
  it.each(cases.map((c, i) => [`${i}: ${c.rule}, chunk ${c.chunk_period}`, c] as const))('%s', (_, c) => {
    const columns = Object.fromEntries(c.assets.map((asset) => [asset, readReal2018Prices(asset, c.rows)]));
    check(c, rowMajor(columns, c.assets, c.rows));
  });
});
