/**
 * Floor 0. How each op is differentiated: the derivative stands above each rule.
 *
 * `g` is the cotangent of the result, `n` the node, `x`, `y`, `z` its arguments.
 */
import { add, div, type Expr, less, mul, neg } from './expr.js';
import { where } from './language.js';
import type { OpName } from './ops.js';

/** Cotangents of the arguments; null entries carry none. */
export type DerivativeRule = (g: Expr, n: Expr, x: Expr, y: Expr, z: Expr) => (Expr | null)[];

/** Half of g where the arms tie, all of it where this arm wins: the ½–½ convention for max and min. */
const share = (g: Expr, wins: Expr, loses: Expr) => where(wins, g, where(loses, 0, g.mul(0.5)));

/** Through an op without a rule no gradient flows. */
export const derivatives: Readonly<Partial<Record<OpName, DerivativeRule>>> = {
  // d(x + y) = dx + dy
  add: (g) => [g, g],
  // d(x − y) = dx − dy
  sub: (g) => [g, neg(g)],
  // d(x·y) = y·dx + x·dy
  mul: (g, _n, x, y) => [mul(g, y), mul(g, x)],
  // d(x/y) = dx/y − (x/y)·dy/y
  div: (g, n, _x, y) => {
    const h = div(g, y);
    return [h, neg(mul(h, n))];
  },
  // d(−x) = −dx
  neg: (g) => [neg(g)],
  // d|x| = sign(x)·dx, 0 at 0
  abs: (g, _n, x) => [where(less(x, 0), neg(g), where(less(0, x), g, 0))],
  // d max(x, y): the larger argument takes all, a tie splits ½–½
  max: (g, _n, x, y) => [share(g, less(y, x), less(x, y)), share(g, less(x, y), less(y, x))],
  // d min(x, y): the smaller argument takes all, a tie splits ½–½
  min: (g, _n, x, y) => [share(g, less(x, y), less(y, x)), share(g, less(y, x), less(x, y))],
  // d√x = dx/(2√x), 0 at 0
  sqrt: (g, n, x) => [where(less(0, x), div(mul(g, 0.5), n), 0)],
  // d eˣ = eˣ·dx
  exp: (g, n) => [mul(g, n)],
  // d ln x = dx/x
  log: (g, _n, x) => [div(g, x)],
  // d(eˣ − 1) = eˣ·dx = (n + 1)·dx
  expm1: (g, n) => [mul(g, add(n, 1))],
  // mask ? y : z, by lane: each arm receives g; adjoint.ts selects 0 where a cotangent leaves an arm
  where: (g) => [null, g, g],
  choose: (g) => [null, g, g],
  // the value has none of its own
  graft: (g) => [null, g],
};
