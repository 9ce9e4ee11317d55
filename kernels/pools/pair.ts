/**
 * Floor 3. What pools of two assets share, whatever their curve: the arbitrageur's optimal trade and what an order costs.
 *
 * x, y: amounts of the first and the second asset; m = −dy/dx along the curve: the pool's marginal price of the first in
 * units of the second; P = p₀/p₁: the price outside. A fee is charged on what is paid in, γ = 1 − fee.
 */
import { type Expr, sub, where } from '../../src/graph/index.js';
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
}

export interface PairArbitrage extends Arbitrage {
  /** The whole trade as the curve sees it, without the fee; 0 where there is none. */
  readonly seen: Two;
  /** m after the whole trade, unless the curve ends before; means something in minutes with a trade only. */
  readonly end: Expr;
  /** Mask: whether the whole trade is done; null where a gate does parts of trades. */
  readonly whole: Expr | null;
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
