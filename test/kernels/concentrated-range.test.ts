/** Concentrated liquidity in a range: value in closed form, arbitrage against search, ends, fees apart, limits. */
import { describe, expect, it } from 'vitest';
import { concentratedRange, type RangeState } from '../../kernels/pools/concentrated-range.js';
import { constantWeight } from '../../kernels/pools/constant-weight.js';
import { constant, type Expr } from '../../src/graph/index.js';
import { columns, compute } from './hmm-programs.js';
import { bestTrade, type PlainPool } from './pair-brute.js';
import { contextOf, minute } from './pair-programs.js';

/** L = 50 in [64, 144] at the price 100. */
const [L, LOW, HIGH, ROOT] = [50, 8, 12, 10];
const [X, Y] = [L * (1 / ROOT - 1 / HIGH), L * (ROOT - LOW)];
const position = (root: number | Expr = ROOT): RangeState => ({
  root: typeof root === 'number' ? constant(root) : root,
  low: constant(LOW),
  high: constant(HIGH),
  liquidity: constant(L),
  earned: [constant(0.25), constant(3)],
});

/** Swaps by the textbook: L is constant, √p moves by Δy/L, 1/√p by Δx/L. */
const offer: PlainPool = {
  out: (i, paid) =>
    i === 0
      ? L * (ROOT - Math.max(1 / (1 / ROOT + paid / L), LOW))
      : L * (1 / ROOT - 1 / Math.min(ROOT + paid / L, HIGH)),
  most: (i) => (i === 0 ? L * (1 / LOW - 1 / ROOT) : L * (HIGH - ROOT)),
};
const best = (p: number, fee: number, outsideFee = 0) => bestTrade(offer, { prices: [p, 1], fee, outsideFee }, [X, Y]);

const traded = (lanes: Record<string, number[]>, settings: Record<string, number> = {}) =>
  compute(columns(lanes), ({ p, ...values }) => {
    const c = contextOf(concentratedRange, values, settings);
    const { state, fees } = concentratedRange.arbitrage(c, position(), minute(p));
    const [x, y] = concentratedRange.reserves(state, c);
    return { x, y, fees, root: state.root, liquidity: state.liquidity, a: state.earned[0], b: state.earned[1] };
  });

const PRICES = [100, 105, 95, 100.2, 99.8, 143, 65, 150, 60, 1e6, 1e-6];

describe('arbitrage of a range', () => {
  it.each([0, 1e-3])('is the best trade of a search, outside fee %s', (outside) => {
    for (const fee of [0, 0.003, 0.05]) {
      const costs = { outsideFee: PRICES.map(() => outside), gas: PRICES.map(() => 0) };
      const got = traded({ p: PRICES, fee: PRICES.map(() => fee), ...costs }, { arbitrageCosts: 1 });
      PRICES.forEach((p, s) => {
        const wanted = best(p, fee, outside);
        // what is held and what is put aside
        const [dx, dy] = [got.x[s] - X - 0.25, got.y[s] - Y - 3];
        const gain = -dx * p * (1 + (Math.sign(dx) * outside) / 2) - dy * (1 + (Math.sign(dy) * outside) / 2);
        const value = X * p + Y;
        // a search finds where a parabola is highest to the root of its rounding, its height to the rounding
        expect(Math.abs(dx - wanted.delta[0]), `${p}, fee ${fee}`).toBeLessThan(1e-6 * (L / ROOT));
        expect(Math.abs(dy - wanted.delta[1])).toBeLessThan(1e-6 * L * ROOT);
        expect(Math.abs(gain - wanted.profit)).toBeLessThan(1e-12 * value);
        expect(gain - wanted.profit).toBeGreaterThan(-1e-13 * value);
      });
    }
  });

  it('leaves the price at the end of the band or of the range, and the liquidity as it is', () => {
    const fee = 0.003;
    const got = traded({ p: PRICES, fee: PRICES.map(() => fee) });
    PRICES.forEach((p, s) => {
      const band = Math.min(Math.max(100, (1 - fee) * p), p / (1 - fee));
      const wanted = Math.min(Math.max(Math.sqrt(band), LOW), HIGH);
      expect(Math.abs(got.root[s] / wanted - 1)).toBeLessThan(3e-16);
      expect(got.liquidity[s]).toBe(L);
      if (band === 100) expect([got.root[s], got.fees[s]]).toEqual([ROOT, 0]);
    });
    // nothing of the asset that ran out but its fees
    expect(got.root[9]).toBe(HIGH);
    expect(got.x[9]).toBe(0.25);
    expect(got.root[10]).toBe(LOW);
    expect(got.y[10]).toBe(3);
  });

  it('puts fees aside in what is paid in, less the share of the protocol', () => {
    for (const share of [0, 0.4]) {
      const fee = 0.01;
      const p = [120, 80, 1e4, 1];
      const got = traded({ p, fee: p.map(() => fee) }, { protocolShare: share });
      p.forEach((price, s) => {
        const [a, b] = [got.a[s] - 0.25, got.b[s] - 3];
        const root = got.root[s];
        const paid = price > 100 ? [0, L * (root - ROOT)] : [L * (1 / root - 1 / ROOT), 0];
        const rate = ((1 - share) * fee) / (1 - fee);
        expect(Math.abs(a - rate * paid[0])).toBeLessThan(1e-14);
        expect(Math.abs(b - rate * paid[1])).toBeLessThan(1e-12);
        expect(got.fees[s] / (a * price + b)).toBeCloseTo(1, 11);
      });
    }
  });

  it('never takes back what is out of range, and trades back from its end', () => {
    const p = [100, 63, 64.1, 64.3, 143, 145];
    const run = (root: number) =>
      compute(columns({ p }), (v) => {
        const c = contextOf(concentratedRange, { fee: 0.003 });
        const { state, fees } = concentratedRange.arbitrage(c, position(root), minute(v.p));
        return { root: state.root, fees };
      });
    // at the lower end 64/.997 is where somebody buys
    expect(Array.from(run(LOW).root, (r) => r > LOW)).toEqual([true, false, false, true, true, true]);
    expect(Array.from(run(LOW).fees, (f) => f > 0)).toEqual([true, false, false, true, true, true]);
    expect(Array.from(run(HIGH).root, (r) => r < HIGH)).toEqual([true, true, true, true, true, false]);
  });

  it('gains the less the higher the fee', () => {
    const fees = [0, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.3];
    for (const p of [110, 90, 1000]) {
      const got = traded({ p: fees.map(() => p), fee: fees });
      const gain = fees.map((_, s) => (X + 0.25) * p + Y + 3 - got.x[s] * p - got.y[s]);
      gain.slice(1).forEach((g, s) => {
        expect(g).toBeLessThanOrEqual(gain[s] + 1e-12);
      });
      expect(gain[0]).toBeGreaterThan(gain[6] + 0.1);
    }
  });

  it('through a gate is done in part, on the chord, with the liquidity that this leaves', () => {
    const gate = 0.3;
    const p = [130, 75, 1e3, 1e-2];
    const fee = p.map(() => 0.003);
    const bests = p.map((price) => best(price, 0.003));
    const gas = bests.map(({ profit }) => 0.9 * profit);
    const got = traded({ p, fee, gas, outsideFee: p.map(() => 0) }, { arbitrageCosts: 1, gasGate: gate });
    const share = 1 / (1 + Math.exp((1 - 1 / 0.9) / gate));
    p.forEach((_, s) => {
      const [dx, dy] = [got.x[s] - X - 0.25, got.y[s] - Y - 3];
      expect(dx / bests[s].delta[0] / share).toBeCloseTo(1, 6);
      expect(dy / bests[s].delta[1] / share).toBeCloseTo(1, 6);
      expect(got.liquidity[s]).toBeGreaterThan(L);
      const [x, y] = [got.x[s] - got.a[s], got.y[s] - got.b[s]];
      expect(got.liquidity[s] * (1 / got.root[s] - 1 / HIGH)).toBeCloseTo(x, 12);
      expect(got.liquidity[s] * (got.root[s] - LOW)).toBeCloseTo(y, 11);
    });
  });
});

describe('concentrated-range model', () => {
  it('is worth L(2√p − p/√high − √low) within its range, one asset outside of it', () => {
    // without fees the pool's price is the one outside
    const p = [70, 100, 143, 200, 30];
    const got = compute(columns({ p }), (v) => {
      const c = contextOf(concentratedRange, { fee: 0 });
      const start = { ...position(), earned: [constant(0), constant(0)] };
      const { state } = concentratedRange.arbitrage(c, start, minute(v.p));
      return { value: concentratedRange.value(c, state, minute(v.p).prices) };
    });
    p.forEach((price, s) => {
      const inside = L * (2 * Math.sqrt(price) - price / HIGH - LOW);
      const wanted = price > 144 ? L * (HIGH - LOW) : price < 64 ? L * (1 / LOW - 1 / HIGH) * price : inside;
      expect(Math.abs(got.value[s] / wanted - 1)).toBeLessThan(1e-14);
    });
  });

  it.each([1, 0])('starts with its value, at the price outside or at the nearer end, middleIn %i', (middleIn) => {
    const relative = [1, 0.5, 1.7, 0.1, 30];
    const got = compute(columns({ middle: relative.map((m) => (middleIn === 1 ? m : m * 8e4)) }), ({ middle }) => {
      const c = contextOf(concentratedRange, { middle, priceRatio: 9 }, { middleIn });
      const m = minute(40000, 0.5);
      const start = concentratedRange.init(c, m, constant(1e6));
      const after = concentratedRange.arbitrage(c, start, m);
      const [x, y] = concentratedRange.reserves(start, c);
      const { low, high, root } = start;
      return {
        value: concentratedRange.value(c, start, m.prices),
        x,
        y,
        low,
        high,
        root,
        moved: after.state.root.sub(root),
      };
    });
    relative.forEach((m, s) => {
      const [low, high] = [(m * 8e4) / 3, m * 8e4 * 3];
      expect(got.value[s]).toBeCloseTo(1e6, 8);
      expect(got.low[s] ** 2 / low).toBeCloseTo(1, 13);
      expect(got.high[s] ** 2 / high).toBeCloseTo(1, 13);
      expect(got.root[s] ** 2 / Math.min(Math.max(8e4, low), high)).toBeCloseTo(1, 13);
      expect([got.x[s] > 0, got.y[s] > 0]).toEqual([high > 8e4, low < 8e4]);
      expect(Math.abs(got.moved[s])).toBeLessThan(1e-13 * got.root[s]);
    });
    // half of the value in each asset where the middle is the price
    expect(got.y[0] * 0.5).toBeCloseTo(5e5, 8);
  });

  it('with a very wide range is the constant product', () => {
    const lanes = columns({ p: [130, 77, 100.2] });
    const [got, wanted] = [
      compute(lanes, ({ p }) => {
        const c = contextOf(concentratedRange, { priceRatio: 1e40 });
        const start = concentratedRange.init(c, minute(100), constant(1000));
        const { state, fees } = concentratedRange.arbitrage(c, start, minute(p));
        const [x, y] = concentratedRange.reserves(state, c);
        const { cost } = concentratedRange.orderCost(c, start, minute(100), constant(0.01));
        return { x, y, fees, cost };
      }),
      compute(lanes, ({ p }) => {
        const c = contextOf(constantWeight, { weights: [0.5, 0.5] });
        const start = constantWeight.init(c, minute(100), constant(1000));
        const { state, fees } = constantWeight.arbitrage(c, start, { ...minute(p), weights: c.value.weights });
        const { cost } = constantWeight.orderCost(c, start, minute(100), constant(0.01));
        return { x: state[0], y: state[1], fees, cost };
      }),
    ];
    for (const name of ['x', 'y', 'fees', 'cost'] as const) {
      // a ratio of 1e40 leaves 1e-10 of the amounts to the ends
      wanted[name].forEach((w, s) => {
        expect(Math.abs(got[name][s] - w)).toBeLessThanOrEqual(1e-9 * Math.abs(w));
      });
    }
  });

  it('charges an order fee and slippage; what it cannot fill is lost', () => {
    // differences of 1/√p, as the textbook has them, tell nothing of smaller orders
    const sizes = [1e-3, 0.01, 0.4, 1];
    const { cost, fee } = compute(columns({ size: sizes }), ({ size }) => {
      const c = contextOf(concentratedRange, { fee: 0.003 }, { protocolShare: 0.25 });
      return concentratedRange.orderCost(c, position(), minute(101), size);
    });
    sizes.forEach((size, s) => {
      const order = size * ((X + 0.25) * 101 + Y + 3);
      const sold = offer.out(0, order / 101) / ((order / 101) * 100);
      const bought = (offer.out(1, order) * 100) / order;
      expect(cost[s]).toBeCloseTo(0.003 + 1 - (sold + bought) / 2, 12);
      expect(fee[s]).toBeCloseTo(0.003 * 0.75, 15);
    });
    // out of range: one direction is not there at all
    const out = compute(columns({ root: [LOW, HIGH] }), ({ root }) => {
      const c = contextOf(concentratedRange, { fee: 0.003 });
      return concentratedRange.orderCost(c, position(root), minute(50), constant(1e-9));
    }).cost;
    for (const s of [0, 1]) expect(out[s]).toBeCloseTo(0.503, 7);
  });

  it('puts what flow pays aside: reserves grow by the factor, liquidity does not', () => {
    const got = compute(columns({ f: [1, 1.25] }), ({ f }) => {
      const c = contextOf(concentratedRange, { fee: 0.003 });
      const state = concentratedRange.scale(position(), f);
      const [x, y] = concentratedRange.reserves(state, c);
      return { x, y, liquidity: state.liquidity };
    });
    expect(got.x[1] / got.x[0]).toBeCloseTo(1.25, 14);
    expect(got.y[1] / got.y[0]).toBeCloseTo(1.25, 14);
    expect(got.liquidity[1]).toBe(L);
  });
});
