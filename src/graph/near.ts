/**
 * Floor 0. Logarithms of ratios near 1 and exponentials of small numbers: without reducing the argument, in a third of the
 * operations. In units of the last place of float64: logNear ≤ 2, expm1Near ≤ 3 (tested).
 */
import type { Expr } from './expr.js';
import { polynomial } from './lower.js';

/** Of the ratios: from 1 on. */
export const NEAR = 1.09;

/** Least absolute error of (2·artanh(s)/s − 2)/s² in s², 0 ≤ s ≤ (NEAR − 1)/(NEAR + 1); with s² 3e-17. */
const LOG = [0.6666666666666499, 0.40000000029073485, 0.2857135019965887, 0.22289799003025645];

/** The same of (eˣ − 1 − x)/x², 0 ≤ x ≤ ln NEAR; with x² 4e-17. */
const EXP = [
  0.4999999999999949, 0.16666666667093144, 0.04166666608969999, 0.008333361858479077, 0.001388252254800967,
  0.00020494136394304165,
];

/** ln(x/y) = 2·artanh s, s = (x − y)/(x + y), for x/y in [1, NEAR]. */
export function logNear(x: Expr, y: Expr): Expr {
  const s = x.sub(y).div(x.add(y));
  const z = s.square();
  return s.add(s).add(s.mul(z).mul(polynomial(z, LOG)));
}

/** eˣ − 1 for x in [0, ln NEAR]. */
export const expm1Near = (x: Expr): Expr => x.square().mul(polynomial(x, EXP)).add(x);
