/** What the tests of pools of two assets share: contexts, single trades, and the best trade by search instead of formula. */
import { constant, Expr } from '../../src/graph/index.js';
import type { Minute, ModelContext, PoolModel } from '../../src/rollout/model.js';

const expr = (x: number | Expr): Expr => (x instanceof Expr ? x : constant(x));

export const minute = (first: number | Expr, second: number | Expr = 1): Minute => ({
  prices: [expr(first), expr(second)],
  weights: [],
});

/** Parameters and settings as given, else their defaults. */
export function contextOf(
  pool: Pick<PoolModel, 'parameters' | 'settings'>,
  values: Readonly<Record<string, number | Expr | readonly (number | Expr)[]>> = {},
  settings: Readonly<Record<string, number>> = {},
): ModelContext {
  const all = Object.fromEntries(Object.entries(pool.settings).map(([key, s]) => [key, settings[key] ?? s.default]));
  const value = Object.entries(pool.parameters(all)).map(([key, p]) => {
    const given = values[key] ?? (p.shape === 'asset' ? [p.default, p.default] : p.default);
    return [key, (Array.isArray(given) ? given : [given]).map(expr)];
  });
  return { n: 2, value: Object.fromEntries(value), raw: {}, settings: all };
}

export interface Offer {
  /** What the pool pays of the second asset for this much of the first, after the fee; and of the first for the second. */
  readonly out: (paid: number, first: boolean) => number;
  /** The most that can make sense to pay, after the fee: of the first, of the second. */
  readonly most: readonly [number, number];
}

export interface Best {
  /** Paid in with the fee > 0, taken out < 0. */
  readonly delta: readonly [number, number];
  readonly gain: number;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Where a function with one peak is highest between two numbers. */
function peak(f: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  let [c, d] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
  let [fc, fd] = [f(c), f(d)];
  while (c < d) {
    if (fc > fd) {
      [b, d, fd] = [d, c, fc];
      c = b - GOLDEN * (b - a);
      fc = f(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + GOLDEN * (b - a);
      fd = f(d);
    }
  }
  return (a + b) / 2;
}

/** The trade that gains most at these prices, searched over sizes in both directions; 0 where none gains. */
export function bestTrade(offer: Offer, [p, q]: readonly [number, number], fee: number, outsideFee = 0): Best {
  const [dear, cheap] = [1 + outsideFee / 2, 1 - outsideFee / 2];
  const tried = [true, false].map((first): Best => {
    const delta = (paid: number): [number, number] => {
      const [gross, out] = [paid / (1 - fee), -offer.out(paid, first)];
      return first ? [gross, out] : [out, gross];
    };
    const gain = (paid: number) => {
      const [dx, dy] = delta(paid);
      return -dx * p * (dx > 0 ? dear : cheap) - dy * q * (dy > 0 ? dear : cheap);
    };
    const at = peak(gain, 0, offer.most[first ? 0 : 1]);
    return gain(at) > 0 ? { delta: delta(at), gain: gain(at) } : { delta: [0, 0], gain: 0 };
  });
  return tried[0].gain > tried[1].gain ? tried[0] : tried[1];
}
