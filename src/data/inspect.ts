/** Floor 4. What a dataset holds: span, what was filled, and the statistics of its returns. */
import type { Dataset } from './dataset.js';
import { shownMeta } from './fills.js';
import { type AssetQuality, DataQuality } from './quality.js';
import { qualityWarnings } from './quality-text.js';
import { DAY, formatTime } from './time.js';

export interface AssetInspection {
  readonly asset: string;
  /** Rows filled by the import; null where the file does not say. */
  readonly filled: number | null;
  readonly gaps: number | null;
  /** Rows of the longest gap. */
  readonly longestGap: number | null;
  readonly first: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
  /** last/first − 1. */
  readonly totalReturn: number;
  /** Population standard deviation of log returns per row, × √(rows in 365 days). */
  readonly annualisedVolatility: number;
  /** Autocorrelation of log returns at a lag of one row; null for a constant price. */
  readonly autocorrelation: number | null;
  /** Autocorrelation of non-overlapping daily log returns at a lag of one day; null with fewer than 10 days. */
  readonly dailyAutocorrelation: number | null;
  /** Share of rows whose price is that of the row before. */
  readonly unchanged: number;
  /** How far its prices are a market's, over all rows. */
  readonly quality: AssetQuality;
  /** Mean volume in the numéraire a day; null if unknown. */
  readonly dailyVolume: number | null;
}

export interface Inspection {
  readonly rows: number;
  readonly interval: number;
  /** ISO times of the first and last row. */
  readonly from: string;
  readonly to: string;
  readonly hash: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly assets: readonly AssetInspection[];
  /** Correlation of log returns per row, n × n; null where a price is constant. */
  readonly correlations: readonly (readonly (number | null)[])[];
  /** Further series, if there are any. */
  readonly series: readonly SeriesInspection[];
  /** What is wrong with the prices as a market's, a sentence each. */
  readonly warnings: readonly string[];
}

export interface SeriesInspection {
  readonly name: string;
  readonly first: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** Computes the statistics of all assets. */
export function inspectDataset(d: Dataset): Inspection {
  const returns = d.assets.map((_, j) => logReturns(column(d.prices, j, d), 1));
  const quality = new DataQuality(d).over();
  return {
    rows: d.rows,
    interval: d.interval,
    from: formatTime(d.start),
    to: formatTime(d.start + (d.rows - 1) * d.interval),
    hash: d.hash,
    meta: shownMeta(d.meta),
    assets: d.assets.map((_, j) => inspectAsset(d, j, returns[j], quality[j])),
    correlations: returns.map((a) => returns.map((b) => (a === b ? 1 : correlation(a, b)))),
    series: Object.entries(d.series).map(([name, x]) => ({
      name,
      first: x[0],
      min: x.reduce((a, b) => Math.min(a, b)),
      max: x.reduce((a, b) => Math.max(a, b)),
      last: x[x.length - 1],
    })),
    warnings: qualityWarnings(d, quality),
  };
}

function inspectAsset(d: Dataset, j: number, returns: Float64Array, quality: AssetQuality): AssetInspection {
  const asset = d.assets[j];
  const price = column(d.prices, j, d);
  const rowsPerDay = Math.max(1, Math.round(DAY / d.interval));
  const daily = logReturns(price, rowsPerDay);
  const count = (key: string) => (d.meta[`${key}.${asset}`] === undefined ? null : Number(d.meta[`${key}.${asset}`]));
  const [first, last] = [price[0], price[price.length - 1]];
  return {
    asset,
    filled: count('filled'),
    gaps: count('gaps'),
    longestGap: count('longest_gap'),
    first,
    min: price.reduce((a, b) => Math.min(a, b)),
    max: price.reduce((a, b) => Math.max(a, b)),
    last,
    totalReturn: last / first - 1,
    annualisedVolatility: Math.sqrt(moments(returns).variance * ((365 * DAY) / d.interval)),
    autocorrelation: correlation(returns.subarray(0, -1), returns.subarray(1)),
    dailyAutocorrelation: daily.length < 10 ? null : correlation(daily.subarray(0, -1), daily.subarray(1)),
    unchanged: returns.reduce((sum, r) => sum + (r === 0 ? 1 : 0), 0) / returns.length,
    quality,
    dailyVolume: d.volume === null ? null : moments(column(d.volume, j, d)).mean * (DAY / d.interval),
  };
}

/** Column j of a rows × n array. */
export function column(values: Float64Array, j: number, d: Dataset): Float64Array {
  const n = d.assets.length;
  const out = new Float64Array(d.rows);
  for (let row = 0; row < d.rows; row++) out[row] = values[row * n + j];
  return out;
}

/** Log returns over `stride` rows, not overlapping. */
function logReturns(price: Float64Array, stride: number): Float64Array {
  const returns = new Float64Array(Math.floor((price.length - 1) / stride));
  for (let i = 0; i < returns.length; i++) returns[i] = Math.log(price[(i + 1) * stride] / price[i * stride]);
  return returns;
}

function moments(x: Float64Array): { mean: number; variance: number } {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i];
  const mean = sum / x.length;
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i] - mean) * (x[i] - mean);
  return { mean, variance: squares / x.length };
}

/** Pearson's correlation of two equally long samples; null where one is constant. */
function correlation(a: Float64Array, b: Float64Array): number | null {
  const [ma, mb] = [moments(a), moments(b)];
  if (ma.variance === 0 || mb.variance === 0 || a.length === 0) return null;
  let products = 0;
  for (let i = 0; i < a.length; i++) products += (a[i] - ma.mean) * (b[i] - mb.mean);
  return products / a.length / Math.sqrt(ma.variance * mb.variance);
}
