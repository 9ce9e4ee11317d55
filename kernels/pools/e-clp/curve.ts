/**
 * Floor 3, e-clp pool. The trading curve of Gyroscope's elliptic concentrated-liquidity pool: an arc of an ellipse.
 *
 * The paper and the contracts (GyroECLPMath) write |A(t − o)| = r for t = (x, y), with the centre o = r·(X(β), Y(α)) and
 *
 *     A = ( c/λ  −s/λ )      c = cos φ, s = sin φ, tan φ = q,
 *         (  s     c  )
 *
 * λ ≥ 1 the stretch, q the price of most liquidity, [α, β] the range. Here all of it is in terms of the price p = −dy/dx.
 * With n(p)² = λ²(p − q)² + (qp + 1)², the length of the vector m(p) = (λ(p − q), qp + 1), and ℓ = r·cos φ,
 *
 *     x(p) = ℓ·(X(β) − X(p)),   X(p) = (λ²(p − q) + q(qp + 1))/n(p),
 *     y(p) = ℓ·(Y(α) − Y(p)),   Y(p) = (qp + 1 − qλ²(p − q))/n(p),   pX + Y = n.
 *
 * These differences cancel badly for large λ. They are chords of a circle, hence, with n₁, m₁ of p₁ and n₂, m₂ of p₂,
 *
 *     X(p₂) − X(p₁) = κ·(1/n₁ + 1/n₂),   Y(p₁) − Y(p₂) = κ·(p₁/n₁ + p₂/n₂),
 *     κ = g²(p₂ − p₁)/(n₁n₂ + m₁·m₂) = (n₁n₂ − m₁·m₂)/(p₂ − p₁),   g = λ(1 + q²),
 *
 * the first form of κ where m₁·m₂ ≥ 0, the second elsewhere: sums and products of positive numbers, exact for any λ.
 */
import { type Expr, sub, where } from '../../../src/graph/index.js';

/** A price on the curve and n there. */
export interface Place {
  readonly p: Expr;
  readonly n: Expr;
}

/** What does not move with trades: q, λ, the ends of the range. */
export interface Ellipse {
  readonly q: Expr;
  readonly lambda: Expr;
  readonly low: Place;
  readonly high: Place;
}

const norm = (q: Expr, lambda: Expr, p: Expr): Expr =>
  lambda.mul(p.sub(q)).square().add(q.mul(p).add(1).square()).sqrt();

export const place = ({ q, lambda }: Pick<Ellipse, 'q' | 'lambda'>, p: Expr): Place => ({ p, n: norm(q, lambda, p) });

/** @param q > 0, @param lambda ≥ 1, @param alpha < q, @param beta > q */
export function ellipse(q: Expr, lambda: Expr, alpha: Expr, beta: Expr): Ellipse {
  const shape = { q, lambda };
  return { ...shape, low: place(shape, alpha), high: place(shape, beta) };
}

/** κ of two prices, < 0 if the second is the lower one. */
function chord({ q, lambda }: Ellipse, a: Place, b: Place): Expr {
  const product = a.n.mul(b.n);
  const dot = lambda
    .square()
    .mul(a.p.sub(q).mul(b.p.sub(q)))
    .add(q.mul(a.p).add(1).mul(q.mul(b.p).add(1)));
  const apart = b.p.sub(a.p);
  const near = lambda.mul(q.square().add(1)).square().mul(apart).div(product.add(dot));
  return where(dot.less(0), product.sub(dot).div(apart), near);
}

/** Changes of x and y for ℓ = 1 from one price to another: both 0, or of opposite signs. */
export function between(e: Ellipse, from: Place, to: Place): { readonly x: Expr; readonly y: Expr } {
  const k = chord(e, from, to);
  const [a, b] = [from.n.reciprocal(), to.n.reciprocal()];
  return { x: k.mul(a.add(b)).neg(), y: k.mul(from.p.mul(a).add(to.p.mul(b))) };
}

/** Reserves for ℓ = 1 at a price of the range. */
export function reservesAt(e: Ellipse, at: Place): { readonly x: Expr; readonly y: Expr } {
  return { x: between(e, at, e.high).x.neg(), y: between(e, e.low, at).y };
}

/** The curve seen from the other asset: x and y change places, prices are reciprocal. */
export function mirrored({ q, lambda, low, high }: Ellipse): Ellipse {
  const turn = (at: Place) => mirroredPlace(q, at);
  return { q: q.reciprocal(), lambda, low: turn(high), high: turn(low) };
}

/** n(p)/(qp) is n of the mirrored curve at 1/p; its ℓ is q·ℓ. */
export const mirroredPlace = (q: Expr, { p, n }: Place): Place => ({ p: p.reciprocal(), n: n.div(q.mul(p)) });

/**
 * y that the pool pays out for `paid` of x; what exceeds the range is not taken. With a = paid/ℓ:
 *
 *     X(p₂) = X(p) − a,   (g/n₂)² = (g/n)² + a(2X(p) − a),   p₂ = (X(p₂)·n₂ + q(λ² − 1))/(λ² + q²),
 *     out = p·paid·(1 − slippage),   slippage = (1 − p₂/p)·n/(n + n₂).
 */
export function outFor(e: Ellipse, at: Place, l: Expr, paid: Expr): Expr {
  const a = paid.div(l).minimum(between(e, at, e.low).x);
  const { p, n } = at;
  const { p: p2, n: n2 } = placeAfter(e, at, a);
  const slippage = sub(1, p2.div(p)).mul(n).div(n.add(n2));
  return a.mul(l).mul(p).mul(sub(1, slippage));
}

/**
 * Where `a` more of x leaves a pool of ℓ = 1, a at most what the range takes. n is largest at an end of a way: a bound that
 * keeps (g/n₂)² from being lost in the rounding of λ².
 */
export function placeAfter(e: Ellipse, { p, n }: Place, a: Expr): Place {
  const { q, lambda, low } = e;
  const square = lambda.square();
  const g = lambda.mul(q.square().add(1));
  const x = square
    .mul(p.sub(q))
    .add(q.mul(q.mul(p).add(1)))
    .div(n);
  const end = g
    .div(n)
    .square()
    .add(a.mul(x.mul(2).sub(a)))
    .maximum(g.div(n.maximum(low.n)).square())
    .sqrt();
  const n2 = g.div(end);
  const p2 = x
    .sub(a)
    .mul(n2)
    .add(q.mul(square.sub(1)))
    .div(square.add(q.square()));
  return { p: p2, n: n2 };
}

/**
 * ℓ and price of the pool that has f more than one which is at price p of the curve ℓ, with (x, y). In value at p it is the
 * same pool scaled by 1 + g, and differs from that by (φ, −pφ):
 *
 *     g = (p·f_x + f_y)/V,   φ = (f_x·y − x·f_y)/V,   V = px + y.
 *
 * With w = 1 + q², u(p) = m(p)/n(p), u⊥ = (u₂, −u₁) and B = ((1, −q)/λ, (q, 1))/w a curve is B·t = ℓ(χ − u),
 * χ = B·(X(β), Y(α)), |u| = 1, and B·(φ, −pφ) = τu⊥, τ = φ·n/(λw). So for ℓ₀ = (1 + g)ℓ and ℓ′ = ℓ₀ + δ
 *
 *     (|χ|² − 1)δ² + 2(V(1 + g)/n − τ·u⊥·χ)δ + τ² = 0,   ℓ′u(p′) = ℓ₀u + δχ − τu⊥.
 *
 * τ is small where f is small against the scarcer reserve, however thin the ellipse is against the reserves.
 */
export function grown(
  e: Ellipse,
  at: Place,
  l: Expr,
  [x, y]: readonly [Expr, Expr],
  [fx, fy]: readonly [Expr, Expr],
): { readonly l: Expr; readonly p: Expr } {
  const { q, lambda } = e;
  const { p, n } = at;
  const value = p.mul(x).add(y);
  const scale = p.mul(fx).add(fy).div(value).add(1);
  const scaled = l.mul(scale);
  const tau = fx
    .mul(y)
    .sub(x.mul(fy))
    .div(value)
    .mul(n)
    .div(lambda.mul(q.square().add(1)));
  const [u1, u2] = [lambda.mul(p.sub(q)).div(n), q.mul(p).add(1).div(n)];
  const [c1, c2] = centre(e);
  const bent = c1.square().add(c2.square()).sub(1);
  const b = value
    .mul(scale)
    .div(n)
    .sub(tau.mul(u2.mul(c1).sub(u1.mul(c2))));
  const square = tau.square();
  const root = b.square().sub(bent.mul(square)).maximum(0).sqrt();
  const delta = square.div(b.add(root)).neg();
  const [v1, v2] = [
    scaled.mul(u1).add(delta.mul(c1)).sub(tau.mul(u2)),
    scaled.mul(u2).add(delta.mul(c2)).add(tau.mul(u1)),
  ];
  // m = v₁/v₂ = λ(p − q)/(qp + 1)
  const price = lambda
    .mul(q)
    .mul(v2)
    .add(v1)
    .div(lambda.mul(v2).sub(q.mul(v1)));
  return { l: scaled.add(delta), p: price };
}

/** χ: with X(β) − qY(α) and qX(β) + Y(α) written out. */
function centre({ q, lambda, low, high }: Ellipse): [Expr, Expr] {
  const w = q.square().add(1);
  const along = ({ p, n }: Place) => lambda.mul(p.sub(q)).div(n);
  const across = ({ p, n }: Place) => q.mul(p).add(1).div(n);
  const [a1, a2] = [along(low), across(low)];
  const [b1, b2] = [along(high), across(high)];
  const q2 = q.square();
  // X = λu₁ + qu₂, Y = u₂ − qλu₁
  const first = b1.add(q2.mul(a1)).add(q.div(lambda).mul(b2.sub(a2)));
  const second = q.mul(lambda).mul(b1.sub(a1)).add(q2.mul(b2)).add(a2);
  return [first.div(w), second.div(w)];
}
