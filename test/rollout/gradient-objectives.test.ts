/**
 * Gradients of every objective against central differences in float64, on each route through a roll-out, and their bits on
 * the reference and on wasm. Tolerances as in gradient-weights.test.ts, which has the objectives of the window's end.
 */
import { describe, expect, it } from 'vitest';
import { sumsInClosedForm } from '../../src/pools/closed-form.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { POOL_SHOWS } from '../../src/pools/system.js';
import { EACH_STEP, MINUTES } from '../../src/rollout/clock.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import { fewestRows } from '../../src/rollout/spec.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { expectGradient, facts, type Job } from './differences.js';
import { flows, objectives, pools, rawSets, SETTINGS, specOf, type Values, walk } from './setup.js';

const SMOOTH = 1e-7;
const KINKED = 5e-6;

/** A fee that is wide of the prices' moves: few trades begin or cease within the steps of differences. */
const VALUES: Values = {
  'tfmm.fee': 0.008,
  'constant-weight.fee': 0.008,
  'momentum.memoryDays': 1,
  'momentum.k': 5,
  'hmm.rho': 0.2,
  'hmm.priceScale': 1.05,
  'hmm.marketFee': 0.004,
  'hmm.riskFee': 0.2,
  'elastic.v0': 1e-4,
  'elastic.b': 30,
  'elastic.epsilon': 0.02,
};

/** Over a month kinks are as dense as trades: fewer of them, by a higher fee and calmer weights. */
const MONTH: Values = { 'tfmm.fee': 0.015, 'momentum.k': 0.5 };

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;

/** Routes by name: what they are made of, tolerance, and parameters without effect. */
const ROUTES: Readonly<Record<string, readonly [Part, number, readonly string[]]>> = {
  'tfmm without fees': [{ pool: pools.tfmm, zeroFee: true }, SMOOTH, ['tfmm.fee']],
  'tfmm with a fee and flow': [{ pool: pools.tfmm, flow: flows.elastic }, KINKED, []],
  'constant weights with flow': [{ pool: pools['constant-weight'], flow: flows.elastic }, KINKED, []],
  'hmm with flow': [{ pool: pools.hmm, flow: flows.elastic }, KINKED, []],
};

function jobOf(objective: ObjectiveModel, part: Part, rows = Math.max(2930, fewestRows(objective, MINUTES) + 50)): Job {
  const data = walk(2, rows + 200, rows > 10_000 ? 3e-4 : 5e-4, 8);
  const spec = specOf(data, { ...part, objective });
  return {
    rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
    data,
    raw: rawSets(spec, rows > 40_000 ? { ...VALUES, ...MONTH } : VALUES),
    windows: rows > 10_000 ? Int32Array.of(95) : Int32Array.of(95, 131),
    windowRows: rows,
  };
}

/** Those of gradient-weights.test.ts, gradient-hmm.test.ts and losses.test.ts have been there. */
const ELSEWHERE = [
  'returns',
  'returns_over_hodl',
  'daily_log_sharpe',
  'drawdown',
  'turnover',
  'lvr',
  'rvr',
  'hedged_returns',
];
/** What flow adds to all reserves alike does not move these, or hardly: prices, depths, and the value without fees. */
const UNMOVED = ['il', 'price_stability', 'tracking_error', 'capital_efficiency'];
/** Those of other systems are not for pools. */
const ofPools = Object.values(objectives).filter(({ reads }) => reads.every((name) => name in POOL_SHOWS));
const here = ofPools.filter(({ name }) => ![...ELSEWHERE, ...UNMOVED].includes(name));

describe.each(Object.entries(ROUTES))('%s', (route, [part, tolerance, dead]) => {
  // without fees there is no revenue of them
  const those = here.filter(({ name }) => name !== 'fee_revenue_over_value' || part.zeroFee !== true);
  it.each(those.map((m) => [m.name, m] as const))('%s', (_, objective) => {
    const job = jobOf(objective, part);
    if (part.zeroFee) {
      const daily = objective.every % SETTINGS.chunkPeriod === 0;
      expect(sumsInClosedForm(job.rollout.spec), 'legs are summed').toBe(daily);
    } else expect(facts(job).trading, route).toBeGreaterThan(0.01);
    // which minute is the lowest changes with the parameters
    expectGradient(job, objective.every === EACH_STEP ? KINKED : tolerance, dead);
  });
});

describe('without flow', () => {
  const WILD: Values = { ...VALUES, 'tfmm.fee': 0.002, 'constant-weight.fee': 0.002, 'momentum.memoryDays': 0.2 };
  it.each(
    UNMOVED.flatMap((name) => {
      const able = ['tfmm', 'constant-weight', 'hmm']
        .map((pool) => pools[pool])
        .filter((p) => !objectives[name].reads.includes('quotes') || p.quotes !== undefined);
      return able.map((pool) => [name, pool.name, pool] as const);
    }),
  )('%s of %s', (name, _, pool) => {
    const objective = objectives[name];
    const rows = Math.max(100, fewestRows(objective, MINUTES) + 50);
    const data = walk(2, rows + 160, rows > 1000 ? 1e-3 : 6e-3, 3);
    const spec = specOf(data, { pool, objective });
    const job = {
      rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
      data,
      raw: rawSets(spec, WILD),
      windows: Int32Array.of(95, 131),
      windowRows: rows,
    };
    expect(facts(job).trading).toBeGreaterThan(0.1);
    expectGradient(job, KINKED);
  });
});

describe('the reference has the bits of wasm', () => {
  const those = [...here, ...UNMOVED.map((name) => objectives[name])];
  it.each(those.map((m) => [m.name, m] as const))('%s', (_, objective) => {
    const route = objective.reads.includes('quotes') ? 'hmm with flow' : 'tfmm with a fee and flow';
    const { data, rollout, windows, windowRows, raw } = jobOf(objective, ROUTES[route][0]);
    const other = createPoolRollout(rollout.spec, data, reference);
    const [got, wanted] = [rollout, other].map((r) => r.gradient(raw, windows, windowRows));
    expectSameBits({ ...got }, { ...wanted });
    expect(wanted.gradient.every((g) => Number.isFinite(g))).toBe(true);
    rollout.dispose();
    other.dispose();
  });
});

it('what is charged for may be what is maximised', () => {
  const { data, rollout, raw, windows, windowRows } = jobOf(objectives.sortino, ROUTES['tfmm without fees'][0]);
  const penalties = [{ model: objectives.sortino, weight: 0.5 }];
  const both = createPoolRollout({ ...rollout.spec, penalties }, data, wasm, { threads: 1 });
  const [once, more] = [rollout, both].map((r) => r.gradient(raw, windows, windowRows));
  expect(more.objective[0]).toBeCloseTo(1.5 * once.objective[0], 12);
  more.gradient.forEach((g, k) => {
    expect(g).toBeCloseTo(1.5 * once.gradient[k], 10);
  });
  rollout.dispose();
  both.dispose();
});
