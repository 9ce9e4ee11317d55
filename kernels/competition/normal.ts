/** Floor 3. The standard normal law: its density, and its tail to the right. */
import { constant, type Expr, where } from '../../src/graph/index.js';

const INVERSE_ROOT = 1 / Math.sqrt(2 * Math.PI);

/** e^(−z²/2)/√2π */
export const density = (z: Expr): Expr => z.square().mul(-0.5).exp().mul(INVERSE_ROOT);

const horner = (c: readonly number[], x: Expr): Expr =>
  c.slice(1).reduce((sum, k) => sum.mul(x).add(k), constant(c[0]));

// biome-ignore-start lint/correctness/noPrecisionLoss: coefficients as they are printed
const ABOVE = [
  0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376,
];
const BELOW = [
  0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
];
// biome-ignore-end lint/correctness/noPrecisionLoss: coefficients as they are printed

/** From here on a continued fraction is used. */
const FAR = 7.07106781186547;

/**
 * P(Z > z) for z ≥ 0: Hart (1968), algorithm 5666, as West (2005) prints it, absolute error below 1e-15; beyond 7.07 the
 * continued fraction e^(−z²/2)/(√2π·(z + 1/(z + 2/(z + 3/(z + 4/(z + .65)))))).
 */
export function upperTail(z: Expr): Expr {
  const e = z.square().mul(-0.5).exp();
  const near = e.mul(horner(ABOVE, z)).div(horner(BELOW, z));
  const fraction = [4, 3, 2, 1].reduce((below, k) => z.add(constant(k).div(below)), z.add(0.65));
  return where(z.less(FAR), near, e.mul(INVERSE_ROOT).div(fraction));
}
