/**
 * Trades that somebody asks of pools of two assets, against their invariants in plain numbers: what is paid and paid out,
 * fees, ends of a range, where the pool stands afterwards, and that no way to and fro gains.
 */
import { describe, expect, it } from 'vitest';
import { concentratedRange, type RangeState } from '../../kernels/pools/concentrated-range.js';
import { eclp } from '../../kernels/pools/e-clp.js';
import { fmAmm } from '../../kernels/pools/fm-amm.js';
import { type ReclammState, reclamm } from '../../kernels/pools/reclamm.js';
import { stableswap } from '../../kernels/pools/stableswap.js';
import { constant, Expr, type Tree, where } from '../../src/graph/index.js';
import type { PoolModel } from '../../src/pools/model.js';
import { sum } from '../../src/rollout/functions.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { draw } from '../../src/targets/runtime.js';
import { columns, compute } from './hmm-programs.js';
import { bestTrade, ellipticPool, type PlainPool, stablePool, virtualPool } from './pair-brute.js';
import { contextOf, minute } from './pair-programs.js';

type Numbers = Readonly<Record<string, number>>;
type Lanes = Readonly<Record<string, Expr>>;

interface Subject {
  readonly pool: PoolModel;
  readonly values: (k: number) => Numbers;
  /** Numbers of a state that `plain` asks for beside the reserves. */
  readonly seen?: (state: Tree) => Record<string, Expr>;
  readonly plain: (reserves: readonly [number, number], of: Numbers) => PlainPool;
  /** Whether the arbitrageur gains most, and not as long as anything is gained. */
  readonly best?: false;
}

const VALUE = 1e6;
const CASES = 90;
const uniform = (k: number, i: number): number => draw(91, k, i, 0);
const between = (k: number, i: number, low: number, high: number): number => low * (high / low) ** uniform(k, i);
const numbers = (state: Tree): Expr[] => (state instanceof Expr ? [state] : Object.values(state).flatMap(numbers));

/** How many numbers of two states differ. */
const changes = (a: Tree, b: Tree): Expr => {
  const [before, after] = [numbers(a), numbers(b)];
  return sum(before.map((x, j) => where(x.less(after[j]).or(after[j].less(x)), 1, 0)));
};

/** A plain pool that counts the first asset in a unit of its own. */
const inUnits = (plain: PlainPool, unit: number): PlainPool => ({
  out: (i, paid) => plain.out(i, i === 0 ? paid * unit : paid) / (i === 0 ? 1 : unit),
  most: (i) => plain.most(i) / (i === 0 ? unit : 1),
});

const SUBJECTS: Readonly<Record<string, Subject>> = {
  reclamm: {
    pool: reclamm,
    values: (k) => ({ priceRatio: between(k, 0, 1.3, 30), centerednessMargin: 0, dailyPriceShiftExponent: 1 }),
    seen: (state) => ({ vx: (state as ReclammState).virtual[0], vy: (state as ReclammState).virtual[1] }),
    plain: (reserves, { vx, vy }) => virtualPool(reserves, [vx, vy]),
  },
  'fm-amm': {
    pool: fmAmm,
    values: () => ({}),
    plain: ([x, y]) => {
      const own = [0.4 * x, 0.6 * y];
      return { out: (i, paid) => (own[1 - i] * paid) / (own[i] + paid), most: () => Number.POSITIVE_INFINITY };
    },
    best: false,
  },
  'concentrated-range': {
    pool: concentratedRange,
    values: (k) => ({ middle: between(k, 0, 0.9, 1.1), priceRatio: between(k, 1, 1.5, 30) }),
    seen: (state) => {
      const { root, low, high, liquidity } = state as RangeState;
      return { root, low, high, liquidity };
    },
    plain: (_reserves, { root, low, high, liquidity }) => ({
      out: (i, paid) =>
        i === 0
          ? liquidity * (root - Math.max(1 / (1 / root + paid / liquidity), low))
          : liquidity * (1 / root - 1 / Math.min(root + paid / liquidity, high)),
      most: (i) => liquidity * (i === 0 ? 1 / low - 1 / root : high - root),
    }),
  },
  'e-clp': {
    pool: eclp,
    values: (k) => ({
      peak: between(k, 0, 0.95, 1.05),
      below: between(k, 1, 0.07, 1),
      above: between(k, 2, 0.07, 1),
      lambda: between(k, 3, 1, 200),
    }),
    plain: ([x, y], v) => {
      const start = v.p0 / v.p1;
      const shape = { q: v.peak, lambda: v.lambda, alpha: v.peak / (1 + v.below), beta: v.peak * (1 + v.above) };
      return inUnits(ellipticPool([x * start, y], shape), start);
    },
  },
  stableswap: {
    pool: stableswap,
    values: (k) => ({ A: between(k, 0, 0.01, 300), peg: between(k, 1, 0.97, 1.03) }),
    plain: (reserves, v) => stablePool(reserves, { A: v.A, unit: (v.peg * v.p0) / v.p1 }),
  },
};

interface Trial extends Numbers {
  readonly p0: number;
  readonly p1: number;
  readonly now0: number;
  readonly now1: number;
  readonly fee: number;
  /** Asset that is paid in, and how much. */
  readonly i: number;
  readonly paid: number;
}

/** Prices move from p to `now`, and then somebody pays from a millionth of the pool to twice of it. */
const trials = ({ values }: Subject): Trial[] =>
  Array.from({ length: CASES }, (_, k) => {
    const [p0, p1] = [between(k, 10, 1e-3, 1e4), between(k, 11, 0.1, 100)];
    const i = k % 2;
    const size = k % 3 === 0 ? between(k, 12, 0.3, 2) : between(k, 12, 1e-6, 0.3);
    const now0 = p0 * Math.exp(0.15 * (2 * uniform(k, 13) - 1));
    const fee = [0, 0.003, 0.05][(k >> 1) % 3];
    return { ...values(k), p0, p1, now0, now1: p1, fee, i, paid: (size * VALUE) / (i === 0 ? now0 : p1) };
  });

const context = (pool: PoolModel, v: Lanes, settings: Numbers = {}): ModelContext =>
  contextOf(pool, { weights: [0.6, 0.4], ...v }, settings);

/** An order of `paid` of asset i. */
const orderOf = (i: Expr, paid: Expr) => {
  const first = i.less(0.5);
  return {
    paid: [where(first, paid, 0), where(first, 0, paid)],
    taken: [where(first, 0, 1), where(first, 1, 0)],
  };
};

const lanes = <K extends string>(all: readonly Numbers[], body: (v: Lanes) => Record<K, Expr>) =>
  compute(columns(Object.fromEntries(Object.keys(all[0]).map((key) => [key, all.map((s) => s[key])]))), body);

const start = (pool: PoolModel, c: ModelContext, v: Lanes): Tree =>
  pool.arbitrage(c, pool.init(c, minute(v.p0, v.p1), constant(VALUE)), minute(v.now0, v.now1)).state;

const swap = (pool: PoolModel, c: ModelContext, v: Lanes, state: Tree, i = v.i, paid = v.paid) => {
  if (pool.swap === undefined) throw new TypeError(`${pool.name} has no swap port`);
  return pool.swap(c, state, minute(v.now0, v.now1), orderOf(i, paid));
};

describe.each(Object.entries(SUBJECTS))('%s', (_name, subject) => {
  const { pool, plain } = subject;
  const all = trials(subject);

  it.each([0, 0.4])('pays out what its curve says for what it takes, protocol share %s', (share) => {
    const got = lanes(all, (v) => {
      const c = context(pool, v, { protocolShare: share });
      const before = start(pool, c, v);
      const { state, fees } = swap(pool, c, v, before);
      const [x, y] = pool.reserves(before, c);
      const [x2, y2] = pool.reserves(state, c);
      const worth = (s: Tree) => pool.value(c, s, [v.now0, v.now1]);
      return { x, y, x2, y2, fees, gained: worth(state).sub(worth(before)), ...subject.seen?.(before) };
    });
    let ends = 0;
    all.forEach((s, k) => {
      const numbers = Object.fromEntries(Object.entries(got).map(([key, values]) => [key, values[k]]));
      const model = plain([got.x[k], got.y[k]], { ...s, ...numbers });
      const i = s.i as 0 | 1;
      const most = model.most(i);
      const net = Math.min(s.paid * (1 - s.fee), most);
      if (net === most) ends++;
      const paid = net / (1 - s.fee);
      const out = model.out(i, net);
      const changes = [got.x2[k] - got.x[k], got.y2[k] - got.y[k]];
      const prices = [s.now0, s.now1];
      // the plain invariants cancel, and more so far out on their curves
      const room = 2e-12 * VALUE;
      expect(Math.abs(changes[i] - paid * (1 - share * s.fee)) * prices[i], `case ${k}`).toBeLessThan(room);
      expect(Math.abs(changes[1 - i] + out) * prices[1 - i], `case ${k}`).toBeLessThan(room);
      expect(Math.abs(got.fees[k] - (1 - share) * s.fee * paid * prices[i])).toBeLessThan(room);
      const moved = changes[0] * prices[0] + changes[1] * prices[1];
      expect(Math.abs(got.gained[k] - moved)).toBeLessThan(1e-14 * VALUE * (1 + s.paid * prices[i]));
    });
    // all of an asset can be bought, where there are ends
    expect(ends > 5).toBe(
      Number.isFinite(plain([1, 1], { ...all[0], vx: 1, vy: 1, root: 1, low: 0.5, high: 2, liquidity: 1 }).most(0)),
    );
  });

  it('has no more of an asset than it had, to the last digit, and takes nothing for what it has not', () => {
    const huge = all.map((s) => ({ ...s, paid: 1e6 * s.paid }));
    const got = lanes(huge, (v) => {
      const c = context(pool, v);
      const { state } = swap(pool, c, v, start(pool, c, v));
      const again = swap(pool, c, v, state);
      const [x, y] = pool.reserves(state, c);
      return { x, y, left: where(v.i.less(0.5), y, x), changed: changes(state, again.state), fees: again.fees };
    });
    huge.forEach((_, k) => {
      expect(Math.min(got.x[k], got.y[k])).toBeGreaterThanOrEqual(0);
      if (subject.pool.name === 'fm-amm' || subject.pool.name === 'stableswap') return;
      // fees of a range are put aside: of the first arbitrage there may be some of the asset that is left
      if (subject.pool.name !== 'concentrated-range') expect(got.left[k]).toBe(0);
      expect([got.changed[k], got.fees[k]], `case ${k}`).toEqual([0, 0]);
    });
  });

  it('is changed by no trade not in a bit', () => {
    const got = lanes(all, (v) => {
      const c = context(pool, v);
      const before = start(pool, c, v);
      const { state, fees } = swap(pool, c, v, before, v.i, constant(0));
      return { changed: changes(before, state), fees };
    });
    expect([...got.changed, ...got.fees].every((x) => x === 0)).toBe(true);
  });

  it('stands where its reserves are afterwards: it is arbitraged as one of the same reserves', () => {
    const got = lanes(all, (v) => {
      const c = context(pool, v);
      const { state } = swap(pool, c, v, start(pool, c, v));
      const [x, y] = pool.reserves(state, c);
      const [x2, y2] = pool.reserves(pool.arbitrage(c, state, minute(v.now0, v.now1)).state, c);
      return { x, y, x2, y2, ...subject.seen?.(state) };
    });
    let trades = 0;
    all.forEach((s, k) => {
      const numbers = Object.fromEntries(Object.entries(got).map(([key, values]) => [key, values[k]]));
      const market = { prices: [s.now0, s.now1] as const, fee: s.fee, outsideFee: 0 };
      const best = bestTrade(plain([got.x[k], got.y[k]], { ...s, ...numbers }), market, [got.x[k], got.y[k]]);
      const profit = (got.x[k] - got.x2[k]) * s.now0 + (got.y[k] - got.y2[k]) * s.now1;
      if (best.profit > 0) trades++;
      // rounding of the plain invariant, which cancels, on a pool that a trade has made larger
      const room = 2e-12 * (got.x[k] * s.now0 + got.y[k] * s.now1);
      expect(Math.abs(profit - (subject.best === false ? 0 : best.profit)), `case ${k}`).toBeLessThan(room);
    });
    expect(trades).toBeGreaterThan(CASES / 3);
  });

  it('gains by every trade and the arbitrage after it, and by a trade to and fro', () => {
    const still = all.map((s) => ({ ...s, now0: s.p0 }));
    const got = lanes(still, (v) => {
      const c = context(pool, v);
      const before = start(pool, c, v);
      const worth = (s: Tree) => pool.value(c, s, [v.now0, v.now1]);
      const { state } = swap(pool, c, v, before);
      const back = pool.arbitrage(c, state, minute(v.now0, v.now1)).state;
      const [r, r2] = [pool.reserves(before, c), pool.reserves(state, c)];
      const first = v.i.less(0.5);
      const out = where(first, r[1].sub(r2[1]), r[0].sub(r2[0]));
      const returned = pool.reserves(swap(pool, c, v, state, constant(1).sub(v.i), out).state, c);
      const fro = (j: number) => returned[j].sub(r[j]).mul(j === 0 ? v.now0 : v.now1);
      return {
        gained: worth(back).sub(worth(before)),
        paid: where(first, fro(0), fro(1)),
        taken: where(first, fro(1), fro(0)),
      };
    });
    still.forEach((s, k) => {
      const room = 1e-15 * VALUE * (1 + (s.paid * (s.i === 0 ? s.now0 : s.now1)) / VALUE);
      expect(got.gained[k], `case ${k}`).toBeGreaterThan(-room);
      // what was paid out came back, and of what was paid in no more went
      expect(Math.abs(got.taken[k])).toBeLessThan(room);
      expect(got.paid[k], `case ${k}`).toBeGreaterThan(-room);
      if (s.fee > 0 && s.paid * s.now0 > 1) expect(got.gained[k]).toBeGreaterThan(0);
    });
    expect(Math.max(...got.gained)).toBeGreaterThan(1e-3 * VALUE);
  });
});
