/**
 * Gradients of roll-outs of two-asset pools with curves of their own against central differences in float64, every parameter.
 *
 * Tolerances as for pools with weights (gradient-weights.test.ts): 1e-7 of the largest entry of a parameter where no trade
 * begins or ends within the wide steps, 5e-6 where differences must be narrow.
 */
import { describe, expect, it } from 'vitest';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectGradient, facts, type Job } from './differences.js';
import { type Changed, flows, objectives, pools, rawSets, specOf, type Values, walk } from './setup.js';

const SMOOTH = 1e-7;
const KINKED = 5e-6;

const VALUES: Values = {
  'e-clp.peak': 1.01,
  'e-clp.below': 0.1,
  'e-clp.above': 0.15,
  'e-clp.lambda': 8,
  'e-clp.fee': 0.002,
  'stableswap.A': 5,
  'stableswap.peg': 1.01,
  'stableswap.fee': 0.002,
  'elastic.v0': 1e-3,
  'elastic.b': 30,
  'elastic.epsilon': 0.02,
};

interface Case {
  readonly part?: Partial<Omit<PoolSpec, 'settings'>>;
  readonly settings?: Changed;
  readonly values?: Values;
  readonly sigma?: number;
  readonly seed?: number;
  /** How far raw numbers lie from those of the values. */
  readonly spread?: number;
}

const { elastic } = flows;

function jobOf(pool: string, { part = {}, settings = {}, values = {}, sigma = 0.003, seed, spread }: Case): Job {
  const rows = 200;
  const data = walk(2, rows + 160, sigma, seed);
  const spec = specOf(data, { pool: pools[pool], ...part }, settings);
  return {
    rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
    data,
    raw: rawSets(spec, { ...VALUES, ...values }, 1, spread),
    windows: Int32Array.of(95, 131),
    windowRows: rows,
  };
}

/** The price at which a pool is centred where prices are taken as they are: walks start from 100 and 50. */
const CENTRES: Values = { 'e-clp.peak': 2.05, 'stableswap.peg': 2.05 };

describe.each(['e-clp', 'stableswap'])('%s', (pool) => {
  it('trading', () => {
    const job = jobOf(pool, {});
    expect(facts(job).trading).toBeGreaterThan(0.3);
    expectGradient(job, KINKED);
  });

  it('trading, with flow', () => {
    const part = { flow: elastic, objective: objectives.returns_over_hodl };
    expectGradient(jobOf(pool, { part }), KINKED);
  });

  const quiet = { sigma: 2e-4, values: { [`${pool}.fee`]: 0.05 } };

  it('within the no-trade band', () => {
    const job = jobOf(pool, quiet);
    expect(facts(job).fees).toBe(0);
    expectGradient(job, SMOOTH, [`${pool}.fee`]);
  });

  it('within the no-trade band, with flow', () => {
    expectGradient(jobOf(pool, { ...quiet, part: { flow: elastic } }), SMOOTH);
  });

  it('with prices as they are', () => {
    expectGradient(jobOf(pool, { settings: { centre: 0 }, values: CENTRES, part: { flow: elastic } }), KINKED);
  });

  it('with rare arbitrageurs who pay for gas, through a gate, and outside, and a protocol that shares the fees', () => {
    const settings = { arbitrageEvery: 3, arbitrageCosts: 1, gasGate: 0.3, protocolShare: 0.3 };
    const values = { [`${pool}.gas`]: 20, [`${pool}.outsideFee`]: 1e-3 };
    const job = jobOf(pool, { settings, values, part: { flow: elastic } });
    expect(facts(job).fees).toBeGreaterThan(10);
    expectGradient(job, KINKED);
  });

  it('behind a step of gas', () => {
    const job = jobOf(pool, {
      settings: { arbitrageCosts: 1 },
      seed: 3,
      values: { [`${pool}.gas`]: 20, [`${pool}.outsideFee`]: 1e-3 },
    });
    expectGradient(job, KINKED, [`${pool}.gas`]);
  });
});

describe('e-clp: special paths', () => {
  const narrow = {
    values: { 'e-clp.below': 0.015, 'e-clp.above': 0.015, 'e-clp.peak': 1, 'e-clp.lambda': 100 },
    spread: 0.001,
  };

  it('prices beyond the ends of the range', () => {
    const job = jobOf('e-clp', narrow);
    expect(facts(job).scarcest).toBe(0);
    expectGradient(job, KINKED);
  });

  it('prices beyond the ends of the range, with flow', () => {
    expectGradient(jobOf('e-clp', { ...narrow, part: { flow: elastic } }), KINKED);
  });

  it('a start beyond the range', () => {
    const values = { ...narrow.values, 'e-clp.peak': 0.98 };
    const job = jobOf('e-clp', { ...narrow, values, part: { flow: elastic } });
    const { rollout, raw, windows, windowRows } = job;
    expect(rollout.trajectory(raw, windows[0], windowRows, 1).reserves[0]).toBe(0);
    expectGradient(job, KINKED);
  });

  it('a circle nearly', () => {
    expectGradient(jobOf('e-clp', { values: { 'e-clp.lambda': 1.3 }, part: { flow: elastic } }), KINKED);
  });

  it('a stretch of thousands', () => {
    const values = {
      'e-clp.lambda': 3000,
      'e-clp.peak': 1,
      'e-clp.below': 0.01,
      'e-clp.above': 0.01,
      'e-clp.fee': 5e-4,
    };
    expectGradient(jobOf('e-clp', { values, sigma: 4e-4, seed: 3, spread: 0.001, part: { flow: elastic } }), KINKED);
  });
});

describe('stableswap: special paths', () => {
  it('a price far from the peg', () => {
    const values = { 'stableswap.A': 100, 'stableswap.peg': 0.8 };
    expectGradient(jobOf('stableswap', { values, part: { flow: elastic } }), KINKED);
  });

  it('a constant product nearly', () => {
    expectGradient(jobOf('stableswap', { values: { 'stableswap.A': 0.05 }, part: { flow: elastic } }), KINKED);
  });

  it('an amplification of thousands', () => {
    const values = { 'stableswap.A': 3000, 'stableswap.peg': 1, 'stableswap.fee': 5e-4 };
    const job = jobOf('stableswap', { values, sigma: 4e-4, spread: 0.001, part: { flow: elastic } });
    expectGradient(job, KINKED);
  });
});
