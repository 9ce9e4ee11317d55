/** Floor 1. Whether what was recorded is what a maker's model says: exponential depths and waits, independent moves. */

export interface Exponentiality {
  /** Largest distance of the empirical law from the exponential of the same mean, for Stephens's (1974) correction of n. */
  readonly distance: number;
  /** Whether it is beyond what 95 % of samples of an exponential law show. */
  readonly isRejected: boolean;
}

/** 5 % point of the corrected distance where the mean is estimated (Stephens 1974, table 1.2). */
const FIVE_PERCENT = 1.094;

/** Of numbers ≥ 0, two or more: D* = (D − .2/n)(√n + .26 + .5/√n). */
export function exponentiality(values: ArrayLike<number>): Exponentiality {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const mean = sorted.reduce((a, b) => a + b, 0) / n;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const law = -Math.expm1(-sorted[i] / mean);
    largest = Math.max(largest, (i + 1) / n - law, law - i / n);
  }
  const root = Math.sqrt(n);
  return {
    distance: largest,
    isRejected: (largest - 0.2 / n) * (root + 0.26 + 0.5 / root) > FIVE_PERCENT,
  };
}

/** Variance over mean of the counts of equal spans of time: 1 where orders come independently, and its standard error then. */
export function dispersionOf(counts: ArrayLike<number>): { readonly ratio: number; readonly error: number } {
  const n = counts.length;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    sum += counts[i];
    squares += counts[i] * counts[i];
  }
  const mean = sum / n;
  return { ratio: (squares - n * mean * mean) / (n - 1) / mean, error: Math.sqrt(2 / (n - 1)) };
}

/**
 * Variance of moves over k steps to k times that over one (Lo and MacKinlay 1988): 1 for a random walk. `z` is its distance from
 * 1 in standard errors that allow for a variance that changes.
 */
export function varianceRatio(changes: ArrayLike<number>, k: number): { readonly ratio: number; readonly z: number } {
  const n = changes.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += changes[i] / n;
  const r = Float64Array.from(changes, (x) => x - mean);
  const total = r.reduce((sum, x) => sum + x * x, 0);
  let [ratio, variance] = [1, 0];
  for (let lag = 1; lag < k; lag++) {
    let [product, spread] = [0, 0];
    for (let i = lag; i < n; i++) {
      product += r[i] * r[i - lag];
      spread += (r[i] * r[i - lag]) ** 2;
    }
    const weight = 2 * (1 - lag / k);
    ratio += (weight * product) / total;
    variance += weight * weight * (spread / total ** 2);
  }
  return { ratio, z: (ratio - 1) / Math.sqrt(variance) };
}
