/**
 * Floor 3, hmm pool. The trading curve of one asset: h(x, y) = xy + (ρ/2)(x² + y²), constant in a trade.
 *
 * x is compute, counted in units of 1/s where s is the price scale, so that the curve is centred at price 1; y is
 * credits. 0 ≤ ρ < 1. h = κ/w with ρ = λ/w: (w, λ, κ) and c·(w, λ, κ) are the same pool. κ is never kept: it is computed
 * from the reserves of the moment, so a pool whose ρ changes is on the curve of its reserves at once.
 */
import type { Expr } from '../../../src/graph/index.js';

export interface Curve {
  readonly rho: Expr;
  /** Compute reserve, in units of 1/s. */
  readonly x: Expr;
  /** Credit reserve; of a curve beside a fixed price, what is left of it for the hyperbola. */
  readonly y: Expr;
  /** Left out: the hyperbola alone. */
  readonly beside?: Beside;
}

/**
 * A fixed price π beside the hyperbola: what compute costs beyond what the hyperbola takes, hence credits π·(const − x) beside its
 * y. (A pull to a target inventory is that; kernels/compute/target.ts.)
 */
export interface Beside {
  /** π */
  readonly price: Expr;
  /** x at which all credits have been bought, and the price there. */
  readonly most: Expr;
  readonly last: Expr;
}

/** ∂h/∂x = y + ρx */
export const gradientX = (c: Curve): Expr => c.y.add(c.rho.mul(c.x));

/** ∂h/∂y = x + ρy */
export const gradientY = (c: Curve): Expr => c.x.add(c.rho.mul(c.y));

/** Credits for one unit of compute: p = (y + ρx)/(x + ρy), within [ρ, 1/ρ]; beside a fixed price, both. */
export function price(c: Curve): Expr {
  const own = gradientX(c).div(gradientY(c));
  return c.beside === undefined ? own : own.add(c.beside.price);
}

/** p·∂h/∂y: the price without a division. */
export const offered = (c: Curve): Expr =>
  c.beside === undefined ? gradientX(c) : gradientX(c).add(c.beside.price.mul(gradientY(c)));

/** Compute that can be sold to it before its credits run out, and the price there. */
export const roomOf = (c: Curve): Expr =>
  (c.beside === undefined ? twiceInvariant(c).div(c.rho).sqrt() : c.beside.most).sub(c.x);
export const lastPrice = (c: Curve): Expr => c.beside?.last ?? c.rho;

/** Whether its credits do not suffice for `seen` of compute. */
export const isBeyond = (c: Curve, seen: Expr): Expr =>
  c.beside === undefined
    ? c.rho.mul(c.x.add(seen).square()).greater(twiceInvariant(c))
    : c.x.add(seen).greater(c.beside.most);

/** 2h = 2xy + ρ(x² + y²) */
export const twiceInvariant = (c: Curve): Expr =>
  c.x
    .mul(c.y)
    .mul(2)
    .add(c.rho.mul(c.x.square().add(c.y.square())));

/** Where a trade ends. */
export interface Slide {
  /** Change of y: h(x + dx, y + dy) = h(x, y). */
  readonly dy: Expr;
  /** Price there. */
  readonly price: Expr;
  /** −dp/dx along the curve there: (2p − ρ(1 + p²))/D = 2h(1 − ρ²)/D³, D = ∂h/∂y */
  readonly steepness: Expr;
}

/**
 * Along the curve by dx (either sign), without cancellation and valid at ρ = 0: with b = x + dx + ρy,
 * q = dx·(y + ρx + ρ·dx/2) and D = x⁺ + ρy⁺ = √((1 − ρ²)(x + dx)² + 2ρh), dy = −2q/(b + D).
 * (D² = b² − 2ρq; written as a sum of positive terms.) The reserves after the trade may leave the quadrant: the branch of
 * the hyperbola goes on smoothly, callers keep to x⁺, y⁺ ≥ 0.
 */
export function slide(c: Curve, dx: Expr): Slide {
  const b = gradientY(c).add(dx);
  const q = dx.mul(gradientX(c).add(c.rho.mul(dx).mul(0.5)));
  const flat = c.rho.square().neg().add(1);
  const twice = twiceInvariant(c);
  const d = flat.mul(c.x.add(dx).square()).add(c.rho.mul(twice)).sqrt();
  const dy = q.mul(-2).div(b.add(d));
  // one reciprocal for both: divisions follow one another and are what a trade waits for
  const inverse = d.reciprocal();
  const price = gradientX(c).add(c.rho.mul(dx)).add(dy).mul(inverse);
  const steepness = flat.mul(twice).mul(inverse).mul(inverse.square());
  if (c.beside === undefined) return { dy, price, steepness };
  const fixed = c.beside.price;
  return { dy: dy.sub(fixed.mul(dx)), price: price.add(fixed), steepness };
}

/** Compute bought from a hyperbola for `effectiveIn` credits (after fees), at most until x runs out: y + effectiveIn ≤ √(2h/ρ). */
export const computeFor = (c: Curve, effectiveIn: Expr): Expr =>
  slide({ rho: c.rho, x: c.y, y: c.x }, effectiveIn).dy.neg();

/** Credits (before fees are added) that buy exactly `compute` ≤ x; gross: divided by 1 − fee. */
export const creditsFor = (c: Curve, compute: Expr): Expr => slide(c, compute.neg()).dy;

/** Credits paid out for `effectiveIn` of compute (after fees), at most until y runs out. */
export const creditsOutFor = (c: Curve, effectiveIn: Expr): Expr => slide(c, effectiveIn).dy.neg();
