/**
 * Floor 3, hmm pool. What a router sees of one asset: r of compute bought for credits, or sold, gross, for credits, under
 * the fee f = f_m + λr of what is paid in (arbitrage.ts). With k = 1 − f_m,
 *
 *     buying    paid dy/(k − λr),   a unit of compute for p/(k − λr) + λ·dy/(k − λr)²
 *     selling   paid r,             a unit of compute for p·(k − 2λr)
 */
import { type Expr, where } from '../../../src/graph/index.js';
import type { Way } from './arbitrage.js';
import { gradientY, slide, twiceInvariant } from './curve.js';

/** All in curve units. */
export interface Step {
  readonly paid: Expr;
  /** Of what is taken, for the next unit paid in. */
  readonly rate: Expr;
  /** What the credits of the pool change by, and the fee rate. */
  readonly credits: Expr;
  readonly fee: Expr;
}

export function stepAt({ curve, fees, keep, lambda, sells }: Way, r: Expr): Step {
  const risk = lambda.mul(r);
  const { dy, price } = slide(curve, where(sells, r.mul(keep.sub(risk)), r.neg()));
  const left = keep.sub(risk).reciprocal();
  const cost = price.add(lambda.mul(dy).mul(left)).mul(left);
  return {
    paid: where(sells, r, dy.mul(left)),
    rate: where(sells, price.mul(keep.sub(risk.mul(2))), cost.reciprocal()),
    credits: where(sells, dy, dy.mul(left)),
    fee: fees.market.add(risk),
  };
}

/** Below what nothing more is to be had, or no fee is left that could be paid: parts of all. */
const [UNSOLD, PAYABLE] = [2 ** -40, 1 - 2 ** -20];

/**
 * The r at which a way ends: the pool runs out of compute, or of credits, at x⁺ = √(2h/ρ), the smaller root of
 * r(k − λr) = x⁺ − x; or the fee takes all, at r = k/λ and at k/2λ, where selling more brings less.
 */
export function endOf({ curve, fees, keep, lambda, sells }: Way): Expr {
  const most = curve.x.mul(keep).div(fees.risk.maximum(NO_RISK)).mul(PAYABLE);
  const bought = curve.x.sub(gradientY(curve).mul(UNSOLD)).maximum(0).minimum(most);
  const room = twiceInvariant(curve).div(curve.rho.maximum(NO_CURVATURE)).sqrt().sub(curve.x).maximum(0);
  const root = keep.square().sub(lambda.mul(room).mul(4)).maximum(0).sqrt();
  const sold = room.mul(2).div(keep.add(root)).minimum(most.mul(0.5));
  return where(sells, sold, bought);
}

/** Below any that acts, so that ends are far away and finite. */
const [NO_RISK, NO_CURVATURE] = [1e-12, 1e-12];
