/** Floor 4. Several assets' rows joined on one gapless grid: gaps counted, then filled by a stated policy. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import type { Series } from './series.js';
import { formatDuration, formatTime } from './time.js';

/** An asset and its rows (of one file, or of several that follow one another). */
export interface AssetSeries extends Series {
  readonly asset: string;
}

export interface JoinOptions {
  /** Milliseconds between rows; undefined: the most common spacing, which all assets must share. */
  readonly interval?: number;
  /** Rows from the latest first to the earliest last time of the assets, or from the earliest to the latest. */
  readonly span: 'intersection' | 'union';
  /** `forward`: the last close stands until the next (the first close before it); `refuse`: a gap is an error. */
  readonly fill: 'forward' | 'refuse';
  /** Longest gap in ms that may be filled; undefined: any. */
  readonly maxGap?: number;
}

/** What was missing of one asset, and so was filled: closes carried over, volume 0. */
export interface GapReport {
  readonly asset: string;
  /** Rows of the grid without a row in the file. */
  readonly filled: number;
  /** `filled` as a share of all rows. */
  readonly share: number;
  /** Runs of missing rows. */
  readonly gaps: number;
  /** Rows of the longest run, and its first time (ms UTC; null without gaps). */
  readonly longest: number;
  readonly longestStart: number | null;
}

export interface Joined {
  readonly start: number;
  readonly interval: number;
  readonly rows: number;
  /** rows × n, row-major. */
  readonly prices: Float64Array;
  /** rows × n in the numéraire; null if any asset has none. */
  readonly volume: Float64Array | null;
  readonly gaps: readonly GapReport[];
  /** Of each asset, a 1 for each row that was filled. */
  readonly filled: readonly Uint8Array[];
}

/** Joins assets on time. Throws UserError where spacings, phases or spans do not fit, or a gap may not be filled. */
export function joinSeries(series: readonly AssetSeries[], options: JoinOptions): Joined {
  const interval = options.interval ?? commonInterval(series);
  for (const s of series) checkOnGrid(s, interval, series[0]);
  const { start, end } = spanOf(series, options.span);
  if (!Number.isInteger(start) || !Number.isInteger(interval)) {
    throw new UserError(
      `import: expected times of whole milliseconds, got ${start} ms in ${fileName(series[0].path)} and rows of ${interval} ms; round them`,
    );
  }
  const rows = (end - start) / interval + 1;
  const n = series.length;
  checkLength(series, rows, interval);
  const prices = new Float64Array(rows * n);
  const volume = series.every((s) => s.volume !== null) ? new Float64Array(rows * n) : null;
  const filled = series.map(() => new Uint8Array(rows));
  const gaps = series.map((s, j) => {
    const report = fillColumn(s, { start, interval, rows, n, j, prices, volume, mask: filled[j] });
    checkGaps(report, interval, options);
    return report;
  });
  return { start, interval, rows, prices, volume, gaps, filled };
}

function commonInterval(series: readonly AssetSeries[]): number {
  const intervals = series.map((s) => detectInterval(s.times));
  const other = intervals.findIndex((interval) => interval !== intervals[0]);
  if (other < 0) return intervals[0];
  const name = (i: number) => `${series[i].asset} (${fileName(series[i].path)}) every ${formatDuration(intervals[i])}`;
  throw new UserError(
    `import: all files must have the same interval, got ${name(0)} and ${name(other)}; fetch them alike, or state it with --interval`,
  );
}

/** The most common spacing of ascending times; the smaller of two equally common ones. */
export function detectInterval(times: Float64Array): number {
  const counts = new Map<number, number>();
  for (let row = 1; row < times.length; row++) {
    const step = times[row] - times[row - 1];
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let best = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const [step, count] of counts) {
    if (count < most || (count === most && step > best)) continue;
    best = step;
    most = count;
  }
  return best;
}

function checkOnGrid(s: AssetSeries, interval: number, first: AssetSeries): void {
  const origin = first.times[0];
  for (let row = 0; row < s.times.length; row++) {
    if ((s.times[row] - origin) % interval === 0) continue;
    throw new UserError(
      `${fileName(s.path)} ${s.where(row)}: time ${formatTime(s.times[row])} is off the ${formatDuration(interval)} grid that starts at ${formatTime(origin)} in ${fileName(first.path)}; mend the row, or state the right --interval`,
    );
  }
}

function spanOf(series: readonly AssetSeries[], span: JoinOptions['span']): { start: number; end: number } {
  const starts = series.map((s) => s.times[0]);
  const ends = series.map((s) => s.times[s.times.length - 1]);
  if (span === 'union') return { start: Math.min(...starts), end: Math.max(...ends) };
  const start = Math.max(...starts);
  const end = Math.min(...ends);
  if (start < end) return { start, end };
  const spans = series.map((s, i) => `${s.asset} ${formatTime(starts[i])} to ${formatTime(ends[i])}`);
  throw new UserError(
    `import: the files share no span of time: ${spans.join(', ')}; fetch the same dates for all, or use --span union`,
  );
}

/** Prices of a dataset, 2 GiB of them. */
const MOST_PRICES = 2 ** 28;
/** A grid of more than `LONG` prices that is filled but for a hundredth is one of a wrong time or interval. */
const LONG = 2 ** 24;
const MOST_FILLED = 100;

/** Refuses a grid that one far time, or a spacing of a millisecond between two rows, would make endless. */
function checkLength(series: readonly AssetSeries[], rows: number, interval: number): void {
  const recorded = Math.max(...series.map((s) => s.times.length));
  const prices = rows * series.length;
  if (prices <= LONG || (prices <= MOST_PRICES && rows <= MOST_FILLED * recorded)) return;
  const start = Math.min(...series.map((s) => s.times[0]));
  const end = Math.max(...series.map((s) => s.times[s.times.length - 1]));
  throw new UserError(
    `import: from ${formatTime(start)} to ${formatTime(end)} there would be ${rows} rows of ${formatDuration(interval)}, but the files have ${recorded}; mend the time that is wrong, or state the right --interval`,
  );
}

interface Target {
  readonly start: number;
  readonly interval: number;
  readonly rows: number;
  readonly n: number;
  readonly j: number;
  readonly prices: Float64Array;
  readonly volume: Float64Array | null;
  readonly mask: Uint8Array;
}

/** Writes column j: at each grid time the row of that time, else the last close before it (at the head: the first). */
function fillColumn(s: AssetSeries, t: Target): GapReport {
  let next = 0;
  let filled = 0;
  let gaps = 0;
  let run = 0;
  let longest = 0;
  let longestEnd = 0;
  while (next < s.times.length && s.times[next] < t.start) next++;
  for (let row = 0; row < t.rows; row++) {
    const at = row * t.n + t.j;
    if (next < s.times.length && s.times[next] === t.start + row * t.interval) {
      t.prices[at] = s.close[next];
      if (t.volume !== null && s.volume !== null) t.volume[at] = s.volume[next];
      next++;
      run = 0;
      continue;
    }
    t.prices[at] = s.close[Math.max(next - 1, 0)];
    t.mask[row] = 1;
    filled++;
    if (run++ === 0) gaps++;
    if (run > longest) {
      longest = run;
      longestEnd = row;
    }
  }
  const longestStart = longest === 0 ? null : t.start + (longestEnd - longest + 1) * t.interval;
  return { asset: s.asset, filled, share: filled / t.rows, gaps, longest, longestStart };
}

function checkGaps(report: GapReport, interval: number, options: JoinOptions): void {
  if (report.longestStart === null) return;
  const length = formatDuration(report.longest * interval);
  const where = `${report.asset} has ${countGaps(report.gaps)}, the longest ${length} from ${formatTime(report.longestStart)}`;
  if (options.fill === 'refuse') {
    throw new UserError(`import: ${where}; --fill refuse allows none: mend the source, or use --fill forward`);
  }
  if (options.maxGap !== undefined && report.longest * interval > options.maxGap) {
    throw new UserError(
      `import: ${where}, more than --max-gap ${formatDuration(options.maxGap)}; mend the source, or allow more`,
    );
  }
}

/** `1 gap`, `2 gaps`. */
export function countGaps(gaps: number): string {
  return gaps === 1 ? '1 gap' : `${gaps} gaps`;
}
