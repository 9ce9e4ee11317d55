/** Floor 3. Logarithms of densities, of which the laws of generators are made. */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { maximum, sum } from '../../src/rollout/functions.js';

const LN_2PI = Math.log(2 * Math.PI);

/** ln of the density of a normal number of mean 0: −(e²/v + ln v + ln 2π)/2. */
export const normalDensity = (error: Expr, variance: Expr): Expr =>
  error.square().div(variance).add(variance.log()).add(LN_2PI).mul(-0.5);

/** ln Σ e^xᵢ; the largest is subtracted first, without a gradient (it cancels). */
export function logSumExp(xs: readonly Expr[]): Expr {
  const top = maximum(xs).stopGradient();
  return top.add(sum(xs.map((x) => x.sub(top).exp())).log());
}

/** ln x, and very far below where x is 0: a chance of 0 has no gradient there. */
export const logOrNone = (x: Expr): Expr => where(x.greater(0), x.maximum(1e-300).log(), constant(-1e4));
