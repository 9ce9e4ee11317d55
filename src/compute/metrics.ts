/** Floor 1, compute market. Figures that the papers quote, by definitions of their own (docs/compute-market.md). */
import { priceOf, type Venue } from './curve.js';

const meanOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

/** 1 − sd(p)/mean(p), the mean over blocks. Steadiness says nothing of rightness: read it beside the tracking error. */
export function priceStability(prices: readonly number[], block: number): number {
  const blocks = Math.floor(prices.length / block);
  return meanOf(
    Array.from({ length: blocks }, (_, b) => {
      const xs = prices.slice(b * block, (b + 1) * block);
      const mean = meanOf(xs);
      return 1 - Math.sqrt(meanOf(xs.map((x) => (x - mean) ** 2))) / mean;
    }),
  );
}

/** Root mean square of ln(p/P). */
export const trackingError = (prices: readonly number[], outside: readonly number[]): number =>
  Math.sqrt(meanOf(prices.map((p, t) => Math.log(p / outside[t]) ** 2)));

/** Compute that is sold within a mean price (1 + b)p: q = b·h_x/(k − (ρ/2)(1 + k²)), k = (1 + b)p. */
export function depthWithin(v: Venue, bound: number): number {
  const [x, p] = [v.scale * v.psi, priceOf(v) / v.scale];
  const k = (1 + bound) * p;
  return (bound * (v.theta + v.rho * x)) / (k - (v.rho / 2) * (1 + k * k)) / v.scale;
}
