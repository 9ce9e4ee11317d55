/** How often arbitrageurs come and what they pay, in whole roll-outs: sparser prices, closed forms, plain loops, differences. */
import { describe, expect, it } from 'vitest';
import { createPoolRollout, poolLayout, type Trajectory } from '../../src/pools/rollout.js';
import { completePool, type PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { bits } from '../targets/agreement.js';
import { expectGradient, facts } from './differences.js';
import { type Changed, flows, pools, rawSets, specOf, type Values, walk } from './setup.js';

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;

const VALUES: Values = {
  'tfmm.fee': 0.002,
  'constant-weight.fee': 0.002,
  'tfmm.outsideFee': 1e-3,
  'constant-weight.outsideFee': 1e-3,
  'momentum.memoryDays': 0.2,
  'momentum.k': 5,
  'elastic.v0': 1e-3,
  'elastic.epsilon': 0.001,
};
const FIRST = 47;
const MINUTES = 140;
/** What differences tell where trades set in and cease; reason in gradient-weights.test.ts. */
const KINKED = 5e-6;

const dataOf = (n: number): Prices => walk(n, FIRST + MINUTES + 1, 0.002);

function pathOf(spec: PoolSpec, data: Prices, raw: Float64Array, first = FIRST, minutes = MINUTES): Trajectory {
  const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
  const path = rollout.trajectory(raw, first, minutes + 1, 1);
  rollout.dispose();
  return path;
}

/** Gradients of two windows of 200 minutes against differences. */
function expectGradients(n: number, part: Part, settings: Changed, values: Values = {}, dead: string[] = []): void {
  const data = walk(n, 360, 0.002);
  const spec = specOf(data, part, settings);
  const raw = rawSets(spec, { ...VALUES, ...values });
  const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
  const job = { rollout, data, raw, windows: Int32Array.of(95, 131), windowRows: 200 };
  expect(facts(job).fees, 'it trades').toBeGreaterThan(10);
  expectGradient(job, KINKED, dead);
}

describe('arbitrageEvery', () => {
  const EVERY = 7;

  it.each([
    ['constant-weight', 2],
    ['constant-weight', 3],
    ['hmm', 2],
    ['e-clp', 2],
  ])('of %s, n = %i: the roll-out of each seventh row', (name, n) => {
    const data = dataOf(n);
    const part = { pool: pools[name] };
    const spec = specOf(data, part, { arbitrageEvery: EVERY });
    const raw = rawSets(spec, VALUES);
    const path = pathOf(spec, data, raw);
    const rows = Array.from({ length: MINUTES / EVERY + 1 }, (_, k) => FIRST + k * EVERY);
    const sparse: Prices = {
      ...data,
      rows: rows.length,
      prices: Float64Array.from(rows.flatMap((row) => [...data.prices.subarray(row * n, (row + 1) * n)])),
      volume: null,
    };
    const wanted = pathOf(specOf(sparse, part), sparse, raw, 0, rows.length - 1);
    const width = path.reserves.length / (MINUTES + 1);
    const at = (reserves: Float64Array, row: number) => bits(reserves.slice(row * width, (row + 1) * width));
    rows.forEach((row, k) => {
      const t = row - FIRST;
      expect(at(path.reserves, t)).toEqual(at(wanted.reserves, k));
      expect(path.fees[t]).toBe(wanted.fees[k]);
    });
    expect(path.fees[MINUTES]).toBeGreaterThan(10);
  });

  it.each(['tfmm', 'constant-weight'])('%s: in the minutes between, reserves stay as they are', (name) => {
    const n = 3;
    const data = dataOf(n);
    const spec = specOf(data, { pool: pools[name] }, { arbitrageEvery: EVERY });
    const { reserves } = pathOf(spec, data, rawSets(spec, VALUES));
    let trades = 0;
    for (let t = 1; t <= MINUTES; t++) {
      const [before, now] = [t - 1, t].map((k) => bits(reserves.slice(k * n, (k + 1) * n)));
      if (t % EVERY !== 0) expect(now).toEqual(before);
      else if (now.some((x, i) => x !== before[i])) trades++;
    }
    expect(trades).toBeGreaterThan(10);
  });

  // without a fee and with weights that stay, an arbitrage brings V to V₀·Π (p/p₀)^w, however long ago the last one was
  it('of constant weights without a fee has the value of the closed form', () => {
    const n = 3;
    const data = dataOf(n);
    const spec = specOf(data, { pool: pools['constant-weight'] }, { arbitrageEvery: EVERY });
    const raw = rawSets(spec, { 'constant-weight.fee': 0 });
    const { values } = pathOf(spec, data, raw);
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const w = rollout.layout.values(raw)['constant-weight.weights'];
    rollout.dispose();
    for (let t = EVERY; t <= MINUTES; t += EVERY) {
      const logs = w.map((x, i) => x * Math.log(data.prices[(FIRST + t) * n + i] / data.prices[FIRST * n + i]));
      const log = logs.reduce((a, x) => a + x);
      expect(Math.abs(Math.log(values[t] / spec.value) - log)).toBeLessThan(1e-13);
    }
  });

  it('above the length of a window: nobody ever trades', () => {
    const data = dataOf(2);
    for (const name of ['tfmm', 'constant-weight']) {
      const spec = specOf(data, { pool: pools[name] }, { arbitrageEvery: MINUTES + 1 });
      const { reserves, fees } = pathOf(spec, data, rawSets(spec, VALUES));
      expect([...reserves].every((r, i) => r === reserves[i % 2])).toBe(true);
      expect(fees[MINUTES]).toBe(0);
    }
  });

  it.each([
    ['tfmm', 2],
    ['tfmm', 3],
    ['constant-weight', 2],
    ['constant-weight', 3],
  ])('%s, n = %i: gradients agree with central differences', (name, n) => {
    const pool = pools[name];
    expectGradients(n, { pool }, { arbitrageEvery: EVERY });
    expectGradients(n, { pool, flow: flows.elastic }, { arbitrageEvery: EVERY });
  });

  it('is a whole number, and no closed form of a pool without fees', () => {
    const data = dataOf(2);
    const made = (part: Part, settings: Changed) => () => createPoolRollout(specOf(data, part, settings), data, wasm);
    expect(made({ pool: pools.tfmm }, { arbitrageEvery: 1.5 })).toThrow(
      'rollout: setting arbitrageEvery must be a whole number of minutes, got 1.5; round it',
    );
    expect(made({ pool: pools.tfmm, zeroFee: true }, { arbitrageEvery: 2 })).toThrow('give zeroFee: false');
  });
});

describe('gas', () => {
  const costs = { arbitrageCosts: 1 };

  // V/2 of each asset: prices that have moved apart by e^m since the last trade pay V/2·(e^(m/2) − 1)²
  it('of a constant product without a fee: the plain loop', () => {
    const data = dataOf(2);
    const gas = 3;
    const spec = specOf(data, { pool: pools['constant-weight'] }, costs);
    const layout = poolLayout(completePool(spec));
    const raw = layout.raws({
      'constant-weight.weights': [0.5, 0.5],
      'constant-weight.fee': [0],
      'constant-weight.gas': [gas],
    });
    const { reserves } = pathOf(spec, data, raw);
    const price = (t: number, i: number) => data.prices[(FIRST + t) * 2 + i];
    let [x, y] = [0, 1].map((i) => (0.5 * spec.value) / price(0, i));
    let trades = 0;
    for (let t = 1; t <= MINUTES; t++) {
      const [a, b] = [x * price(t, 0), y * price(t, 1)];
      // what is left of a + b when the value is 2√(ab)
      if ((Math.sqrt(a) - Math.sqrt(b)) ** 2 > gas) {
        const k = x * y;
        x = Math.sqrt((k * price(t, 1)) / price(t, 0));
        y = k / x;
        trades++;
      }
      expect(Math.abs(reserves[2 * t] / x - 1)).toBeLessThan(1e-13);
      expect(Math.abs(reserves[2 * t + 1] / y - 1)).toBeLessThan(1e-13);
    }
    expect(trades).toBeGreaterThan(10);
    expect(trades).toBeLessThan(100);
  });

  const names = ['tfmm', 'constant-weight'];
  const both = names.flatMap((name) => [2, 3].map((n) => [name, n] as const));

  it.each(both)('%s, n = %i: never trades where it is more than any gain, and as ever where it is 0', (name, n) => {
    const data = dataOf(n);
    const part = { pool: pools[name] };
    const spec = specOf(data, part, costs);
    const never = pathOf(spec, data, rawSets(spec, { ...VALUES, [`${name}.gas`]: spec.value }));
    expect([...never.reserves].every((r, i) => r === never.reserves[i % n])).toBe(true);
    expect(never.fees[MINUTES]).toBe(0);
    // the same set without the columns of costs
    const plain = specOf(data, part);
    const values = { ...VALUES, [`${name}.gas`]: 0, [`${name}.outsideFee`]: 0 };
    const raw = rawSets(spec, values, 1, 0);
    const free = pathOf(spec, data, raw);
    const wanted = pathOf(plain, data, rawSets(plain, VALUES, 1, 0));
    expect(wanted.fees[MINUTES]).toBeGreaterThan(10);
    free.values.forEach((v, t) => {
      expect(Math.abs(v / wanted.values[t] - 1)).toBeLessThan(1e-13);
    });
  });

  it.each(both)('%s, n = %i: never costs the arbitrageur, and every trade pays for it', (name, n) => {
    const data = dataOf(n);
    const gas = 5;
    const spec = specOf(data, { pool: pools[name] }, costs);
    const raw = rawSets(spec, { ...VALUES, [`${name}.gas`]: gas }, 1, 0);
    const { reserves } = pathOf(spec, data, raw);
    let trades = 0;
    for (let t = 1; t <= MINUTES; t++) {
      const paid = Array.from({ length: n }, (_, i) => reserves[t * n + i] - reserves[(t - 1) * n + i]);
      if (paid.every((d) => d === 0)) continue;
      trades++;
      const gained = -paid.reduce((sum, d, i) => sum + d * data.prices[(FIRST + t) * n + i], 0);
      // two arbitrages of a minute gain at least twice the gas, one gains it once
      expect(gained).toBeGreaterThan(gas);
    }
    expect(trades).toBeGreaterThan(3);
  });

  it.each(both)('%s, n = %i: gradients through a gate agree with central differences', (name, n) => {
    const values = { [`${name}.gas`]: 4 };
    expectGradients(n, { pool: pools[name] }, { ...costs, gasGate: 0.3 }, values);
    expectGradients(n, { pool: pools[name], flow: flows.elastic }, { ...costs, gasGate: 0.3 }, values);
  });

  it.each(both)('%s, n = %i: behind a step it has no gradient, reserves and fee have theirs', (name, n) => {
    expectGradients(n, { pool: pools[name] }, costs, { [`${name}.gas`]: 4 }, [`${name}.gas`]);
  });

  it('of a path is a step whatever the gate; scores go through the gate', () => {
    const data = dataOf(2);
    for (const name of names) {
      const [step, smooth] = [0, 0.3].map((gasGate) => specOf(data, { pool: pools[name] }, { ...costs, gasGate }));
      const raw = rawSets(step, { ...VALUES, [`${name}.gas`]: 4 });
      expect(bits(pathOf(smooth, data, raw).values)).toEqual(bits(pathOf(step, data, raw).values));
      const [a, b] = [step, smooth].map((spec) => {
        const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
        const { objective } = rollout.value(raw, Int32Array.of(FIRST), MINUTES + 1);
        rollout.dispose();
        return objective[0];
      });
      expect(a).not.toBe(b);
      expect(Math.abs(a - b)).toBeLessThan(1e-3);
    }
  });
});

describe('costs of arbitrage', () => {
  const costs = { arbitrageCosts: 1 };
  const both = ['tfmm', 'constant-weight'].flatMap((name) => [2, 3].map((n) => [name, n] as const));

  it.each(both)('%s, n = %i: without gas, gradients with an outside fee agree with central differences', (name, n) => {
    const gas = { [`${name}.gas`]: 1e-9 };
    const values = { ...gas, [`${name}.outsideFee`]: 6e-4 };
    expectGradients(n, { pool: pools[name] }, costs, values, [`${name}.gas`]);
    expectGradients(n, { pool: pools[name], flow: flows.elastic }, costs, values, [`${name}.gas`]);
  });

  // γ·(1 − τ/2)/(1 + τ/2) bounds what is left to be gained
  it.each(both)('%s, n = %i: the outside fee widens the band within which prices are left alone', (name, n) => {
    const data = dataOf(n);
    const spec = specOf(data, { pool: pools[name] }, costs);
    const raw = rawSets(spec, { ...VALUES, [`${name}.gas`]: 0 });
    const layout = poolLayout(completePool(spec));
    const value = layout.values(raw);
    const [fee, outside] = [value[`${name}.fee`][0], value[`${name}.outsideFee`][0]];
    const { reserves, weights } = pathOf(spec, data, raw);
    const ratios = Array.from({ length: MINUTES + 1 }, (_, t) => {
      const q = Array.from(
        { length: n },
        (_, i) =>
          (reserves[t * n + i] * data.prices[(FIRST + t) * n + i]) /
          (name === 'tfmm' ? (weights as Float64Array)[t * n + i] : value['constant-weight.weights'][i]),
      );
      return Math.max(...q) / Math.min(...q);
    });
    const band = (1 + outside / 2) / (1 - outside / 2) / (1 - fee);
    expect(Math.max(...ratios) / band - 1).toBeLessThan(1e-12);
    // it is reached but for the fee of the trade, .2 % of some .3 % of a reserve, which stays in the pool
    expect(Math.max(...ratios) / band - 1).toBeGreaterThan(-1e-5);
    // and lies beyond that of the fee alone
    expect(band * (1 - fee)).toBeGreaterThan(1.0005);
  });

  it('leaves no closed form to a pool without fees', () => {
    const data = dataOf(2);
    const spec = specOf(data, { pool: pools.tfmm, zeroFee: true }, costs);
    expect(() => createPoolRollout(spec, data, wasm)).toThrow('give zeroFee: false');
  });
});
