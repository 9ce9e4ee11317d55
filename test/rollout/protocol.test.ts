/** Fees that are shared with a protocol, in whole roll-outs: invariants, amounts, the earnings of a flow, differences. */
import { describe, expect, it } from 'vitest';
import { createPoolRollout, poolLayout, type Trajectory } from '../../src/pools/rollout.js';
import { completePool, type PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectGradient, facts } from './differences.js';
import { flows, pools, rawSets, specOf, type Values, walk } from './setup.js';

const VALUES: Values = {
  'tfmm.fee': 0.002,
  'constant-weight.fee': 0.002,
  'momentum.memoryDays': 0.2,
  'momentum.k': 5,
  'elastic.v0': 1e-3,
  'elastic.epsilon': 0.001,
};
const FIRST = 47;
const MINUTES = 140;

const dataOf = (n: number, sigma = 0.002): Prices => walk(n, FIRST + MINUTES + 1, sigma);

function pathOf(spec: PoolSpec, data: Prices, raw: Float64Array): Trajectory {
  const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
  const path = rollout.trajectory(raw, FIRST, MINUTES + 1, 1);
  rollout.dispose();
  return path;
}

const valuesOf = (spec: PoolSpec, raw: Float64Array) => poolLayout(completePool(spec)).values(raw);

describe('protocolShare', () => {
  it.each([2, 3])('of all fees keeps Π R^w of constant weights where it was, n = %i', (n) => {
    const data = dataOf(n);
    const spec = specOf(data, { pool: pools['constant-weight'] }, { protocolShare: 1 });
    const raw = rawSets(spec, VALUES);
    const w = valuesOf(spec, raw)['constant-weight.weights'];
    const { reserves, fees } = pathOf(spec, data, raw);
    const invariant = (t: number) => w.reduce((sum, x, i) => sum + x * Math.log(reserves[t * n + i]), 0);
    for (let t = 1; t <= MINUTES; t++) expect(Math.abs(invariant(t) - invariant(0))).toBeLessThan(1e-13);
    expect(reserves[MINUTES * n]).not.toBe(reserves[0]);
    expect(fees[MINUTES]).toBe(0);
  });

  // one arbitrage a minute: of Δ paid in, Δ·(1 − s·fee) stays; the pool's fees are (1 − s)·fee·Δ
  it.each([2, 3, 5])('of s takes s·fee·Δ of what is paid in, and leaves the trade as it is, n = %i', (n) => {
    const data = dataOf(n);
    const share = 0.3;
    const [whole, shared] = [0, share].map((protocolShare) =>
      specOf(data, { pool: pools['constant-weight'] }, { protocolShare }),
    );
    const raw = rawSets(whole, VALUES);
    const fee = valuesOf(whole, raw)['constant-weight.fee'][0];
    const [a, b] = [whole, shared].map((spec) => pathOf(spec, data, raw));
    const moved = (path: Trajectory, t: number) =>
      Array.from({ length: n }, (_, i) => path.reserves[t * n + i] - path.reserves[(t - 1) * n + i]);
    const price = (t: number, i: number) => data.prices[(FIRST + t) * n + i];
    // the first trade sets out from the same reserves
    const first = Array.from({ length: MINUTES }, (_, t) => t + 1).find((t) => moved(a, t).some((d) => d !== 0));
    const t0 = first as number;
    moved(a, t0).forEach((d, i) => {
      const wanted = d > 0 ? d * (1 - share * fee) : d;
      expect(Math.abs(moved(b, t0)[i] - wanted) / a.reserves[i]).toBeLessThan(1e-15);
    });
    expect(b.fees[t0] / a.fees[t0]).toBeCloseTo(1 - share, 13);
    let trades = 0;
    for (let t = 1; t <= MINUTES; t++) {
      const paid = moved(b, t).map((d) => (d > 0 ? d / (1 - share * fee) : 0));
      const earned = (1 - share) * fee * paid.reduce((sum, d, i) => sum + d * price(t, i), 0);
      // reserves are differences of numbers of 5e5 in value, each to 1e-16 of it; fees accumulate to hundreds
      expect(Math.abs(b.fees[t] - b.fees[t - 1] - earned)).toBeLessThan(1e-11);
      if (earned > 0) trades++;
    }
    expect(trades).toBeGreaterThan(20);
  });

  it.each(['tfmm', 'constant-weight'])('of s leaves (1 − s) of what a flow pays, %s', (name) => {
    const data: Prices = { ...dataOf(2, 0), volume: null };
    const [fee, v0, b, size, share] = [0.003, 1e-3, 120, 0.01, 0.4];
    const spec = specOf(data, { pool: pools[name], flow: flows.elastic }, { protocolShare: share });
    const raw = poolLayout(completePool(spec)).raws({
      [`${name}.fee`]: [fee],
      'elastic.v0': [v0],
      'elastic.b': [b],
      'elastic.epsilon': [size],
    });
    const { values } = pathOf(spec, data, raw);
    // the cost that the flow answers to has the whole fee
    const cost = fee + (2 * size) / (1 + 2 * size);
    const grown = 1 + fee * (1 - share) * v0 * Math.exp(-b * cost);
    for (let t = 1; t <= MINUTES; t++) expect(Math.abs(values[t] / (spec.value * grown ** t) - 1)).toBeLessThan(1e-12);
  });

  // as in gradient-weights.test.ts: what differences tell where minutes trade
  it.each([
    ['tfmm', 2],
    ['tfmm', 3],
    ['constant-weight', 2],
    ['constant-weight', 3],
  ])('%s, n = %i: gradients agree with central differences', (name, n) => {
    const data = walk(n, 360, 0.002);
    for (const flow of [null, flows.elastic]) {
      const spec = specOf(data, { pool: pools[name], flow }, { protocolShare: 0.3 });
      const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
      const job = {
        rollout,
        data,
        raw: rawSets(spec, { ...VALUES, [`${name}.fee`]: 0.0015 }),
        windows: Int32Array.of(95, 131),
        windowRows: 200,
      };
      expect(facts(job).trading).toBeGreaterThan(0.3);
      expectGradient(job, 5e-6);
    }
  });
});
