/** Scores of windows made one: against plain formulas, and gradients of whole roll-outs against differences. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { type Aggregate, aggregateText, reduce } from '../../src/rollout/aggregate.js';
import { columnOf } from '../../src/rollout/layout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectGradient } from './differences.js';
import { flows, objectives, pools, rawSets, specOf, type Values, walk } from './setup.js';

const of = (...xs: number[]) => Float64Array.from(xs);
const MIN: Aggregate = { kind: 'min' };
const cvar = (worst: number): Aggregate => ({ kind: 'cvar', worst });
const softmin = (temperature: number): Aggregate => ({ kind: 'softmin', temperature });

describe('one objective of several scores', () => {
  const scores = of(0.3, -0.1, 0.2, 0.5, -0.2);

  it('mean, minimum, tail', () => {
    expect(reduce({ kind: 'mean' }, scores).objective).toBeCloseTo(0.14, 15);
    expect(reduce(MIN, scores)).toEqual({ objective: -0.2, weights: of(0, 0, 0, 0, 1) });
    expect(reduce(cvar(0.4), scores).objective).toBeCloseTo(-0.15, 15);
    // half of five: the third counts by half
    expect(reduce(cvar(0.5), scores).objective).toBeCloseTo((-0.2 - 0.1 + 0.5 * 0.2) / 2.5, 15);
    expect(reduce(cvar(1), scores).objective).toBeCloseTo(0.14, 15);
    expect(reduce(cvar(0.01), scores).objective).toBe(-0.2);
  });

  it('softmin between the minimum and the mean', () => {
    const mean = scores.reduce((sum, x) => sum + Math.exp(-x / 0.1), 0) / 5;
    expect(reduce(softmin(0.1), scores).objective).toBeCloseTo(-0.1 * Math.log(mean), 14);
    // −T ln(1/5) above the minimum
    expect(reduce(softmin(1e-4), scores).objective).toBeCloseTo(-0.2 + 1e-4 * Math.log(5), 12);
    expect(reduce(softmin(1e6), scores).objective).toBeCloseTo(0.14, 6);
    // exponentials of −7000 and 7000 would not be numbers
    expect(reduce(softmin(1e-3), of(7, -7)).objective).toBeCloseTo(-7, 2);
  });

  it('ties share the weight', () => {
    expect(reduce(MIN, of(1, 0, 2, 0)).weights).toEqual(of(0, 0.5, 0, 0.5));
    reduce(cvar(0.75), of(1, 0, 1, 1)).weights.forEach((w, i) => {
      expect(w).toBeCloseTo(i === 1 ? 1 / 3 : 2 / 9, 15);
    });
  });

  it.each([
    MIN,
    cvar(0.3),
    cvar(0.7),
    softmin(0.1),
    { kind: 'mean' } as const,
  ])('weights are derivatives: %o', (over) => {
    const { weights } = reduce(over, scores);
    expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 14);
    scores.forEach((x, k) => {
      const at = (h: number) =>
        reduce(
          over,
          scores.map((y, i) => (i === k ? x + h : y)),
        ).objective;
      expect(weights[k]).toBeCloseTo((at(1e-6) - at(-1e-6)) / 2e-6, 8);
    });
  });

  it('what is no number makes none', () => {
    for (const over of [MIN, cvar(0.5), softmin(1), { kind: 'mean' } as const]) {
      expect(reduce(over, of(1, Number.NaN, 2)).objective).toBeNaN();
    }
    expect(reduce(MIN, of(1, Number.NEGATIVE_INFINITY)).weights[0]).toBeNaN();
  });

  it('in words', () => {
    expect([{ kind: 'mean' } as const, MIN, cvar(0.25), softmin(0.1)].map(aggregateText)).toEqual([
      null,
      'worst window',
      'mean of the worst 25 % of windows',
      'softmin over windows at 0.1',
    ]);
  });
});

/** Five windows that overlap: each reads other rows of the rule, and some the same. */
const WINDOWS = Int32Array.of(31, 95, 131, 240, 300);
const ROWS = 200;
const VALUES: Values = {
  'tfmm.fee': 0.002,
  'momentum.memoryDays': 0.2,
  'momentum.k': 5,
  'hmm.rho': 0.2,
  'hmm.priceScale': 1.05,
  'hmm.riskFee': 0.2,
  'elastic.v0': 1e-3,
  'elastic.b': 30,
  'elastic.epsilon': 0.02,
};

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;
const PARTS: [string, Part, number, string[]][] = [
  ['tfmm without fees', { pool: pools.tfmm, zeroFee: true }, 1e-7, ['tfmm.fee']],
  ['tfmm with a fee and flow', { pool: pools.tfmm, flow: flows.elastic }, 5e-6, []],
  ['hmm with flow', { pool: pools.hmm, flow: flows.elastic }, 5e-6, []],
];

/** Tolerances as in gradient-weights.test.ts. */
describe.each([MIN, cvar(0.5), softmin(0.01)])('gradients, %o', (over) => {
  it.each(PARTS)('%s', (_, part, tolerance, dead) => {
    const data = walk(2, 520, 0.003);
    const spec = specOf(data, { ...part, aggregate: over });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    expectGradient({ rollout, data, raw: rawSets(spec, VALUES), windows: WINDOWS, windowRows: ROWS }, tolerance, dead);
  });
});

describe('sets', () => {
  const data = walk(2, 520, 0.003);
  const spec = specOf(data, { pool: pools.tfmm, aggregate: MIN });
  const rollout = createPoolRollout(spec, data, wasm, { threads: 2 });
  const raw = rawSets(spec, VALUES, 3, 2);
  const got = rollout.gradient(raw, WINDOWS, ROWS);

  it('each has its own worst window, and the gradient of that alone', () => {
    const worst = [0, 1, 2].map((s) => {
      const scores = columnOf(got.byWindow, 3, s);
      expect(got.objective[s]).toBe(Math.min(...scores));
      return scores.indexOf(got.objective[s]);
    });
    expect(new Set(worst).size).toBeGreaterThan(1);
    worst.forEach((w, s) => {
      const alone = rollout.gradient(columnOf(raw, 3, s), WINDOWS.slice(w, w + 1), ROWS);
      // the rule's steps back are cut into other segments: sums of them round otherwise
      columnOf(got.gradient, 3, s).forEach((g, k) => {
        expect(Math.abs(g - alone.gradient[k])).toBeLessThanOrEqual(1e-12 * Math.abs(g));
      });
    });
  });

  it('the value is that of the gradient', () => {
    expect([...rollout.value(raw, WINDOWS, ROWS).objective]).toEqual([...got.objective]);
  });

  it('a set that is not a number is withheld, the others do not notice', () => {
    const broken = raw.map((x, i) => (i % 3 === 1 ? Number.NaN : x));
    const other = rollout.gradient(broken, WINDOWS, ROWS);
    expect(other.objective[1]).toBeNaN();
    for (const s of [0, 2]) expect([...columnOf(other.gradient, 3, s)]).toEqual([...columnOf(got.gradient, 3, s)]);
  });

  it('a path does not depend on it', () => {
    const plain = createPoolRollout({ ...spec, aggregate: undefined }, data, wasm);
    const one = columnOf(raw, 3, 0);
    expect(rollout.trajectory(one, 31, ROWS, 1)).toEqual(plain.trajectory(one, 31, ROWS, 1));
    plain.dispose();
  });
});

describe('numbers that make no sense', () => {
  const data = walk(2, 100, 0.003);
  it.each([
    [cvar(0), 'rollout: a share of windows above 0 and up to 1 was expected, got 0; change worst'],
    [cvar(1.5), 'rollout: a share of windows above 0 and up to 1 was expected, got 1.5; change worst'],
    [softmin(0), 'rollout: a temperature above 0 was expected, got 0; change it'],
  ])('%o', (over, message) => {
    const make = () =>
      createPoolRollout(specOf(data, { pool: pools.hmm, objective: objectives.returns, aggregate: over }), data, wasm);
    expect(make).toThrow(new UserError(message));
  });
});
