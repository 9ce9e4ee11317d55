/**
 * Gradients of roll-outs of Hamiltonian pools against central differences in float64, every parameter.
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

const VALUES: Values = {
  'hmm.rho': 0.2,
  'hmm.priceScale': 1.05,
  'hmm.marketFee': 0.002,
  'hmm.riskFee': 0.2,
  'hmm.alpha': 0.3,
  'elastic.v0': 1e-3,
  'elastic.b': 30,
  'elastic.epsilon': 0.02,
};

interface Case {
  readonly n: number;
  readonly part?: Partial<Omit<PoolSpec, 'settings'>>;
  readonly settings?: Changed;
  readonly values?: Values;
  readonly sigma?: number;
  readonly rows?: number;
  readonly seed?: number;
}

function jobOf({ n, part = {}, settings = {}, values = {}, sigma = 0.003, rows = 200, seed }: Case): Job {
  const data = walk(n, rows + 160, sigma, seed);
  const spec = specOf(data, { pool: pools.hmm, ...part }, settings);
  return {
    rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
    data,
    raw: rawSets(spec, { ...VALUES, ...values }),
    windows: Int32Array.of(95, 131),
    windowRows: rows,
  };
}

const { elastic } = flows;

describe.each([1, 3, 8])('hmm, n = %i', (n) => {
  it('trading', () => {
    const job = jobOf({ n });
    expect(facts(job).trading).toBeGreaterThan(0.3);
    expectGradient(job, KINKED);
  });

  it('trading, with flow', () => {
    expectGradient(jobOf({ n, part: { flow: elastic } }), KINKED);
  });

  const quiet = { n, sigma: 2e-4, values: { 'hmm.marketFee': 0.05 } };

  it('within the no-trade band', () => {
    const job = jobOf(quiet);
    expect(facts(job).fees).toBe(0);
    expectGradient(job, SMOOTH, ['hmm.marketFee', 'hmm.riskFee']);
  });

  it('within the no-trade band, with flow', () => {
    expectGradient(jobOf({ ...quiet, part: { flow: elastic } }), SMOOTH);
  });

  it('with curvature that moves, trading, with flow', () => {
    expectGradient(jobOf({ n, part: { flow: elastic }, settings: { dynamicCurvature: 1 } }), KINKED);
  });
});

describe('hmm: special paths', () => {
  it('the scale in credits', () => {
    // walks start from 100
    const job = jobOf({ n: 1, settings: { centre: 0 }, values: { 'hmm.priceScale': 105 } });
    expectGradient(job, KINKED);
  });

  it('no curvature nearly: a constant product', () => {
    expectGradient(jobOf({ n: 2, values: { 'hmm.rho': 0.001 } }), KINKED);
  });

  it('no risk fee nearly', () => {
    expectGradient(jobOf({ n: 2, values: { 'hmm.riskFee': 0.005 } }), KINKED);
  });

  it('reserves that run out', () => {
    // the band [ρ, 1/ρ] is narrower than what the prices do
    const job = jobOf({ n: 1, values: { 'hmm.rho': 0.93, 'hmm.riskFee': 0.01, 'hmm.priceScale': 1 }, sigma: 0.02 });
    expect(facts(job).scarcest).toBeLessThan(1e-12);
    expectGradient(job, KINKED);
  });
});

/** Two days and a bit: the least that daily samples need; up on the first, down on the second. */
const DAYS = { rows: 2 * 1440 + 50, sigma: 7e-4, seed: 8 };

describe('hmm: objectives', () => {
  const scores: [string, Pick<PoolSpec, 'objective' | 'penalties'>][] = [
    ['returns over hodl', { objective: objectives.returns_over_hodl, penalties: [] }],
    ['daily log-Sharpe', { objective: objectives.daily_log_sharpe, penalties: [] }],
    ['drawdown', { objective: objectives.returns, penalties: [{ model: objectives.drawdown, weight: 0.7 }] }],
  ];
  it.each(scores)('%s', (_, score) => {
    const part = { flow: elastic, ...score };
    const values = { 'elastic.v0': 1e-4 };
    const job = jobOf({ n: 1, values, ...DAYS, part, settings: { dynamicCurvature: 1 } });
    expectInnerPeak(job);
    expectGradient(job, KINKED);
  });
});
