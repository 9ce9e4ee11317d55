/**
 * Pools of two assets on curves of their own, against their invariants in plain numbers: the best arbitrage with fee and
 * outside fee, conservation, monotony, what an order costs, the start, units.
 *
 * Amounts of a trial are known to √ε of the largest trade only, since a profit is flat at its best; profits to rounding.
 */
import { describe, expect, it } from 'vitest';
import { eclp } from '../../kernels/pools/e-clp.js';
import { reclamm } from '../../kernels/pools/reclamm.js';
import { stableswap } from '../../kernels/pools/stableswap.js';
import type { Tree } from '../../src/graph/index.js';
import { constant, type Expr } from '../../src/graph/index.js';
import type { Minute, PoolModel } from '../../src/pools/model.js';
import { MINUTES } from '../../src/rollout/clock.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { draw } from '../../src/targets/runtime.js';
import { columns, compute } from './hmm-programs.js';
import { bestTrade, ellipticPool, type PlainPool, stablePool, virtualPool } from './pair-brute.js';

type Numbers = Readonly<Record<string, number>>;

interface Subject {
  readonly pool: PoolModel;
  /** Values of the parameters of the k-th case, at a start price ratio of `start`. */
  readonly values: (k: number, start: number) => Numbers;
  readonly plain: (reserves: readonly [number, number], values: Numbers, start: number) => PlainPool;
  /** Largest move of the price, in logarithms. */
  readonly move: number;
}

const uniform = (k: number, i: number): number => draw(77, k, i, 0);
const between = (k: number, i: number, low: number, high: number): number => low * (high / low) ** uniform(k, i);

const SUBJECTS: Readonly<Record<string, Subject>> = {
  'e-clp': {
    pool: eclp,
    values: (k) => ({
      peak: between(k, 0, 0.95, 1.05),
      // so that the start price is always within the range
      below: between(k, 1, 0.07, 1),
      above: between(k, 2, 0.07, 1),
      lambda: between(k, 3, 1, 200),
    }),
    plain: ([x, y], v, start) => {
      const scaled = ellipticPool([x * start, y], {
        q: v.peak,
        lambda: v.lambda,
        alpha: v.peak / (1 + v.below),
        beta: v.peak * (1 + v.above),
      });
      return {
        out: (i, paid) => scaled.out(i, i === 0 ? paid * start : paid) / (i === 0 ? 1 : start),
        most: (i) => scaled.most(i) / (i === 0 ? start : 1),
      };
    },
    move: 0.3,
  },
  stableswap: {
    pool: stableswap,
    values: (k) => ({ A: between(k, 0, 0.01, 3000), peg: between(k, 1, 0.97, 1.03) }),
    plain: (reserves, v, start) => stablePool(reserves, { A: v.A, unit: v.peg * start }),
    move: 0.2,
  },
  // a range that rests
  reclamm: {
    pool: reclamm,
    values: (k) => ({ priceRatio: between(k, 0, 1.3, 100), centerednessMargin: 0, dailyPriceShiftExponent: 1 }),
    plain: (reserves, v) =>
      virtualPool(
        reserves,
        [v.p0, v.p1].map((p) => VALUE / 2 / p / (v.priceRatio ** 0.25 - 1)),
      ),
    move: 0.3,
  },
};

const VALUE = 1e6;
const CASES = 60;
const FEES = [0, 1e-4, 0.003, 0.02];
const OUTSIDE = [0, 0, 1e-3];
/** Prices at the start of case k: far from each other and from 1. */
const startPrices = (k: number): [number, number] => [between(k, 10, 1e-3, 1e4), between(k, 11, 0.1, 100)];

interface Setup extends Numbers {
  readonly p0: number;
  readonly p1: number;
  readonly now0: number;
  readonly now1: number;
  readonly fee: number;
  readonly outsideFee: number;
  readonly gas: number;
}

const setups = ({ values, move }: Subject): Setup[] =>
  Array.from({ length: CASES }, (_, k) => {
    const [p0, p1] = startPrices(k);
    const moved = k % 5 === 0 ? 2e-3 : move;
    return {
      ...values(k, p0 / p1),
      p0,
      p1,
      now0: p0 * Math.exp(moved * (2 * uniform(k, 12) - 1)),
      now1: p1 * Math.exp(moved * (2 * uniform(k, 13) - 1)),
      fee: FEES[k % FEES.length],
      outsideFee: OUTSIDE[k % OUTSIDE.length],
      gas: 0,
    };
  });

type Lanes = Readonly<Record<string, Expr>>;

const contextOf = (v: Lanes, settings: Numbers = {}): ModelContext => ({
  n: 2,
  clock: MINUTES,
  value: Object.fromEntries(Object.entries(v).map(([key, x]) => [key, [x]])),
  raw: {},
  settings: {
    centre: 1,
    shiftGate: 0,
    arbitrageEvery: 1,
    arbitrageCosts: 1,
    gasGate: 0,
    protocolShare: 0,
    ...settings,
  },
});

const minute = (...prices: Expr[]): Minute => ({ prices, weights: [] });

/** All cases of a pool as lanes. */
function lanes<K extends string>(all: readonly Setup[], body: (v: Lanes) => Record<K, Expr>): Record<K, Float64Array> {
  return compute(columns(Object.fromEntries(Object.keys(all[0]).map((key) => [key, all.map((s) => s[key])]))), body);
}

/** Started at one pair of prices, arbitraged at another. */
function traded(
  pool: PoolModel,
  v: Lanes,
  settings: Numbers = {},
): { c: ModelContext; before: Tree; after: Tree; fees: Expr } {
  const c = contextOf(v, settings);
  const before = pool.init(c, minute(v.p0, v.p1), constant(VALUE));
  const { state, fees } = pool.arbitrage(c, before, minute(v.now0, v.now1));
  return { c, before, after: state, fees };
}

const amounts = (pool: PoolModel, { c, before, after, fees }: ReturnType<typeof traded>) => {
  const [x, y] = pool.reserves(before, c);
  const [x2, y2] = pool.reserves(after, c);
  return { x, y, x2, y2, fees };
};

describe.each(Object.entries(SUBJECTS))('%s', (_name, subject) => {
  const { pool, plain } = subject;
  const all = setups(subject);
  const values = (s: Setup) => s as Numbers;

  it('starts at the outside prices with the value given, and gives nothing away there', () => {
    const still = all.map((s) => ({ ...s, now0: s.p0, now1: s.p1, fee: 0, outsideFee: 0 }));
    const got = lanes(still, (v) => amounts(pool, traded(pool, v)));
    still.forEach((s, k) => {
      expect(Math.abs((got.x[k] * s.p0 + got.y[k] * s.p1) / VALUE - 1)).toBeLessThan(1e-14);
      const moved = (got.x2[k] - got.x[k]) * s.p0 + (got.y2[k] - got.y[k]) * s.p1;
      expect(Math.abs(moved) / VALUE).toBeLessThan(1e-15);
      // whoever pays a little of an asset gets what it is worth, but for the slope of the curve
      for (const i of [0, 1] as const) {
        const paid = (1e-7 * VALUE) / (i === 0 ? s.p0 : s.p1);
        const out = plain([got.x[k], got.y[k]], values(s), s.p0 / s.p1).out(i, paid);
        const ratio = (out * (i === 0 ? s.p1 : s.p0)) / (1e-7 * VALUE);
        expect(ratio).toBeLessThan(1 + 1e-6);
        expect(ratio).toBeGreaterThan(1 - 1e-4);
      }
    });
  });

  it('is arbitraged in the best way, which trials of all sizes find', () => {
    const got = lanes(all, (v) => amounts(pool, traded(pool, v)));
    let trades = 0;
    all.forEach((s, k) => {
      const reserves: [number, number] = [got.x[k], got.y[k]];
      const market = { prices: [s.now0, s.now1] as const, fee: s.fee, outsideFee: s.outsideFee };
      const best = bestTrade(plain(reserves, values(s), s.p0 / s.p1), market, reserves);
      const delta = [got.x2[k] - got.x[k], got.y2[k] - got.y[k]];
      const profit = delta.reduce(
        (sum, d, i) => sum - d * market.prices[i] - (Math.abs(d) * market.prices[i] * s.outsideFee) / 2,
        0,
      );
      if (best.profit > 0) trades++;
      // rounding of the plain invariant, which cancels
      expect(Math.abs(profit - best.profit) / VALUE, `case ${k}`).toBeLessThan(2e-12);
      delta.forEach((d, i) => {
        expect((Math.abs(d - best.delta[i]) * market.prices[i]) / VALUE, `case ${k}`).toBeLessThan(2e-5);
      });
      // the fee is that of what is paid in
      const paid = delta.reduce((sum, d, i) => sum + Math.max(d, 0) * market.prices[i], 0);
      expect(Math.abs(got.fees[k] - s.fee * paid) / VALUE).toBeLessThan(1e-15);
    });
    expect(trades).toBeGreaterThan(CASES / 2);
  });

  it('loses by an arbitrage what the arbitrageur and the trades outside take', () => {
    const got = lanes(all, (v) => {
      const t = traded(pool, v);
      const c = contextOf(v);
      const worth = (state: Tree) => pool.value(c, state, [v.now0, v.now1]);
      return { ...amounts(pool, t), lost: worth(t.before).sub(worth(t.after)) };
    });
    all.forEach((s, k) => {
      const out = (got.x[k] - got.x2[k]) * s.now0 + (got.y[k] - got.y2[k]) * s.now1;
      expect(Math.abs(got.lost[k] - out) / VALUE).toBeLessThan(1e-15);
      expect(got.lost[k] / VALUE).toBeGreaterThan(-1e-15);
    });
  });

  it('is arbitraged for no more at a higher fee, a higher outside fee, or by fewer who pay for gas', () => {
    const gains = (change: (s: Setup) => Partial<Setup>) => {
      const got = lanes(
        all.map((s) => ({ ...s, ...change(s) }) as Setup),
        (v) => amounts(pool, traded(pool, v)),
      );
      return all.map((s, k) => (got.x[k] - got.x2[k]) * s.now0 + (got.y[k] - got.y2[k]) * s.now1);
    };
    const ladders: ((x: number) => Partial<Setup>)[] = [
      (fee) => ({ fee, outsideFee: 0 }),
      (outsideFee) => ({ outsideFee }),
      (x) => ({ gas: x * VALUE }),
    ];
    for (const ladder of ladders) {
      const steps = [0, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.09].map((x) => gains(() => ladder(x)));
      for (let k = 0; k < CASES; k++) {
        for (let j = 1; j < steps.length; j++) expect(steps[j][k]).toBeLessThanOrEqual(steps[j - 1][k] + 1e-15 * VALUE);
      }
      // each binds somewhere
      expect(Math.max(...steps[0])).toBeGreaterThan(1e-3 * VALUE);
      expect(steps[0].some((g, k) => steps[6][k] < 0.5 * g)).toBe(true);
    }
  });

  it('stands where its reserves are: a pool of the same reserves trades alike, whatever came before', () => {
    // out and back again, with a fee: the second arbitrage starts from a state that was computed, not given
    const fee = 0.003;
    const still = all.map((s) => ({ ...s, fee, outsideFee: 0 }));
    const got = lanes(still, (v) => {
      const c = contextOf(v);
      const once = traded(pool, v);
      const back = pool.arbitrage(c, once.after, minute(v.p0, v.p1));
      const [x3, y3] = pool.reserves(back.state, once.c);
      return { ...amounts(pool, once), x3, y3 };
    });
    let trades = 0;
    still.forEach((s, k) => {
      const reserves: [number, number] = [got.x2[k], got.y2[k]];
      const market = { prices: [s.p0, s.p1] as const, fee, outsideFee: 0 };
      const best = bestTrade(plain(reserves, values(s), s.p0 / s.p1), market, reserves);
      const profit = (got.x2[k] - got.x3[k]) * s.p0 + (got.y2[k] - got.y3[k]) * s.p1;
      if (best.profit > 0) trades++;
      expect(Math.abs(profit - best.profit) / VALUE, `case ${k}`).toBeLessThan(2e-12);
    });
    expect(trades).toBeGreaterThan(CASES / 3);
  });

  it('shares fees with a protocol, and does a part of a trade where a gate says so', () => {
    const share = 0.4;
    const gained = (s: Setup, delta: readonly number[]) =>
      -delta.reduce((sum, d, i) => sum + [s.now0, s.now1][i] * (d + (Math.abs(d) * s.outsideFee) / 2), 0);
    const free = all.map((s) => ({ ...s, fee: 0.003 }));
    const whole = lanes(free, (v) => amounts(pool, traded(pool, v)));
    const deltas = free.map((_, k) => [whole.x2[k] - whole.x[k], whole.y2[k] - whole.y[k]]);
    // gas near what the whole trade gains
    const costly = free.map((s, k) => ({
      ...s,
      gas: [0.5, 0.9, 1.1, 2][k % 4] * Math.max(gained(s, deltas[k]), 1e-6),
    }));
    const settings = { gasGate: 0.3, protocolShare: share };
    const gated = lanes(costly, (v) => amounts(pool, traded(pool, v, settings)));
    let parts = 0;
    costly.forEach((s, k) => {
      const profit = Math.max(gained(s, deltas[k]), 0);
      const done = 1 / (1 + Math.exp((1 - profit / s.gas) / 0.3));
      if (done > 0.1 && done < 0.9 && deltas[k][0] !== 0) parts++;
      const kept = (d: number) => done * (d > 0 ? d * (1 - share * s.fee) : d);
      // what rounding of a profit, 1e-15 of the value, changes the share by
      const room = 1e-14 * VALUE * (1 + VALUE / s.gas);
      expect(Math.abs(gated.x2[k] - gated.x[k] - kept(deltas[k][0])) * s.now0).toBeLessThan(room);
      expect(Math.abs(gated.y2[k] - gated.y[k] - kept(deltas[k][1])) * s.now1).toBeLessThan(room);
      expect(Math.abs(gated.fees[k] - done * (1 - share) * whole.fees[k])).toBeLessThan(room);
    });
    expect(parts).toBeGreaterThan(CASES / 3);
    // and is found where its reserves are after that
    const next = lanes(costly, (v) => {
      const once = traded(pool, v, settings);
      const back = pool.arbitrage(contextOf({ ...v, gas: constant(0) }), once.after, minute(v.p0, v.p1));
      const [x3, y3] = pool.reserves(back.state, once.c);
      return { ...amounts(pool, once), x3, y3 };
    });
    costly.forEach((s, k) => {
      const reserves: [number, number] = [next.x2[k], next.y2[k]];
      const market = { prices: [s.p0, s.p1] as const, fee: s.fee, outsideFee: s.outsideFee };
      const best = bestTrade(plain(reserves, values(s), s.p0 / s.p1), market, reserves);
      const back = { ...s, now0: s.p0, now1: s.p1 };
      const profit = gained(back, [next.x3[k] - next.x2[k], next.y3[k] - next.y2[k]]);
      expect(Math.abs(profit - best.profit) / VALUE, `case ${k}`).toBeLessThan(2e-12);
    });
  });

  it('charges an order what paying it into the pool costs, in either direction, up to all that is left', () => {
    for (const size of [1e-5, 0.01, 0.3, 0.9]) {
      const got = lanes(all, (v) => {
        const { after } = traded(pool, v);
        const c = contextOf(v, { protocolShare: 0.25 });
        const [x, y] = pool.reserves(after, c);
        return { x, y, ...pool.orderCost(c, after, minute(v.now0, v.now1), constant(size)) };
      });
      all.forEach((s, k) => {
        const reserves: [number, number] = [got.x[k], got.y[k]];
        const model = plain(reserves, values(s), s.p0 / s.p1);
        const order = size * (got.x[k] * s.now0 + got.y[k] * s.now1);
        const prices = [s.now0, s.now1];
        // the pool's price, from small orders whose slippage is extrapolated away; at an end of the curve from one side
        const slope = (i: 0 | 1) => {
          const paid = Math.min(1e-6 * VALUE, 0.5 * model.most(i) * prices[i]) / prices[i];
          if (!(paid > (1e-9 * VALUE) / prices[i])) return null;
          return (4 * model.out(i, paid / 2) - model.out(i, paid)) / paid;
        };
        const [down, up] = [slope(0), slope(1)];
        const marginal = down === null ? 1 / (up as number) : up === null ? down : Math.sqrt(down / up);
        const parts = ([0, 1] as const).map((i) => {
          const paid = order / prices[i];
          const out = model.out(i, Math.min(paid, model.most(i)));
          return 1 - out / (paid * (i === 0 ? marginal : 1 / marginal));
        });
        expect(got.fee[k]).toBeCloseTo(0.75 * s.fee, 15);
        // the marginal price is one of differences: 1e-6 where liquidity is thin
        expect(Math.abs(got.cost[k] - s.fee - (parts[0] + parts[1]) / 2), `size ${size}, case ${k}`).toBeLessThan(1e-6);
      });
    }
  });

  it('is the same pool in other units, and at twice the value', () => {
    const unit = 2 ** 20;
    const whole = (v: Lanes) => {
      const t = traded(pool, v);
      const { cost } = pool.orderCost(contextOf(v), t.after, minute(v.now0, v.now1), constant(0.01));
      return { ...amounts(pool, t), cost };
    };
    const plainly = lanes(all, whole);
    const others = lanes(
      all.map((s) => ({ ...s, p0: s.p0 * unit, now0: s.now0 * unit })),
      whole,
    );
    const doubled = lanes(all, (v) => {
      const c = contextOf(v);
      const twice = pool.scale(traded(pool, v).after, constant(2));
      const [x, y] = pool.reserves(twice, c);
      return { x, y, cost: pool.orderCost(c, twice, minute(v.now0, v.now1), constant(0.01)).cost };
    });
    all.forEach((_, k) => {
      expect([others.x2[k] * unit, others.y2[k], others.cost[k]]).toEqual([
        plainly.x2[k],
        plainly.y2[k],
        plainly.cost[k],
      ]);
      expect([doubled.x[k], doubled.y[k], doubled.cost[k]]).toEqual([
        2 * plainly.x2[k],
        2 * plainly.y2[k],
        plainly.cost[k],
      ]);
    });
  });
});
