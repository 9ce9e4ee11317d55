/** Floor 2. Small functions of expressions that every model needs. */
import { Expr, type Tree, where } from '../graph/index.js';

/** 1/(1 + e^−x) */
export const logistic = (x: Expr): Expr => x.neg().exp().add(1).reciprocal();

/** ½(x + √(x² + 4)), without cancellation for x < 0: 2/(√(x² + 4) − x). */
export function squareplus(x: Expr): Expr {
  const root = x.square().add(4).sqrt();
  return where(x.less(0), root.sub(x).reciprocal().mul(2), root.add(x).mul(0.5));
}

/** Σ xᵢ from left to right. */
export const sum = (xs: readonly Expr[]): Expr => xs.reduce((a, b) => a.add(b));

/** Σ xᵢyᵢ from left to right. */
export const dot = (xs: readonly Expr[], ys: readonly Expr[]): Expr => sum(xs.map((x, i) => x.mul(ys[i])));

/** The largest. */
export const maximum = (xs: readonly Expr[]): Expr => xs.reduce((a, b) => a.maximum(b));

/** The smallest. */
export const minimum = (xs: readonly Expr[]): Expr => xs.reduce((a, b) => a.minimum(b));

/** e^xᵢ/Σe^xⱼ; the largest is subtracted first, without a gradient (it cancels). */
export function softmax(xs: readonly Expr[]): Expr[] {
  const top = maximum(xs).stopGradient();
  const e = xs.map((x) => x.sub(top).exp());
  const total = sum(e);
  return e.map((x) => x.div(total));
}

/** x clipped to [low, high]; zero gradient outside. */
export const clip = (x: Expr, low: number | Expr, high: number | Expr): Expr => x.maximum(low).minimum(high);

/** x^e for x > 0. */
export const pow = (x: Expr, e: Expr | number): Expr => x.log().mul(e).exp();

/** condition ? x : y, leaf by leaf of two trees of one shape. */
export function choose<T extends Tree>(condition: Expr, x: T, y: T): T {
  const go = (a: Tree, b: Tree): Tree => {
    if (a instanceof Expr) return where(condition, a, b as Expr);
    if (Array.isArray(a)) return a.map((leaf, i) => go(leaf, (b as readonly Tree[])[i]));
    return Object.fromEntries(
      Object.entries(a).map(([key, leaf]) => [key, go(leaf, (b as Record<string, Tree>)[key])]),
    );
  };
  return go(x, y) as T;
}

/** tanh x = −m/(m + 2) with m = e^−2x − 1, exact near 0; below −20 it is −1 to rounding. */
export function tanh(x: Expr): Expr {
  const m = x.maximum(-20).mul(-2).expm1();
  return m.neg().div(m.add(2));
}
