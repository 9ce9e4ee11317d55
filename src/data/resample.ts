/** Floor 4. A dataset on a coarser grid: longer candles made of shorter ones. */
import { UserError } from '../errors.js';
import { paidSeries, takenSeries } from '../pools/series.js';
import { createDataset, type Dataset } from './dataset.js';
import { decodeFills, encodeFills, fillsKey } from './fills.js';
import { nearestName } from './names.js';
import { formatDuration } from './time.js';

export interface ResampleOptions {
  /** Milliseconds between the rows of the result: a whole number of rows of the dataset. */
  readonly interval: number;
  /** Series that are added up, as amounts are; of the others the last value of a bucket stands. */
  readonly sum: readonly string[];
  /** The command that asked for it, kept in the dataset's meta. */
  readonly recipe?: string;
}

export interface Resampled {
  readonly dataset: Dataset;
  /** Rows of one bucket. */
  readonly each: number;
  /** Rows before the first whole bucket and after the last, which are left out. */
  readonly before: number;
  readonly after: number;
}

/** Rows [from + k·each, from + (k + 1)·each) make row k, for k < rows. */
interface Buckets {
  readonly from: number;
  readonly each: number;
  readonly rows: number;
}

/**
 * Buckets begin on the clock, at multiples of the interval since 1970 (00:00, 00:05, … UTC); those at the ends that are not
 * whole are left out. A bucket has the last close, the sum of the volumes, and is filled where all of its rows are.
 *
 * Throws UserError for an interval that is no whole number of longer rows, for an unknown series, and for recorded trades.
 */
export function resample(d: Dataset, { interval, sum, recipe }: ResampleOptions): Resampled {
  checkAsked(d, interval, sum);
  const each = interval / d.interval;
  const since = (time: number) => ((time % interval) + interval) % interval;
  // rows of the bucket that the dataset begins in, but that lie before it
  const missing = Math.floor(since(d.start) / d.interval);
  const from = missing === 0 ? 0 : each - missing;
  const rows = Math.floor((d.rows - from) / each);
  if (rows < 2) {
    throw new UserError(
      `resample: expected at least 2 whole buckets of ${formatDuration(interval)}, got ${Math.max(rows, 0)} in ${d.rows} rows of ${formatDuration(d.interval)}; give more data or a shorter --interval`,
    );
  }
  const buckets = { from, each, rows };
  const series = Object.entries(d.series).map(([name, values]) => [
    name,
    sum.includes(name) ? sumOf(values, 1, buckets) : lastOf(values, 1, buckets),
  ]);
  const n = d.assets.length;
  const start = d.start + from * d.interval;
  const dataset = createDataset({
    assets: d.assets,
    start: start - since(start),
    interval,
    rows,
    prices: lastOf(d.prices, n, buckets),
    volume: d.volume === null ? null : sumOf(d.volume, n, buckets),
    series: Object.fromEntries(series),
    meta: { ...metaOf(d, buckets), ...(recipe === undefined ? {} : { resampled: recipe }) },
  });
  return { dataset, each, before: from, after: d.rows - from - rows * each };
}

function checkAsked(d: Dataset, interval: number, sum: readonly string[]): void {
  const [asked, had] = [formatDuration(interval), formatDuration(d.interval)];
  if (interval <= d.interval) {
    throw new UserError(
      `--interval: expected more than the ${had} of the dataset, got ${asked}; rows between its rows are not known`,
      2,
    );
  }
  if (interval % d.interval !== 0) {
    throw new UserError(`--interval: expected a whole number of rows of ${had}, got ${asked}; take a multiple`, 2);
  }
  const names = Object.keys(d.series);
  const unknown = sum.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const way = names.length === 0 ? 'it has none' : `did you mean '${nearestName(unknown, names)}'?`;
    throw new UserError(`--sum: expected series of the dataset, got '${unknown}'; ${way}`, 2);
  }
  const trades = d.assets.flatMap((asset) => [paidSeries(asset), takenSeries(asset)]).find((s) => names.includes(s));
  if (trades !== undefined) {
    throw new UserError(
      `resample: expected a dataset without trades, got the series ${trades}; a row holds one trade: resample first, then \`poolgrad data attach --trades\``,
    );
  }
}

/** The last of each bucket, of `n` columns. */
function lastOf(values: Float64Array, n: number, { from, each, rows }: Buckets): Float64Array {
  const out = new Float64Array(rows * n);
  for (let row = 0; row < rows; row++) {
    const last = from + (row + 1) * each - 1;
    for (let j = 0; j < n; j++) out[row * n + j] = values[last * n + j];
  }
  return out;
}

/** The sum over each bucket, of `n` columns. */
function sumOf(values: Float64Array, n: number, { from, each, rows }: Buckets): Float64Array {
  const out = new Float64Array(rows * n);
  for (let i = 0; i < rows * each; i++) {
    const row = Math.floor(i / each);
    for (let j = 0; j < n; j++) out[row * n + j] += values[(from + i) * n + j];
  }
  return out;
}

/** The account of filled rows in rows of the result, or left out where the dataset has but their number. */
function metaOf(d: Dataset, { from, each, rows }: Buckets): Record<string, string> {
  const meta: Record<string, string> = { ...d.meta };
  for (const asset of d.assets) {
    for (const key of ['filled', 'gaps', 'longest_gap', 'fills']) delete meta[`${key}.${asset}`];
    const noted = d.meta[fillsKey(asset)];
    const filled = noted === undefined ? null : decodeFills(noted, d.rows);
    if (filled === null) continue;
    const all = Uint8Array.from({ length: rows }, (_, row) =>
      filled.subarray(from + row * each, from + (row + 1) * each).every((x) => x === 1) ? 1 : 0,
    );
    const runs = runsOf(all);
    meta[`filled.${asset}`] = String(runs.reduce((total, length) => total + length, 0));
    meta[`gaps.${asset}`] = String(runs.length);
    meta[`longest_gap.${asset}`] = String(Math.max(0, ...runs));
    meta[fillsKey(asset)] = encodeFills(all);
  }
  return meta;
}

/** Lengths of the runs of 1. */
function runsOf(mask: Uint8Array): number[] {
  const runs: number[] = [];
  mask.forEach((x, row) => {
    if (x === 0) return;
    if (row > 0 && mask[row - 1] === 1) runs[runs.length - 1]++;
    else runs.push(1);
  });
  return runs;
}
