/** Floor 5. What a tuned pool has to beat, on the same rows: holding, constant weights, and the best fixed fee. */
import { registry } from '../../kernels/index.js';
import type { Dataset } from '../data/dataset.js';
import type { Split } from '../data/windows.js';
import { createPoolRollout, type PoolRollout } from '../pools/rollout.js';
import { poolSeries } from '../pools/series.js';
import type { PoolSpec } from '../pools/spec.js';
import type { Common } from '../rollout/common.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { Target } from '../targets/target.js';
import { computeMetrics } from './metrics.js';
import { feeEntry, feeOf, poolEntry, valuesOf, withValues } from './parameters.js';
import {
  bySplit,
  type HeldPrices,
  type Metrics,
  metricOf,
  type Path,
  type Range,
  recordTest,
  reservesAt,
  type Strategy,
  strategyOf,
  wholeRange,
} from './path.js';
import type { Work } from './work.js';

/** What all baselines of one evaluation share. */
export interface Setting {
  readonly spec: PoolSpec;
  readonly data: Dataset;
  readonly target: Target;
  readonly threads?: number;
  readonly split: Split;
  /** The path of the tuned pool or a rival over the rows that are measured. */
  readonly recorded: (rollout: PoolRollout, raw: Float64Array) => Path;
  readonly held: HeldPrices;
  /** The tuned pool: its roll-out, its parameters, those that training started from, its path over all splits. */
  readonly rollout: PoolRollout;
  readonly raw: Float64Array;
  readonly initial: Float64Array;
  readonly path: Path;
  /** The metric that the evaluation is about. */
  readonly metric: string;
  /** Of all roll-outs. */
  readonly common: Common;
  /** Counts the roll-outs. */
  readonly work: Work;
}

/**
 * A roll-out for recording. Its objective plays no part in a path, so it takes one that any window is long enough for.
 *
 * @param work is told of the rows of every path
 */
export function recorder(
  spec: PoolSpec,
  { data, target, threads, common, work }: Pick<Setting, 'data' | 'target' | 'threads' | 'common' | 'work'>,
): PoolRollout {
  const plain = { ...spec, objective: registry.objectives.returns, penalties: [] };
  const rollout = createPoolRollout(plain, data, target, { threads, common });
  const { trajectory, trajectories } = rollout;
  rollout.trajectory = (raw, firstRow, rows, ...which) => {
    const path = trajectory.call(rollout, raw, firstRow, rows, ...which);
    work.add(rows);
    return path;
  };
  rollout.trajectories = (raw, firstRow, rows, ...which) => {
    const paths = trajectories.call(rollout, raw, firstRow, rows, ...which);
    work.add(rows * paths.length);
    return paths;
  };
  return rollout;
}

/** Σ reservesⱼ·pⱼ at each row of `range`. */
export function worthOf(reserves: ArrayLike<number>, { width, prices }: HeldPrices, [from, to]: Range): Float64Array {
  const out = new Float64Array(to - from);
  for (let t = 0; t < out.length; t++) {
    let worth = 0;
    for (let j = 0; j < width; j++) worth += reserves[j] * prices[(from + t) * width + j];
    out[t] = worth;
  }
  return out;
}

/** All metrics of these reserves, held over the rows of `range`, or those of these names. */
export function metricsOfHolding(
  startReserves: Float64Array,
  held: HeldPrices,
  range: Range,
  names?: readonly string[],
): Metrics {
  const { width, minutesPerRow } = held;
  const prices = held.prices.subarray(range[0] * width, range[1] * width);
  const values = worthOf(startReserves, held, range);
  const reserves = new Float64Array(prices.length);
  for (let k = 0; k < reserves.length; k++) reserves[k] = startReserves[k % width];
  return computeMetrics({ values, startReserves, reserves, prices, assets: width, minutesPerRow, fees: 0 }, names);
}

/**
 * Buy and hold. Each split is measured by holding `reservesFrom` its own first row; the path over all rows, for charts,
 * holds those of the first.
 */
function holding(s: Setting, name: string, note: string, reservesFrom: (row: number) => Float64Array): Strategy {
  const metrics = bySplit(s.split, (range) => metricsOfHolding(reservesFrom(range[0]), s.held, range));
  const over = (range: Range) => worthOf(reservesFrom(range[0]), s.held, range);
  return { name, note, metrics, values: over(wholeRange(s.split)), test: over(s.split.test), fees: null };
}

/** The tuned pool's reserves at a split's first row, held. */
export const hodl = (s: Setting): Strategy =>
  holding(s, 'HODL', 'the tuned pool’s reserves at the first row, held', (row) =>
    reservesAt(s.path, s.held.width, row).slice(),
  );

/**
 * The tuned pool's value at a split's first row, split evenly over the assets, held. Where the pool holds credits beside
 * each asset, half of the value is credits, as in the pool.
 */
export function uniformHodl(s: Setting): Strategy {
  const { width, prices } = s.held;
  const credits = width > s.data.assets.length;
  const note = credits ? 'half in credits, half spread evenly over the assets, held' : 'evenly over the assets, held';
  return holding(s, 'uniform HODL', note, (row) => {
    const value = s.path.values[row - s.path.first];
    return Float64Array.from({ length: width }, (_, j) => value / (width * prices[row * width + j]));
  });
}

/** What a rival without a moving shape is made of. */
export type RivalSetting = Pick<Setting, 'spec' | 'raw' | 'initial'> & {
  readonly layout: ParameterLayout;
  /** Kinds of reserves of the pool. */
  readonly width: number;
  /** Weights of the pool at its first row; null for pools without. */
  readonly weights: ArrayLike<number> | null;
};

/** A pool to be compared with, before anything of it is simulated. */
export interface Rival {
  readonly name: string;
  readonly note: string;
  /** The tuned pool's own where it is that with other parameters. */
  readonly spec: PoolSpec;
  /** Its raw parameters, given the layout of its roll-out. */
  raws(layout: ParameterLayout): Float64Array;
}

/**
 * A pool whose shape does not move, at the tuned fee:
 * rule pools: constant weights at the weights that the tuned pool starts from; pools with weights: those that training
 * started from; HMM: curvature 0, the constant product, at the same market and risk fee; other pools that hold nothing but
 * two assets or more: equal weights. Null for a pool of other kind.
 */
export function constantRival(s: RivalSetting): Rival | null {
  const { spec, layout, raw } = s;
  if (spec.pool.weights === 'rule') {
    const first = spec.assets.map((_, i) => (s.weights as ArrayLike<number>)[i]);
    return constantWeights(s, first, 'the tuned pool’s first weights, kept, at the same fee');
  }
  if (spec.pool.weights === 'constant' && spec.pool.name !== 'constant-weight') {
    const entry = poolEntry(spec, layout, 'weights');
    if (entry === undefined) return null;
    const note = 'a constant-weight pool of the weights that training started from, at the tuned fee';
    return constantWeights(s, valuesOf(entry, s.initial), note);
  }
  if (spec.pool.weights === 'constant') {
    const fee = feeEntry(spec, layout);
    const changed = fee === undefined ? s.initial : withValues(layout, s.initial, { [fee.name]: valuesOf(fee, raw) });
    const same = changed.every((x, k) => Object.is(x, raw[k]));
    const note = `the weights that training started from, at the tuned fee${same ? '; they were not trained, so it is the tuned pool' : ''}`;
    return { name: 'constant weights', note, spec, raws: () => changed };
  }
  // a pool of a user's own may have a parameter of that name, too
  const rho = spec.pool === registry.pools.hmm ? poolEntry(spec, layout, 'rho') : undefined;
  if (rho === undefined) {
    const n = spec.assets.length;
    if (n < 2 || s.width > n) return null;
    return constantWeights(s, new Array(n).fill(1 / n), 'a pool of equal weights at the same fee');
  }
  const flat = withValues(layout, raw, { [rho.name]: new Array(rho.size).fill(0) });
  return { name: 'constant product', note: 'the same pool and fees with curvature ρ = 0', spec, raws: () => flat };
}

function constantWeights(s: RivalSetting, weights: readonly number[], note: string): Rival {
  const { spec, layout: tuned, raw } = s;
  const pool = registry.pools['constant-weight'];
  // arbitrageurs come as they came to the tuned pool, and what the two pools share follows the same series
  const settings = Object.fromEntries(Object.entries(spec.settings).filter(([key]) => key in pool.settings));
  const declared = pool.parameters(settings);
  const followed = poolSeries(spec);
  const parameters = Object.fromEntries(Object.entries(followed.parameters).filter(([key]) => key in declared));
  const rival = { ...spec, pool, rule: null, zeroFee: false, settings, series: { ...followed, parameters } };
  const raws = (layout: ParameterLayout): Float64Array => {
    const shared = Object.keys(declared).flatMap((key) => {
      const entry = poolEntry(spec, tuned, key);
      return entry === undefined ? [] : [[`${pool.name}.${key}`, valuesOf(entry, raw)]];
    });
    const changed = layout.raws({
      ...Object.fromEntries(shared),
      [`${pool.name}.weights`]: weights,
      [`${pool.name}.fee`]: [feeOf(spec, tuned, raw)],
    });
    for (const e of layout.entries) {
      const same = tuned.entries.find((t) => t.name === e.name);
      if (same !== undefined) changed.set(raw.subarray(same.column, same.column + same.size), e.column);
    }
    return changed;
  };
  return { name: 'constant weights', note, spec: rival, raws };
}

/** The rival whose shape does not move, over the same rows; null where there is none. */
export function constantPool(s: Setting): Strategy | null {
  const { rollout, path, held } = s;
  const rival = constantRival({ ...s, layout: rollout.layout, width: held.width, weights: path.weights });
  if (rival === null) return null;
  const over = (its: PoolRollout) =>
    strategyOf(rival.name, s.recorded(its, rival.raws(its.layout)), held, s.split, rival.note);
  if (rival.spec === s.spec) return over(rollout);
  const own = recorder(rival.spec, s);
  try {
    return over(own);
  } finally {
    own.dispose();
  }
}

export interface Sensitivity {
  readonly name: string;
  readonly rows: { readonly label: string; readonly value: number | null }[];
}

/** The tuned pool's metric on the test split at half, once and twice what the flow rests on most; null without one. */
export function flowSensitivity(s: Setting): Sensitivity | null {
  const { flow } = s.spec;
  const key = flow?.sensitivity;
  const entry = s.rollout.layout.entries.find((e) => e.name === `${flow?.name}.${key}`);
  if (entry === undefined) return null;
  const [value] = valuesOf(entry, s.raw);
  const rows = [0.5, 1, 2].map((factor) => {
    const raw = withValues(s.rollout.layout, s.raw, { [entry.name]: [value * factor] });
    const path = factor === 1 ? s.path : recordTest(s.rollout, raw, s.split);
    return {
      label: `${key} = ${Number((value * factor).toPrecision(6))}${factor === 1 ? ', as trained' : ''}`,
      value: metricOf(s.metric, path, s.held, s.split.test),
    };
  });
  return { name: `${key} of the flow`, rows };
}
