/** What arbitrage of geometric-mean pools costs beside the fee: closed forms, enumeration, conservation, gradients. */
import { describe, expect, it } from 'vitest';
import { arbitrage } from '../../kernels/pools/geometric.js';
import { adjoint, buffer, emit, load, type Program, trace } from '../../src/graph/index.js';
import { dot } from '../../src/rollout/functions.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs, Outputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { agree } from '../targets/agreement.js';
import { bruteForce, type Case } from './geometric-brute.js';
import { at, columns, randomCases, worthOf } from './geometric-cases.js';

const sizes = [2, 3, 5, 8];

interface Costly extends Case {
  readonly gas: number;
  readonly outside: number;
}

/** Inputs as of a case program, and the costs; outputs: what is done, what the pool loses by it, and its fees. */
const costly = (n: number, gate = 0): Program =>
  trace('costly', () => {
    const assets = (name: string) => {
      const b = buffer('set', name, n, { differentiable: true });
      return Array.from({ length: n }, (_, i) => load(b, i));
    };
    const scalar = (name: string) => load(buffer('set', name, 1, { differentiable: true }), 0);
    const [reserves, weights, prices] = ['reserves', 'weights', 'prices'].map(assets);
    const costs = { outsideFee: scalar('outside'), gas: scalar('gas'), gate };
    const got = arbitrage(reserves, weights, prices, scalar('gamma').neg().add(1), costs);
    for (const name of ['delta', 'reserves'] as const) {
      const out = buffer('output', name === 'delta' ? name : 'after', n);
      got[name].forEach((x, i) => {
        emit(out, i, x);
      });
    }
    emit(buffer('output', 'profit', 1), 0, dot(got.delta, prices).neg());
    emit(buffer('output', 'fees', 1), 0, got.fees);
  });

const inputsOf = (cases: readonly Costly[]): Inputs => ({
  sets: cases.length,
  windows: 1,
  run: {},
  window: {},
  buffers: {
    reserves: columns(cases.map((c) => c.reserves)),
    weights: columns(cases.map((c) => c.weights)),
    prices: columns(cases.map((c) => c.prices)),
    gamma: Float64Array.from(cases, (c) => c.gamma),
    gas: Float64Array.from(cases, (c) => c.gas),
    outside: Float64Array.from(cases, (c) => c.outside),
  },
});

function run(program: Program, cases: readonly Costly[]): Outputs {
  const executable = wasm.compile(program, { threads: 1 });
  const outputs = executable.run(inputsOf(cases));
  executable.dispose();
  return outputs;
}

/** Outside fees of random pools. */
const OUTSIDE = [0, 1e-4, 2e-3];

/** Random pools whose best trade gains something, and gas of `share` of what it gains. */
const gainful = (
  n: number,
  count: number,
  share: (k: number) => number,
  least = 1e-7,
): (Costly & { readonly best: number })[] =>
  randomCases(n, count, 41)
    .map((c, k) => ({ ...c, outside: OUTSIDE[k % OUTSIDE.length] }))
    .map((c) => ({ ...c, best: bruteForce(c).profit }))
    // what amounts gain is what is left when they cancel: their rounding, 1e-16 of the value, is 1e-9 of it
    .filter((c) => c.best > least * worthOf(c))
    .map((c, k) => ({ ...c, gas: share(k) * c.best }));

/** Sizes that enumeration of 3ⁿ signatures copes with. */
const few = [2, 3, 5];

describe('gas', () => {
  // V/2 of each asset, one price times e^m, no fee: the arbitrageur gains V/2·(e^(m/2) − 1)²
  it('of a constant product decides at V/2·(e^(m/2) − 1)²', () => {
    const moves = [-0.3, -0.01, -1e-3, 1e-3, 0.02, 0.7];
    const cases = moves.flatMap((m) =>
      [1 - 1e-9, 1 + 1e-9].map((f): Costly => {
        const gas = f * 500 * Math.expm1(m / 2) ** 2;
        return { reserves: [5, 250], weights: [0.5, 0.5], prices: [100 * Math.exp(m), 2], gamma: 1, gas, outside: 0 };
      }),
    );
    const { profit } = run(costly(2), cases);
    moves.forEach((m, k) => {
      expect(profit[2 * k] / (500 * Math.expm1(m / 2) ** 2)).toBeCloseTo(1, 9);
      expect(Math.abs(profit[2 * k + 1])).toBe(0);
    });
  });

  it.each(few)('of %i assets: the best trade, or none where that gains less', (n) => {
    const cases = gainful(n, 200, (k) => [0, 0.5, 0.999999, 1.000001, 2, 1e6][k % 6]);
    expect(cases.length).toBeGreaterThan(80);
    const outputs = run(costly(n), cases);
    cases.forEach((c, s) => {
      const { delta } = bruteForce(c);
      at(outputs, 'delta', cases.length, s).forEach((d, i) => {
        const wanted = c.gas < c.best ? delta[i] : 0;
        expect((Math.abs(d - wanted) * c.prices[i]) / worthOf(c)).toBeLessThan(1e-12);
        if (c.gas > c.best) expect(d).toBe(0);
      });
      if (c.gas > c.best) expect(outputs.fees[s]).toBe(0);
    });
  });

  it.each(few)('of %i assets through a gate: the share 1/(1 + exp((1 − profit/gas)/δ)) of the best trade', (n) => {
    const gate = 0.2;
    const cases = gainful(n, 200, (k) => [1e-3, 0.5, 0.9, 1, 1.1, 2, 50][k % 7]);
    const outputs = run(costly(n, gate), cases);
    cases.forEach((c, s) => {
      const share = 1 / (1 + Math.exp((1 - c.best / c.gas) / gate));
      // by how much rounding of the profit, here and in the enumeration, 1e-14 of the value, moves the share
      const moved = (share * (1 - share) * 1e-14 * worthOf(c)) / (gate * c.gas);
      const { delta } = bruteForce(c);
      at(outputs, 'delta', cases.length, s).forEach((d, i) => {
        const error = Math.abs(d - share * delta[i]) - moved * Math.abs(delta[i]);
        expect((error * c.prices[i]) / worthOf(c)).toBeLessThan(1e-12);
      });
    });
  });

  it.each(sizes)('of %i assets: the more of it, the less is gained; the whole trade without it', (n) => {
    const gases = [0, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 10];
    for (const gate of [0, 0.1, 1]) {
      for (const c of randomCases(n, 20, 5)) {
        const value = worthOf(c);
        const { profit } = run(
          costly(n, gate),
          gases.map((g) => ({ ...c, gas: g * value, outside: 5e-4 })),
        );
        for (let k = 1; k < gases.length; k++) expect(profit[k]).toBeLessThanOrEqual(profit[k - 1] + 1e-15 * value);
        expect(Math.min(...profit)).toBeGreaterThan(-1e-15 * value);
        // e^−10 is left of a trade at a gate of .1, a step leaves nothing
        expect(profit[gases.length - 1]).toBeLessThanOrEqual(gate === 0 ? 0 : profit[0]);
      }
    }
  });

  it.each(
    sizes,
  )('of %i assets: value is conserved, fees are those of what is paid in, the invariant never falls', (n) => {
    for (const gate of [0, 0.3]) {
      const cases = randomCases(n, 150, 13).map((c, k) => ({
        ...c,
        gas: [0, 1e-8, 1e-5][k % 3] * worthOf(c),
        outside: OUTSIDE[(k >> 2) % OUTSIDE.length],
      }));
      const outputs = run(costly(n, gate), cases);
      let traded = 0;
      cases.forEach((c, s) => {
        const value = worthOf(c);
        const worth = (xs: readonly number[]) => xs.reduce((sum, x, i) => sum + x * c.prices[i], 0);
        const [after, delta] = ['after', 'delta'].map((name) => at(outputs, name, cases.length, s));
        if (delta.some((d) => d !== 0)) traded++;
        expect(Math.abs(worth(after) - value + outputs.profit[s]) / value).toBeLessThan(1e-14);
        const paid = worth(delta.map((d) => Math.max(d, 0)));
        expect(Math.abs(outputs.fees[s] - (1 - c.gamma) * paid) / value).toBeLessThan(1e-15);
        // a part of a trade moves inwards of the curve, which is convex
        const grown = delta.reduce((sum, d, i) => sum + c.weights[i] * Math.log1p(d / c.reserves[i]), 0);
        expect(grown).toBeGreaterThan(-2e-15);
      });
      expect(traded).toBeGreaterThan(30);
    }
  });

  it.each(few)('of %i assets: gradients through a gate agree with central differences', (n) => {
    const gate = 0.2;
    const cases = gainful(n, 60, (k) => [0.7, 0.9, 1, 1.15, 1.4][k % 5], 1e-4).slice(0, 25);
    const forward = costly(n, gate);
    const executable = reference.compile(
      adjoint(forward, { wrt: ['gas', 'outside', 'gamma', 'reserves'], seeds: { profit: 'one' } }),
    );
    const given = inputsOf(cases);
    const back = executable.run(given);
    const plain = reference.compile(forward);
    for (const name of ['gas', 'outside', 'gamma', 'reserves']) {
      const x = given.buffers[name];
      x.forEach((middle, k) => {
        const s = k % cases.length;
        // in units of the input, so that all steps are relative ones
        const wanted = derivative((factor) => {
          const moved = x.slice();
          moved[k] = middle * factor;
          return plain.run({ ...given, buffers: { ...given.buffers, [name]: moved } }).profit[s] / cases[s].best;
        }, 1);
        const got = (back[`d.${name}`][k] * middle) / cases[s].best;
        expect(Math.abs(got - wanted)).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted)));
        if (name === 'gas') expect(got).toBeLessThan(-0.01);
      });
    }
  });

  it('has no gradient as a step, and only finite ones with a gate, also where it is 0', () => {
    for (const gate of [0, 0.1]) {
      const cases = randomCases(3, 60, 17).map((c, k) => ({
        ...c,
        gas: k % 2 === 0 ? 0 : 1e-6 * worthOf(c),
        outside: 1e-4,
      }));
      const executable = wasm.compile(
        adjoint(costly(3, gate), { wrt: ['gas', 'outside', 'gamma', 'reserves'], seeds: { profit: 'one' } }),
        { threads: 1 },
      );
      const back = executable.run(inputsOf(cases));
      executable.dispose();
      for (const got of Object.values(back)) expect(got.every(Number.isFinite)).toBe(true);
      expect('d.gas' in back).toBe(gate > 0);
    }
  });

  it.each(sizes)('of %i assets has the same bits on wasm, with its gradient', (n) => {
    const cases = randomCases(n, 41, 31).map((c, k) => ({
      ...c,
      gas: (k % 4) * 1e-6 * worthOf(c),
      outside: (k % 3) * 1e-3,
    }));
    for (const gate of [0, 0.25]) {
      agree(
        wasm,
        adjoint(costly(n, gate), { wrt: ['gas', 'outside', 'reserves'], seeds: { profit: 'one' } }),
        inputsOf(cases),
      );
    }
  });
});

describe('the outside fee', () => {
  // n = 2: γ_τ·max q > min q, and R′ = √(k·p′/p·γ_τ) with γ_τ = γ(1 − τ/2)/(1 + τ/2)
  it('of a constant product: the closed form of trade and band', () => {
    const [gamma, outside] = [0.997, 0.002];
    const band = (gamma * (1 - outside / 2)) / (1 + outside / 2);
    const moves = [1.0001, 0.9999, 1.1, 0.8].map((f) => f / band);
    const cases = [...moves, ...moves.map((m) => 1 / m)].map(
      (m): Costly => ({ reserves: [5, 250], weights: [0.5, 0.5], prices: [100 * m, 2], gamma, outside, gas: 0 }),
    );
    const outputs = run(costly(2), cases);
    cases.forEach((c, s) => {
      const [dx, dy] = at(outputs, 'delta', cases.length, s);
      const m = c.prices[0] / 100;
      const k = 5 * 250;
      if (m * band > 1) {
        // Y is paid in, X taken out: p_x(1 − τ/2)·x² = k·p_y(1 + τ/2)/γ
        const x = Math.sqrt((k * 2) / (c.prices[0] * band));
        expect(dx).toBeCloseTo(x - 5, 12);
        expect(dy).toBeCloseTo((k / x - 250) / gamma, 10);
      } else if (m < band) {
        const y = Math.sqrt((k * c.prices[0]) / (2 * band));
        expect(dy).toBeCloseTo(y - 250, 10);
        expect(dx).toBeCloseTo((k / y - 5) / gamma, 12);
      } else {
        expect([dx, dy]).toEqual([0, 0]);
      }
    });
    expect(Array.from(cases, (_, s) => at(outputs, 'delta', cases.length, s)[0] !== 0)).toEqual([
      ...[true, false, true, true],
      ...[true, false, true, true],
    ]);
  });

  it.each(few)('of %i assets: the best of all signatures', (n) => {
    const cases = randomCases(n, 300, 53).map((c, k) => ({ ...c, gas: 0, outside: [1e-5, 1e-3, 0.02][k % 3] }));
    const outputs = run(costly(n), cases);
    let trades = 0;
    cases.forEach((c, s) => {
      const best = bruteForce(c);
      if (best.profit > 0) trades++;
      at(outputs, 'delta', cases.length, s).forEach((d, i) => {
        expect((Math.abs(d - best.delta[i]) * c.prices[i]) / worthOf(c)).toBeLessThan(1e-12);
      });
    });
    expect(trades).toBeGreaterThan(100);
    expect(trades).toBeLessThan(300);
  });

  it.each(sizes)('of %i assets: the more of it, the less is gained', (n) => {
    const fees = [0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1];
    for (const c of randomCases(n, 30, 59)) {
      const value = worthOf(c);
      const cases = fees.map((outside) => ({ ...c, gas: 0, outside }));
      const outputs = run(costly(n), cases);
      const gained = cases.map(({ outside }, s) =>
        at(outputs, 'delta', cases.length, s).reduce(
          (sum, d, i) => sum - d * c.prices[i] * (1 + (Math.sign(d) * outside) / 2),
          0,
        ),
      );
      for (let k = 1; k < fees.length; k++) {
        expect(gained[k]).toBeLessThanOrEqual(gained[k - 1] + 1e-15 * value);
        expect(outputs.profit[k]).toBeLessThanOrEqual(outputs.profit[k - 1] + 1e-15 * value);
      }
      expect(Math.min(...gained)).toBeGreaterThan(-1e-15 * value);
    }
  });

  it.each(few)('of %i assets: gradient of the trade agrees with central differences', (n) => {
    const cases = randomCases(n, 80, 61)
      .map((c, k) => ({ ...c, gas: 0, outside: [5e-4, 3e-3][k % 2] }))
      .filter((c) => bruteForce(c).profit > 1e-4 * worthOf(c));
    expect(cases.length).toBeGreaterThan(10);
    const given = inputsOf(cases);
    const back = reference
      .compile(adjoint(costly(n), { wrt: ['outside', 'gamma'], seeds: { profit: 'one' } }))
      .run(given);
    const plain = reference.compile(costly(n));
    for (const name of ['outside', 'gamma']) {
      cases.forEach((c, s) => {
        const wanted = derivative((x) => {
          const moved = given.buffers[name].slice();
          moved[s] = x;
          return plain.run({ ...given, buffers: { ...given.buffers, [name]: moved } }).profit[s] / worthOf(c);
        }, given.buffers[name][s]);
        const got = back[`d.${name}`][s] / worthOf(c);
        expect(Math.abs(got - wanted)).toBeLessThan(1e-6 * Math.max(1, Math.abs(wanted)));
        expect(name === 'outside' ? -got : got).toBeGreaterThan(0);
      });
    }
  });
});
