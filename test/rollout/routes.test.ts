/**
 * Three routes through a TFMM pool without fees are one function: legs summed in closed form, every minute in closed form,
 * and simulated trades at a fee of 1e-12 (with flow: it pays the fee, so nothing either).
 *
 * Closed forms differ by rounding alone: sums over ln p (up to 1e3 after 2,900 rows of ln p below 1) carry 1e-13, scores and
 * gradients are expected within 1e-12 and 1e-11. A fee φ moves the value by φ for each time that the pool is turned over;
 * 2,900 minutes of .2 % turn it over about 6 times: 6e-12 at φ = 1e-12. Scores within 1e-11, gradients within 1e-10 of the
 * largest entry.
 */
import { describe, expect, it } from 'vitest';
import { sumsInClosedForm } from '../../src/pools/closed-form.js';
import { createPoolRollout, type Trajectory } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { ScoresAndGradient } from '../../src/rollout/rollout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { type Changed, flows, objectives, pools, rawSets, rules, specOf, type Values, walk } from './setup.js';

const FEE = 1e-12;
const VALUES: Values = {
  'tfmm.fee': FEE,
  'momentum.memoryDays': 0.2,
  'momentum.k': 5,
  'anti-momentum.memoryDays': 0.2,
  'anti-momentum.k': 5,
  'elastic.v0': 1e-3,
  'elastic.epsilon': 0.001,
};
const ROUTES = {
  legs: { zeroFee: true },
  minutes: { zeroFee: true, everyMinute: true },
  fee: {},
  flow: { flow: flows.elastic },
} as const;
type Route = keyof typeof ROUTES;
const TOLERANCE: Record<Exclude<Route, 'minutes'>, { score: number; gradient: number }> = {
  legs: { score: 1e-12, gradient: 1e-11 },
  fee: { score: 1e-11, gradient: 1e-10 },
  flow: { score: 1e-11, gradient: 1e-10 },
};

const WINDOWS = Int32Array.of(95, 131);

interface Case {
  readonly n: number;
  readonly part: Partial<Omit<PoolSpec, 'settings'>>;
  readonly settings?: Changed;
  readonly values?: Values;
  /** Lengths of windows. */
  readonly rows: readonly number[];
}

/** The rows of the gradient that all routes have: not those of fee and flow. */
interface Result extends ScoresAndGradient {
  readonly shared: number[];
  readonly path: Trajectory;
}

/** By length of windows. */
function run({ n, part, settings, values = {}, rows }: Case, route: Route): Result[] {
  const data = walk(n, Math.max(...rows) + 160, 0.002);
  const spec = specOf(data, { pool: pools.tfmm, ...part, ...ROUTES[route] }, settings);
  const raw = rawSets(spec, { ...VALUES, ...values });
  const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
  raw[rollout.layout.entry('tfmm.fee').column] = Math.log(FEE);
  if (spec.zeroFee) expect(sumsInClosedForm(spec)).toBe(route === 'legs');
  const results = rows.map((count) => {
    const result = rollout.gradient(raw, WINDOWS, count);
    const shared = rollout.layout.entries
      .filter((e) => e.name !== 'tfmm.fee' && !e.name.startsWith('elastic'))
      .flatMap((e) => [...result.gradient.subarray(e.column, e.column + e.size)]);
    return { ...result, shared, path: rollout.trajectory(raw, WINDOWS[0], count, 7) };
  });
  rollout.dispose();
  return results;
}

/** Largest |a − b|, relative to the largest |b|. */
function deviation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const wanted = Array.from(b);
  expect(a.length).toBe(wanted.length);
  return Math.max(...wanted.map((x, i) => Math.abs(a[i] - x))) / Math.max(...wanted.map(Math.abs));
}

/** Expects of the given routes what simulating minute by minute gives. */
function expectSame(c: Case, routes: readonly (keyof typeof TOLERANCE)[]): void {
  const wanted = run(c, 'minutes');
  for (const route of routes) {
    run(c, route).forEach((got, i) => {
      expectNear(got, wanted[i], TOLERANCE[route], `${route}, ${c.rows[i]} rows`);
    });
  }
}

function expectNear(got: Result, wanted: Result, { score, gradient }: (typeof TOLERANCE)['fee'], name: string): void {
  got.byWindow.forEach((x, w) => {
    expect(Math.abs(x - wanted.byWindow[w]), name).toBeLessThan(score * Math.max(1, Math.abs(x)));
  });
  expect(deviation(got.shared, wanted.shared), name).toBeLessThan(gradient);
  expect(deviation(got.path.values, wanted.path.values), name).toBeLessThan(score);
  expect(deviation(got.path.reserves, wanted.path.reserves), name).toBeLessThan(score);
  // the same weights to the bit: the guards know of no fee
  expect(got.path.weights, name).toEqual(wanted.path.weights);
}

const ALL = ['legs', 'fee', 'flow'] as const;

describe('minute by minute, by legs, at a vanishing fee, with flow', () => {
  it.each([2, 5])('n = %i', (n) => {
    const rule = n === 2 ? rules.momentum : rules['anti-momentum'];
    expectSame({ n, part: { rule }, rows: [200] }, ALL);
  });
});

describe('routes', () => {
  const rows = [2 * 1440 + 50];
  const score = {
    objective: objectives.returns_over_hodl,
    penalties: [
      { model: objectives.drawdown, weight: 0.5 },
      { model: objectives.turnover, weight: 0.1 },
    ],
  };
  it('over days, with penalties', () => {
    expectSame({ n: 3, part: score, rows }, ALL);
  });

  it('daily samples at the ends of legs', () => {
    expectSame({ n: 3, part: { objective: objectives.daily_log_sharpe }, rows }, ['legs']);
  });

  it('steps as long as the closed form allows, d/w = 1/20, between the guards', () => {
    const settings = { minimumWeight: 0.2, maximumChange: 0.01 };
    const steep: Case = { n: 3, part: {}, settings, values: { 'momentum.k': 2000 }, rows: [400] };
    expectSame(steep, ['legs']);
    const weights = run(steep, 'legs')[0].path.weights as Float64Array;
    expect(Math.min(...weights)).toBeLessThan(0.2 + 1e-12);
    expect(Math.max(...weights)).toBeGreaterThan(0.6 - 1e-12);
  });

  it('legs that do not rest, and a last leg cut short', () => {
    const settings = { weightInterpolationPeriod: 30 };
    expectSame({ n: 2, part: {}, settings, rows: [2, 31, 32, 61, 75] }, ALL);
  });

  it('the approximately optimal path: minute by minute and at a vanishing fee', () => {
    expectSame({ n: 3, part: {}, settings: { interpolation: 1 }, rows: [200] }, ['fee', 'flow']);
  });
});

describe('a trajectory', () => {
  it.each([
    ['without fees', { zeroFee: true, everyMinute: true }],
    ['with a fee and flow', { flow: flows.elastic }],
  ])('ends where the score does, %s', (_, part) => {
    const data = walk(3, 400, 0.002);
    const spec = specOf(data, { pool: pools.tfmm, ...part });
    const raw = rawSets(spec, { ...VALUES, 'tfmm.fee': 0.002 });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const [score] = rollout.value(raw, Int32Array.of(95), 211).objective;
    const { values, rows } = rollout.trajectory(raw, 95, 211, 30);
    expect([...rows]).toEqual([95, 125, 155, 185, 215, 245, 275, 305]);
    // the same program but for what it stores
    expect(values[7] / spec.value - 1).toBe(score);
    rollout.dispose();
  });
});
