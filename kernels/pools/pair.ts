/**
 * Floor 3. What pools of two assets share, whatever their curve: the arbitrageur's optimal trade, trades that somebody asks
 * for, and what an order costs.
 *
 * x, y: amounts of the first and the second asset; m = −dy/dx along the curve: the pool's marginal price of the first in
 * units of the second; P = p₀/p₁: the price outside. A fee is charged on what is paid in, γ = 1 − fee.
 */
import { type Expr, sub, type Tree, where } from '../../src/graph/index.js';
import type { Offer, Order } from '../../src/pools/flow.js';
import { dot } from '../../src/rollout/functions.js';
import { type Arbitrage, type Costs, gain, gate, outsideRatio } from './arbitrageur.js';

/** Numbers or masks for the first and for the second asset. */
export type Two = readonly [Expr, Expr];

/** The curve of a pool at this moment. */
export interface Curve {
  /** m as above/below, both > 0: prices are compared in every minute, and in products that costs no division. */
  readonly price: readonly [above: Expr, below: Expr];
  /** Masks: whether anything of an asset is left to be bought; null on curves without ends. */
  readonly left: Two | null;
  /**
   * Changes of x and y along the curve to where m is `price`, or to the curve's end where it ends before; what there is
   * of the asset that is bought is not exceeded. `buys`: the first asset is bought, so that the first number is ≤ 0 and
   * the second ≥ 0; else the other way round. Used in minutes with a trade only.
   */
  readonly slide: (price: Expr, buys: Expr) => Two;
  /** What the pool pays out: of the second asset for `paid[0]` of the first, and of the first for `paid[1]` of the second. */
  readonly out: (paid: Two) => readonly [second: Expr, first: Expr];
  /** What can be paid of either asset until nothing is left of the other; null on curves without ends. */
  readonly most: Two | null;
}

export interface PairTrade extends Arbitrage {
  /** The whole trade as the curve sees it, without the fee; 0 where there is none. */
  readonly seen: Two;
  /** Mask: whether the whole trade is done; null where a gate does parts of trades. */
  readonly whole: Expr | null;
}

export interface PairArbitrage extends PairTrade {
  /** m after the whole trade, unless the curve ends before; means something in minutes with a trade only. */
  readonly end: Expr;
}

/**
 * The trade that gains an arbitrageur most. Buying the first asset pays as long as a unit of it, for m/γ of the second, is
 * worth more than that, selling it as long as mγ is more than it is worth; so the pool is left at
 *
 *     m′ = clamp(m, γP, P/γ),   γ = (1 − fee)·(1 − τ/2)/(1 + τ/2) under an outside fee τ,
 *
 * or where it has nothing left. The test for a trade costs no division; all else stands inside the arm of the choice and
 * is skipped in minutes without one.
 *
 * @param reserves x and y, ≥ 0
 * @param prices outside, > 0, in the numéraire
 * @param fee in [0, 1); it stays in the pool as far as `reserves` of the result are concerned
 * @param costs null: none beside the fee
 */
export function pairArbitrage(
  curve: Curve,
  reserves: readonly Expr[],
  prices: readonly Expr[],
  fee: Expr,
  costs: Costs | null,
): PairArbitrage {
  const gamma = sub(1, fee);
  const band = costs === null ? gamma : gamma.mul(outsideRatio(costs));
  const { buys, sells } = sides(curve, prices, band);
  const trades = buys.or(sells);
  const end = prices[0].div(prices[1]).mul(where(buys, band, band.reciprocal()));
  const change = curve.slide(end, buys);
  const inward = [sells, buys];
  const gross = gamma.reciprocal();
  const best = change.map((d, i) => where(trades, where(inward[i], d.mul(gross), d), 0));
  const profit = () => gain(best, prices, costs as Costs);
  const done = costs === null ? (amount: Expr) => amount : gate(costs, profit());
  const delta = best.map(done);
  const paid = where(sells, change[0].mul(prices[0]), change[1].mul(prices[1]));
  return {
    reserves: reserves.map((r, i) => r.add(delta[i])),
    paidIn: delta.map((d) => d.maximum(0)),
    takenOut: delta.map((d) => d.maximum(0).sub(d)),
    delta,
    fees: done(where(trades, paid.mul(fee.mul(gross)), 0)),
    trades,
    seen: [where(trades, change[0], 0), where(trades, change[1], 0)],
    end,
    whole: costs === null ? trades : costs.gate > 0 ? null : trades.and(costs.gas.less(profit())),
  };
}

/**
 * Somebody's trade: the curve sees γ of what is paid in. What is paid beyond what takes the other asset to its end is not
 * taken. Without a trade, or where nothing of the asset is left, nothing changes.
 */
export function pairSwap(
  { out, most }: Pick<Curve, 'out' | 'most'>,
  reserves: readonly Expr[],
  prices: readonly Expr[],
  { paid, taken }: Order,
  fee: Expr,
): PairTrade & { readonly whole: Expr } {
  const gamma = sub(1, fee);
  const given = [paid[0].mul(taken[1]), paid[1].mul(taken[0])];
  const net = given.map((x) => x.mul(gamma));
  const full = net.map((x, i) => most?.[i].less(x) ?? null);
  const upTo = (i: number, otherwise: Expr, end: () => Expr) => {
    const mask = full[i];
    return mask === null ? otherwise : where(mask, end(), otherwise);
  };
  const effective: Two = [upTo(0, net[0], () => (most as Two)[0]), upTo(1, net[1], () => (most as Two)[1])];
  const trades = effective[0].add(effective[1]).greater(0);
  const paidIn = given.map((x, i) =>
    where(
      trades,
      upTo(i, x, () => effective[i].div(gamma)),
      0,
    ),
  );
  const [second, first] = out(effective);
  const all = (i: 0 | 1, got: Expr) => upTo(1 - i, most === null ? got : got.minimum(reserves[i]), () => reserves[i]);
  const takenOut = [all(0, first), all(1, second)].map((x) => where(trades, x, 0));
  const delta = paidIn.map((x, i) => x.sub(takenOut[i]));
  const seen = (i: 0 | 1) => where(trades, effective[i], 0).sub(takenOut[i]);
  return {
    reserves: reserves.map((r, i) => r.add(delta[i])),
    paidIn,
    takenOut,
    delta,
    fees: dot(paidIn, prices).mul(fee),
    trades,
    seen: [seen(0), seen(1)],
    whole: trades,
  };
}

/** What an arbitrageur does: buys the first asset where m < γP, sells it where m > P/γ. */
function sides(
  { price: [above, below], left }: Curve,
  prices: readonly Expr[],
  band: Expr,
): Record<'buys' | 'sells', Expr> {
  const offered = above.mul(prices[1]);
  const asked = below.mul(prices[0]);
  const buys = offered.less(asked.mul(band));
  const sells = asked.less(offered.mul(band));
  return left === null ? { buys, sells } : { buys: buys.and(left[0]), sells: sells.and(left[1]) };
}

/**
 * Relative cost of an order through the swap port: fee + slippage, averaged over the two directions. Slippage is what of
 * the order's worth at the pool's own price is not got when the order, less the fee, is paid in; what the pool cannot fill
 * is lost: 1 − out/(paid·m) for the first asset, 1 − out·m/paid for the second.
 *
 * @param order in the numéraire, at outside prices, > 0
 */
export function pairOrderCost(
  curve: Pick<Curve, 'price' | 'out'>,
  prices: readonly Expr[],
  order: Expr,
  fee: Expr,
): Expr {
  const [above, below] = curve.price;
  const paid: Two = [order.div(prices[0]), order.div(prices[1])];
  const [second, first] = curve.out(paid);
  const sold = second.mul(below).div(paid[0].mul(above));
  const bought = first.mul(above).div(paid[1].mul(below));
  return fee.add(sub(1, sold.add(bought).mul(0.5)));
}

/** A curve as it is used up from one side. */
export interface Way {
  /** Of what is taken by what is paid, along the curve, once `net` has been paid of it. */
  readonly price: (net: Expr) => Expr;
  /** What can be paid, without the fee, until nothing is left; null on curves without ends. */
  readonly most: Expr | null;
}

/** Masks of a direction: whether the first asset is paid in. */
export const paysFirst = ({ paid }: Order): Expr => paid[0].greater(0);

/** The way along XY = constant, of reserves that may be virtual: after `net` of X the price is XY/(X + net)². */
export function hyperbola([x, y]: Two, first: Expr, most: Two | null): Way {
  const paid = where(first, x, y);
  const product = x.mul(y);
  return {
    price: (net) => product.div(paid.add(net).square()),
    most: most === null ? null : where(first, ...most),
  };
}

/** A way along a curve as a router sees it, the fee charged; x is what is paid in. */
export function pairOffer<S extends Tree>(
  { price, most }: Way,
  { paid, taken }: Order,
  fee: Expr,
  trade: (order: Order) => { readonly state: S; readonly fees: Expr },
): Offer<S> {
  const gamma = sub(1, fee);
  const end = most === null ? null : most.div(gamma);
  return {
    at: (x) => ({ paid: x, rate: gamma.mul(price(gamma.mul(x))) }),
    most: end,
    start: (amount) => (end === null ? amount : amount.minimum(end)),
    trade: (x) => trade({ paid: paid.map((one) => one.mul(x)), taken }),
  };
}
