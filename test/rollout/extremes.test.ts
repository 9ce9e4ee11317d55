/**
 * Two-asset pools with curves of their own at whatever raw numbers a training may come to, and prices that leap: scores and
 * gradients are finite, reserves are not negative, arbitrageurs do not pay.
 */
import { describe, expect, it } from 'vitest';
import { createPoolRollout, poolLayout } from '../../src/pools/rollout.js';
import { columnOf, type ParameterLayout } from '../../src/rollout/layout.js';
import { draw } from '../../src/targets/runtime.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { flows, pools, specOf, walk, withTrades } from './setup.js';

const SETS = 200;
const ROWS = 300;
/** Raw numbers: widths from 1e-6 to a million, λ from 1 to 1e8, A from 1e-3 to 1e6, fees from 1e-5 to a tenth. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  'e-clp.peak': [-2, 3],
  'e-clp.below': [-22, 25],
  'e-clp.above': [-22, 25],
  'e-clp.lambda': [-70, 28],
  'e-clp.fee': [-12, -2],
  'stableswap.A': [-10, 20],
  'stableswap.peg': [-3, 5],
  'stableswap.fee': [-12, -2],
  'reclamm.priceRatio': [-20, 30],
  'reclamm.fee': [-12, -2],
  'concentrated-range.middle': [-2, 3],
  'concentrated-range.priceRatio': [-20, 30],
  'concentrated-range.fee': [-12, -2],
  'fm-amm.weights': [-4, 4],
  'fm-amm.fee': [-12, -2],
  'elastic.v0': [-12, -8],
  'elastic.b': [3, 8],
  'elastic.epsilon': [-9, -0.1],
};

/** SETS sets; gas and the fee outside as they come: some, of every size. */
function drawn(layout: ParameterLayout): Float64Array {
  const raw = new Float64Array(layout.columns * SETS);
  for (const e of layout.entries) {
    for (let k = e.column; k < e.column + e.size; k++) {
      const [low, high] = RANGES[e.name] ?? [-14, 4];
      for (let s = 0; s < SETS; s++) raw[k * SETS + s] = low + (high - low) * draw(3, k, s, 0);
    }
  }
  return raw;
}

describe.each([
  'reclamm',
  'fm-amm',
  'concentrated-range',
  'e-clp',
  'stableswap',
])('%s with trades of others', (name) => {
  it.each([1e6, 3e4])('of a pool worth %s, which they may empty', (value) => {
    const data = withTrades(walk(2, ROWS + 10, 3e-3, 5));
    const series = { parameters: {}, supply: null, trades: true };
    const spec = specOf(data, { pool: pools[name], series, value }, { protocolShare: 0.1, arbitrageEvery: 5 });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const raw = drawn(rollout.layout);
    const { objective, gradient } = rollout.gradient(raw, Int32Array.of(3), ROWS);
    expect(objective.every(Number.isFinite)).toBe(true);
    expect(gradient.every(Number.isFinite)).toBe(true);
    for (let s = 0; s < SETS; s += 5) {
      const { values, reserves } = rollout.trajectory(columnOf(raw, SETS, s), 3, ROWS, 1);
      expect(Math.min(...reserves)).toBeGreaterThanOrEqual(0);
      expect(Math.min(...values)).toBeGreaterThan(0);
    }
    rollout.dispose();
  });
});

describe.each(['e-clp', 'stableswap'])('%s', (name) => {
  const cases = [3e-4, 3e-3, 0.05].flatMap((sigma) => [0, 1].map((centre) => ({ sigma, centre })));
  it.each(cases)('prices by $sigma a minute, centre $centre', ({ sigma, centre }) => {
    const data = walk(2, ROWS + 10, sigma, 5);
    const settings = { centre, arbitrageCosts: 1, gasGate: 0.2, protocolShare: 0.1 };
    const flowing = specOf(data, { pool: pools[name], flow: flows.elastic }, settings);
    const layout = poolLayout(flowing);
    const raw = drawn(layout);
    const rollout = createPoolRollout(flowing, data, wasm, { threads: 1 });
    const { objective, gradient } = rollout.gradient(raw, Int32Array.of(3), ROWS);
    rollout.dispose();
    expect(objective.every(Number.isFinite)).toBe(true);
    expect(gradient.every(Number.isFinite)).toBe(true);

    const plain = { ...flowing, flow: null };
    const columns = poolLayout(plain).columns;
    const alone = createPoolRollout(plain, data, wasm, { threads: 1 });
    let trades = 0;
    for (let s = 0; s < SETS; s += 5) {
      const one = Float64Array.from({ length: columns }, (_, k) => raw[k * SETS + s]);
      const { values, reserves } = alone.trajectory(one, 3, ROWS, 1);
      expect(Math.min(...reserves)).toBeGreaterThanOrEqual(0);
      for (let t = 1; t < ROWS; t++) {
        const held = [0, 1].reduce((sum, i) => sum + reserves[2 * (t - 1) + i] * data.prices[2 * (3 + t) + i], 0);
        expect(values[t] / held - 1).toBeLessThan(1e-14);
        if (values[t] < held) trades++;
      }
    }
    alone.dispose();
    expect(trades).toBeGreaterThan(20);
  });
});
