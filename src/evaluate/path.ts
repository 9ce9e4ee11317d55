/**
 * Floor 5. Strategies side by side: their paths over the evaluated rows, and the metrics of each split of a path.
 *
 * The convention of all figures of a pool, whichever command gives them (`evaluate`, `export`, `simulate`): a path leads
 * from the first row of training to the last of the test; each split is measured from its own first value and reserves. A
 * pool with a rule runs through, for its rule learns from all that went before. One without starts afresh with each split,
 * as it would be set up there: a curve centred at a price of a year ago may have been left for good.
 */
import type { Dataset } from '../data/dataset.js';
import type { Split } from '../data/windows.js';
import type { Orders, PoolRollout, Trajectory } from '../pools/rollout.js';
import type { PoolSpec } from '../pools/spec.js';
import { minutesOf } from '../rollout/clock.js';
import { checkFinite } from '../rollout/inputs.js';
import { sideBySide } from '../rollout/layout.js';
import type { MetricInput } from './metric-input.js';
import { computeMetrics, metrics } from './metrics.js';

export type Metrics = Record<string, number | null>;
export type SplitName = 'train' | 'validation' | 'test';
export type SplitMetrics = Record<SplitName, Metrics>;

/** Rows [from, to). */
export type Range = readonly [number, number];

/** What a strategy held and was worth at each row from dataset row `first` on. */
export interface Path {
  readonly first: number;
  /** Numéraire. */
  readonly values: Float64Array;
  /** rows × reserves. */
  readonly reserves: Float64Array;
  /** rows × assets; null for pools without weights. */
  readonly weights: Float64Array | null;
  /** Fees earned since `first`, in the numéraire. */
  readonly fees: Float64Array;
  /** Lost to arbitrageurs since `first`, and what the same trades would have cost outside, in the numéraire. */
  readonly losses: Float64Array;
  readonly rebalancing: Float64Array;
  /** The pool's own prices and their depths, rows × assets; null for pools without. */
  readonly quotes: { readonly prices: Float64Array; readonly depths: Float64Array } | null;
  /** Where outside prices are beyond the pool's own (see PoolModel), rows × pairs; null for pools whose prices have no ends. */
  readonly beyond: Float64Array | null;
  /** Value of a flow's orders since `first`, and of what of them came to the pool; null without orders. */
  readonly orders: Orders | null;
}

export interface Strategy {
  readonly name: string;
  readonly note?: string;
  readonly metrics: SplitMetrics;
  /** Numéraire, one a row over all splits. */
  readonly values: Float64Array;
  /** The same over the test split, as its metrics are measured: what is merely held is bought at its first row. */
  readonly test: Float64Array;
  /** Fees earned so far, in the numéraire; null for what earns none. */
  readonly fees: Float64Array | null;
}

/**
 * Prices of everything that a pool holds, rows × width over the whole dataset. The first reserves are the assets'; what
 * a pool holds beyond them (the credits of an HMM pool) is the numéraire and costs 1.
 */
export interface HeldPrices {
  /** Minutes between rows. */
  readonly minutesPerRow: number;
  readonly width: number;
  readonly prices: Float64Array;
}

export function heldPrices(data: Dataset, width: number): HeldPrices {
  const n = data.assets.length;
  const minutesPerRow = minutesOf(data);
  if (width === n) return { minutesPerRow, width, prices: data.prices };
  const prices = new Float64Array(data.rows * width).fill(1);
  for (let row = 0; row < data.rows; row++) prices.set(data.prices.subarray(row * n, (row + 1) * n), row * width);
  return { minutesPerRow, width, prices };
}

/** The rows that an evaluation covers: first of training to last of the test. */
export const wholeRange = (split: Split): Range => [split.train[0], split.test[1]];

/** The stretches of rows that a pool goes through, starting afresh at the first row of each. */
export function courseOf(spec: PoolSpec, split: Split): Range[] {
  if (spec.rule !== null) return [wholeRange(split)];
  return [split.train, split.validation, split.test].filter(([from, to]) => to > from);
}

/** The convention in words, for a pool of this spec. */
export const courseText = (spec: Pick<PoolSpec, 'rule'>): string =>
  spec.rule === null
    ? 'a pool without a rule starts afresh at the first row of each split, with what it is worth there'
    : 'a pool with a rule runs through all splits';

/**
 * The path of one parameter set, recorded at every step.
 *
 * @param course stretches one after another. The pool of each starts with what that of the last is worth: figures are
 *   those of a pool of the spec's value, scaled, since a pool in proportion does everything in proportion.
 */
export function record(rollout: PoolRollout, raw: Float64Array, course: readonly Range[]): Path {
  let [scale, worth] = [1, 0];
  const sums: Record<string, number> = {};
  const parts = course.map(([from, to], i) => {
    const rows = to - from;
    // the row after a stretch says with what the next one starts
    const path = rollout.trajectory(raw, from, i + 1 < course.length ? rows + 1 : rows, 1);
    const { values, reserves, weights, quotes, depths, beyond } = path;
    checkFinite(path.rows, { values, reserves, weights, fees: path.fees });
    if (i > 0) scale = worth / values[0];
    worth = scale * values[values.length - 1];
    const upTo = (table: Float64Array) => table.subarray(0, (table.length / values.length) * rows);
    const added = (name: string, table: Float64Array) => {
      const base = sums[name] ?? 0;
      sums[name] = base + scale * table[values.length - 1];
      return moved(upTo(table), scale, base);
    };
    const sum = (name: Sum) => added(name, path[name]);
    const { orders } = path;
    return {
      values: moved(upTo(values), scale),
      reserves: moved(upTo(reserves), scale),
      weights: weights && upTo(weights),
      fees: sum('fees'),
      losses: sum('losses'),
      rebalancing: sum('rebalancing'),
      quotes: quotes && depths && { prices: upTo(quotes), depths: upTo(depths) },
      beyond: beyond && upTo(beyond),
      orders: orders && { offered: added('offered', orders.offered), routed: added('routed', orders.routed) },
    };
  });
  const whole = (name: Sum | 'values' | 'reserves') => joined(parts.map((p) => p[name]));
  const weights = parts.map((p) => p.weights).filter((w) => w !== null);
  const quotes = parts.map((p) => p.quotes).filter((q) => q !== null);
  const beyond = parts.map((p) => p.beyond).filter((b) => b !== null);
  const orders = parts.map((p) => p.orders).filter((o) => o !== null);
  return {
    first: course[0][0],
    values: whole('values'),
    reserves: whole('reserves'),
    weights: weights.length === 0 ? null : joined(weights),
    fees: whole('fees'),
    losses: whole('losses'),
    rebalancing: whole('rebalancing'),
    quotes:
      quotes.length === 0
        ? null
        : { prices: joined(quotes.map((q) => q.prices)), depths: joined(quotes.map((q) => q.depths)) },
    beyond: beyond.length === 0 ? null : joined(beyond),
    orders:
      orders.length === 0
        ? null
        : { offered: joined(orders.map((o) => o.offered)), routed: joined(orders.map((o) => o.routed)) },
  };
}

/**
 * The rows of the test split alone of the path that `record` would give, at their own scale: all that a figure of that split
 * needs, in a fraction of the numbers.
 */
export function recordTest(
  rollout: PoolRollout,
  raw: Float64Array,
  split: Split,
  first = startOf(rollout.spec, split),
): Path {
  const [from, to] = split.test;
  return testPath(rollout.trajectory(raw, first, to - first, 1, from - first), from);
}

/**
 * Sets in a run: those of a vector, of which one set alone fills a half. For more of them another width would be compiled,
 * which takes longer than it saves.
 */
const AT_ONCE = 2;

/** The paths of several sets as recordTest gives them. */
export function* recordTests(rollout: PoolRollout, raws: readonly Float64Array[], split: Split): Iterable<Path> {
  const [from, to] = split.test;
  const first = startOf(rollout.spec, split);
  for (let k = 0; k < raws.length; k += AT_ONCE) {
    const sets = sideBySide(raws.slice(k, k + AT_ONCE));
    for (const path of rollout.trajectories(sets, first, to - first, 1, from - first)) yield testPath(path, from);
  }
}

/** Where a pool starts that is measured on the test split. */
const startOf = (spec: PoolSpec, { train, test }: Split): number => (spec.rule === null ? test : train)[0];

const testPath = ({ quotes, depths, ...path }: Trajectory, first: number): Path => ({
  ...path,
  first,
  quotes: quotes && depths && { prices: quotes, depths },
});

/** What a path adds up from its first row on. */
type Sum = 'fees' | 'losses' | 'rebalancing';

/** base + scale·x; the table itself where that changes nothing, as in a path of one stretch. */
function moved(table: Float64Array, scale: number, base = 0): Float64Array {
  if (scale === 1 && base === 0) return table;
  const out = new Float64Array(table.length);
  for (let i = 0; i < out.length; i++) out[i] = base + scale * table[i];
  return out;
}

function joined(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0];
  const out = new Float64Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** Reserves at a dataset row. */
export function reservesAt(path: Path, width: number, row: number): Float64Array {
  return path.reserves.subarray((row - path.first) * width, (row - path.first + 1) * width);
}

/** What the metrics of the rows `range` of a path see; without weights, turnover is that of the shares of the value. */
function metricInput(path: Path, held: HeldPrices, [from, to]: Range): MetricInput {
  const { width } = held;
  const [a, b] = [from - path.first, to - path.first];
  const over = (sum: Float64Array) => (b > a ? sum[b - 1] - sum[a] : 0);
  return {
    values: path.values.subarray(a, b),
    startReserves: reservesAt(path, width, from),
    reserves: path.reserves.subarray(a * width, b * width),
    prices: held.prices.subarray(from * width, to * width),
    assets: width,
    minutesPerRow: held.minutesPerRow,
    fees: over(path.fees),
    losses: over(path.losses),
    rebalancing: over(path.rebalancing),
    ...(path.quotes === null ? {} : { quotes: quotesOver(path.quotes, path.values.length, [a, b]) }),
    weights: path.weights === null ? shares(path, held, [from, to]) : path.weights.subarray(a * width, b * width),
  };
}

function quotesOver(quotes: NonNullable<Path['quotes']>, rows: number, [a, b]: Range): NonNullable<Path['quotes']> {
  const n = quotes.prices.length / rows;
  return { prices: quotes.prices.subarray(a * n, b * n), depths: quotes.depths.subarray(a * n, b * n) };
}

/** All metrics of the rows `range` of a path, or those of these names. */
export function metricsOf(path: Path, held: HeldPrices, range: Range, names?: readonly string[]): Metrics {
  return computeMetrics(metricInput(path, held, range), names);
}

/** One metric of the rows `range` of a path. */
export const metricOf = (name: string, path: Path, held: HeldPrices, range: Range): number | null =>
  metrics[name].compute(metricInput(path, held, range));

/** Each reserve's share of the value, rows × width. */
function shares(path: Path, { width, prices }: HeldPrices, [from, to]: Range): Float64Array {
  const out = path.reserves.slice((from - path.first) * width, (to - path.first) * width);
  for (let k = 0; k < out.length; k++) {
    out[k] = (out[k] * prices[from * width + k]) / path.values[from - path.first + Math.floor(k / width)];
  }
  return out;
}

/** `of` for each split, by its name. */
export const bySplitName = (of: (name: SplitName) => Metrics): SplitMetrics => ({
  train: of('train'),
  validation: of('validation'),
  test: of('test'),
});

/** `of` for each split. */
export function bySplit(split: Split, of: (range: Range) => Metrics): SplitMetrics {
  return { train: of(split.train), validation: of(split.validation), test: of(split.test) };
}

/** A roll-out as a strategy. */
export function strategyOf(name: string, path: Path, held: HeldPrices, split: Split, note?: string): Strategy {
  const figures = bySplit(split, (range) => metricsOf(path, held, range));
  const test = path.values.subarray(split.test[0] - path.first, split.test[1] - path.first);
  return { name, note, metrics: figures, values: path.values, test, fees: path.fees };
}
