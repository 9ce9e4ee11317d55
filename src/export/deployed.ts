/** Floor 5. The pool to be deployed after the last row of the dataset: what its models make of a set there. */
import { registry } from '../../kernels/index.js';
import type { Dataset } from '../data/dataset.js';
import { createPoolRollout } from '../pools/rollout.js';
import { estimateParts } from '../pools/rule-program.js';
import { ruleRows } from '../pools/spec.js';
import type { TunedInput } from './tuned-input.js';

/** Prices of the last row. */
export const lastPrices = (data: Pick<Dataset, 'assets' | 'prices'>): number[] =>
  Array.from(data.prices.subarray(-data.assets.length));

export interface NewPool {
  /** As `PoolModel.reserves` has them: the assets', then those of the numéraire, if the pool holds some. */
  readonly reserves: readonly number[];
  /** Null for pools without weights. */
  readonly weights: readonly number[] | null;
}

/** What the model itself starts a pool with at the prices of the last row, its rule having seen all rows. */
export function newPool({
  spec,
  raw,
  data,
  target,
  common,
}: Pick<TunedInput, 'spec' | 'raw' | 'data' | 'target' | 'common'>): NewPool {
  const n = spec.assets.length;
  // a window has two rows at least: the last one stands for a step more
  const first = spec.rule === null ? data.rows - 1 : 0;
  const still = (values: Float64Array, width: number) => {
    const longer = new Float64Array(values.length - (first - 1) * width);
    longer.set(values.subarray(first * width));
    longer.set(values.subarray(-width), longer.length - width);
    return longer;
  };
  const rows = data.rows - first + 1;
  const series = Object.fromEntries(Object.entries(data.series).map(([name, values]) => [name, still(values, 1)]));
  const longer = { assets: data.assets, rows, prices: still(data.prices, n), volume: null, series };
  // a path has no objective; this one asks for no days of rows
  const recorded = { ...spec, objective: registry.objectives.returns, penalties: [] };
  const rollout = createPoolRollout(recorded, longer, target, { common });
  try {
    const { reserves, weights } = rollout.trajectory(raw, rows - 2, 2, 1);
    return {
      reserves: Array.from(reserves.subarray(0, reserves.length / 2)),
      weights: weights === null ? null : Array.from(weights.subarray(0, n)),
    };
  } finally {
    rollout.dispose();
  }
}

export interface EstimateAtEnd {
  /** Row of the last rule step. */
  readonly row: number;
  /** The estimator's carry after it: its lists of numbers by name, such as `ewma`. */
  readonly carry: Readonly<Record<string, readonly number[]>>;
}

/** The carry of the rule's estimator after the last rule step of the data; null where the data holds none. */
export function estimateAtEnd({ spec, layout, raw, data, target, common }: TunedInput): EstimateAtEnd | null {
  if (spec.rule === null) return null;
  const each = ruleRows(spec);
  const steps = Math.floor((data.rows - 1) / each);
  if (steps === 0) return null;
  const rollout = createPoolRollout(spec, data, target, { common });
  try {
    const { estimate } = rollout.rule(raw, steps);
    let at = 0;
    const carry = estimateParts(spec, spec.rule, layout).map(([name, size]) => {
      at += size;
      return [name, Array.from(estimate.subarray(at - size, at))];
    });
    return { row: steps * each, carry: Object.fromEntries(carry) };
  } finally {
    rollout.dispose();
  }
}
