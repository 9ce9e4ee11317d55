/**
 * Floor 5. Figures of a price path: moments of log returns at several scales, autocorrelation of returns and of their sizes,
 * and their spectrum. All are made of sums over stretches of the path, so that a bootstrap draws stretches (Künsch 1989).
 */

/** Names of figures, and how each is made of the sums. */
export interface Figures {
  readonly moments: readonly { readonly name: string; readonly scale: number; readonly value: number }[];
  /** At the lags of the plan. */
  readonly returns: readonly number[];
  readonly sizes: readonly number[];
  /** Variance of returns as a density over frequency, per row, at the periods of the plan. */
  readonly spectrum: readonly number[];
}

export interface Plan {
  /** Rows of a return, the least 1. */
  readonly scales: readonly number[];
  readonly lags: readonly number[];
  /** Rows of a period, from long to short. */
  readonly periods: readonly number[];
  readonly stretches: number;
  /** Rows of a stretch. */
  readonly length: number;
}

const SCALES = [1, 5, 60, 1440];
const STRETCHES = 40;
const LAGS = 20;
const PERIODS = 24;

/** What can be seen in so many rows. */
export function planOf(rows: number): Plan {
  const stretches = Math.max(4, Math.min(STRETCHES, Math.floor(rows / 30)));
  const length = Math.floor((rows - 1) / stretches);
  const longest = Math.floor(length / 2);
  return {
    scales: SCALES.filter((s) => s === 1 || s <= longest),
    lags: Array.from({ length: Math.min(LAGS, longest) }, (_, i) => i + 1),
    periods: Array.from({ length: PERIODS }, (_, i) => length * (2 / length) ** (i / (PERIODS - 1))),
    stretches,
    length,
  };
}

/** Sums over the returns of one stretch, additive between stretches. */
export type Sums = Float64Array;

/** n, Σr … Σr⁴ of a scale. */
const POWERS = 5;

/** The sums of each stretch of logarithms of prices. */
export function sumsOf(logs: Float64Array, plan: Plan): readonly Sums[] {
  return Array.from({ length: plan.stretches }, (_, b) => {
    const first = b * plan.length;
    return stretchSums(logs.subarray(first, first + plan.length + 1), plan);
  });
}

function stretchSums(logs: Float64Array, { scales, lags, periods }: Plan): Sums {
  const r = Float64Array.from({ length: logs.length - 1 }, (_, t) => logs[t + 1] - logs[t]);
  const out: number[] = [];
  for (const scale of scales) out.push(...powers(logs, scale));
  let sizes = 0;
  for (const x of r) sizes += Math.abs(x);
  out.push(sizes);
  for (const lag of lags) {
    let [count, product, size] = [0, 0, 0];
    for (let t = lag; t < r.length; t++) {
      count++;
      product += r[t] * r[t - lag];
      size += Math.abs(r[t] * r[t - lag]);
    }
    out.push(count, product, size);
  }
  for (const period of periods) out.push(periodogram(r, (2 * Math.PI) / period));
  return Float64Array.from(out);
}

/** Of returns over `scale` rows, one beginning in each row. */
function powers(logs: Float64Array, scale: number): number[] {
  const sums = [0, 0, 0, 0, 0];
  for (let t = scale; t < logs.length; t++) {
    const x = logs[t] - logs[t - scale];
    sums[0]++;
    sums[1] += x;
    sums[2] += x * x;
    sums[3] += x * x * x;
    sums[4] += x * x * x * x;
  }
  return sums;
}

/** |Σ (r − mean)·e^iωt|²/n, by Goertzel's recursion. */
function periodogram(r: Float64Array, omega: number): number {
  let mean = 0;
  for (const x of r) mean += x;
  mean /= r.length;
  const c = 2 * Math.cos(omega);
  let [one, two] = [0, 0];
  for (const x of r) [one, two] = [x - mean + c * one - two, one];
  return (one * one + two * two - c * one * two) / r.length;
}

/** The sums of several stretches, counted as often as they are named. */
export function added(sums: readonly Sums[]): Sums {
  const total = new Float64Array(sums[0].length);
  for (const s of sums) for (let i = 0; i < total.length; i++) total[i] += s[i];
  return total;
}

/** The figures of sums over so many stretches. */
export function figuresOf(total: Sums, stretches: number, { scales, lags, periods }: Plan): Figures {
  const moments = scales.flatMap((scale, k) => {
    const [n, s1, s2, s3, s4] = total.subarray(k * POWERS, (k + 1) * POWERS);
    const m = s1 / n;
    const variance = Math.max(s2 / n - m * m, 0);
    const third = s3 / n - 3 * m * (s2 / n) + 2 * m ** 3;
    const fourth = s4 / n - 4 * m * (s3 / n) + 6 * m * m * (s2 / n) - 3 * m ** 4;
    return [
      { name: 'mean', scale, value: m },
      { name: 'sd', scale, value: Math.sqrt(variance) },
      { name: 'skewness', scale, value: variance > 0 ? third / variance ** 1.5 : 0 },
      { name: 'excess kurtosis', scale, value: variance > 0 ? fourth / variance ** 2 - 3 : 0 },
    ];
  });
  const [n, s1, s2] = total;
  const [mean, variance] = [s1 / n, s2 / n - (s1 / n) ** 2];
  let at = scales.length * POWERS;
  const size = total[at++] / n;
  const ofSizes = s2 / n - size * size;
  const correlated = lags.map((_, k) => {
    const [count, product, sizes] = total.subarray(at + 3 * k, at + 3 * k + 3);
    return [(product / count - mean * mean) / variance, (sizes / count - size * size) / ofSizes];
  });
  at += 3 * lags.length;
  return {
    moments,
    returns: correlated.map(([x]) => x),
    sizes: correlated.map(([, x]) => x),
    spectrum: periods.map((_, k) => total[at + k] / stretches),
  };
}
