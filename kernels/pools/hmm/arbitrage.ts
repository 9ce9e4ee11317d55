/**
 * Floor 3, hmm pool. The arbitrageur's optimal trade with one asset under the fee f = f_m + λ_r·|ΔΨ|/Ψ, exactly.
 *
 * r is the compute bought, or the compute paid in when it is sold (gross). With λ = λ_r/x, k = 1 − f_m, P the outside
 * price and (p, dy) the end of the trade on the curve (curve.ts), in curve units:
 *   buying   maximise P·r − dy/(k − λr):  F(r) = p + λ·dy/m − P·m, m = k − λr      (the first-order condition times m)
 *   selling  maximise −dy − P·r, dx = r(k − λr):  F(r) = P − p·m, m = k − 2λr
 * Both F increase. Without the risk fee the trade ends at p = P·k or P/k; the risk fee adds slope and leaves the no-trade
 * band [P·k, P/k] as it is.
 */
import { constant, type Expr, solve, where } from '../../../src/graph/index.js';
import { type Curve, gradientY, lastPrice, offered, roomOf, slide, twiceInvariant } from './curve.js';

export interface Fees {
  /** f_m */
  readonly market: Expr;
  /** λ_r */
  readonly risk: Expr;
}

/** What an arbitrageur does, by lane; both false: nothing. */
export interface Sides {
  /** Buys compute from the pool. */
  readonly buys: Expr;
  /** Sells compute to the pool. */
  readonly sells: Expr;
}

export interface Trade {
  /** r: compute bought or, gross, sold; in curve units; ≥ 0. */
  readonly amount: Expr;
  /** What its fee is a part of: the fee rate f. */
  readonly fee: Expr;
  /** Credits that the curve took, or gave when below 0. */
  readonly dy: Expr;
  /** Reserves after it, fees included. */
  readonly x: Expr;
  readonly y: Expr;
  /** Fees, in credits at the outside price. */
  readonly fees: Expr;
  /** The arbitrageur's gain, in credits at the outside price. */
  readonly profit: Expr;
}

/**
 * x is never bought below this part of x + ρy: the curve allows to buy all of it at finite cost, but the risk fee is 0/0 at
 * x = 0. Large enough for a reserve that is left to be positive after rounding.
 */
const UNSOLD = 2 ** -48;

/** Of the search's last step, relative: leaves 1e-16 in amounts and at most 1e-8 in their gradients (1e-11 in usual trades). */
const TOLERANCE = 1e-4;

/**
 * p < P·k or p·k > P, in products only: this is asked every minute. `scale`: price of a curve unit of P is P/scale.
 */
export function sides(c: Curve, market: Expr, outside: Expr, scale: Expr): Sides {
  const keep = market.neg().add(1);
  const own = offered(c).mul(scale);
  const asked = gradientY(c).mul(outside);
  return { buys: own.less(asked.mul(keep)), sells: asked.less(own.mul(keep)) };
}

/** One asset, bought from or sold to. */
export interface Way {
  readonly curve: Curve;
  readonly fees: Fees;
  /** k = 1 − f_m */
  readonly keep: Expr;
  /** λ = λ_r/x */
  readonly lambda: Expr;
  readonly sells: Expr;
}

export const wayOf = (curve: Curve, fees: Fees, sells: Expr): Way => ({
  curve,
  fees,
  keep: fees.market.neg().add(1),
  lambda: fees.risk.div(curve.x),
  sells,
});

/** One asset's problem. */
interface Problem extends Way {
  readonly outside: Expr;
}

/** The optimal trade where `sides` has one. Elsewhere the result means nothing: choose with `where(buys or sells, …)`. */
export function optimalTrade(curve: Curve, fees: Fees, outside: Expr, { buys, sells }: Sides): Trade {
  const problem = { ...wayOf(curve, fees, sells), outside };
  const edge = edgeOf(problem, buys);
  const interior = interiorOf(problem, edge, buys.or(sells));
  const amount = edge.choose(edge.amount, interior);
  const fee = problem.lambda.mul(amount).add(fees.market);
  const seen = amount.sub(amount.mul(fee));
  const { dy } = slide(curve, where(sells, seen, amount.neg()));
  const paid = dy.mul(fee.neg().add(1).reciprocal());
  const worth = outside.mul(amount);
  const y = curve.y.add(where(sells, dy, paid));
  return {
    amount,
    fee,
    dy,
    x: edge.choose(edge.x, where(sells, curve.x.add(amount), curve.x.sub(amount))),
    // rounding must not leave a debt when nearly all credits are bought
    y: where(edge.near, y.maximum(0), y),
    fees: where(sells, worth.mul(fee), paid.mul(fee)),
    profit: where(sells, dy.neg().sub(worth), worth.sub(paid)),
  };
}

/** r with F(r) = 0, in the lanes that trade and do not end at the edge. */
function interiorOf(problem: Problem, edge: Edge, trades: Expr): Expr {
  const { curve, fees, keep, sells } = problem;
  // m ≥ 0 up to here; a product of parameters only, hence no division in a minute
  const most = curve.x.mul(keep.div(fees.risk));
  const high = where(sells, most.mul(0.5), curve.x.minimum(most));
  return solve({
    residual: (r) => marginal(problem, r).residual,
    derivative: (r) => marginal(problem, r).slope,
    low: constant(0),
    high,
    start: where(edge.near, 0, guess(problem).minimum(high)),
    needed: trades.and(edge.binds.not()),
    tolerance: TOLERANCE,
  });
}

/** F(r) and F′(r). */
function marginal({ curve, outside, keep, lambda, sells }: Problem, r: Expr): { residual: Expr; slope: Expr } {
  const risk = lambda.mul(r);
  const m = keep.sub(where(sells, risk.mul(2), risk));
  const { dy, price, steepness } = slide(curve, where(sells, r.mul(keep.sub(risk)), r.neg()));
  const inverse = m.reciprocal();
  const cost = price.add(lambda.mul(dy).mul(inverse));
  return {
    residual: where(sells, outside.sub(price.mul(m)), cost.sub(outside.mul(m))),
    slope: where(
      sells,
      steepness.mul(m.square()).add(lambda.mul(price).mul(2)),
      steepness.add(lambda.mul(cost.mul(inverse).add(outside))),
    ),
  };
}

/**
 * About r: the optimum without the risk fee, where p = Q, t = y⁺/x⁺ = (Q − ρ)/(1 − ρQ), x⁺ = √(2h/(2t + ρ(1 + t²))), times
 * the part of the slope there that is the curve's. Exact without the risk fee, and close enough for one Newton step where
 * trades are small. Needs ρ < Q < 1/ρ.
 */
function guess({ curve, outside, keep, lambda, sells }: Problem): Expr {
  const { rho, x } = curve;
  const ends = outside.mul(where(sells, keep.reciprocal(), keep));
  const q = curve.beside === undefined ? ends : ends.sub(curve.beside.price);
  // t = u/v, all over v
  const u = q.sub(rho);
  const v = rho.mul(q).neg().add(1);
  const shape = u
    .mul(v)
    .mul(2)
    .add(rho.mul(u.square().add(v.square())));
  const end = twiceInvariant(curve).div(shape).sqrt();
  const dx = end.mul(v).sub(x);
  const steepness = q.mul(2).sub(rho.mul(q.square().add(1)));
  const risk = lambda
    .mul(2)
    .mul(outside)
    .mul(end)
    .mul(v.add(rho.mul(u)));
  const part = steepness.add(risk);
  return where(sells, dx, dx.neg())
    .mul(steepness)
    .div(where(sells, part.mul(keep), part));
}

interface Edge {
  /** Whether the edge may bind; the rest is told only where it may. */
  readonly near: Expr;
  /** What is bought or, gross, sold there. */
  readonly amount: Expr;
  /** x after that. */
  readonly x: Expr;
  readonly binds: Expr;
  /** The first where the edge binds, else the second. */
  readonly choose: (there: Expr, elsewhere: Expr) => Expr;
}

/**
 * Where the pool runs out of what is bought. Buying ends at x⁺ = 0 (p = 1/ρ), selling at y⁺ = 0 (p = ρ), at
 * x⁺ = √(2h/ρ): it binds if F ≤ 0 there. That can only be when P·k ≥ 1/ρ or P ≤ ρ·k, so it is seldom worth asking:
 * all of it is used through choices on `near`, hence skipped.
 */
function edgeOf(problem: Problem, buys: Expr): Edge {
  const { curve, outside, keep, lambda, sells } = problem;
  const near = buys
    .and(outside.mul(keep).mul(curve.rho).greaterEqual(1))
    .or(sells.and(outside.lessEqual(lastPrice(curve).mul(keep))));
  // r(k − λr) = room, the smaller root; where there is none F > 0 at what stands here
  const room = roomOf(curve);
  const sold = room.mul(2).div(keep.add(keep.square().sub(lambda.mul(room).mul(4)).maximum(0).sqrt()));
  const left = gradientY(curve).mul(UNSOLD).minimum(curve.x);
  const amount = where(sells, sold, curve.x.sub(left));
  // a buyer's fee must stay below 1
  const payable = lambda.mul(amount).less(keep);
  const binds = where(near, where(payable, marginal(problem, amount).residual, 1), 1).lessEqual(0);
  return {
    near,
    amount,
    // a remainder as small as `left` would be lost in x − amount
    x: where(sells, curve.x.add(amount), left),
    binds,
    choose: (there, elsewhere) => where(near, where(binds, there, elsewhere), elsewhere),
  };
}
