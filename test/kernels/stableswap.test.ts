/** StableSwap pools: the curve against figures of 60 digits, its limits, what it is centred at. */
import { describe, expect, it } from 'vitest';
import { constantWeight } from '../../kernels/pools/constant-weight.js';
import { orderCost } from '../../kernels/pools/geometric.js';
import {
  atPrice,
  atReserves,
  between,
  find,
  outFor,
  place,
  reservesAt,
  shapeOf,
} from '../../kernels/pools/stableswap/curve.js';
import { stableswap } from '../../kernels/pools/stableswap.js';
import { constant, type Expr } from '../../src/graph/index.js';
import { MINUTES } from '../../src/rollout/clock.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { columns, compute } from './hmm-programs.js';

/**
 * A, x, y, and what follows from A·n·Σx + D = A·n·D + D³/(4xy), by bisection in 60 digits: D, the price of x in y, and two
 * amounts of x paid in, each with what it buys of y.
 */
const FIGURES = [
  [100, 1, 1, 2.0, 1.0, 1e-7, 9.999999990099009e-8, 0.4, 0.3981321829470266],
  [100, 1.5, 0.5, 1.996715821544259, 0.9827669445847061, 1.5e-7, 1.4741504081603486e-7, 0.6, 0.4674942070863662],
  [
    2000, 1.9, 0.1, 1.9978762643869576, 0.9757838270326498, 1.8999999999999998e-7, 1.8539891879833594e-7, 0.76,
    0.09971734785434976,
  ],
  [
    2000, 1.0000001, 1, 2.0000001, 0.999999999950025, 1.0000001e-7, 1.00000009990005e-7, 0.40000004,
    0.39990489623402636,
  ],
  [0.001, 3, 1, 3.464636854227277, 0.33371783326661025, 3e-7, 1.0011533997420992e-7, 1.2, 0.28609080229391753],
  [1, 1, 20, 13.206686735281462, 8.952414647111132, 1e-7, 8.952414016992329e-7, 0.4, 2.823170722870023],
  [10, 0.3, 0.9, 1.1825648533167485, 1.1568016785886697, 3e-8, 3.470404981922002e-8, 0.12, 0.13243907056606674],
  [
    1000000.0, 1.7, 0.3, 1.9999990392180316, 0.999994617497762, 1.7e-7, 1.699990849740814e-7, 0.6799999999999999,
    0.29999889430507604,
  ],
  [50, 0.001, 4, 1.5749795723991666, 1516.8316401475277, 1e-10, 1.5168315242194736e-7, 0.0004, 0.4673249994466445],
  [200, 2, 2.02, 4.019999752475293, 1.0000495073800326, 2e-7, 2.0000990137697716e-7, 0.8, 0.7981818112668058],
];
const NAMES = ['A', 'x', 'y', 'D', 'price', 'paid', 'out', 'paid2', 'out2'];
const figure = (name: string): number[] => FIGURES.map((row) => row[NAMES.indexOf(name)]);
const FIGURE_COLUMNS = columns(Object.fromEntries(NAMES.map((name) => [name, figure(name)])));
const largest = (got: Float64Array, wanted: readonly number[]) =>
  Math.max(...wanted.map((w, i) => Math.abs(got[i] / w - 1)));

const context = (value: Readonly<Record<string, Expr | number>>, settings = {}): ModelContext => ({
  n: 2,
  clock: MINUTES,
  value: Object.fromEntries(
    Object.entries({ A: 100, peg: 1, fee: 0, ...value }).map(([key, x]) => [
      key,
      [typeof x === 'number' ? constant(x) : x],
    ]),
  ),
  raw: {},
  settings: { centre: 0, arbitrageEvery: 1, arbitrageCosts: 0, gasGate: 0, protocolShare: 0, ...settings },
});
const at = (...prices: (Expr | number)[]) => ({
  prices: prices.map((p) => (typeof p === 'number' ? constant(p) : p)),
  weights: [],
});

describe('the invariant', () => {
  it('is found from reserves, with its price and its swaps, to the last digits', () => {
    const got = compute(FIGURE_COLUMNS, (v) => {
      const shape = shapeOf(v.A);
      const here = place(shape, find(shape, { ...atReserves(v.x, v.y), start: constant(0) }));
      const d = v.x.add(v.y).div(here.sum);
      const { x, y } = reservesAt(here);
      const bend = shape.k.div(here.z.square().mul(2));
      const out = (paid: Expr) => outFor(shape, here.z, v.x.div(d), v.y.div(d), paid.div(d)).mul(d);
      return {
        D: d,
        x: x.mul(d),
        y: y.mul(d),
        price: y.mul(2).add(bend).div(x.mul(2).add(bend)),
        out: out(v.paid),
        out2: out(v.paid2),
      };
    });
    // a place is known to rounding of the sum of the reserves, which is more where one of them is small
    FIGURES.forEach((_, i) => {
      const [x, y] = [figure('x')[i], figure('y')[i]];
      for (const name of ['D', 'x', 'y', 'price', 'out', 'out2'] as const) {
        expect(Math.abs(got[name][i] / figure(name)[i] - 1), `${name} of ${i}`).toBeLessThan(
          (1e-15 * (x + y)) / Math.min(x, y),
        );
      }
    });
  });

  it('has the place that a price asks for, whatever the price and wherever the search begins', () => {
    const lanes = [1e-3, 0.1, 1, 30, 2000, 1e6].flatMap((A) =>
      [1e-3, 0.2, 0.9, 0.999, 1 - 1e-9, 1, 1.0001, 1.05, 3, 800].flatMap((p) =>
        [-40, -0.5, 0, 1, 7].map((start) => ({ A, p, start })),
      ),
    );
    const got = compute(
      columns({ A: lanes.map((l) => l.A), p: lanes.map((l) => l.p), start: lanes.map((l) => l.start) }),
      ({ A, p, start }) => {
        const shape = shapeOf(A);
        const here = place(shape, find(shape, { ...atPrice(shape, p), start }));
        const bend = shape.k.div(here.z.square().mul(2));
        const { x, y } = reservesAt(here);
        const kept = shape.k.mul(x.add(y).sub(1)).add(1).mul(4).mul(x).mul(y);
        return { price: y.mul(2).add(bend).div(x.mul(2).add(bend)), kept };
      },
    );
    lanes.forEach((l, i) => {
      expect(Math.abs(got.price[i] / l.p - 1), JSON.stringify(l)).toBeLessThan((1e-15 * (1 + l.p) ** 2) / l.p);
      // k(S − 1) + 1 as it stands cancels: k times rounding
      expect(Math.abs(got.kept[i] - 1)).toBeLessThan(1e-13 + 1e-15 * l.A);
    });
  });

  it('moves from place to place as its reserves do, and by small steps exactly', () => {
    const got = compute(FIGURE_COLUMNS, (v) => {
      const shape = shapeOf(v.A);
      const from = place(shape, find(shape, { ...atReserves(v.x, v.y), start: constant(0) }));
      const far = place(shape, from.s.add(0.7));
      const [a, b] = [reservesAt(from), reservesAt(far)];
      const moved = between(shape, from, far);
      const near = between(shape, from, place(shape, from.s.add(1e-9)));
      const bend = shape.k.div(from.z.square().mul(2));
      const price = a.y.mul(2).add(bend).div(a.x.mul(2).add(bend));
      return {
        x: moved.x.sub(b.x.sub(a.x)),
        y: moved.y.sub(b.y.sub(a.y)),
        slope: near.y.div(near.x).neg().div(price),
      };
    });
    for (const v of [...got.x, ...got.y]) expect(Math.abs(v)).toBeLessThan(2e-15);
    // the step itself moves the price by some 1e-9
    expect(largest(got.slope, new Array(FIGURES.length).fill(1))).toBeLessThan(1e-6);
  });
});

describe('a deployed pool', () => {
  it('quotes its swaps', () => {
    // Sepolia at block 7439300, from balancer/balancer-maths: A = 1000, balances times rates, fee .1 %, six decimals
    const [x, y] = [21116.734020109358, 82348.5455640481];
    const rates = [1.238765561700858, 1.4147768786077273];
    const swaps = [
      { paid: 10, out: 8.771615 },
      { paid: 2280.896608, out: 2000 },
    ];
    const got = compute(columns({ paid: swaps.map((s) => s.paid) }), ({ paid }) => {
      const shape = shapeOf(constant(1000));
      const here = place(shape, find(shape, { ...atReserves(constant(x), constant(y)), start: constant(0) }));
      const d = constant(x + y).div(here.sum);
      const net = paid.mul(rates[0] * 0.999).div(d);
      return { out: outFor(shape, here.z, constant(x).div(d), constant(y).div(d), net).mul(d).div(rates[1]) };
    });
    swaps.forEach(({ paid, out }, i) => {
      // what is paid in is rounded up, what is paid out rounded down, to six decimals
      expect(Math.abs(got.out[i] / out - 1)).toBeLessThan(1.1e-6 / Math.min(paid, out));
    });
  });
});

describe('stableswap', () => {
  const PRICES = [0.4, 0.9, 0.9999, 1, 1.02, 1.5, 3];

  it('is a constant product for A → 0: its arbitrage, its value and its orders', () => {
    const got = compute(columns({ p: PRICES }), ({ p }) => {
      const product: ModelContext = {
        ...context({ fee: 0.003 }),
        value: { weights: [constant(0.5), constant(0.5)], fee: [constant(0.003)] },
      };
      const c = context({ A: 1e-9, fee: 0.003 });
      const [start, now] = [at(1, 1), at(p, 1)];
      const stable = stableswap.arbitrage(c, stableswap.init(c, start, constant(100)), now);
      const plain = constantWeight.arbitrage(product, constantWeight.init(product, start, constant(100)), now);
      const cost = stableswap.orderCost(c, stableswap.init(c, now, constant(100)), now, constant(0.02)).cost;
      return {
        x: stable.state.reserves[0].div(plain.state[0]),
        y: stable.state.reserves[1].div(plain.state[1]),
        fees: stable.fees.sub(plain.fees),
        cost: cost.sub(orderCost([constant(0.5), constant(0.5)], constant(0.003), constant(0.02)).cost),
      };
    });
    // what is left of the amplification: some 1e-9
    for (const v of [...got.x, ...got.y]) expect(Math.abs(v - 1)).toBeLessThan(1e-8);
    for (const v of [...got.fees, ...got.cost]) expect(Math.abs(v)).toBeLessThan(1e-7);
  });

  it('is a constant sum for A → ∞: its price stays, until one asset is all but gone', () => {
    const got = compute(columns({ p: [0.99, 1.01] }), ({ p }) => {
      const c = context({ A: 1e6 });
      const start = stableswap.init(c, at(1, 1), constant(100));
      const { state } = stableswap.arbitrage(c, start, at(p, 1));
      const cost = stableswap.orderCost(c, start, at(1, 1), constant(0.3)).cost;
      return { x: state.reserves[0], y: state.reserves[1], v: stableswap.value(c, state, [p, constant(1)]), cost };
    });
    for (const i of [0, 1]) {
      expect(got.cost[i]).toBeLessThan(2e-6);
      expect(Math.min(got.x[i], got.y[i])).toBeLessThan(0.6);
      // the arbitrageur has all of the dearer asset at the price of the cheaper one
      expect(got.v[i] / (100 * Math.min([0.99, 1.01][i], 1))).toBeCloseTo(1, 3);
    }
  });

  it('is 1 + A times as deep as a constant product at its peg', () => {
    const As = [0.1, 1, 10, 1000];
    const size = 1e-6;
    const got = compute(columns({ A: As }), ({ A }) => {
      const c = context({ A });
      return {
        cost: stableswap.orderCost(c, stableswap.init(c, at(1, 1), constant(1)), at(1, 1), constant(size)).cost,
      };
    });
    // 2ε/(1 + 2ε) of a constant product; a cost of 1e-9 is known to 1e-16
    As.forEach((A, i) => {
      expect(Math.abs((got.cost[i] * (1 + A)) / (2 * size) - 1)).toBeLessThan(1e-5);
    });
  });

  it('is balanced where the price is the peg, in the price at the start or as it is', () => {
    const [p0, p1] = [3000, 60000];
    const share = (settings: Readonly<Record<string, number>>, peg: number) =>
      compute(columns({ peg: [peg] }), (v) => {
        const c = context({ peg: v.peg }, settings);
        const m = at(p0, p1);
        const state = stableswap.init(c, m, constant(1e6));
        return { x: state.reserves[0].mul(p0).div(1e6), v: stableswap.value(c, state, m.prices) };
      });
    for (const [settings, peg] of [
      [{ centre: 1 }, 1],
      [{ centre: 0 }, p0 / p1],
    ] as const) {
      const got = share(settings, peg);
      expect(got.x[0]).toBeCloseTo(0.5, 14);
      expect(got.v[0]).toBeCloseTo(1e6, 8);
    }
    // a peg above the price: the first asset is cheap in the pool's eyes, so there is little of the other left
    expect(share({ centre: 1 }, 1.01).x[0]).toBeGreaterThan(0.6);
    expect(share({ centre: 1 }, 0.99).x[0]).toBeLessThan(0.4);
  });
});
