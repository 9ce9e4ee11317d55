/**
 * Gradients of roll-outs of pools of two assets with curves of their own against central differences, every parameter.
 *
 * Tolerances as for pools with weights (gradient-weights.test.ts): 1e-7 of the largest entry of a parameter where no trade
 * begins or ends within the wide steps, 5e-6 where differences must be narrow.
 */
import { describe, expect, it } from 'vitest';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectGradient, expectInnerPeak, facts, type Job } from './differences.js';
import { type Changed, flows, objectives, pools, rawSets, specOf, type Values, walk } from './setup.js';

const SMOOTH = 1e-7;
const KINKED = 5e-6;

const FLOW: Values = { 'elastic.v0': 1e-3, 'elastic.b': 30, 'elastic.epsilon': 0.02 };

interface Case {
  readonly pool: string;
  readonly part?: Partial<Omit<PoolSpec, 'settings'>>;
  readonly settings?: Changed;
  readonly values?: Values;
  readonly sigma?: number;
  readonly rows?: number;
  readonly seed?: number;
}

function jobOf({ pool, part = {}, settings = {}, values = {}, sigma = 0.003, rows = 200, seed }: Case): Job {
  const data = walk(2, rows + 160, sigma, seed);
  const spec = specOf(data, { pool: pools[pool], ...part }, settings);
  return {
    rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
    data,
    raw: rawSets(spec, { ...FLOW, ...values }),
    windows: Int32Array.of(95, 131),
    windowRows: rows,
  };
}

const flow = flows.elastic;
const named = (pool: string, values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([key, x]) => [`${pool}.${key}`, x]));

/** Two days and a bit: the least that daily samples need; up on the first, down on the second. */
const DAYS = { rows: 2 * 1440 + 50, sigma: 7e-4, seed: 8 };
const SCORES: [string, Pick<PoolSpec, 'objective' | 'penalties'>][] = [
  ['returns over hodl', { objective: objectives.returns_over_hodl, penalties: [] }],
  ['daily log-Sharpe', { objective: objectives.daily_log_sharpe, penalties: [] }],
  ['drawdown', { objective: objectives.returns, penalties: [{ model: objectives.drawdown, weight: 0.7 }] }],
];

describe('reclamm', () => {
  const pool = 'reclamm';
  const of = (values: Values) => named(pool, { fee: 0.002, ...values });
  const gate: Changed = { shiftGate: 0.3 };
  const margin = 'reclamm.centerednessMargin';
  const shift = [margin, 'reclamm.dailyPriceShiftExponent'];
  const within = of({ priceRatio: 2, centerednessMargin: 0.01 });
  const outside = of({ priceRatio: 1.2, centerednessMargin: 0.6, dailyPriceShiftExponent: 3 });

  it.each([null, flow])('trading, within the margin, flow %#', (f) => {
    const job = jobOf({ pool, values: within, part: { flow: f } });
    expect(facts(job).trading).toBeGreaterThan(0.3);
    expectGradient(job, KINKED, shift);
  });

  it.each([null, flow])('trading, a range that follows, flow %#', (f) => {
    expectGradient(jobOf({ pool, values: outside, part: { flow: f }, settings: gate }), KINKED);
    // at once: the margin is a step
    expectGradient(jobOf({ pool, values: outside, part: { flow: f } }), KINKED, [margin]);
  });

  it.each([null, flow])('a real balance that runs out, flow %#', (f) => {
    const values = of({ priceRatio: 1.03, centerednessMargin: 0.3, dailyPriceShiftExponent: 1 });
    const job = jobOf({ pool, values, sigma: 0.005, part: { flow: f }, settings: gate });
    expect(facts(job).scarcest).toBe(0);
    expectGradient(job, KINKED);
  });

  it('a range that comes to its middle', () => {
    const fast = of({ priceRatio: 4, centerednessMargin: 0.97, dailyPriceShiftExponent: 100 });
    expectGradient(jobOf({ pool, values: fast, part: { flow }, settings: { arbitrageEvery: 40 } }), KINKED, shift);
  });

  it('within the no-trade band', () => {
    const values = of({ priceRatio: 3, centerednessMargin: 0.05, fee: 0.05 });
    const quiet = { pool, values, sigma: 2e-4 };
    expect(facts(jobOf(quiet)).fees).toBe(0);
    expectGradient(jobOf({ ...quiet, part: { flow } }), SMOOTH, shift);
  });

  it.each<[string, Changed]>([
    ['each seventh minute', { arbitrageEvery: 7 }],
    ['outside fee, gas through a gate', { arbitrageCosts: 1, gasGate: 0.3 }],
    ['fees shared with a protocol', { protocolShare: 0.3 }],
  ])('%s', (_, settings) => {
    const values = { ...outside, 'reclamm.gas': 4, 'reclamm.outsideFee': 1e-3 };
    expectGradient(jobOf({ pool, values, settings: { ...gate, ...settings }, part: { flow } }), KINKED);
  });

  it.each(SCORES)('%s', (_, score) => {
    const slow = of({ priceRatio: 1.3, centerednessMargin: 0.5, dailyPriceShiftExponent: 1, fee: 0.003 });
    const values = { ...slow, 'elastic.v0': 1e-4 };
    const job = jobOf({ pool, values, ...DAYS, part: { flow, ...score }, settings: gate });
    expectInnerPeak(job);
    expectGradient(job, KINKED);
  });
});

describe('fm-amm', () => {
  const pool = 'fm-amm';
  const of = (values: Values) => named(pool, { fee: 0.002, gas: 3, outsideFee: 1e-3, ...values });

  it.each([null, flow])('trading, flow %#', (f) => {
    const job = jobOf({ pool, values: of({}), part: { flow: f } });
    expect(facts(job).trading).toBeGreaterThan(0.3);
    expectGradient(job, KINKED);
  });

  it('within the no-trade band, with flow', () => {
    const quiet = { pool, values: of({ fee: 0.05 }), sigma: 2e-4 };
    expect(facts(jobOf(quiet)).fees).toBe(0);
    expectGradient(jobOf({ ...quiet, part: { flow } }), SMOOTH);
  });

  it.each<[string, Changed]>([
    ['a batch each seventh minute', { arbitrageEvery: 7 }],
    ['an outside fee and gas', { arbitrageCosts: 1 }],
    ['an outside fee, gas through a gate', { arbitrageCosts: 1, gasGate: 0.3 }],
    ['fees shared with a protocol', { protocolShare: 0.3 }],
  ])('%s', (_, settings) => {
    expectGradient(jobOf({ pool, values: of({}), settings, part: { flow } }), KINKED);
  });

  it.each(SCORES)('%s', (_, score) => {
    const job = jobOf({ pool, values: { ...of({}), 'elastic.v0': 1e-4 }, ...DAYS, part: { flow, ...score } });
    expectInnerPeak(job);
    expectGradient(job, KINKED);
  });
});

describe('concentrated-range', () => {
  const pool = 'concentrated-range';
  const of = (values: Values) =>
    named(pool, { fee: 0.002, middle: 1.01, priceRatio: 1.5, gas: 3, outsideFee: 1e-3, ...values });

  it.each([null, flow])('trading, flow %#', (f) => {
    const job = jobOf({ pool, values: of({}), part: { flow: f } });
    expect(facts(job).trading).toBeGreaterThan(0.3);
    expectGradient(job, KINKED);
  });

  it.each([null, flow])('a price that leaves the range and comes back, flow %#', (f) => {
    const job = jobOf({ pool, values: of({ priceRatio: 1.3 }), sigma: 0.015, part: { flow: f } });
    // nothing but fees is left of an asset
    expect(facts(job).scarcest).toBeLessThan(0.1);
    expectGradient(job, KINKED);
  });

  it.each([
    [0.85, 2],
    [1.2, 1],
  ])('a start out of the range, which the price then enters, middle %s', (middle, seed) => {
    const job = jobOf({ pool, values: of({ middle, priceRatio: 1.1 }), sigma: 0.015, seed, part: { flow } });
    for (const first of job.windows) {
      const { reserves, fees } = job.rollout.trajectory(job.raw, first, job.windowRows, 1);
      expect(reserves[middle < 1 ? 0 : 1]).toBe(0);
      expect(fees[job.windowRows - 1]).toBeGreaterThan(10);
    }
    expectGradient(job, KINKED);
  });

  it('within the no-trade band, with flow', () => {
    const quiet = { pool, values: of({ fee: 0.05 }), sigma: 2e-4 };
    expect(facts(jobOf(quiet)).fees).toBe(0);
    expectGradient(jobOf({ ...quiet, part: { flow } }), SMOOTH);
  });

  it.each<[string, Changed, string[]]>([
    ['a range in prices', { middleIn: 0 }, []],
    ['each seventh minute', { arbitrageEvery: 7 }, []],
    ['an outside fee, gas as a step', { arbitrageCosts: 1 }, ['concentrated-range.gas']],
    ['an outside fee, gas through a gate', { arbitrageCosts: 1, gasGate: 0.3 }, []],
    ['fees shared with a protocol', { protocolShare: 0.3 }, []],
  ])('%s', (_, settings, dead) => {
    const values = of(settings.middleIn === 0 ? { middle: 2.03 } : {});
    expectGradient(jobOf({ pool, values, settings, part: { flow } }), KINKED, dead);
  });

  it.each(SCORES)('%s', (_, score) => {
    const job = jobOf({ pool, values: { ...of({}), 'elastic.v0': 1e-4 }, ...DAYS, part: { flow, ...score } });
    expectInnerPeak(job);
    expectGradient(job, KINKED);
  });
});
