/** Every rule in roll-outs: gradients of its parameters, weights within the guards, and no minute that knows the future. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectGradient, guardsOf, type Job } from './differences.js';
import { RULES } from './rule-values.js';
import { type Changed, flows, pools, rawSets, rules, specOf, type Values, walk } from './setup.js';

const NAMES = Object.keys(rules);

/** Twenty rule steps before the first window: estimators have their memories filled. */
const BURN_IN = 600;
const ROWS = 200;

interface Case {
  readonly rule: string;
  readonly n?: number;
  readonly part?: Partial<Omit<PoolSpec, 'settings' | 'pool'>>;
  readonly settings?: Changed;
  readonly values?: Values;
}

function jobOf({ rule, n = 3, part = {}, settings = {}, values = {} }: Case): Job {
  const data = walk(n, BURN_IN + ROWS + 60, 0.002, 5);
  const spec = specOf(data, { pool: pools.tfmm, rule: rules[rule], ...part }, settings);
  return {
    rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
    data,
    raw: rawSets(spec, { 'tfmm.fee': 0.002, ...RULES[rule], ...values }),
    windows: Int32Array.of(BURN_IN + 5, BURN_IN + 41),
    windowRows: ROWS,
  };
}

/** What moves no score: the fee of a roll-out without fees, start weights where the rule gives them. */
const dead = (rule: string, ...more: string[]) => [
  ...more,
  ...(rules[rule].weights === undefined ? [] : ['tfmm.initialWeights']),
];

describe.each(NAMES)('gradient of %s', (rule) => {
  // differences of scores near 1 in float64, see gradient-weights.test.ts
  it.each([
    ['whole legs', {}],
    ['minute by minute', { everyMinute: true }],
  ])('without fees, %s', (_, part) => {
    expectGradient(jobOf({ rule, part: { zeroFee: true, ...part } }), 1e-7, dead(rule, 'tfmm.fee'));
  });

  it('with a fee and flow', () => {
    const values = { 'elastic.v0': 1e-3, 'elastic.b': 150, 'elastic.epsilon': 0.001 };
    expectGradient(jobOf({ rule, part: { flow: flows.elastic }, values }), 5e-6, dead(rule));
  });
});

describe('gradient of the geodesic path', () => {
  it.each(['momentum', 'minimum-variance'])('%s', (rule) => {
    const part = { zeroFee: true, everyMinute: true };
    expectGradient(jobOf({ rule, part, settings: { interpolation: 2 } }), 1e-7, dead(rule, 'tfmm.fee'));
  });
});

const market = fc.record({
  n: fc.integer({ min: 2, max: 4 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
  sigma: fc.constantFrom(2e-4, 2e-3, 2e-2),
  interpolation: fc.constantFrom(0, 1, 2),
});

function pathOf(
  data: Prices,
  rule: string,
  settings: Changed,
  seed: number,
  first: number,
  rows: number,
  values: Values = {},
) {
  const spec = specOf(data, { pool: pools.tfmm, rule: rules[rule], zeroFee: true }, settings);
  const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
  // wide of the centre: memories from minutes to months, changes from none to all that the guards let through
  const raw = rawSets(spec, { ...RULES[rule], ...values }, 4, 2);
  const set = Float64Array.from({ length: raw.length / 4 }, (_, k) => raw[4 * k + (seed % 4)]);
  const path = rollout.trajectory(set, first, rows, 1);
  rollout.dispose();
  return { weights: path.weights as Float64Array, values: path.values };
}

describe.each(NAMES)('%s', (rule) => {
  it('keeps weights on the simplex, above their minimum, and within their speed', () => {
    fc.assert(
      fc.property(market, ({ n, seed, sigma, interpolation }) => {
        const data = walk(n, 400, sigma, seed);
        const limits = { minimumWeight: 0.1, maximumChange: 2e-3, interpolation };
        const { weights } = pathOf(data, rule, limits, seed, 65, 300);
        for (let t = 0; t < 300; t++) {
          const w = weights.subarray(t * n, (t + 1) * n);
          expect(Math.abs(w.reduce((a, x) => a + x, 0) - 1)).toBeLessThan(1e-13);
          // start weights are free; a rule that gives them keeps the minimum from the start
          if (t > 0 && rules[rule].weights === undefined) continue;
          expect(Math.min(...w)).toBeGreaterThan((rules[rule].weights === undefined ? 0 : 0.1) - 1e-14);
        }
        if (interpolation > 0) return; // a bent path is faster where it is bent
        const steps = weights.slice(n).map((w, i) => Math.abs(w - weights[i]));
        expect(Math.max(...steps)).toBeLessThan(2e-3 + 1e-14);
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it('knows no price before its minute', () => {
    fc.assert(
      fc.property(market, fc.integer({ min: 66, max: 264 }), ({ n, seed, sigma, interpolation }, from) => {
        const [first, rows] = [65, 200];
        const data = walk(n, first + rows, sigma, seed);
        const other = walk(n, first + rows, 0.02, seed + 1);
        const changed = { ...data, prices: data.prices.map((p, i) => (i < from * n ? p : other.prices[i])) };
        const [a, b] = [data, changed].map((d) => pathOf(d, rule, { interpolation }, seed, first, rows));
        // weights of a minute are set before its price
        expect(b.weights.subarray(0, (from - first + 1) * n)).toEqual(a.weights.subarray(0, (from - first + 1) * n));
        expect(b.values.subarray(0, from - first)).toEqual(a.values.subarray(0, from - first));
        expect(b.values.subarray(from - first)).not.toEqual(a.values.subarray(from - first));
      }),
      { numRuns: 12, seed: 2 },
    );
  });
});

describe('minimum variance', () => {
  const rule = 'minimum-variance';

  it('sees one rule step ahead in the alignment of the reference', () => {
    const data = walk(2, 300, 0.002, 4);
    const from = 91; // the window starts on rule step 3, at row 90: all that it has seen
    const prices = data.prices.map((p, i) => (i < from * 2 ? p : p * (1 + (i % 2) / 10)));
    const starts = (compat: number) =>
      [data, { ...data, prices }].map((d) => pathOf(d, rule, { compat }, 1, 90, 100).weights.subarray(0, 2));
    const [now, same] = starts(0);
    expect(same).toEqual(now);
    const [ahead, other] = starts(1);
    expect(other).not.toEqual(ahead);
  });

  it('has scores and gradients where no rule step has been, and where the first has', () => {
    const data = walk(3, 100, 0.002, 4);
    const spec = specOf(data, { pool: pools.tfmm, rule: rules[rule], zeroFee: true });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const raw = rawSets(spec, RULES[rule]);
    const hold = (rows: number) =>
      [0, 1, 2].reduce((log, i) => log + Math.log(data.prices[3 * (rows - 1) + i] / data.prices[i]) / 3, 0);
    // equal weights for the first two legs, whose gradient is 0
    for (const rows of [20, 60]) {
      const { objective, gradient } = rollout.gradient(raw, Int32Array.of(0), rows);
      expect(objective[0]).toBeCloseTo(Math.expm1(hold(rows)), 13);
      expect([...gradient].map(Math.abs)).toEqual(new Array(gradient.length).fill(0));
    }
    rollout.dispose();
  });

  it('starts a window at the first row with equal weights, whatever the initial weights', () => {
    const data = walk(3, 100, 0.002, 4);
    const { weights } = pathOf(data, rule, {}, 1, 0, 20);
    expect([...weights.subarray(0, 3)].map((w) => w.toFixed(15))).toEqual(new Array(3).fill((1 / 3).toFixed(15)));
  });
});

describe('the geodesic path', () => {
  it('runs along the great circle between the roots of the weights, at constant speed', () => {
    const data = walk(3, 400, 0.01, 6);
    const fast = { interpolation: 2, maximumChange: 0.05, minimumWeight: 0.01 };
    const { weights } = pathOf(data, 'momentum', fast, 2, 60, 200, { 'momentum.k': 500 });
    const at = (t: number) => [...weights.subarray(3 * t, 3 * t + 3)];
    let widest = 0;
    for (let leg = 30; leg + 20 < 200; leg += 30) {
      const [s, e] = [at(leg).map(Math.sqrt), at(leg + 20).map(Math.sqrt)];
      const angle = 2 * Math.asin(Math.hypot(...s.map((x, i) => x - e[i])) / 2);
      widest = Math.max(widest, angle);
      for (let j = 0; j <= 29; j++) {
        const t = Math.min(1, j / 20);
        const wanted = s.map((x, i) =>
          angle === 0 ? x : (Math.sin((1 - t) * angle) * x + Math.sin(t * angle) * e[i]) / Math.sin(angle),
        );
        at(leg + j).forEach((w, i) => {
          expect(Math.abs(w - wanted[i] ** 2)).toBeLessThan(1e-14);
        });
      }
    }
    expect(widest).toBeGreaterThan(0.3);
  });
});

describe('bounds of single assets', () => {
  const settings = { assetBounds: 1, maximumChange: 0.05, minimumWeight: 0.01 };
  const bounds = { 'tfmm.leastWeight': 0.2, 'tfmm.greatestWeight': 0.45 };

  it('hold wherever the weights go', () => {
    fc.assert(
      fc.property(market, ({ seed, interpolation }) => {
        const data = walk(3, 400, 0.01, seed);
        const part = { pool: pools.tfmm, zeroFee: true };
        const spec = specOf(data, part, { ...settings, interpolation });
        const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
        const raw = rawSets(spec, { ...RULES.momentum, 'momentum.k': 200, ...bounds }, 1, 0);
        const { weights } = rollout.trajectory(raw, 65, 300, 1);
        const { assetBounds } = rollout.guards(raw, Int32Array.of(65), 300);
        rollout.dispose();
        expect(assetBounds[0]).toBeGreaterThan(0.5);
        const w = weights as Float64Array;
        // 1e-10 stands beside the room; a bent path may leave an upper bound on its way, by the little that it is above the straight one
        expect(Math.max(...w)).toBeLessThan(0.45 + (interpolation === 0 ? 1e-9 : 5e-3));
        expect(Math.min(...w)).toBeGreaterThan(0.2 - 1e-9);
      }),
      { numRuns: 8, seed: 3 },
    );
  });

  it('spread what they give and take over the room that is left', () => {
    // three assets, one leg: from equal weights by the rule's first output
    const data = walk(3, 100, 0.01, 9);
    const spec = specOf(data, { pool: pools.tfmm, zeroFee: true }, { ...settings, maximumChange: 1 });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const raw = rawSets(spec, { ...RULES.momentum, 'momentum.k': 350, ...bounds }, 1, 0);
    const change = rollout.rule(raw, 1).outputs;
    const { weights } = rollout.trajectory(raw, 0, 60, 1);
    rollout.dispose();
    const w = [...change].map((x) => 1 / 3 + x);
    const clipped = w.map((x) => Math.min(0.45, Math.max(0.2, x)));
    const missing = 1 - clipped.reduce((a, x) => a + x, 0);
    const room = clipped.map((x) => (missing > 0 ? 0.45 - x : x - 0.2));
    const all = room.reduce((a, x) => a + x, 0);
    expect(Math.min(...w)).toBeLessThan(0.2);
    expect(Math.max(...w)).toBeLessThan(0.8);
    const end = (weights as Float64Array).subarray(59 * 3);
    // 1e-10 stands beside the room
    clipped.forEach((x, i) => {
      expect(end[i]).toBeCloseTo(x + (missing * room[i]) / all, 9);
    });
  });

  it('have gradients where they bind, also with straight-through clips', () => {
    const values = { 'momentum.k': 200, 'tfmm.leastWeight': 0.25, 'tfmm.greatestWeight': 0.42 };
    const job = jobOf({ rule: 'momentum', part: { zeroFee: true, everyMinute: true }, settings, values });
    expect(guardsOf(job).assetBounds).toBeGreaterThan(0.3);
    expectGradient(job, 1e-7, ['tfmm.fee']);
    const through = jobOf({
      rule: 'momentum',
      part: { zeroFee: true, everyMinute: true },
      settings: { ...settings, straightThroughMinimum: 1 },
      values,
    });
    const gradient = (j: Job) => j.rollout.gradient(j.raw, j.windows, j.windowRows);
    expect(gradient(through).objective).toEqual(gradient(job).objective);
    const { column } = job.rollout.layout.entry('momentum.k');
    expect(Math.abs(gradient(through).gradient[column])).toBeGreaterThan(0);
  });
});
