/**
 * Floor 3. Two constant-product pools of X and Y that arbitrageurs and a router trade with.
 *
 * A pool charges fees on what is paid in, `bid` where it buys X and `ask` where it sells X; they leave the pool, so that
 * k = xy stays. γ = 1 − fee. S is the price of X in Y outside. The edge of a trade is what the pool gains by it at S:
 * y − xS where it sells X, xS − y where it buys X, with gross amounts.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { clip } from '../../src/rollout/functions.js';

export interface Reserves {
  readonly x: Expr;
  readonly y: Expr;
}

export interface Fees {
  readonly bid: Expr;
  readonly ask: Expr;
}

/** A trade with a pool; all amounts are 0 where there is none. */
export interface Trade {
  /** Masks: whether there is one, and whether the pool buys X. */
  readonly traded: Expr;
  readonly buysX: Expr;
  /** What changes hands, fees included. */
  readonly x: Expr;
  readonly y: Expr;
  readonly edge: Expr;
  readonly after: Reserves;
}

/** The most of its X that a pool sells to one arbitrage. */
const CAP = 0.99;

const gammaOf = (fee: Expr): Expr => constant(1).sub(fee);

/**
 * The arbitrageur's best trade: the marginal price with its fee is brought to S, x′ = √(k/(γᵃS)) where the pool sells X,
 * but no more than 99 % of it, x′ = √(kγᵇ/S) where it buys. None where nothing is gained by it.
 */
export function arbitrage(pool: Reserves, fees: Fees, price: Expr): Trade {
  const [ask, bid] = [gammaOf(fees.ask), gammaOf(fees.bid)];
  const worth = price.mul(pool.x);
  const sells = pool.y.less(worth.mul(ask));
  const buysX = worth.less(pool.y.mul(bid));
  const k = pool.x.mul(pool.y);
  const aim = where(buysX, k.mul(bid).div(price), k.div(ask.mul(price))).sqrt();
  const x = where(buysX, aim, aim.maximum(pool.x.mul(1 - CAP)));
  const y = k.div(x);
  const [movedX, movedY] = [x.sub(pool.x), y.sub(pool.y)];
  const paid = where(buysX, movedX.div(bid), movedY.div(ask));
  const got = where(buysX, movedY, movedX).neg();
  const gross = { x: where(buysX, paid, got), y: where(buysX, got, paid) };
  const loss = where(buysX, gross.x.mul(price).sub(gross.y), gross.y.sub(gross.x.mul(price)));
  // the profit is looked at where there can be one: the rest of the lanes may skip all of it
  const traded = where(sells.or(buysX), loss, 0).less(0);
  return tradeOf(traded, buysX, gross, loss, { x, y }, pool);
}

const tradeOf = (traded: Expr, buysX: Expr, gross: Reserves, edge: Expr, after: Reserves, pool: Reserves): Trade => ({
  traded,
  buysX,
  x: where(traded, gross.x, 0),
  y: where(traded, gross.y, 0),
  edge: where(traded, edge, 0),
  after: { x: where(traded, after.x, pool.x), y: where(traded, after.y, pool.y) },
});

/** Somebody pays `size` of Y for X where `buys`, else its worth of X for Y; nothing where `size` is 0. */
export interface Order {
  readonly buys: Expr;
  readonly size: Expr;
}

/** What an order meets: reserves of the asset that is paid in and of the other one, and γ. */
interface Side {
  readonly paid: Expr;
  readonly taken: Expr;
  readonly gamma: Expr;
}

const sideOf = ({ buys }: Order, pool: Reserves, fees: Fees): Side => ({
  paid: where(buys, pool.y, pool.x),
  taken: where(buys, pool.x, pool.y),
  gamma: gammaOf(where(buys, fees.ask, fees.bid)),
});

/**
 * The parts of an order in both pools, those of which the marginal prices are equal afterwards:
 * Δ₁ = clamp((r(i₂ + γ₂T) − i₁)/(γ₁ + rγ₂), 0, T), r = √(γ₁k₁/(γ₂k₂)), of T in all against reserves i of what is paid in.
 */
export function split(order: Order, price: Expr, ours: Side, other: Side): readonly [Expr, Expr] {
  const total = where(order.buys, order.size, order.size.div(price));
  const ratio = ours.gamma.mul(ours.paid).mul(ours.taken).div(other.gamma.mul(other.paid).mul(other.taken)).sqrt();
  const wanted = ratio.mul(other.paid.add(other.gamma.mul(total))).sub(ours.paid);
  const first = clip(wanted.div(ours.gamma.add(ratio.mul(other.gamma))), 0, total);
  return [first, total.sub(first)];
}

/** A part of an order, in the asset that is paid in; none up to `least` of it. */
export function fill(order: Order, part: Expr, side: Side, pool: Reserves, price: Expr, least: number): Trade {
  const traded = part.greater(least);
  const k = pool.x.mul(pool.y);
  const paid = side.paid.add(side.gamma.mul(part));
  const left = k.div(paid);
  const out = side.taken.sub(left);
  const { buys } = order;
  const gross = { x: where(buys, out, part), y: where(buys, part, out) };
  const edge = where(buys, part.sub(out.mul(price)), part.mul(price).sub(out));
  const after = { x: where(buys, left, paid), y: where(buys, paid, left) };
  return tradeOf(traded, buys.not(), gross, edge, after, pool);
}

/** An order routed through both pools; ours executes first. `first`: the part that is meant for it. */
export function route(
  order: Order,
  price: Expr,
  ours: { readonly pool: Reserves; readonly fees: Fees },
  other: { readonly pool: Reserves; readonly fees: Fees },
  least: number,
): { readonly ours: Trade; readonly other: Trade; readonly first: Expr } {
  const [here, there] = [sideOf(order, ours.pool, ours.fees), sideOf(order, other.pool, other.fees)];
  const parts = split(order, price, here, there);
  // lanes without an order skip the split
  const [first, second] = parts.map((part) => where(order.size.greater(0), part, 0));
  return {
    ours: fill(order, first, here, ours.pool, price, least),
    other: fill(order, second, there, other.pool, price, least),
    first,
  };
}
