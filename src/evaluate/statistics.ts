// Floor 5. Means, deviations, quantiles and tails of samples, and what of them is rounding.
import { ROUNDING } from '../../kernels/objectives/rounding.js';

export function mean(xs: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < xs.length; i++) sum += xs[i];
  return sum / xs.length;
}

/** The mean of x². */
export function meanSquare(xs: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < xs.length; i++) sum += xs[i] * xs[i];
  return sum / xs.length;
}

/** The place of the first number that is none or infinite; −1 where all are finite. */
export function firstNotFinite(xs: Float64Array): number {
  let i = 0;
  while (i < xs.length && Number.isFinite(xs[i])) i++;
  return i < xs.length ? i : -1;
}

/** The mean of samples and its standard error s/√n, of the deviation s over n − 1; of one sample 0, which tells none. */
export function meanWithError(xs: Float64Array): { readonly mean: number; readonly error: number } {
  const centre = mean(xs);
  const squares = xs.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  return { mean: centre, error: Math.sqrt(squares / (xs.length * Math.max(1, xs.length - 1))) };
}

/** Population standard deviation: √mean((x − mean x)²). */
export function deviation(xs: Float64Array): number {
  const centre = mean(xs);
  let sum = 0;
  for (let i = 0; i < xs.length; i++) sum += (xs[i] - centre) ** 2;
  return Math.sqrt(sum / xs.length);
}

/**
 * mean/risk, the risk one of returns over so many minutes; null where it is of rounding size: digits of the ratio would be
 * rounding as well.
 */
export function overRisk(average: number, risk: number, minutes: number): number | null {
  const least = Math.max(ROUNDING.ofMean * Math.abs(average), ROUNDING.ofMinute * Math.sqrt(minutes));
  return risk <= least ? null : average / risk;
}

/** gain/fall, or null where the fall is of rounding size. */
export const overFall = (gain: number, fall: number): number | null => (fall <= ROUNDING.ofFall ? null : gain / fall);

/**
 * The q-quantile of `returns`, linear between order statistics: x at rank q(n−1) of the sorted values.
 * It depends continuously on every return near it, unlike the nearest rank.
 */
export function quantile(returns: Float64Array, q: number): number {
  const sorted = returns.slice().sort();
  const rank = q * (sorted.length - 1);
  const below = Math.floor(rank);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
}

/**
 * Mean of the worst share q of `returns`: (Σ_{i<k} x_(i) + (qn − k)·x_(k)) / (qn), k = ⌊qn⌋, x sorted upwards
 * (Rockafellar and Uryasev 2002, eq. 25); the smallest return when qn < 1.
 */
export function tailMean(returns: Float64Array, q: number): number {
  const sorted = returns.slice().sort();
  const count = q * sorted.length;
  const whole = Math.floor(count);
  const head = sorted.subarray(0, whole).reduce((a, x) => a + x, 0);
  return whole < 1 ? sorted[0] : (head + (count - whole) * sorted[Math.min(whole, sorted.length - 1)]) / count;
}
