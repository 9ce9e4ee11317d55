/** The arbitrage of geometric-mean pools: golden cases, enumeration, invariants, limits. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { arbitrageCaseProgram } from '../../kernels/pools/cases.js';
import { arbitrage, orderCost } from '../../kernels/pools/geometric.js';
import { constantProductSlippage } from '../../src/data/calibrate.js';
import { buffer, constant, emit, load, type Program, trace } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs, Outputs, SynchronousTarget } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree } from '../targets/agreement.js';
import { bruteForce, type Case } from './geometric-brute.js';
import { at, columns, randomCases, worthOf } from './geometric-cases.js';

const golden = new URL('../../../shared/golden/arbitrage.json', import.meta.url);
const hasGolden = existsSync(golden);
if (!hasGolden)
  console.warn('golden figures not found (../shared/golden/arbitrage.json): the tests of them are skipped');

const sizes = [2, 3, 4, 5, 6, 7, 8];
const targets: SynchronousTarget[] = [reference, wasm];

const inputsOf = (cases: readonly Case[]): Inputs => ({
  sets: cases.length,
  windows: 1,
  run: {},
  window: {},
  buffers: {
    reserves: columns(cases.map((c) => c.reserves)),
    weights: columns(cases.map((c) => c.weights)),
    prices: columns(cases.map((c) => c.prices)),
    gamma: Float64Array.from(cases, (c) => c.gamma),
  },
});

function run(target: SynchronousTarget, program: Program, cases: readonly Case[]): Outputs {
  const executable = target.compile(program, { threads: 1 });
  const outputs = executable.run(inputsOf(cases));
  executable.dispose();
  return outputs;
}

/** Everything that `arbitrage` gives. */
const fullProgram = (n: number): Program =>
  trace('everything', () => {
    const assets = (name: string) => {
      const b = buffer('set', name, n);
      return Array.from({ length: n }, (_, i) => load(b, i));
    };
    const gamma = load(buffer('set', 'gamma', 1), 0);
    const got = arbitrage(assets('reserves'), assets('weights'), assets('prices'), gamma.neg().add(1));
    for (const name of ['reserves', 'paidIn', 'takenOut', 'delta'] as const) {
      const out = buffer('output', `out.${name}`, n);
      got[name].forEach((x, i) => {
        emit(out, i, x);
      });
    }
    emit(buffer('output', 'fees', 1), 0, got.fees);
  });

describe.skipIf(!hasGolden)('golden arbitrage (../shared/golden/arbitrage.json)', () => {
  const all: (Case & { delta: number[]; profit: number })[] = hasGolden ? JSON.parse(readFileSync(golden, 'utf8')) : [];
  it.each(targets.map((t) => [t.name, t] as const))('all cases on %s', (_name, target) => {
    expect(all).toHaveLength(200);
    let [profitError, tradeError] = [0, 0];
    for (const n of sizes) {
      const cases = all.filter((c) => c.reserves.length === n);
      if (cases.length === 0) continue;
      const outputs = run(target, arbitrageCaseProgram(n), cases);
      cases.forEach((c, s) => {
        profitError = Math.max(profitError, Math.abs(outputs.profit[s] - c.profit) / worthOf(c));
        at(outputs, 'delta', cases.length, s).forEach((d, i) => {
          tradeError = Math.max(tradeError, (Math.abs(d - c.delta[i]) * c.prices[i]) / worthOf(c));
        });
      });
    }
    expect(profitError).toBeLessThan(1e-13);
    expect(tradeError).toBeLessThan(1e-12);
  });
});

describe('arbitrage', () => {
  it.each([2, 3, 4, 5])('of %i assets is the best of all signatures', (n) => {
    const cases = randomCases(n, 300, 7);
    const outputs = run(wasm, arbitrageCaseProgram(n), cases);
    let trades = 0;
    cases.forEach((c, s) => {
      const best = bruteForce(c);
      const value = worthOf(c);
      if (best.profit > 0) trades++;
      expect(Math.abs(outputs.profit[s] - best.profit) / value).toBeLessThan(1e-13);
      at(outputs, 'delta', cases.length, s).forEach((d, i) => {
        expect((Math.abs(d - best.delta[i]) * c.prices[i]) / value).toBeLessThan(1e-12);
      });
    });
    expect(trades).toBeGreaterThan(150);
    expect(trades).toBeLessThan(300);
  });

  it.each(sizes)('of %i assets meets the conditions of an optimum', (n) => {
    const cases = randomCases(n, 400, 11);
    const outputs = run(wasm, fullProgram(n), cases);
    cases.forEach((c, s) => {
      const delta = at(outputs, 'out.delta', cases.length, s);
      const seen = delta.map((d) => (d > 0 ? d * c.gamma : d));
      const drift = seen.reduce((sum, d, i) => sum + c.weights[i] * Math.log1p(d / c.reserves[i]), 0);
      expect(Math.abs(drift)).toBeLessThan(2e-15);
      // q′/γ of what is paid in = q′ of what is taken out; what is not touched lies between
      const q = seen.map((d, i) => Math.log(((c.reserves[i] + d) * c.prices[i]) / c.weights[i]));
      const x = delta.flatMap((d, i) => (d > 0 ? [q[i] - Math.log(c.gamma)] : d < 0 ? [q[i]] : []));
      if (x.length === 0) {
        expect(Math.max(...q) - Math.min(...q)).toBeLessThanOrEqual(-Math.log(c.gamma) + 1e-13);
        return;
      }
      expect(Math.max(...x) - Math.min(...x)).toBeLessThan(1e-12);
      delta.forEach((d, i) => {
        if (d !== 0) return;
        expect(q[i]).toBeLessThanOrEqual(x[0] + 1e-12);
        expect(q[i]).toBeGreaterThanOrEqual(x[0] + Math.log(c.gamma) - 1e-12);
      });
    });
  });

  it.each(sizes)('of %i assets: amounts, fees and value add up, the invariant with fees never falls', (n) => {
    const cases = randomCases(n, 200, 3);
    const outputs = run(wasm, fullProgram(n), cases);
    const get = (name: string, s: number) => at(outputs, name, cases.length, s);
    cases.forEach((c, s) => {
      const [after, paid, taken, delta] = ['out.reserves', 'out.paidIn', 'out.takenOut', 'out.delta'].map((k) =>
        get(k, s),
      );
      const worth = (xs: readonly number[]) => xs.reduce((sum, x, i) => sum + x * c.prices[i], 0);
      paid.forEach((x, i) => {
        expect(x).toBeGreaterThanOrEqual(-1e-16 * c.reserves[i]);
        expect(taken[i]).toBeGreaterThanOrEqual(-1e-16 * c.reserves[i]);
        expect(x - taken[i]).toBe(delta[i]);
        expect(after[i]).toBe(c.reserves[i] + delta[i]);
      });
      const value = worthOf(c);
      // to the arbitrageur nothing is given that the pool does not lose
      expect(Math.abs(worth(after) - value - worth(delta)) / value).toBeLessThan(1e-14);
      expect(worth(delta) / value).toBeLessThan(1e-15);
      expect(Math.abs(get('fees', s)[0] - (1 - c.gamma) * worth(paid)) / value).toBeLessThan(1e-15);
      const growth = after.reduce((sum, r, i) => sum + c.weights[i] * Math.log(r / c.reserves[i]), 0);
      expect(growth).toBeGreaterThan(-2e-15);
    });
  });

  it.each(sizes)('of %i assets a second time at the same prices does nothing', (n) => {
    const cases = randomCases(n, 200, 19);
    const first = run(wasm, fullProgram(n), cases);
    const after = cases.map((c, s) => ({ ...c, reserves: at(first, 'out.reserves', cases.length, s) }));
    const second = run(wasm, fullProgram(n), after);
    cases.forEach((c, s) => {
      at(second, 'out.delta', cases.length, s).forEach((d, i) => {
        expect((Math.abs(d) * c.prices[i]) / worthOf(c)).toBeLessThan(1e-14);
      });
    });
  });

  it.each(sizes)('of %i assets gains less the higher the fee', (n) => {
    const fees = [0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1];
    for (const c of randomCases(n, 30, 23)) {
      const { profit } = run(
        reference,
        arbitrageCaseProgram(n),
        fees.map((fee) => ({ ...c, gamma: 1 - fee })),
      );
      for (let k = 1; k < fees.length; k++) {
        expect(profit[k]).toBeLessThanOrEqual(profit[k - 1] + 1e-15 * worthOf(c));
        expect(profit[k]).toBeGreaterThanOrEqual(-1e-15 * worthOf(c));
      }
    }
  });

  it.each(sizes)('of %i assets ends and is finite at rest, on the edge and far out', (n) => {
    const weights = Array.from({ length: n }, () => 1 / n);
    const ones = weights.map(() => 1);
    const edge = (ulps: number, gamma: number): Case => ({
      weights,
      reserves: ones,
      prices: ones.map((_, i) => (i === 0 ? (1 + ulps * Number.EPSILON) / gamma : 1)),
      gamma,
    });
    const gammas = [1, 0.9999, 0.997, 0.9];
    const cases: Case[] = gammas.flatMap((gamma) => [-3, -2, -1, 0, 1, 2, 3].map((k) => edge(k, gamma)));
    const spread = (base: number): Case => ({
      weights,
      reserves: ones,
      prices: ones.map((_, i) => base ** i),
      gamma: 0.997,
    });
    cases.push(spread(100), spread(0.01), spread(1 + 1e-9), spread(1.003), spread(1 / 0.997));
    const outputs = run(wasm, fullProgram(n), cases);
    cases.forEach((c, s) => {
      const after = at(outputs, 'out.reserves', cases.length, s);
      for (const r of after) expect(r).toBeGreaterThan(0);
      if (s >= 7 * gammas.length) return;
      for (const [i, r] of after.entries()) expect(Math.abs(r / c.reserves[i] - 1)).toBeLessThan(2e-15);
    });
  });

  it.each(sizes)('of %i assets has the same bits on wasm, also for odd numbers of lanes', (n) => {
    agree(wasm, fullProgram(n), inputsOf(randomCases(n, 101, 31)));
  });
});

describe('the cost of an order', () => {
  const costs = (weights: number[], fee: number, size: number): number[] => {
    const program = trace('cost', () => {
      const { cost } = orderCost(
        weights.map((w) => constant(w)),
        load(buffer('set', 'fee', 1), 0),
        constant(size),
      );
      emit(buffer('output', 'cost', 1), 0, cost);
    });
    const inputs: Inputs = { sets: 1, windows: 1, run: {}, window: {}, buffers: { fee: Float64Array.of(fee) } };
    return [...reference.compile(program).run(inputs).cost];
  };
  /** Slippage of a swap done in plain numbers: pay `size` of a pool worth 1 and see what comes out. */
  const swapped = (w: number[], i: number, j: number, size: number) =>
    1 - (w[j] * (1 - (w[i] / (w[i] + size)) ** (w[i] / w[j]))) / size;

  it('is fee + 2ε/(1 + 2ε) in a constant-product pool', () => {
    for (const size of [1e-4, 0.01, 0.2]) {
      expect(costs([0.5, 0.5], 0.003, size)[0]).toBeCloseTo(0.003 + constantProductSlippage(size), 12);
    }
  });

  it('is the mean over neighbours, both ways', () => {
    const [two, three] = [
      [0.8, 0.2],
      [0.5, 0.3, 0.2],
    ];
    expect(costs(two, 0, 0.01)[0]).toBeCloseTo((swapped(two, 0, 1, 0.01) + swapped(two, 1, 0, 0.01)) / 2, 12);
    const pairs = [0, 1, 2].flatMap((i) => [
      swapped(three, i, (i + 1) % 3, 0.02),
      swapped(three, (i + 1) % 3, i, 0.02),
    ]);
    expect(costs(three, 0.001, 0.02)[0]).toBeCloseTo(0.001 + pairs.reduce((a, b) => a + b, 0) / 6, 12);
  });
});
