/** Readjusting concentrated liquidity: curve, arbitrage against search, the range that follows the price, limits. */
import { describe, expect, it } from 'vitest';
import { constantWeight } from '../../kernels/pools/constant-weight.js';
import { type ReclammState, reclamm } from '../../kernels/pools/reclamm.js';
import { constant, scan, where } from '../../src/graph/index.js';
import { columns, compute } from './hmm-programs.js';
import { bestTrade, virtualPool } from './pair-brute.js';
import { contextOf, minute } from './pair-programs.js';

/** Balances of a pool off its middle: real, virtual. */
const POOL = { real: [3, 700], virtual: [5, 500] } as const;
const stateOf = ({ real, virtual }: { real: readonly number[]; virtual: readonly number[] }): ReclammState => ({
  real: real.map((r) => constant(r)),
  virtual: virtual.map((v) => constant(v)),
});
const PRICE = 1200 / 8;

/** No margin, so that the range rests. */
const RESTING = { centerednessMargin: 0 };

const traded = (lanes: Record<string, number[]>, settings: Record<string, number> = {}) =>
  compute(columns(lanes), ({ p, fee, ...costs }) => {
    const c = contextOf(reclamm, { ...RESTING, fee, ...costs }, settings);
    const { state, fees } = reclamm.arbitrage(c, stateOf(POOL), minute(p));
    const [x, y] = state.real;
    return { x, y, fees, a: state.virtual[0], b: state.virtual[1] };
  });

describe('reclamm arbitrage', () => {
  const prices = [150, 160, 140, 150.3, 149.7, 250, 90, 1e4, 1];

  it.each([0, 1e-3])('is the best trade of a search, outside fee %s', (outside) => {
    for (const fee of [0, 0.003, 0.05]) {
      const costs = { outsideFee: prices.map(() => outside), gas: prices.map(() => 0) };
      const lanes = { p: prices, fee: prices.map(() => fee), ...costs };
      const got = traded(lanes, { arbitrageCosts: 1 });
      prices.forEach((p, s) => {
        const best = bestTrade(
          virtualPool(POOL.real, POOL.virtual),
          { prices: [p, 1], fee, outsideFee: outside },
          POOL.real,
        );
        const [dx, dy] = [got.x[s] - POOL.real[0], got.y[s] - POOL.real[1]];
        const gain = -dx * p * (1 + (Math.sign(dx) * outside) / 2) - dy * (1 + (Math.sign(dy) * outside) / 2);
        // a search finds where a parabola is highest to the root of its rounding, its height to the rounding
        expect(Math.abs(dx - best.delta[0]), `${p}, fee ${fee}`).toBeLessThan(1e-6 * 8);
        expect(Math.abs(dy - best.delta[1])).toBeLessThan(1e-6 * 1200);
        expect(Math.abs(gain - best.profit)).toBeLessThan(1e-12 * (3 * p + 700));
        expect(gain - best.profit).toBeGreaterThan(-1e-13 * (3 * p + 700));
      });
    }
  });

  it('leaves the invariant of the amounts without the fee, conserves value and keeps the fee', () => {
    const fee = 0.01;
    const got = traded({ p: prices, fee: prices.map(() => fee) });
    prices.forEach((p, s) => {
      const paid = [got.x[s] - POOL.real[0], got.y[s] - POOL.real[1]];
      const seen = paid.map((d) => (d > 0 ? d * (1 - fee) : d));
      expect(((8 + seen[0]) * (1200 + seen[1])) / (8 * 1200)).toBeCloseTo(1, 14);
      const worth = paid.map((d, i) => d * [p, 1][i]);
      expect(Math.abs(got.fees[s] - fee * Math.max(...worth, 0))).toBeLessThan(1e-12);
      expect(worth[0] + worth[1]).toBeLessThanOrEqual(0);
      expect([got.a[s], got.b[s]]).toEqual([...POOL.virtual]);
    });
  });

  it('leaves prices within the fee alone, and stops where a real balance is 0', () => {
    const [fee, at] = [0.003, (f: number) => PRICE * f];
    const p = [at(0.99699), at(0.99701), at(1), at(1 / 0.99701), at(1 / 0.99699), 1e9, 1e-9];
    const got = traded({ p, fee: p.map(() => fee) });
    expect(Array.from(got.fees, (f) => f > 0)).toEqual([true, false, false, false, true, true, true]);
    expect([got.x[5], got.y[6]]).toEqual([0, 0]);
    // 8·1200 = 5·1920 = 19.2·500
    expect(got.y[5]).toBeCloseTo(700 + 720 / 0.997, 9);
    expect(got.x[6]).toBeCloseTo(3 + 11.2 / 0.997, 9);
  });

  it('gains the less the higher the fee', () => {
    const fees = [0, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.3];
    for (const p of [160, 130, 1000]) {
      const got = traded({ p: fees.map(() => p), fee: fees });
      const gain = fees.map((_, s) => POOL.real[0] * p + POOL.real[1] - got.x[s] * p - got.y[s]);
      gain.slice(1).forEach((g, s) => {
        expect(g).toBeLessThanOrEqual(gain[s] + 1e-12);
      });
      expect(gain[0]).toBeGreaterThan(gain[6] + 0.1);
    }
  });

  it('gives its share of the fees to the protocol', () => {
    const lanes = { p: [170, 130], fee: [0.01, 0.01] };
    const [whole, shared] = [0, 0.4].map((protocolShare) => traded(lanes, { protocolShare }));
    expect(shared.x[0]).toBe(whole.x[0]);
    expect(shared.y[0]).toBeCloseTo(whole.y[0] - 0.4 * whole.fees[0], 11);
    expect(shared.x[1]).toBeCloseTo(whole.x[1] - (0.4 * whole.fees[1]) / 130, 12);
    for (const s of [0, 1]) expect(shared.fees[s] / whole.fees[s]).toBeCloseTo(0.6, 13);
  });
});

/** Plain numbers of the contract's formulas. */
interface Plain {
  readonly real: readonly number[];
  readonly virtual: readonly number[];
}
const centredness = ({ real, virtual }: Plain) => {
  const ratio = (real[0] * virtual[1]) / (virtual[0] * real[1]);
  return Math.min(ratio, 1 / ratio);
};
const rootRatio = ({ real, virtual }: Plain) => real.reduce((q, r, i) => q * (1 + r / virtual[i]), 1);

/** One look of the contract after some seconds, its tau included. */
function look(pool: Plain, seconds: number, margin: number, exponent: number): Plain {
  if (centredness(pool) >= margin) return pool;
  const { real, virtual } = pool;
  const [u, o] = real[0] * virtual[1] > virtual[0] * real[1] ? [0, 1] : [1, 0];
  const q = rootRatio(pool);
  const least = real[o] / (Math.sqrt(q) - 1);
  const scarce = Math.max(virtual[o] * (1 - exponent / 124649) ** seconds, least);
  const other = (real[u] * (scarce + real[o])) / ((q - 1) * scarce - real[o]);
  return { real, virtual: u === 0 ? [other, scarce] : [scarce, other] };
}

/** Amounts that an arbitrageur pays in, > 0 with the fee, and takes out of X·Y = constant. */
function clampedTrade([x, y]: readonly number[], real: readonly number[], p: number, gamma: number): number[] {
  if (y / x < gamma * p) {
    const bought = Math.min(x - Math.sqrt((x * y) / (gamma * p)), real[0]);
    return [-bought, (y * bought) / (x - bought) / gamma];
  }
  if (y / x > p / gamma) {
    const bought = Math.min(y - Math.sqrt((x * y * p) / gamma), real[1]);
    return [(x * bought) / (y - bought) / gamma, -bought];
  }
  return [0, 0];
}

/** A look of the model after `every` minutes, at a price that leaves nothing to gain. */
function shifted(pool: Plain, margin: number, exponent: number, every = 1, shiftGate = 0): Plain {
  const got = compute(columns({ margin: [margin], exponent: [exponent] }), (v) => {
    const values = { centerednessMargin: v.margin, dailyPriceShiftExponent: v.exponent, fee: 0.999999 };
    const c = contextOf(reclamm, values, { arbitrageEvery: every, shiftGate });
    const [x, y] = pool.real.map((r, i) => r + pool.virtual[i]);
    const { real, virtual } = reclamm.arbitrage(c, stateOf(pool), minute(y / x)).state;
    return { x: real[0], y: real[1], a: virtual[0], b: virtual[1] };
  });
  expect([got.x[0], got.y[0]]).toEqual([...pool.real]);
  return { real: pool.real, virtual: [got.a[0], got.b[0]] };
}

describe('the range of a reclamm pool', () => {
  const pools: Plain[] = [
    { real: [1, 2000], virtual: [5, 500] },
    { real: [9, 20], virtual: [5, 500] },
    { real: [0, 2000], virtual: [5, 500] },
    { real: [9, 0], virtual: [5, 500] },
  ];

  it.each([1, 7, 60])('follows as the contract does that looks once in %i minutes', (minutes) => {
    for (const pool of pools) {
      for (const exponent of [0, 0.3, 1]) {
        const [got, wanted] = [shifted(pool, 0.5, exponent, minutes), look(pool, 60 * minutes, 0.5, exponent)];
        // the contract's tau is 1/124649 where ln 2/86400 would be 1/124648.5
        got.virtual.forEach((v, i) => {
          expect(Math.abs(v / wanted.virtual[i] - 1)).toBeLessThan(5e-6 * ((exponent * minutes) / 1440) + 1e-14);
        });
        expect(rootRatio(got) / rootRatio(pool)).toBeCloseTo(1, 13);
      }
    }
  });

  it('goes no further than the middle', () => {
    for (const pool of pools.slice(0, 2)) {
      const got = shifted(pool, 0.9, 100, 1440);
      expect(centredness(got)).toBeCloseTo(1, 12);
      expect(rootRatio(got) / rootRatio(pool)).toBeCloseTo(1, 13);
    }
  });

  it('with a gate has the share (1 − centredness/margin)/gate of its speed', () => {
    for (const pool of pools) {
      for (const margin of [0.9, 0.1]) {
        const share = Math.max(0, 1 - centredness(pool) / margin) / 0.4;
        const [got, wanted] = [shifted(pool, margin, 1, 60, 0.4), shifted(pool, margin, Math.min(share, 1), 60)];
        got.virtual.forEach((v, i) => {
          expect(v / wanted.virtual[i]).toBeCloseTo(1, 13);
        });
      }
    }
    expect(shifted(pools[2], 0.5, 1, 1, 1).virtual).not.toEqual(pools[2].virtual);
  });

  it('follows a price that stays as the contract does when it is traded with each second', () => {
    const [margin, exponent, hours, gamma] = [0.3, 1, 20, 0.997];
    for (const p of [170, 70]) {
      const start: Plain = { real: [3, 500], virtual: [5, 500] };
      // the contract, with an arbitrageur each second
      const trade = ({ real, virtual }: Plain): Plain => {
        const best = clampedTrade([real[0] + virtual[0], real[1] + virtual[1]], real, p, gamma);
        return { real: real.map((r, i) => r + best[i]), virtual };
      };
      let wanted = start;
      for (let t = 0; t < hours * 3600; t++) wanted = trade(look(wanted, 1, margin, exponent));
      const got = compute(columns({ p: [p] }), (v) => {
        const values = { centerednessMargin: margin, dailyPriceShiftExponent: exponent, fee: 1 - gamma };
        const c = contextOf(reclamm, values);
        const { real, virtual } = scan({
          name: 'minutes',
          length: hours * 60,
          init: stateOf(start),
          body: (state) => reclamm.arbitrage(c, state, minute(v.p)).state,
        });
        return { x: real[0], y: real[1], a: virtual[0], b: virtual[1] };
      });
      const pool: Plain = { real: [got.x[0], got.y[0]], virtual: [got.a[0], got.b[0]] };
      expect(centredness(wanted)).toBeGreaterThan(margin);
      // what trading once a minute instead of each second makes of a range that moves by .05 % a minute
      expect(Math.abs(centredness(pool) / centredness(wanted) - 1)).toBeLessThan(2e-2);
      for (const i of [0, 1]) {
        expect(Math.abs(pool.virtual[i] / wanted.virtual[i] - 1)).toBeLessThan(2e-3);
        expect(Math.abs(pool.real[i] / wanted.real[i] - 1)).toBeLessThan(2e-2);
      }
    }
  });

  it('rests within the margin, and without one', () => {
    for (const pool of pools) {
      expect(shifted(pool, 0, 1).virtual).toEqual(pool.virtual);
      const c = centredness(pool);
      if (c > 0) expect(shifted(pool, 0.999 * c, 1).virtual).toEqual(pool.virtual);
    }
  });

  it('is not at rest for longer than thirty days at once', () => {
    expect(shifted(pools[2], 0.5, 0.1, 300000).virtual).toEqual(shifted(pools[2], 0.5, 0.1, 43200).virtual);
  });

  it('moves towards a price that stays outside, until that is within the margin again', () => {
    const got = compute(columns({ p: [500, 20] }), ({ p }) => {
      const c = contextOf(reclamm, { centerednessMargin: 0.3, dailyPriceShiftExponent: 40, fee: 0.003 });
      let state = reclamm.init(c, minute(100), constant(1000));
      for (let t = 0; t < 120; t++) state = reclamm.arbitrage(c, state, minute(p)).state;
      const [above, below] = [state.real[0].mul(state.virtual[1]), state.virtual[0].mul(state.real[1])];
      const price = state.real[1].add(state.virtual[1]).div(state.real[0].add(state.virtual[0]));
      return { centredness: above.minimum(below).div(above.maximum(below)), price: price.div(p) };
    });
    for (const s of [0, 1]) {
      expect(got.centredness[s]).toBeGreaterThan(0.29);
      // the range moves on past the price: the asset that ran out is paid in, at the far end of the band
      expect(got.price[s]).toBeCloseTo(s === 0 ? 1 / 0.997 : 0.997, 3);
    }
  });
});

describe('deployed pools', () => {
  /** What a pool pays for so much of an asset, by way of the outside price at which this is the best trade. */
  function quote(pool: Plain, i: 0 | 1, paid: number, values: Record<string, number>, minutes: number): number {
    const gamma = 1 - values.fee;
    const run = (p: number) =>
      compute(columns({ p: [p] }), (v) => {
        const c = contextOf(reclamm, values, { arbitrageEvery: minutes });
        const { real, virtual } = reclamm.arbitrage(c, stateOf(pool), minute(v.p)).state;
        return { x: real[0], y: real[1], a: virtual[0], b: virtual[1] };
      });
    // the range moves whatever the price is
    const { a, b } = run((pool.real[1] + pool.virtual[1]) / (pool.real[0] + pool.virtual[0]));
    const [x, y] = [pool.real[0] + a[0], pool.real[1] + b[0]];
    const price = i === 0 ? (x * y) / (x + gamma * paid) ** 2 : (y + gamma * paid) ** 2 / (x * y);
    const got = run(i === 0 ? price * gamma : price / gamma);
    const [dx, dy] = [got.x[0] - pool.real[0], got.y[0] - pool.real[1]];
    expect([dx, dy][i] / paid).toBeCloseTo(1, 9);
    return -[dx, dy][1 - i];
  }

  // swaps of pools on Base, from balancer/balancer-maths; exponent .1, fee 2.5 basis points
  const values = { centerednessMargin: 0.5, dailyPriceShiftExponent: 0.1, fee: 0.00025 };

  it('quote within their margin', () => {
    // block 32673666: EURC and USDC, six decimals
    const pool = { real: [3243.297378, 6275.302947], virtual: [362181.28569559427, 422404.89195378986] };
    expect(centredness(pool)).toBeGreaterThan(0.5);
    expect(Math.abs(quote(pool, 0, 30, values, 246 / 60) - 35.181364)).toBeLessThan(1e-6);
  });

  it('quote off their margin, ten seconds after the last trade', () => {
    // block 32641745: WETH and USDC of six decimals
    const pool = { real: [0.0001199975, 0.116125], virtual: [0.002088831129392021, 5.414869164940852] };
    expect(centredness(pool)).toBeLessThan(0.5);
    expect(quote(pool, 1, 0.1, values, 1 / 6) / 0.000039217048938964).toBeCloseTo(1, 10);
    expect(Math.abs(quote(pool, 0, 2e-6, values, 1 / 6) - 0.005002)).toBeLessThan(1e-6);
    // a range that stood still would pay less
    expect(
      quote(pool, 1, 0.1, { ...values, dailyPriceShiftExponent: 0 }, 1 / 6) / 0.000039217048938964 - 1,
    ).toBeLessThan(-5e-6);
  });
});

describe('reclamm model', () => {
  it('starts in the middle of its range, with the given value in equal parts and nothing to gain', () => {
    const got = compute(columns({ r: [1.0001, 4, 100, 1e12] }), ({ r }) => {
      const c = contextOf(reclamm, { priceRatio: r });
      const m = minute(40000, 0.5);
      const state = reclamm.init(c, m, constant(1e6));
      const { fees, state: next } = reclamm.arbitrage(c, state, m);
      const [x, y] = state.real.map((a, i) => a.add(state.virtual[i]));
      return {
        first: state.real[0].mul(40000),
        value: reclamm.value(c, state, m.prices),
        price: y.div(x),
        ratio: x.mul(y).div(state.virtual[0].mul(state.virtual[1])).square(),
        centredness: state.real[0].mul(state.virtual[1]).div(state.virtual[0].mul(state.real[1])),
        moved: next.real[0].sub(state.real[0]).add(fees),
      };
    });
    [1.0001, 4, 100, 1e12].forEach((r, s) => {
      expect(got.first[s]).toBeCloseTo(5e5, 8);
      expect(got.value[s]).toBeCloseTo(1e6, 8);
      expect(got.price[s]).toBeCloseTo(80000, 8);
      expect(got.ratio[s] / r).toBeCloseTo(1, 11);
      expect(got.centredness[s]).toBeCloseTo(1, 13);
      expect(got.moved[s]).toBe(0);
    });
  });

  it('with a very wide range is the constant product', () => {
    const lanes = columns({ p: [130, 77, 100.2] });
    const [got, wanted] = [
      compute(lanes, ({ p }) => {
        const c = contextOf(reclamm, { priceRatio: 1e40, centerednessMargin: 0.9 });
        const start = reclamm.init(c, minute(100), constant(1000));
        const { state, fees } = reclamm.arbitrage(c, start, minute(p));
        const { cost } = reclamm.orderCost(c, start, minute(100), constant(0.01));
        return { x: state.real[0], y: state.real[1], fees, cost };
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
      // a ratio of 1e40 leaves virtual balances of 1e-10 of the real ones
      wanted[name].forEach((w, s) => {
        expect(Math.abs(got[name][s] - w)).toBeLessThanOrEqual(1e-9 * Math.abs(w));
      });
    }
  });

  it('charges an order fee and slippage; what it cannot fill is lost', () => {
    const sizes = [1e-6, 0.01, 0.4, 1];
    const cost = (pool: Plain, price: number) =>
      compute(columns({ size: sizes }), ({ size }) => {
        const c = contextOf(reclamm, { fee: 0.003 }, { protocolShare: 0.25 });
        return reclamm.orderCost(c, stateOf(pool), minute(price), size);
      });
    const wanted = (pool: typeof POOL, price: number, size: number) => {
      const order = size * (pool.real[0] * price + pool.real[1]);
      const m = (pool.real[1] + pool.virtual[1]) / (pool.real[0] + pool.virtual[0]);
      const { out } = virtualPool(pool.real, pool.virtual);
      return 0.003 + 1 - (out(0, order / price) / ((order / price) * m) + (out(1, order) * m) / order) / 2;
    };
    for (const [pool, price] of [
      [POOL, 151],
      [{ real: [0, 2000], virtual: [5, 500] } as unknown as typeof POOL, 500],
    ] as const) {
      const got = cost(pool, price);
      sizes.forEach((size, s) => {
        expect(got.cost[s]).toBeCloseTo(wanted(pool, price, size), 13);
        expect(got.fee[s]).toBeCloseTo(0.003 * 0.75, 15);
      });
    }
  });

  it('scales as a join in proportion: price, range and centredness stay', () => {
    const got = compute(columns({ f: [1, 1.25] }), ({ f }) => {
      const state = reclamm.scale(stateOf(POOL), f);
      const [x, y] = state.real.map((a, i) => a.add(state.virtual[i]));
      return { x: state.real[0], y: state.real[1], price: y.div(x), over: where(x.greater(9), 1, 0) };
    });
    expect([got.x[1], got.y[1], got.price[1]]).toEqual([3.75, 875, got.price[0]]);
    expect([...got.over]).toEqual([0, 1]);
  });
});
