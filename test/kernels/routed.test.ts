/** How an order is split between a pool and a competitor: the closed form of two constant products, equal rates, the best of all splits. */
import { describe, expect, it } from 'vitest';
import { mostOf, split } from '../../kernels/flows/routed.js';
import { adjoint, buffer, constant, emit, load, type Program, trace, truth } from '../../src/graph/index.js';
import { MINUTES } from '../../src/rollout/clock.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { reference } from '../../src/targets/reference/index.js';
import { pools } from '../rollout/setup.js';

const COLUMNS = ['total', 'paid', 'taken', 'competitorFee', 'fee'] as const;

/**
 * An order of `total` into a pool of 1e6 that was set up at `prices`, against a competitor that has `paid` and `taken` of
 * what is paid in and taken out. Outputs: what the pool gets of it, the rates of both afterwards, what the pool pays out, and what part
 * of that is left.
 */
function programOf(kind: string, prices: readonly number[], first: boolean, values: Record<string, number[]>): Program {
  const pool = pools[kind];
  return trace('split', () => {
    const given = buffer('set', 'p', COLUMNS.length, { differentiable: true });
    const [total, paid, taken, competitorFee, fee] = COLUMNS.map((_, i) => load(given, i));
    const settings = Object.fromEntries(Object.entries(pool.settings).map(([key, s]) => [key, s.default]));
    const declared = pool.parameters(settings);
    const n = prices.length;
    const value = Object.fromEntries(
      Object.entries(declared).map(([key, p]) => {
        const plain = values[key] ?? [p.default];
        return [key, key === (pool.fee ?? 'fee') ? [fee] : plain.map((x) => constant(x))];
      }),
    );
    const c: ModelContext = { n, value, raw: {}, settings, clock: MINUTES };
    const m = { prices: prices.map((p) => constant(p)), weights: value.weights ?? [] };
    const state = pool.init(c, m, constant(1e6));
    const one = (at: boolean) => [constant(at ? 1 : 0), constant(at ? 0 : 1)];
    const direction = { paid: one(first), taken: one(!first) };
    const offer = pool.offer?.(c, state, m, direction);
    if (offer === undefined) throw new Error(`${kind} has no offer`);
    const side = { paid, taken, gamma: constant(1).sub(competitorFee) };
    const x = split(offer, total, side, truth(true, 'bool'));
    const after = pool.reserves(offer.trade(x).state, c);
    const before = pool.reserves(state, c);
    // of an hmm pool's reserves the credits are the second
    const out = first ? before[1].sub(after[1]) : before[0].sub(after[0]);
    const there = offer.at(x);
    const rest = paid.add(side.gamma.mul(total.sub(there.paid)));
    emit(buffer('output', 'part', 1), 0, there.paid);
    emit(buffer('output', 'rate', 1), 0, there.rate);
    emit(buffer('output', 'elsewhere', 1), 0, side.gamma.mul(paid).mul(taken).div(rest.square()));
    emit(buffer('output', 'out', 1), 0, out);
    emit(buffer('output', 'left', 1), 0, after[first ? 1 : 0].div(before[first ? 1 : 0]));
  });
}

const inputs = (p: readonly number[]) => ({
  sets: 1,
  windows: 1,
  run: {},
  window: {},
  buffers: { p: Float64Array.from(p) },
});

interface Case {
  readonly kind: string;
  readonly values: Record<string, number[]>;
  /** Of the assets, in the numéraire. */
  readonly prices: number[];
  readonly fee: number;
  /** Sizes, in units of the first thing, from a speck to what no pool of this kind takes whole. */
  readonly totals: readonly number[];
}

const TWO = { prices: [100, 50], fee: 0.002, totals: [1, 30, 300] };
/** f′(0) by differences at 4e-4 and 2e-4, extrapolated: wide enough for what is left of reserves of 1e4 less 1e4. */
function slope(f: (h: number) => number): number {
  const [wide, narrow] = [4e-4, 2e-4].map((h) => (f(h) - f(-h)) / (2 * h));
  return (4 * narrow - wide) / 3;
}

/** Parameters of the competitor: reserves of both things, a little off the prices outside, worth 1e6; its fee. */
const reservesOf = ({ prices: [a, b = 1] }: Case) => [(5e5 / a) * 1.001, 5e5 / b / 1.001];
const COMPETITOR_FEE = 0.003;

const cases: Case[] = [
  { ...TWO, kind: 'constant-weight', values: { weights: [0.5, 0.5] } },
  { ...TWO, kind: 'constant-weight', values: { weights: [0.8, 0.2] } },
  { ...TWO, kind: 'reclamm', values: {} },
  { ...TWO, kind: 'reclamm', values: { priceRatio: [1.01] } },
  { ...TWO, kind: 'fm-amm', values: { weights: [0.3, 0.7] } },
  { ...TWO, kind: 'concentrated-range', values: { priceRatio: [1.5] } },
  { ...TWO, kind: 'concentrated-range', values: { priceRatio: [1.01] }, totals: [30, 4000, 1e5] },
  { ...TWO, kind: 'stableswap', values: { A: [20] } },
  { ...TWO, kind: 'e-clp', values: { lambda: [30] } },
  { ...TWO, kind: 'e-clp', values: { below: [0.02], above: [0.03] }, totals: [1, 300, 1e5] },
  { kind: 'hmm', values: {}, prices: [100], fee: 0.002, totals: [1, 30, 300] },
  { kind: 'hmm', values: { rho: [0.8], riskFee: [0.3] }, prices: [100], fee: 0.0001, totals: [1, 100, 4000] },
  { kind: 'hmm', values: { rho: [0], riskFee: [0] }, prices: [100], fee: 0.0001, totals: [1, 100, 4000] },
];
const named = cases.map((c): [string, Case] => [`${c.kind} ${JSON.stringify(c.values)}`, c]);

describe.each(named)('an order into %s', (_, c) => {
  const price = c.prices[0] / (c.prices[1] ?? 1);
  it.each([true, false])('brings the same at the margin in both, first thing paid in: %s', (first) => {
    const program = programOf(c.kind, c.prices, first, c.values);
    const run = reference.compile(program);
    const slopes = reference.compile(adjoint(program, { wrt: ['p'], seeds: { part: 'one' } }));
    const gains = reference.compile(adjoint(program, { wrt: ['p'], seeds: { out: 'one' } }));
    const [x, y] = first ? reservesOf(c) : [reservesOf(c)[1], reservesOf(c)[0]];
    for (const size of c.totals) {
      const total = first ? size : size * price;
      const p = [total, x, y, COMPETITOR_FEE, c.fee];
      const { part, rate, elsewhere, out, left } = run.run(inputs(p));
      expect(part[0]).toBeGreaterThanOrEqual(0);
      expect(part[0]).toBeLessThanOrEqual(total * (1 + 1e-15));
      // all of it to the competitor, or to the pool, or all that the pool can pay for; else at equal rates
      const whole = part[0] > total * (1 - 1e-14);
      const drained = left[0] < 1e-9;
      if (part[0] === 0) expect(rate[0]).toBeLessThanOrEqual(elsewhere[0] * (1 + 1e-12));
      else if (whole || drained) expect(rate[0]).toBeGreaterThanOrEqual(elsewhere[0] * (1 - 1e-12));
      else expect(Math.abs(rate[0] / elsewhere[0] - 1)).toBeLessThan(1e-11);
      expect(out[0] > 0).toBe(part[0] > 0);
      if (part[0] === 0) continue;
      for (const [name, found] of [
        ['part', slopes.run(inputs(p))['d.p']],
        ['out', gains.run(inputs(p))['d.p']],
      ] as const) {
        COLUMNS.forEach((column, k) => {
          const along = (h: number) => run.run(inputs(p.map((v, i) => (i === k ? v * (1 + h) : v))))[name][0];
          const wanted = slope(along);
          const scale = Math.max(Math.abs(wanted), 1e-3 * Math.abs(along(0)));
          expect(Math.abs(found[k] * p[k] - wanted) / scale, `${name} by ${column} of ${total}`).toBeLessThan(2e-5);
        });
      }
    }
  });
});

describe('two constant products', () => {
  it('share an order by Δ = clamp((r(i₂ + γ₂T) − i₁)/(γ₁ + rγ₂), 0, T), r = √(γ₁k₁/(γ₂k₂))', () => {
    const run = reference.compile(programOf('constant-weight', TWO.prices, true, { weights: [0.5, 0.5] }));
    const [i1, o1] = [5000, 10_000];
    for (const [total, i2, o2, fee2, fee1] of [
      [10, 5000, 10_000, 0.003, 0.003],
      [10, 5000, 10_000, 0.003, 0.0031],
      [10, 5000, 10_000, 0.003, 0.05],
      [10, 5000, 10_000, 0.05, 0.003],
      [500, 300, 610, 0.001, 0.01],
      [500, 40_000, 79_000, 0.01, 0.001],
    ]) {
      const [g1, g2] = [1 - fee1, 1 - fee2];
      const r = Math.sqrt((g1 * i1 * o1) / (g2 * i2 * o2));
      const wanted = Math.min(Math.max((r * (i2 + g2 * total) - i1) / (g1 + r * g2), 0), total);
      const { part } = run.run(inputs([total, i2, o2, fee2, fee1]));
      expect(Math.abs(part[0] - wanted)).toBeLessThan(1e-14 * i1);
    }
  });
});

describe('the most orders that a step has room for', () => {
  it('are exceeded once in 10^15 steps', () => {
    const tail = (mean: number, n: number) => {
      let [sum, term] = [0, Math.exp(-mean)];
      for (let k = 1; k < n + 200; k++) {
        term *= mean / k;
        if (k > n) sum += term;
      }
      return sum;
    };
    for (const mean of [1e-6, 0.8, 12, 200]) {
      expect(tail(mean, mostOf(mean))).toBeLessThan(2e-15);
      expect(tail(mean, mostOf(mean) - 3)).toBeGreaterThan(1e-16);
    }
  });
});
