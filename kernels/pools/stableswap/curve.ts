/**
 * Floor 3, stableswap pool. Curve's StableSwap of two assets, along a parameter s.
 *
 * The invariant is k(x + y) + D = kD + D³/(4xy), where k = A·n = 2A with the A of the contracts (get_D; the whitepaper's A is
 * half of it). For D = 1 let S = x + y, d = x − y and z = 1/(4xy). Then k(S − 1) + 1 = z, so S is straight in z, and
 * d² = S² − 1/z. With a = 1/(k + 2), b = k/(k + 2) and a parameter s of the sign of d,
 *
 *     S = 1 + a·s²,   z = 1 + b·s²,   d = s·φ,   φ² = 2a + b/z + a²s²      (2a + b = 1: φ = 1 at s = 0).
 *
 * The price of x in y is (k + z/x)/(k + z/y), hence
 *
 *     p = (S − d + k/(2z²))/(S + d + k/(2z²)),   (1 − p)/(1 + p) = d/(S + k/(2z²)).
 *
 * A → 0 leaves d/S = (1 − p)/(1 + p), the constant product; A → ∞ leaves S = 1, the constant sum.
 */
import { constant, type Expr, type SolveSpec, solve, sub, where } from '../../../src/graph/index.js';

/** k, a and b. */
export interface Shape {
  readonly k: Expr;
  readonly a: Expr;
  readonly b: Expr;
}

export function shapeOf(amplification: Expr): Shape {
  const k = amplification.mul(2);
  const a = k.add(2).reciprocal();
  return { k, a, b: k.mul(a) };
}

/** A place on the curve, D = 1. */
export interface Place {
  readonly s: Expr;
  readonly sum: Expr;
  readonly z: Expr;
  readonly phi: Expr;
}

export function place({ a, b }: Shape, s: Expr): Place {
  const square = s.square();
  const z = square.mul(b).add(1);
  const phi = a.mul(2).add(b.div(z)).add(a.square().mul(square)).sqrt();
  return { s, sum: square.mul(a).add(1), z, phi };
}

/** Reserves, D = 1: the smaller one as 1/(4zx), which does not cancel. */
export function reservesAt({ s, sum, z, phi }: Place): { readonly x: Expr; readonly y: Expr } {
  const d = s.mul(phi);
  const larger = sum.add(d.abs()).mul(0.5);
  const smaller = z.mul(larger).mul(4).reciprocal();
  const more = d.greater(0);
  return { x: where(more, larger, smaller), y: where(more, smaller, larger) };
}

/**
 * Changes of x and y from one place to another, D = 1: S₂ − S₁ = a(s₂² − s₁²), d₂ − d₁ = (s₂ − s₁)φ₂ + s₁(φ₂ − φ₁),
 * φ₂ − φ₁ = (s₂² − s₁²)(a² − b²/(z₁z₂))/(φ₁ + φ₂): exact for small moves.
 */
export function between({ a, b }: Shape, from: Place, to: Place): { readonly x: Expr; readonly y: Expr } {
  const step = to.s.sub(from.s);
  const squares = step.mul(to.s.add(from.s));
  const bend = a.square().sub(b.square().div(from.z.mul(to.z)));
  const phis = squares.mul(bend).div(from.phi.add(to.phi));
  const apart = step.mul(to.phi).add(from.s.mul(phis));
  const sum = squares.mul(a);
  return { x: sum.add(apart).mul(0.5), y: sum.sub(apart).mul(0.5) };
}

/** Where d/(S + κ/(2z²)) is δ: with κ = k at the price p, δ = (1 − p)/(1 + p); with κ = 0 at reserves whose d/S is δ. */
export interface Sought {
  readonly delta: Expr;
  /** 1 − |δ| > 0, without cancellation. */
  readonly room: Expr;
  readonly kappa: Expr;
  /** Where to begin. */
  readonly start: Expr;
  readonly needed?: SolveSpec['needed'];
}

export const atPrice = ({ k }: Shape, p: Expr): Pick<Sought, 'delta' | 'room' | 'kappa'> => ({
  delta: sub(1, p).div(p.add(1)),
  room: p.minimum(1).mul(2).div(p.add(1)),
  kappa: k,
});

export const atReserves = (x: Expr, y: Expr): Pick<Sought, 'delta' | 'room' | 'kappa'> => ({
  delta: x.sub(y).div(x.add(y)),
  room: x.minimum(y).mul(2).div(x.add(y)),
  kappa: constant(0),
});

/**
 * s with d = δ(S + κ/(2z²)), by Newton's method: d − δ(S + κ/(2z²)) increases on the side of s where the root is, for
 * there d′ ≥ S′. The root lies below √(4/((1 − |δ|)(3 + |δ|)) + √(|δ|κ/(1 − |δ|))/b): then κ/(2z²) ≤ S(1 − |δ|)/(2|δ|)
 * and, with S²z ≥ 1 + s², d/S ≥ (1 + |δ|)/2.
 */
export function find(shape: Shape, { delta, room, kappa, start, needed }: Sought): Expr {
  const { a, b } = shape;
  const size = sub(1, room);
  const flat = size.mul(kappa).div(room).maximum(0).sqrt().div(b);
  const most = room.mul(size.add(3)).reciprocal().mul(4).add(flat).sqrt();
  const more = delta.greater(0);
  const [low, high] = [where(more, 0, most.neg()), where(more, most, 0)];
  return solve({
    residual: (s) => {
      const { sum, z, phi } = place(shape, s);
      return s.mul(phi).sub(delta.mul(sum.add(kappa.mul(0.5).div(z.square()))));
    },
    derivative: (s) => {
      const { z, phi } = place(shape, s);
      const square = s.square();
      const bend = a.square().sub(b.square().div(z.square()));
      const slope = phi.add(square.mul(bend).div(phi));
      return slope.sub(
        delta
          .mul(2)
          .mul(s)
          .mul(a.sub(kappa.mul(b).div(z.square().mul(z)))),
      );
    },
    low,
    high,
    start: start.maximum(low).minimum(high),
    ...(needed === undefined ? {} : { needed }),
  });
}

/**
 * What of y is paid out for `paid` of x, D = 1 and 4xyz = 1: o of X(y − o)(z + k(paid − o)) = xyz, X = x + paid,
 *
 *     k·o² − βo + c = 0,   β = z + k(paid + y),   c = paid·y(k + z/X),   o = 2c/(β + √(β² − 4kc)),
 *     β² − 4kc = z² + k²(paid − y)² + 2kz(paid(1 − y/X) + xy/X).
 */
export function outFor({ k }: Shape, z: Expr, x: Expr, y: Expr, paid: Expr): Expr {
  const after = x.add(paid);
  const unit = after.reciprocal();
  const beta = z.add(k.mul(paid.add(y)));
  const c = paid.mul(y).mul(k.add(z.mul(unit)));
  const cross = paid.mul(sub(1, y.mul(unit))).add(x.mul(y).mul(unit));
  const root = z
    .square()
    .add(k.mul(paid.sub(y)).square())
    .add(k.mul(2).mul(z).mul(cross))
    .sqrt();
  return c.mul(2).div(beta.add(root));
}
