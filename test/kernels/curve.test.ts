/** Trading curves: every pool's own price along its curve is the price that the curve is asked for. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { createDataset } from '../../src/data/dataset.js';
import { PoolCurves } from '../../src/pools/curve.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';

const ROWS = 500;
/** Two assets that go their ways by a few percent. */
const data = createDataset({
  assets: ['X', 'Y'],
  start: 0,
  interval: 60_000,
  rows: ROWS,
  prices: Float64Array.from({ length: 2 * ROWS }, (_, k) =>
    k % 2 === 0 ? 100 * Math.exp(0.02 * Math.sin(k / 90)) : 50 * Math.exp(0.015 * Math.sin(k / 47)),
  ),
  volume: null,
  meta: {},
});

const RATIOS = Array.from({ length: 41 }, (_, k) => 1.1 ** ((k - 20) / 20));

const specOf = (pool: string, settings: Record<string, number> = {}): PoolSpec => ({
  assets: data.assets,
  pool: registry.pools[pool],
  rule: pool === 'tfmm' ? registry.rules.momentum : null,
  flow: null,
  objective: registry.objectives.returns,
  penalties: [],
  settings: pool === 'tfmm' ? { chunkPeriod: 60, weightInterpolationPeriod: 60, ...settings } : settings,
  value: 1e6,
  zeroFee: false,
});

function curveOf(pool: string, values: Record<string, number[]> = {}, settings: Record<string, number> = {}) {
  const curves = new PoolCurves(specOf(pool, settings), data, wasm, { threads: 1 });
  try {
    const raw = curves.layout.raws(values);
    const standing = curves.standing(raw, 0, ROWS);
    return { standing, curve: curves.at(raw, standing, 0, RATIOS) };
  } finally {
    curves.dispose();
  }
}

/** The price of X in Y between two neighbours on a curve of two reserves, by the secant. */
const secant = (reserves: Float64Array, k: number) =>
  -(reserves[2 * k + 3] - reserves[2 * k + 1]) / (reserves[2 * k + 2] - reserves[2 * k]);

describe.each(['constant-weight', 'tfmm', 'reclamm', 'concentrated-range', 'e-clp', 'stableswap'])('%s', (pool) => {
  const { standing, curve } = curveOf(pool);
  it('sells at the prices between those of its points', () => {
    const { prices, reserves } = curve;
    const y = standing.prices[1];
    for (let k = 0; k + 1 < RATIOS.length; k++) {
      const [low, high] = [prices[k] / y, prices[k + 1] / y];
      // a pool rests beyond its range
      if (reserves[2 * k] === reserves[2 * k + 2]) continue;
      const rounding = 1e-9 * high;
      expect(secant(reserves, k)).toBeGreaterThan(low - rounding);
      expect(secant(reserves, k)).toBeLessThan(high + rounding);
    }
  });
  it('holds less of what is dearer, and has a part that trades', () => {
    const x = RATIOS.map((_, k) => curve.reserves[2 * k]);
    expect(x.every((a, k) => k === 0 || a <= x[k - 1])).toBe(true);
    expect(x[0]).toBeGreaterThan(x[RATIOS.length - 1]);
  });
  it('goes through what the pool holds', () => {
    const [x, y] = standing.reserves;
    const near = RATIOS.findLastIndex((_, k) => curve.reserves[2 * k] >= x);
    expect(near).toBeGreaterThanOrEqual(0);
    expect(curve.reserves[2 * near + 1]).toBeLessThanOrEqual(y * (1 + 1e-12));
    expect(curve.reserves[2 * near + 3]).toBeGreaterThanOrEqual(y * (1 - 1e-12));
  });
});

describe('a constant-weight pool', () => {
  it('keeps Π Rᵢ^wᵢ along its curve, whatever its fee is', () => {
    const weights = [0.7, 0.3];
    const { standing, curve } = curveOf('constant-weight', {
      'constant-weight.weights': weights,
      'constant-weight.fee': [0.01],
    });
    const invariant = (x: number, y: number) => x ** weights[0] * y ** weights[1];
    const [x, y] = standing.reserves;
    for (let k = 0; k < RATIOS.length; k++) {
      expect(invariant(curve.reserves[2 * k], curve.reserves[2 * k + 1]) / invariant(x, y)).toBeCloseTo(1, 12);
    }
  });
  it('is not kept from its curve by what arbitrageurs pay', () => {
    const plain = curveOf('constant-weight', { 'constant-weight.fee': [0] }).curve;
    const costly = curveOf(
      'constant-weight',
      // so much that nobody ever trades
      { 'constant-weight.fee': [0], 'constant-weight.gas': [1e8], 'constant-weight.outsideFee': [0.01] },
      { arbitrageCosts: 1 },
    ).curve;
    expect(costly.reserves[0]).toBeGreaterThan(costly.reserves[2 * (RATIOS.length - 1)]);
    const product = (reserves: Float64Array, k: number) => reserves[2 * k] * reserves[2 * k + 1];
    // it holds what it started with, on the curve of the start
    const start = (5e5 / data.prices[0]) * (5e5 / data.prices[1]);
    expect(product(costly.reserves, 7) / start).toBeCloseTo(1, 12);
    expect(product(plain.reserves, 7)).toBeLessThan(product(costly.reserves, 7));
  });
});

describe('hmm', () => {
  it('trades each asset for credits at its price', () => {
    const { curve } = curveOf('hmm');
    const kinds = curve.reserves.length / RATIOS.length;
    const at = (k: number, j: number) => curve.reserves[k * kinds + j];
    for (let k = 0; k + 1 < RATIOS.length; k++) {
      const paid = -(at(k + 1, 2) - at(k, 2)) / (at(k + 1, 0) - at(k, 0));
      expect(paid).toBeGreaterThan(curve.prices[k] * (1 - 1e-6));
      expect(paid).toBeLessThan(curve.prices[k + 1] * (1 + 1e-6));
    }
  });
});
