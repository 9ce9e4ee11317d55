/** Floor 5. What a live pool knows: its models on the rows up to the last rule step, and no others. */
import { registry } from '../../kernels/index.js';
import { UserError } from '../errors.js';
import type { WeightPath } from '../pools/model.js';
import { createPoolRollout, type PoolRollout } from '../pools/rollout.js';
import { leadingRows } from '../pools/rule-program.js';
import { completePool, type PoolSpec, ruleRows } from '../pools/spec.js';
import type { Prices } from '../rollout/recorded.js';
import type { Target } from '../targets/target.js';

export interface LiveInput {
  readonly spec: PoolSpec;
  /** Its first row starts the estimator and its clock. */
  readonly data: Prices;
  readonly target: Target;
  /** The chosen set: one raw number a column. */
  readonly raw: Float64Array;
}

export interface Known {
  readonly spec: PoolSpec;
  readonly path: WeightPath;
  /** Rows between rule steps. */
  readonly period: number;
  /** Rule steps that the estimator has seen, and the row of the last. */
  readonly steps: number;
  readonly row: number;
  /** The rows up to that one, and the last once more for each step of the leg after it. */
  readonly known: Prices;
}

/** @throws UserError for a pool without a rule, for data without a rule step, and for a rule that looks ahead */
export function upToLastStep(given: PoolSpec, data: Prices): Known {
  const path = pathOf(given);
  const spec = completePool({ ...given, objective: registry.objectives.returns, penalties: [] });
  if (given.rule?.weights !== undefined && leadingRows(spec) === 0) throw looksAhead(given.rule.name);
  const period = ruleRows(spec);
  const steps = stepsIn(data.rows, period);
  const row = steps * period;
  return { path, spec, period, steps, row, known: upTo(data, row, period) };
}

/** Runs something on a roll-out, and disposes of it. */
export function rollOut<T>(spec: PoolSpec, data: Prices, target: Target, run: (rollout: PoolRollout) => T): T {
  const rollout = createPoolRollout(spec, data, target, { threads: 1 });
  try {
    return run(rollout);
  } finally {
    rollout.dispose();
  }
}

function pathOf({ pool, rule }: PoolSpec): WeightPath {
  if (rule !== null && pool.path !== undefined) return pool.path;
  throw new UserError(
    `weights: a pool whose weights follow a rule was expected, got ${pool.name}, which has none; its weights need no step, and \`poolgrad export\` writes its parameters`,
  );
}

function stepsIn(rows: number, period: number): number {
  const steps = Math.floor((rows - 1) / period);
  if (steps > 0) return steps;
  throw new UserError(
    `weights: ${period + 1} rows or more were expected, for a rule step ${period} rows after the first, got ${rows}; give data that start earlier or end later`,
  );
}

const looksAhead = (rule: string) =>
  new UserError(
    `weights: ${rule} without look-ahead was expected, got compat: yes, in which a leg follows prices of its own end; train with compat: no`,
  );

/**
 * The rows up to `row`, and the last once more for each of `more` steps to come: a roll-out has prices in every step,
 * for the reserves, but the weights until the next rule step are made of none of them.
 */
function upTo({ assets, prices, series = {} }: Prices, row: number, more: number): Prices {
  const n = assets.length;
  const rows = row + 1 + more;
  const known = new Float64Array(rows * n);
  known.set(prices.subarray(0, (row + 1) * n));
  for (let r = row + 1; r < rows; r++) known.copyWithin(r * n, row * n, (row + 1) * n);
  const held = (x: Float64Array) => Float64Array.from({ length: rows }, (_, r) => x[Math.min(r, row)]);
  const further = Object.fromEntries(Object.entries(series).map(([name, x]) => [name, held(x)]));
  return { assets, rows, prices: known, volume: null, series: further };
}
