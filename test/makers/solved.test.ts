/** The maker's problem: closed forms against each other in their limits, and against other routes to the same numbers. */
import { describe, expect, it } from 'vitest';
import {
  avellanedaStoikov,
  baseOffset,
  type ExponentialUtility,
  linearEquivalent,
  utilityClosedForm,
  utilityOffsets,
} from '../../src/makers/exponential-utility.js';
import { valuesAt } from '../../src/makers/horizon.js';
import { integrate } from '../../src/makers/integrate.js';
import { solveLinear, squareRoot, times, transpose } from '../../src/makers/linear.js';
import { flowsOf, longRun, policyFor, valueOfPolicy } from '../../src/makers/long-run.js';
import { gridIndex, type MarketState, manyAssets, type SingleAsset, singleAsset } from '../../src/makers/problem.js';
import { offsetsBySide, tablePolicy } from '../../src/makers/quotes.js';
import { quadraticLaws, quadraticOffsets, stationaryLaw, stationarySlope } from '../../src/makers/riccati.js';

const calm: MarketState = {
  lambdaBid: 1.2,
  lambdaAsk: 1.2,
  kappaBid: 1.8,
  kappaAsk: 1.8,
  phi: 0.015,
  drift: 0,
  jumpBid: 0,
  jumpAsk: 0,
};
const market = (state: Partial<MarketState> = {}, rest: Partial<SingleAsset> = {}): SingleAsset => ({
  qMin: -7,
  qMax: 7,
  alpha: 0,
  states: [{ ...calm, ...state }],
  generator: [[0]],
  ...rest,
});
const centre = (m: SingleAsset) => -m.qMin;
const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

describe('with an end', () => {
  it('the matrix exponential and the differential equation agree', () => {
    const m = market({ drift: 0.03, jumpBid: 0.05, jumpAsk: 0.02 }, { alpha: 0.04, rebate: 0.01 });
    const problem = singleAsset(m);
    const [linear] = valuesAt(problem, [6]);
    // the same market twice, moving between its two names: not linear, so integrated
    const doubled = singleAsset({
      ...m,
      states: [m.states[0], m.states[0]],
      generator: [
        [-1, 1],
        [1, -1],
      ],
    });
    const [integrated] = valuesAt(doubled, [6]);
    expect(largest(integrated.subarray(0, linear.length), linear)).toBeLessThan(1e-11);
  });
  it('a spread of values that no double holds is integrated instead', () => {
    const [h] = valuesAt(singleAsset(market({ phi: 40, kappaBid: 30, kappaAsk: 30 })), [5]);
    expect(h.every(Number.isFinite)).toBe(true);
    const { h: relative } = longRun(singleAsset(market({ phi: 40, kappaBid: 30, kappaAsk: 30 })), 7);
    expect(h[3] - h[7]).toBeCloseTo(relative[3], 8);
  });
  it('h is the terminal penalty at the end and grows by the long-run value far from it', () => {
    const m = market({ lambdaAsk: 0.9, drift: 0.01 }, { alpha: 0.1 });
    const problem = singleAsset(m);
    const [end, far, farther] = valuesAt(problem, [0, 400, 401]);
    expect(
      largest(
        end,
        Array.from({ length: 15 }, (_, i) => -0.1 * (i - 7) ** 2),
      ),
    ).toBeLessThan(1e-15);
    const { value, h } = longRun(problem, centre(m));
    expect(farther[7] - far[7]).toBeCloseTo(value, 10);
    expect(
      largest(
        far.map((x) => x - far[7]),
        h,
      ),
    ).toBeLessThan(1e-9);
  });
  it('one inventory only: nothing is quoted, and the penalty runs', () => {
    const problem = singleAsset(market({}, { qMin: 3, qMax: 3, alpha: 0.2 }));
    expect(valuesAt(problem, [5])[0][0]).toBeCloseTo(-0.2 * 9 - 0.015 * 9 * 5, 12);
    expect(offsetsBySide(problem, [0])).toEqual({ bid: [null], ask: [null] });
  });
  it('an unlimited rate of taking is refused', () => {
    const problem = singleAsset(market({}, { taker: { rate: Number.POSITIVE_INFINITY, cost: 0.1 } }));
    expect(() => valuesAt(problem, [1])).toThrow(/finite rate of taking/);
  });
});

describe('the long run', () => {
  it('is the largest eigenvalue over κ: no penalty, limits only, (2λ/(eκ))cos(π/(2N + 2))', () => {
    const { value } = longRun(singleAsset(market({ phi: 0 })), 7);
    expect(value).toBeCloseTo(((2 * 1.2) / (Math.E * 1.8)) * Math.cos(Math.PI / 16), 13);
  });
  it('no quote of its table can be changed for the better, and the parts of its income add up', () => {
    const m = market(
      { lambdaAsk: 1, kappaAsk: 2.2, jumpBid: 0.04, jumpAsk: 0.06, drift: 0.01 },
      { rebate: 0.02, minOffset: 0.1, taker: { rate: 3, cost: 0.25 } },
    );
    const problem = singleAsset(m);
    const { value, policy } = longRun(problem, centre(m));
    const f = flowsOf(problem, policy, 0.02);
    expect(f.captured - f.adverse - f.takerCost + f.held).toBeCloseTo(value, 12);
    expect(f.law.reduce((a, b) => a + b)).toBeCloseTo(1, 13);
    expect(f.taken).toBeGreaterThan(0);
    for (const i of [0, 3, 7, 12]) {
      for (const by of [-0.02, 0.02]) {
        const offsets = policy.offsets.map((row, k) => (k === i ? row.map((x) => x + by) : row));
        expect(valueOfPolicy(problem, { ...policy, offsets }).value).toBeLessThan(value + 1e-15);
      }
      const taking = policy.taking.map((row, k) => (k === i ? row.map((x) => 3 - x) : row));
      expect(valueOfPolicy(problem, { ...policy, taking }).value).toBeLessThan(value);
    }
  });
  it('an unlimited rate of taking is the limit of large ones, and one that never pays changes nothing', () => {
    const at = (rate: number, cost: number) => longRun(singleAsset(market({}, { taker: { rate, cost } })), 7).value;
    const unlimited = at(Number.POSITIVE_INFINITY, 0.1);
    expect(unlimited).toBeGreaterThan(at(1e4, 0.1));
    expect(at(1e6, 0.1)).toBeCloseTo(unlimited, 6);
    expect(at(Number.POSITIVE_INFINITY, 50)).toBeCloseTo(longRun(singleAsset(market()), 7).value, 14);
  });
  it('equal adverse selection on both sides is a rebate of its size, taken away', () => {
    const jump = longRun(singleAsset(market({ jumpBid: 0.07, jumpAsk: 0.07 })), 7);
    const fee = longRun(singleAsset(market({}, { rebate: -0.07 })), 7);
    expect(jump.value).toBeCloseTo(fee.value, 13);
  });
  it('states that are never left have no one long-run value; of those that lead elsewhere it is the value there', () => {
    const states = [calm, { ...calm, lambdaBid: 2, lambdaAsk: 2 }];
    const value = (generator: number[][]) => longRun(singleAsset({ ...market(), states, generator }), 7).value;
    expect(() =>
      value([
        [0, 0],
        [0, 0],
      ]),
    ).toThrow(/no one solution/);
    expect(
      value([
        [0, 0],
        [1, -1],
      ]),
    ).toBeCloseTo(longRun(singleAsset(market()), 7).value, 12);
    const slow = value([
      [-1e-7, 1e-7],
      [1e-7, -1e-7],
    ]);
    const alone = longRun(singleAsset({ ...market(), states: [states[1]] }), 7).value;
    expect(slow).toBeCloseTo((longRun(singleAsset(market()), 7).value + alone) / 2, 6);
  });
  it('holds where the penalty is huge or the range wide', () => {
    for (const [phi, q, kappa] of [
      [100, 20, 50],
      [1, 50, 2],
      [1e-3, 100, 0.1],
    ]) {
      const m = market({ phi, kappaBid: kappa, kappaAsk: kappa }, { qMin: -q, qMax: q });
      const problem = singleAsset(m);
      const { value, policy, rounds } = longRun(problem, q);
      expect(rounds).toBeLessThan(60);
      expect(valueOfPolicy(problem, policy, q).value).toBeCloseTo(value, 10);
    }
  });
  it('a floor under the offsets is kept, and costs', () => {
    const free = longRun(singleAsset(market({ phi: 0.1 })), 7);
    const problem = singleAsset(market({ phi: 0.1 }, { minOffset: 0.3 }));
    const { value, h, policy } = longRun(problem, 7);
    expect(Math.min(...policy.offsets.flat())).toBe(0.3);
    expect(value).toBeLessThan(free.value);
    expect(policyFor(problem, h).offsets).toEqual(policy.offsets);
  });
});

describe('exponential utility', () => {
  const u: ExponentialUtility = { A: 0.9, k: 0.7, sigma: 0.4, gamma: 0.05, qMax: 12 };
  it('for γ → 0 at fixed γσ² is the linear case with φ = γσ²/2', () => {
    const gamma = 1e-7;
    const near = { ...u, gamma, sigma: Math.sqrt((2 * 0.015) / gamma), A: 1.2, k: 1.8, qMax: 7 };
    const { h } = longRun(singleAsset(linearEquivalent(near)), 7);
    const plain = longRun(singleAsset(market()), 7);
    const { bid } = utilityOffsets(near, h);
    expect(
      largest(bid.slice(0, -1) as number[], offsetsBySide(singleAsset(market()), plain.h).bid as number[]),
    ).toBeLessThan(1e-7);
    expect(baseOffset({ gamma: 0, k: 1.8 })).toBeCloseTo(1 / 1.8, 15);
  });
  it('its closed form is near the optimum where the limits are far', () => {
    const wide = { ...u, qMax: 40 };
    const { h } = longRun(singleAsset(linearEquivalent(wide)), 40);
    const { bid } = utilityOffsets(wide, h);
    const { base, slope } = utilityClosedForm(wide);
    for (const q of [0, 1]) expect(bid[40 + q]).toBeCloseTo(base + ((2 * q + 1) / 2) * slope, 2);
  });
  it('without time left is the law of Avellaneda and Stoikov', () => {
    const [h] = valuesAt(singleAsset(linearEquivalent(u)), [0]);
    const { bid, ask } = utilityOffsets(u, h);
    const as = avellanedaStoikov(u, 4, 0);
    expect([bid[16], ask[16]]).toEqual([as.bid, as.ask]);
    // and just before, to first order in the time left, that of the frozen inventory
    const [soon] = valuesAt(singleAsset(linearEquivalent(u)), [1e-6]);
    const early = avellanedaStoikov(u, 4, 1e-6);
    expect((utilityOffsets(u, soon).bid[16]! - bid[16]!) / (early.bid - as.bid)).toBeCloseTo(1, 4);
  });
});

describe('several assets', () => {
  const asset = { ...calm, qMin: -4, qMax: 4 };
  const zero = [
    [0, 0],
    [0, 0],
  ];
  it('without covariance are so many single ones', () => {
    const assets = [asset, { ...asset, lambdaBid: 0.5, lambdaAsk: 0.6, kappaBid: 1.1, kappaAsk: 1.1, drift: 0.02 }];
    const both = longRun(
      manyAssets({
        assets,
        risk: [
          [0.015, 0],
          [0, 0.03],
        ],
        terminal: zero,
      }),
      40,
    );
    const single = assets.map((a, i) =>
      longRun(singleAsset(market({ ...a, phi: [0.015, 0.03][i] }, { qMin: -4, qMax: 4 })), 4),
    );
    expect(both.value).toBeCloseTo(single[0].value + single[1].value, 12);
    const at = gridIndex(assets, [2, -1]);
    expect(both.h[at]).toBeCloseTo(single[0].h[6] + single[1].h[3], 12);
  });
  it('of one asset is the single one; correlation moves the quotes of the other', () => {
    const one = manyAssets({ assets: [asset], risk: [[0.015]], terminal: [[0.1]] });
    expect(
      largest(valuesAt(one, [3])[0], valuesAt(singleAsset(market({}, { qMin: -4, qMax: 4, alpha: 0.1 })), [3])[0]),
    ).toBeLessThan(1e-13);
    const risk = [
      [0.02, 0.015],
      [0.015, 0.02],
    ];
    const problem = manyAssets({ assets: [asset, asset], risk, terminal: zero });
    const { h } = longRun(problem, 40);
    const { bid, ask } = offsetsBySide(problem, h, 1);
    const long = gridIndex([asset, asset], [3, 0]);
    expect(bid[long]!).toBeGreaterThan(bid[40]!);
    expect(ask[long]!).toBeLessThan(ask[40]!);
  });
  it('the quadratic approximation is exact to first order around no penalty, and its stationary law is the limit', () => {
    const q = {
      lambda: [1.2, 0.6],
      kappa: [1.8, 1.1],
      R: [
        [0.02, 0.012],
        [0.012, 0.015],
      ],
      K: zero,
      Z: [
        [0.5, 0.1],
        [0, 0.3],
      ],
    };
    const [far] = quadraticLaws(q, [300]);
    const limit = stationaryLaw(q);
    expect(largest(far.A.flat(), limit.A.flat())).toBeLessThan(1e-11);
    expect(largest(far.B.flat(), limit.B.flat())).toBeLessThan(1e-10);
    const alone = stationaryLaw({ lambda: [1.2], kappa: [1.8], R: [[0.015]], K: [[0]] });
    expect(alone.A[0][0]).toBeCloseTo(stationarySlope(1.2, 1.8, 0.015), 15);
    const law = quadraticOffsets({ kappa: [1.8] }, alone, [2], [0]);
    const m = market({}, { qMin: -20, qMax: 20 });
    const exact = offsetsBySide(singleAsset(m), longRun(singleAsset(m), 20).h);
    expect(law.bid[0]).toBeCloseTo(exact.bid[22]!, 1);
    const table = {
      bid: Array.from({ length: 41 }, (_, i) =>
        i < 40 ? quadraticOffsets({ kappa: [1.8] }, alone, [i - 20], [0]).bid[0] : null,
      ),
      ask: Array.from({ length: 41 }, (_, i) =>
        i > 0 ? quadraticOffsets({ kappa: [1.8] }, alone, [i - 20], [0]).ask[0] : null,
      ),
    };
    const worth = valueOfPolicy(singleAsset(m), tablePolicy(singleAsset(m), table), 20).value;
    expect(worth / longRun(singleAsset(m), 20).value).toBeGreaterThan(0.999);
    expect(() => tablePolicy(singleAsset(m), { bid: [], ask: [] })).toThrow(/a bid in state 0/);
  });
});

describe('beneath', () => {
  it('a differential equation to rounding, across kinks', () => {
    const [y] = integrate(
      (t, x, out) => {
        out[0] = -x[0] * t + Math.cos(t);
      },
      [1],
      [2],
    );
    const [fine] = integrate(
      (t, x, out) => {
        out[0] = -x[0] * t + Math.cos(t);
      },
      [1],
      [0.5, 1, 1.5, 2],
    ).slice(-1);
    expect(y[0]).toBeCloseTo(fine[0], 12);
    // y′ = max(y − 1, 0) + 1: 1 + t until y = 1, then e^t
    const [kink] = integrate(
      (_, x, out) => {
        out[0] = Math.max(x[0] - 1, 0) + 1;
      },
      [0],
      [2],
    );
    expect(kink[0]).toBeCloseTo(Math.E, 10);
    expect(() =>
      integrate(
        (_, x, out) => {
          out[0] = x[0] ** 2;
        },
        [1],
        [2],
      ),
    ).toThrow(/none beyond 0\.99/);
  });
  it('linear systems and roots of matrices', () => {
    expect(
      solveLinear(
        [
          [0, 2, 1],
          [1e-9, 1, 0],
          [3, 0, 1],
        ],
        [5, 1, 4],
      ).map((x) => Math.round(x * 1e6) / 1e6),
    ).toEqual([0.333333, 1, 3]);
    const a = [
      [4, 1, 0.5],
      [1, 3, -1],
      [0.5, -1, 2],
    ];
    const root = squareRoot(a);
    expect(largest(times(root, root).flat(), a.flat())).toBeLessThan(1e-14);
    expect(largest(root.flat(), transpose(root).flat())).toBeLessThan(1e-15);
  });
});
