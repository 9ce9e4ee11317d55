/**
 * Gradients of roll-outs of pools with weights against central differences in float64, every parameter of every model.
 *
 * Tolerances, relative to the largest entry of a parameter: what the differences can tell. A score is a number near 1, so
 * its rounding is 1e-16. Smooth scores bear steps of 1e-2, hence 1e-14 absolute, 1e-7 of the smallest gradient that the
 * cases have (SMOOTH). Where minutes trade within fees every trade that begins is a kink of the score; differences must be
 * narrower than the nearest, about 1e-5: 1e-11 absolute, 5e-6 of a small gradient (KINKED).
 */
import { describe, expect, it } from 'vitest';
import { sumsInClosedForm } from '../../src/pools/closed-form.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectGradient, expectInnerPeak, facts, guardsOf, type Job } from './differences.js';
import { type Changed, flows, objectives, pools, rawSets, rules, specOf, type Values, walk } from './setup.js';

const SMOOTH = 1e-7;
const KINKED = 5e-6;

/** A pool that trades in most minutes of these prices, and its flow. */
const VALUES: Values = {
  'tfmm.fee': 0.002,
  'constant-weight.fee': 0.002,
  'momentum.memoryDays': 0.2,
  'momentum.k': 5,
  'anti-momentum.memoryDays': 0.2,
  'anti-momentum.k': 5,
  'elastic.v0': 1e-3,
  'elastic.b': 150,
  'elastic.epsilon': 0.001,
};
const SIGMA = 0.002;
/** Flow of large orders that bear a high cost: what they pay depends on the weights. */
const DEEP: Values = { 'elastic.v0': 0.02, 'elastic.b': 5, 'elastic.epsilon': 0.05 };

interface Case {
  readonly n: number;
  readonly part: Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;
  readonly settings?: Changed;
  readonly values?: Values;
  readonly sigma?: number;
  /** Two windows of this many rows, neither on a rule step. */
  readonly rows?: number;
  readonly seed?: number;
}

function jobOf({ n, part, settings = {}, values = {}, sigma = SIGMA, rows = 200, seed }: Case): Job {
  const data = walk(n, rows + 160, sigma, seed);
  const spec = specOf(data, part, settings);
  if (spec.zeroFee) expect(sumsInClosedForm(spec), 'legs are summed').toBe(part.everyMinute !== true);
  return {
    rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
    data,
    raw: rawSets(spec, { ...VALUES, ...values }),
    windows: Int32Array.of(95, 131),
    windowRows: rows,
  };
}

const { elastic } = flows;

/** Two assets have a trade of their own, that of more is searched for. */
describe.each([2, 5, 8])('tfmm, n = %i', (n) => {
  const rule = n === 2 ? rules.momentum : rules['anti-momentum'];
  const tfmm = { pool: pools.tfmm, rule };

  it.each([
    ['whole legs', false],
    ['minute by minute', true],
  ])('without fees, %s', (_, everyMinute) => {
    expectGradient(jobOf({ n, part: { ...tfmm, zeroFee: true, everyMinute } }), SMOOTH, ['tfmm.fee']);
  });

  it('with a fee, trading', () => {
    const job = jobOf({ n, part: tfmm });
    expect(facts(job).trading).toBeGreaterThan(0.3);
    expectGradient(job, KINKED);
  });

  it('with a fee and flow, trading', () => {
    expectGradient(jobOf({ n, part: { ...tfmm, flow: elastic } }), KINKED);
  });
});

describe.each([2, 3])('tfmm within the no-trade band, n = %i', (n) => {
  const tfmm = { pool: pools.tfmm };
  // prices and weights hardly move: reserves stay as they are but for what the flow earns
  const quiet = { n, sigma: 2e-4, values: { 'tfmm.fee': 0.09, ...DEEP } };

  it('without flow', () => {
    const job = jobOf({ ...quiet, part: tfmm });
    expect(facts(job).fees).toBe(0);
    expectGradient(job, SMOOTH, ['tfmm.fee', 'momentum.memoryDays', 'momentum.k']);
  });

  it('with flow', () => {
    const job = jobOf({ ...quiet, part: { ...tfmm, flow: elastic } });
    expect(facts(job).trading).toBe(0);
    expectGradient(job, SMOOTH);
  });
});

describe('tfmm: paths and guards', () => {
  const free = { maximumChange: 0, minimumWeight: 0 };
  const floor = { minimumWeight: 0.3, maximumChange: 0.015 };
  const paths: [string, Changed, Values, typeof free][] = [
    ['legs without rest', { weightInterpolationPeriod: 30 }, {}, free],
    ['changes at their limit', { maximumChange: 1e-5 }, {}, { ...free, maximumChange: 1 }],
    ['weights at their minimum', floor, { 'momentum.k': 40 }, { ...free, minimumWeight: 1 }],
    ['one pass of the minimum', { ...floor, compat: 1 }, { 'momentum.k': 40 }, { ...free, minimumWeight: 1 }],
  ];
  const tfmm = { pool: pools.tfmm };
  for (const [name, settings, values, wanted] of paths) {
    it.each([
      ['whole legs', { zeroFee: true }, SMOOTH, ['tfmm.fee']],
      ['minute by minute', { zeroFee: true, everyMinute: true }, SMOOTH, ['tfmm.fee']],
      ['with a fee and flow', { flow: elastic }, KINKED, []],
    ])(`${name}, %s`, (_, part, tolerance, dead) => {
      const job = jobOf({ n: 3, part: { ...tfmm, ...part }, settings, values });
      const guards = guardsOf(job);
      for (const [guard, share] of Object.entries(wanted)) expect(Math.ceil(guards[guard]), guard).toBe(share);
      expectGradient(job, tolerance, dead);
    });
  }

  it.each([
    ['without fees', { zeroFee: true, everyMinute: true }, SMOOTH, ['tfmm.fee']],
    ['with a fee and flow', { flow: elastic }, KINKED, []],
  ])('the approximately optimal path, %s', (_, part, tolerance, dead) => {
    expectGradient(jobOf({ n: 3, part: { ...tfmm, ...part }, settings: { interpolation: 1 } }), tolerance, dead);
  });

  it('a memory beyond the longest has no gradient', () => {
    const job = jobOf({ n: 3, part: { ...tfmm, zeroFee: true }, settings: { maxMemoryDays: 0.1 } });
    expectGradient(job, SMOOTH, ['tfmm.fee', 'momentum.memoryDays']);
  });
});

describe.each([2, 5, 8])('constant weights, n = %i', (n) => {
  const part = { pool: pools['constant-weight'] };

  it('with a fee, trading', () => {
    const job = jobOf({ n, part });
    expect(facts(job).trading).toBeGreaterThan(0.3);
    expectGradient(job, KINKED);
  });

  it('with a fee and flow, trading', () => {
    expectGradient(jobOf({ n, part: { ...part, flow: elastic } }), KINKED);
  });

  const quiet = { n, sigma: 2e-4, values: { 'constant-weight.fee': 0.09, ...DEEP } };

  it('within the no-trade band', () => {
    const job = jobOf({ ...quiet, part });
    expect(facts(job).fees).toBe(0);
    expectGradient(job, SMOOTH, ['constant-weight.fee']);
  });

  it('within the no-trade band, with flow', () => {
    expectGradient(jobOf({ ...quiet, part: { ...part, flow: elastic } }), SMOOTH);
  });
});

/** Two days and a bit: the least that daily samples need; up on the first, down on the second. */
const DAYS = { rows: 2 * 1440 + 50, sigma: 5e-4, seed: 8 };
/**
 * Over days the rule moves weights, and the score, a hundred times as far: calmer prices, slower memory. And kinks are
 * dense: at a fee of .1 % the nearest is 1e-5 away, so that differences agree to 1e-4 or 1e-5 only. A fee that is wide of
 * the prices' moves has fewer trades to begin or cease, and a flow that pays it has a gradient well above the rounding.
 */
const SLOW: Values = {
  'tfmm.fee': 0.008,
  'constant-weight.fee': 0.008,
  'momentum.memoryDays': 1,
};

const scores: [string, Pick<PoolSpec, 'objective' | 'penalties'>][] = [
  ['returns over hodl', { objective: objectives.returns_over_hodl, penalties: [] }],
  ['daily log-Sharpe', { objective: objectives.daily_log_sharpe, penalties: [] }],
  ['drawdown', { objective: objectives.returns, penalties: [{ model: objectives.drawdown, weight: 0.7 }] }],
];

describe.each(scores)('%s', (_, score) => {
  const slow = { n: 2, values: SLOW, ...DAYS };
  it.each([
    ['zero-fee tfmm, whole legs', { zeroFee: true }, SMOOTH, ['tfmm.fee']],
    ['zero-fee tfmm, minute by minute', { zeroFee: true, everyMinute: true }, SMOOTH, ['tfmm.fee']],
    ['tfmm with a fee and flow', { flow: elastic }, KINKED, []],
  ])('%s', (_name, part, tolerance, dead) => {
    const job = jobOf({ ...slow, part: { pool: pools.tfmm, ...part, ...score } });
    expectInnerPeak(job);
    expect(facts(job).trading).toBeGreaterThan(0.2);
    expectGradient(job, tolerance, dead);
  });

  it('constant weights with flow', () => {
    expectGradient(jobOf({ ...slow, part: { pool: pools['constant-weight'], flow: elastic, ...score } }), KINKED);
  });
});

describe('turnover, and two penalties beside a daily objective', () => {
  const turnover = { model: objectives.turnover, weight: 0.5 };
  it.each([
    ['whole legs', { zeroFee: true }, SMOOTH, ['tfmm.fee']],
    ['minute by minute', { zeroFee: true, everyMinute: true }, SMOOTH, ['tfmm.fee']],
    ['with a fee', {}, KINKED, []],
  ])('turnover, %s', (_, part, tolerance, dead) => {
    expectGradient(jobOf({ n: 3, part: { pool: pools.tfmm, ...part, penalties: [turnover] } }), tolerance, dead);
  });

  it('all together', () => {
    const score = {
      objective: objectives.daily_log_sharpe,
      penalties: [turnover, { model: objectives.drawdown, weight: 3 }],
    };
    const part = { pool: pools.tfmm, flow: elastic, ...score };
    expectGradient(jobOf({ n: 2, values: SLOW, ...DAYS, part }), KINKED);
  });
});
