/**
 * What holds for every pool, whatever the parameters and prices: nothing is known before it happens, weights stay within
 * their guards, arbitrageurs do not pay for their trades, units do not matter.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPoolRollout, type PoolRollout, poolLayout, type Trajectory } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { bits } from '../targets/agreement.js';
import { flows, objectives, pools, rawSets, rules, SETTINGS, specOf, walk } from './setup.js';

const VALUES = {
  'tfmm.fee': 0.001,
  'constant-weight.fee': 0.001,
  'momentum.memoryDays': 0.1,
  'momentum.k': 50,
  'anti-momentum.memoryDays': 0.1,
  'anti-momentum.k': 50,
  'concentrated-range.priceRatio': 1.2,
  'fm-amm.fee': 0.001,
  'reclamm.priceRatio': 1.2,
  'reclamm.centerednessMargin': 0.5,
  'reclamm.dailyPriceShiftExponent': 3,
  'hmm.rho': 0.4,
  'hmm.riskFee': 0.1,
  'e-clp.below': 0.05,
  'e-clp.above': 0.05,
  'elastic.v0': 1e-3,
};
const FIRST = 47;
const ROWS = 150;
/** After the first. */
const MINUTES = Array.from({ length: ROWS - 1 }, (_, t) => t + 1);
const run = { seed: 11, numRuns: 8 };

it('settings that are left out are their defaults, to parameters too', () => {
  const data = walk(2, 8 * 1440, 0.001);
  const spec = specOf(data, { pool: pools.tfmm });
  const { chunkPeriod, weightInterpolationPeriod } = { ...pools.tfmm.settings, ...rules.momentum.settings };
  const daily = { chunkPeriod: chunkPeriod.default, weightInterpolationPeriod: weightInterpolationPeriod.default };
  const scores = [{}, daily].map((settings) => {
    const rollout = rolloutOf({ ...spec, settings }, data);
    const { objective } = rollout.value(rollout.layout.raws({}), Int32Array.of(1440), 5 * 1440);
    rollout.dispose();
    return objective[0];
  });
  expect(Number.isFinite(scores[0])).toBe(true);
  expect(scores[0]).toBe(scores[1]);
});

const rolloutOf = (spec: PoolSpec, data: Prices): PoolRollout => createPoolRollout(spec, data, wasm, { threads: 1 });

/** The path of one set, minute by minute. */
function pathOf(spec: PoolSpec, data: Prices, raw: Float64Array): Trajectory {
  const rollout = rolloutOf(spec, data);
  const path = rollout.trajectory(raw, FIRST, ROWS, 1);
  rollout.dispose();
  return path;
}

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;

describe('no look-ahead', () => {
  const cases: [string, number, Part][] = [
    ['tfmm, zero fee', 3, { pool: pools.tfmm, zeroFee: true }],
    ['tfmm, fee and flow', 3, { pool: pools.tfmm, rule: rules['anti-momentum'], flow: flows.elastic }],
    ['constant weights', 3, { pool: pools['constant-weight'], flow: flows.elastic }],
    ['hmm', 2, { pool: pools.hmm, flow: flows.elastic }],
    ['reclamm', 2, { pool: pools.reclamm, flow: flows.elastic }],
    ['fm-amm', 2, { pool: pools['fm-amm'], flow: flows.elastic }],
    ['concentrated range', 2, { pool: pools['concentrated-range'], flow: flows.elastic }],
    ['e-clp', 2, { pool: pools['e-clp'], flow: flows.elastic }],
    ['stableswap', 2, { pool: pools.stableswap, flow: flows.elastic }],
  ];
  it.each(cases)('%s: prices from a row on change nothing before it', (_, n, part) => {
    const data = walk(n, FIRST + ROWS, 0.003);
    const spec = specOf(data, part);
    const raw = rawSets(spec, VALUES);
    const before = pathOf(spec, data, raw);
    const width = before.reserves.length / ROWS;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: ROWS - 1 }),
        fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: n, maxLength: n }),
        (t, factors) => {
          fc.pre(factors.every((f) => Math.abs(f - 1) > 0.05));
          const prices = data.prices.map((p, i) => (Math.floor(i / n) < FIRST + t ? p : p * factors[i % n]));
          const after = pathOf(spec, { ...data, prices }, raw);
          const same = (a: Float64Array, b: Float64Array, end: number) =>
            expect(bits(a.subarray(0, end))).toEqual(bits(b.subarray(0, end)));
          same(after.values, before.values, t);
          same(after.reserves, before.reserves, t * width);
          same(after.fees, before.fees, t);
          // the weights of a minute do not know the prices of that minute either
          if (before.weights !== null) same(after.weights as Float64Array, before.weights, (t + 1) * n);
          expect(after.values[t]).not.toBe(before.values[t]);
        },
      ),
      run,
    );
  });

  it('a rule output is made of the prices up to its row', () => {
    const n = 3;
    const data = walk(n, 400, 0.003);
    const spec = specOf(data, { pool: pools.tfmm });
    const raw = rawSets(spec, VALUES);
    const outputsOf = (prices: Float64Array) => {
      const rollout = rolloutOf(spec, { ...data, prices });
      const { outputs } = rollout.rule(raw, 13);
      rollout.dispose();
      return outputs;
    };
    const before = outputsOf(data.prices);
    for (let step = 0; step < 13; step++) {
      const row = (step + 1) * SETTINGS.chunkPeriod;
      const moved = (from: number) => outputsOf(data.prices.map((p, i) => (i < from * n ? p : p * (1 + (i % n)))));
      expect(bits(moved(row + 1).subarray(0, (step + 1) * n))).toEqual(bits(before.subarray(0, (step + 1) * n)));
      expect(moved(row)[step * n]).not.toBe(before[step * n]);
    }
  });

  it('a window does not depend on the rows after it', () => {
    const data = walk(3, 400, 0.003);
    const short: Prices = { ...data, rows: 300, prices: data.prices.slice(0, 900), volume: null };
    const spec = specOf(data, { pool: pools.tfmm });
    const raw = rawSets(spec, VALUES, 2);
    const [long, cut] = [{ ...data, volume: null }, short].map(
      (d) => rolloutOf(spec, d).gradient(raw, Int32Array.of(150), 150).gradient,
    );
    expect(bits(cut)).toEqual(bits(long));
  });
});

describe('weights within their guards', () => {
  const anySettings = fc.record({
    n: fc.constantFrom(2, 3, 5, 8),
    anti: fc.boolean(),
    interpolation: fc.constantFrom(0, 1),
    ramp: fc.integer({ min: 1, max: 30 }),
    /** Of 1/n. */
    floor: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
    logChange: fc.double({ min: -5, max: -0.5, noNaN: true }),
    logK: fc.double({ min: -2, max: 4, noNaN: true }),
    logMemory: fc.double({ min: -2, max: 1, noNaN: true }),
    sigma: fc.constantFrom(0, 1e-3, 0.03),
    seed: fc.integer({ min: 1, max: 1000 }),
  });

  it('sum to 1, and neither fall below the minimum nor move faster than allowed', () => {
    fc.assert(
      fc.property(anySettings, (c) => {
        const { n } = c;
        const data = walk(n, FIRST + ROWS, c.sigma, c.seed);
        const [low, fastest] = [c.floor / n, 10 ** c.logChange];
        const spec = specOf(
          data,
          { pool: pools.tfmm, rule: c.anti ? rules['anti-momentum'] : rules.momentum, zeroFee: true },
          {
            interpolation: c.interpolation,
            weightInterpolationPeriod: c.ramp,
            minimumWeight: low,
            maximumChange: fastest,
          },
        );
        const { name } = spec.rule as { name: string };
        const raw = rawSets(spec, { [`${name}.memoryDays`]: 10 ** c.logMemory, [`${name}.k`]: 10 ** c.logK });
        const weights = pathOf(spec, data, raw).weights as Float64Array;
        const sums = Array.from({ length: ROWS }, (_, t) =>
          weights.subarray(t * n, (t + 1) * n).reduce((a, w) => a + w),
        );
        const steps = weights.subarray(n).map((w, k) => Math.abs(w - weights[k]));
        // start + j·diff, 5 legs: a few roundings of numbers below 1
        expect(Math.max(...sums.map((x) => Math.abs(x - 1)))).toBeLessThan(1e-14);
        expect(Math.min(...weights)).toBeGreaterThan(low - 1e-14);
        expect(Math.max(...weights)).toBeLessThan(1 - (n - 1) * low + 1e-14);
        // the approximately optimal path is not straight: its steps are not bounded one by one
        if (c.interpolation === 0) expect(Math.max(...steps)).toBeLessThan(fastest + 1e-14);
      }),
      { ...run, numRuns: 15 },
    );
  });

  // a weight just above the minimum falls below it when the others are scaled to make room for those lifted: one pass, as
  // in compat, is not enough where many weights are near the minimum
  it('keep the minimum where lifting some pushes others below', () => {
    const crowded = fc.record({
      seed: fc.integer({ min: 1, max: 1000 }),
      /** Of 1/n. */
      floor: fc.double({ min: 0.75, max: 0.95, noNaN: true }),
      logK: fc.double({ min: 1.5, max: 2.5, noNaN: true }),
    });
    let pushed = 0;
    fc.assert(
      fc.property(crowded, ({ seed, floor, logK }) => {
        const n = 8;
        const data = walk(n, FIRST + ROWS, 0.003, seed);
        const minimumWeight = floor / n;
        const [all, one] = [0, 1].map((compat) => {
          const spec = specOf(data, { pool: pools.tfmm, zeroFee: true }, { minimumWeight, maximumChange: 1, compat });
          const raw = rawSets(spec, { 'momentum.memoryDays': 0.1, 'momentum.k': 10 ** logK }, 1, 0.03);
          return Math.min(...(pathOf(spec, data, raw).weights as Float64Array));
        });
        expect(all).toBeGreaterThan(minimumWeight - 1e-14);
        if (one < minimumWeight - 1e-6) pushed++;
      }),
      run,
    );
    expect(pushed).toBeGreaterThan(0.7 * run.numRuns);
  });

  it('move whenever the rule asks for it', () => {
    const data = walk(3, FIRST + ROWS, 0.003);
    const spec = specOf(data, { pool: pools.tfmm, zeroFee: true });
    const weights = pathOf(spec, data, rawSets(spec, VALUES)).weights as Float64Array;
    expect(Math.abs(weights[weights.length - 1] - weights[2])).toBeGreaterThan(0.01);
  });
});

/** Reserves of minute t at the prices of minute s; hmm: compute at its price, credits as they are. */
function worth(path: Trajectory, data: Prices, t: number, s: number): number {
  const n = data.assets.length;
  const width = path.reserves.length / ROWS;
  return path.reserves
    .subarray(t * width, (t + 1) * width)
    .reduce((sum, r, i) => sum + r * (i < n ? data.prices[(FIRST + s) * n + i] : 1), 0);
}

/** A sum of a few products of float64 that must not exceed another. */
const ROUNDING = 1e-13;

const FEES = ['hmm.marketFee', ...Object.keys(pools).map((name) => `${name}.fee`)];

const market = fc.record({
  n: fc.constantFrom(1, 2, 3, 5),
  sigma: fc.constantFrom(3e-4, 3e-3, 0.03),
  seed: fc.integer({ min: 1, max: 1000 }),
  logFee: fc.double({ min: -5, max: -1.1, noNaN: true }),
});

describe('arbitrage', () => {
  const cases: [string, number, Part][] = [
    ['tfmm', 2, { pool: pools.tfmm }],
    ['constant weights', 2, { pool: pools['constant-weight'] }],
    ['hmm', 1, { pool: pools.hmm }],
    ['reclamm', 2, { pool: pools.reclamm }],
    ['fm-amm', 2, { pool: pools['fm-amm'] }],
    ['concentrated range', 2, { pool: pools['concentrated-range'] }],
    ['e-clp', 2, { pool: pools['e-clp'] }],
    ['stableswap', 2, { pool: pools.stableswap }],
  ];
  it.each(cases)('%s: never costs the arbitrageur, so it never pays the pool; its fees do', (_, least, part) => {
    fc.assert(
      fc.property(market, (m) => {
        const data = walk(Math.min(Math.max(least, m.n), part.pool.assets?.[1] ?? 5), FIRST + ROWS, m.sigma, m.seed);
        const spec = specOf(data, part);
        const fees = FEES.map((name) => [name, 10 ** m.logFee]);
        const path = pathOf(spec, data, rawSets(spec, { ...VALUES, ...Object.fromEntries(fees) }));
        const gained = MINUTES.map((t) => worth(path, data, t, t) / worth(path, data, t - 1, t) - 1);
        expect(Math.max(...gained)).toBeLessThan(ROUNDING);
        expect(Math.min(...MINUTES.map((t) => path.fees[t] - path.fees[t - 1]))).toBeGreaterThanOrEqual(0);
        const misread = MINUTES.map((t) => Math.abs(path.values[t] / worth(path, data, t, t) - 1));
        expect(Math.max(...misread)).toBeLessThan(ROUNDING);
      }),
      run,
    );
  });

  it('leaves nothing to be gained: γ·max q ≤ min q with q = R·p/w, at the weights of the minute', () => {
    fc.assert(
      fc.property(market, (m) => {
        const n = m.n + 1;
        const data = walk(n, FIRST + ROWS, m.sigma, m.seed);
        const spec = specOf(data, { pool: pools.tfmm });
        const raw = rawSets(spec, { ...VALUES, 'tfmm.fee': 10 ** m.logFee });
        const rollout = rolloutOf(spec, data);
        const fee = rollout.layout.values(raw)['tfmm.fee'][0];
        rollout.dispose();
        const { reserves, weights } = pathOf(spec, data, raw);
        const left = [0, ...MINUTES].map((t) => {
          const q = Array.from(
            { length: n },
            (_, i) => (reserves[t * n + i] * data.prices[(FIRST + t) * n + i]) / (weights as Float64Array)[t * n + i],
          );
          return ((1 - fee) * Math.max(...q)) / Math.min(...q) - 1;
        });
        expect(Math.max(...left)).toBeLessThan(1e-12);
      }),
      run,
    );
  });

  it('keeps Π R^w of constant weights from falling, hence a value of at least that of the pool without fees', () => {
    fc.assert(
      fc.property(market, (m) => {
        const n = m.n + 1;
        const data = walk(n, FIRST + ROWS, m.sigma, m.seed);
        const spec = specOf(data, { pool: pools['constant-weight'] });
        const raw = rawSets(spec, { 'constant-weight.fee': 10 ** m.logFee });
        const { reserves, values } = pathOf(spec, data, raw);
        const rollout = rolloutOf(spec, data);
        const w = rollout.layout.values(raw)['constant-weight.weights'];
        rollout.dispose();
        const logInvariant = (t: number) => w.reduce((sum, wi, i) => sum + wi * Math.log(reserves[t * n + i]), 0);
        const grown = MINUTES.map((t) => logInvariant(t) - logInvariant(t - 1));
        expect(Math.min(...grown)).toBeGreaterThan(-ROUNDING);
        // V = Σ Rp ≥ Π (Rp/w)^w ≥ V₀·Π (p/p₀)^w
        const ahead = MINUTES.map((t) => {
          const moved = w.map((wi, i) => wi * Math.log(data.prices[(FIRST + t) * n + i] / data.prices[FIRST * n + i]));
          return Math.log(values[t] / spec.value) - moved.reduce((a, x) => a + x);
        });
        expect(Math.min(...ahead)).toBeGreaterThan(-ROUNDING * ROWS);
      }),
      run,
    );
  });

  it('keeps H of a Hamiltonian pool from falling, and constant where there are no fees', () => {
    fc.assert(
      fc.property(market, fc.boolean(), ({ n, sigma, seed, logFee }, free) => {
        const data = walk(n, FIRST + ROWS, sigma, seed);
        const spec = specOf(data, { pool: pools.hmm }, { centre: 0 });
        const scale = { 'hmm.priceScale': 50 };
        const raw = rawSets(spec, { ...VALUES, ...scale, 'hmm.marketFee': 10 ** logFee });
        const rollout = rolloutOf(spec, data);
        if (free) for (const e of ['hmm.marketFee', 'hmm.riskFee']) raw[rollout.layout.entry(e).column] = -Infinity;
        const { 'hmm.rho': rho, 'hmm.priceScale': s } = rollout.layout.values(raw);
        rollout.dispose();
        const { reserves } = pathOf(spec, data, raw);
        const h = (t: number, i: number) => {
          const [x, y] = [reserves[t * 2 * n + i] * s[i], reserves[t * 2 * n + n + i]];
          return x * y + (rho[i] / 2) * (x * x + y * y);
        };
        const grown = MINUTES.flatMap((t) => Array.from({ length: n }, (_, i) => h(t, i) / h(t - 1, i) - 1));
        expect(Math.min(...grown)).toBeGreaterThan(-ROUNDING);
        if (free) expect(Math.max(...grown)).toBeLessThan(ROUNDING);
      }),
      run,
    );
  });
});

describe('flow', () => {
  it('earns fee·v₀·a_t·exp(−b·(fee + slippage)) of the value in every minute, a_t of that minute', () => {
    const data = walk(2, FIRST + ROWS, 0);
    const spec = specOf(data, { pool: pools['constant-weight'], flow: flows.elastic });
    const [fee, v0, b, size] = [0.003, 1e-3, 120, 0.01];
    const path = pathOf(
      spec,
      data,
      poolLayout(spec).raws({
        'constant-weight.weights': [1, 1],
        'constant-weight.fee': [fee],
        'elastic.v0': [v0],
        'elastic.b': [b],
        'elastic.epsilon': [size],
      }),
    );
    const volume = data.volume as Float64Array;
    const mean = volume.reduce((a, x) => a + x, 0) / data.rows;
    // two equal weights: slippage 2s/(1 + 2s)
    const cost = fee + (2 * size) / (1 + 2 * size);
    let [value, fees] = [spec.value, 0];
    for (let t = 1; t < ROWS; t++) {
      const row = 2 * (FIRST + t);
      const earned = fee * v0 * ((volume[row] + volume[row + 1]) / mean) * Math.exp(-b * cost);
      fees += earned * value;
      value *= 1 + earned;
      expect(Math.abs(path.values[t] / value - 1)).toBeLessThan(1e-13);
      expect(Math.abs(path.fees[t] / fees - 1)).toBeLessThan(1e-12);
    }
    expect(fees).toBeGreaterThan(1);
  });
});

describe('units', () => {
  const cases: [string, number, Part][] = [
    ['tfmm, zero fee', 3, { pool: pools.tfmm, zeroFee: true }],
    ['tfmm, fee and flow', 3, { pool: pools.tfmm, flow: flows.elastic }],
    ['constant weights', 3, { pool: pools['constant-weight'], flow: flows.elastic }],
    ['hmm', 2, { pool: pools.hmm, flow: flows.elastic }],
    ['reclamm', 2, { pool: pools.reclamm, flow: flows.elastic }],
    ['fm-amm', 2, { pool: pools['fm-amm'], flow: flows.elastic }],
    ['concentrated range', 2, { pool: pools['concentrated-range'], flow: flows.elastic }],
    ['e-clp', 2, { pool: pools['e-clp'], flow: flows.elastic }],
    ['stableswap', 2, { pool: pools.stableswap, flow: flows.elastic }],
  ];
  // rounding of 150 minutes, 1e-14 a minute at most
  it.each(cases)('%s: those of assets, numéraire and pool size do not matter', (_, n, part) => {
    const data = walk(n, FIRST + ROWS, 0.003);
    const score = (value: number, units: readonly number[]) => {
      const spec = specOf(data, { ...part, value, objective: objectives.returns_over_hodl });
      const prices = data.prices.map((p, i) => p * units[i % n]);
      const rollout = rolloutOf(spec, { ...data, prices });
      const { objective, gradient } = rollout.gradient(rawSets(spec, VALUES), Int32Array.of(FIRST), ROWS);
      rollout.dispose();
      return [...objective, ...gradient];
    };
    const plain = score(1e6, [1, 1, 1]);
    const other = score(3, [1e-9, 7e5, 0.3]);
    const largest = Math.max(...plain.map(Math.abs));
    expect(Math.max(...other.map((x, i) => Math.abs(x - plain[i])))).toBeLessThan(1e-10 * largest);
  });
});
