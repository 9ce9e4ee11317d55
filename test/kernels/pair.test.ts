/** What pools of two assets share, with the simplest of curves: x·y is constant, so it is the geometric mean of equal weights. */
import { describe, expect, it } from 'vitest';
import { arbitrage } from '../../kernels/pools/geometric.js';
import { type Curve, pairArbitrage, pairOrderCost } from '../../kernels/pools/pair.js';
import { constant, type Expr, where } from '../../src/graph/index.js';
import { columns, compute } from './hmm-programs.js';

/** x·y = constant; with amounts of `held` that are not for sale. */
function product(x: Expr, y: Expr, held: readonly [number, number] | null = null): Curve {
  const [a, b] = held === null ? [x, y] : [x.add(held[0]), y.add(held[1])];
  const atMost = (out: Expr, all: Expr) => (held === null ? out : out.minimum(all));
  return {
    price: [b, a],
    left: held === null ? null : [x.greater(0), y.greater(0)],
    slide: (price, buys) => {
      const root = b.mul(a).div(price).sqrt();
      const bought = atMost(a.sub(root), x);
      const sold = atMost(b.sub(root.mul(price)), y);
      return [
        where(buys, bought.neg(), a.mul(sold).div(b.sub(sold))),
        where(buys, b.mul(bought).div(a.sub(bought)), sold.neg()),
      ];
    },
    out: ([dx, dy]) => [atMost(b.mul(dx).div(a.add(dx)), y), atMost(a.mul(dy).div(b.add(dy)), x)],
    most: held === null ? null : [a.mul(y).div(held[1]), b.mul(x).div(held[0])],
  };
}

const LANES = columns({
  p: [100, 80, 99.9, 100.1, 130, 10, 1000, 100.4, 99.6],
  fee: [0.003, 0.003, 0.003, 0.003, 0, 0.05, 0.01, 0.003, 0.003],
  gas: [0, 1, 0, 0, 3, 10, 1e9, 1e-3, 1e-9],
  tau: [0, 0.001, 0, 0.002, 0, 0.01, 0.02, 0.0005, 0.0005],
});
const RESERVES = [5, 500];
const reserves = () => RESERVES.map((r) => constant(r));

describe('arbitrage of a pair', () => {
  it.each([null, 0, 0.3])('of a constant product is that of the geometric mean of equal weights, gate %s', (gate) => {
    const names = ['x', 'y', 'dx', 'dy', 'fees'];
    const both = (pair: boolean) =>
      compute(LANES, ({ p, fee, gas, tau }) => {
        const costs = gate === null ? null : { gas, outsideFee: tau, gate };
        const prices = [p, constant(1)];
        const [x, y] = reserves();
        const got = pair
          ? pairArbitrage(product(x, y), [x, y], prices, fee, costs)
          : arbitrage([x, y], [constant(0.5), constant(0.5)], prices, fee, costs);
        const list = [...got.reserves, ...got.delta, got.fees];
        return Object.fromEntries(list.map((e, i) => [names[i], e]));
      });
    const [got, wanted] = [both(true), both(false)];
    for (const name of names) {
      // fees are as small as what is paid in, which is a difference of reserves near 500
      wanted[name].forEach((w, s) => {
        expect(Math.abs(got[name][s] - w), `${name} of lane ${s}`).toBeLessThan(1e-12 * RESERVES[1]);
      });
    }
    // two trades gain less than their gas
    const paid = gate === 0 ? [1, 5, 8] : [1, 5, 6, 7, 8];
    expect([...got.fees.keys()].filter((s) => got.fees[s] > 0)).toEqual(paid);
  });

  it('leaves the pool at the end of the band, less the fee that stays', () => {
    const got = compute(LANES, ({ p, fee }) => {
      const [x, y] = reserves();
      const { seen, end, whole } = pairArbitrage(product(x, y), [x, y], [p, constant(1)], fee, null);
      return { price: y.add(seen[1]).div(x.add(seen[0])), end, done: where(whole as Expr, 1, 0) };
    });
    LANES.p.forEach((p, s) => {
      const gamma = 1 - LANES.fee[s];
      const wanted = Math.min(Math.max(100, gamma * p), p / gamma);
      expect(got.price[s] / wanted).toBeCloseTo(1, 13);
      expect(got.done[s]).toBe(wanted === 100 ? 0 : 1);
      if (wanted !== 100) expect(got.end[s] / wanted).toBeCloseTo(1, 14);
    });
  });

  it('ends where nothing is left, and starts from there only the other way', () => {
    const at = (x0: number, y0: number) =>
      compute(columns({ p: [1e4, 100, 1] }), ({ p }) => {
        const [x, y] = [constant(x0), constant(y0)];
        const curve = product(x, y, [10, 1000]);
        const got = pairArbitrage(curve, [x, y], [p, constant(1)], constant(0.003), null);
        return { x: got.reserves[0], y: got.reserves[1], trades: where(got.trades, 1, 0) };
      });
    const middle = at(5, 500);
    expect([...middle.x.map(Math.sign), ...middle.y.map(Math.sign)]).toEqual([0, 1, 1, 1, 1, 0]);
    // 15·1500 = 10·2250 = 22.5·1000: what the other side holds beside its virtual amount, and the fee
    expect(middle.y[0]).toBeCloseTo(500 + 750 / 0.997, 9);
    expect(middle.x[2]).toBeCloseTo(5 + 7.5 / 0.997, 11);
    const without = at(0, 1250);
    expect([...without.trades]).toEqual([0, 1, 1]);
    expect(without.x[0]).toBe(0);
    expect(without.y[0]).toBe(1250);
    expect([...at(12.5, 0).trades]).toEqual([1, 1, 0]);
  });
});

describe('an order to a pair', () => {
  it('costs 2ε/(1 + 2ε) beside the fee in a constant product', () => {
    const sizes = [1e-6, 0.01, 0.5];
    const { cost } = compute(columns({ size: sizes }), ({ size }) => {
      const [x, y] = reserves();
      return { cost: pairOrderCost(product(x, y), [constant(200), constant(2)], size.mul(2000), constant(0.003)) };
    });
    sizes.forEach((size, s) => {
      expect(Math.abs(cost[s] - 0.003 - (2 * size) / (1 + 2 * size))).toBeLessThan(1e-15);
    });
  });

  it('costs what it is worth where nothing is left', () => {
    const { cost } = compute(columns({ size: [1, 100] }), ({ size }) => {
      const [x, y] = [constant(0), constant(1250)];
      return { cost: pairOrderCost(product(x, y, [10, 1000]), [constant(225), constant(1)], size, constant(0.003)) };
    });
    // buying the first: nothing for it; selling it: y falls by 2250·d/(10 + d), d = size/225
    [1, 100].forEach((size, s) => {
      const d = size / 225;
      expect(cost[s]).toBeCloseTo(0.003 + 0.5 + 0.5 * (d / (10 + d)), 14);
    });
  });
});
