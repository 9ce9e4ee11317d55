/**
 * Floor 5. What a live pool does next: the leg that starts at its last rule step.
 *
 * The programs of a roll-out compute it, on the rows up to that step and no others: the rule's scan takes one row of prices
 * a rule step, as production does. So the weights are those of a roll-out over more data, to the last bit.
 */
import { registry } from '../../kernels/index.js';
import { UserError } from '../errors.js';
import { constant } from '../graph/index.js';
import type { Prices } from '../rollout/market.js';
import type { WeightPath } from '../rollout/model.js';
import { createRollout, layoutOf, type Rollout, type Trajectory } from '../rollout/rollout.js';
import { leadingRows } from '../rollout/rule-program.js';
import { completeSpec, type RolloutSpec } from '../rollout/spec.js';
import type { Target } from '../targets/target.js';

export interface LiveInput {
  readonly spec: RolloutSpec;
  /** Its first row starts the estimator and its clock. */
  readonly data: Prices;
  readonly target: Target;
  /** The chosen set: one raw number a column. */
  readonly raw: Float64Array;
  /** The pool's weights at the last rule step; absent: those of a pool that has followed the rule since the first row. */
  readonly weights?: readonly number[];
}

export interface NextLeg {
  /** Rule steps that the estimator has seen, and the row of the last. */
  readonly steps: number;
  readonly row: number;
  /** Minutes between rule steps, and those over which the weights move before they rest. */
  readonly period: number;
  readonly moving: number;
  /** At the last rule step. */
  readonly current: readonly number[];
  /** Where the guarded leg ends. */
  readonly target: readonly number[];
  /** (target − current)/moving: on every minute of a linear path, their mean on others. */
  readonly changePerMinute: readonly number[];
  /** Names of the guards that bind in this leg. */
  readonly guards: readonly string[];
  /** The longest memory of the rule in days, null for one without; and the days of prices that it has seen. */
  readonly memoryDays: number | null;
  readonly seenDays: number;
}

const MINUTES_A_DAY = 1440;

/** @throws UserError for a pool without a rule, for data without a rule step, and for a rule that looks ahead */
export function nextLeg({ spec: given, data, target, raw, weights }: LiveInput): NextLeg {
  const path = pathOf(given);
  const spec = completeSpec({ ...given, objective: registry.objectives.returns, penalties: [] });
  if (given.rule?.weights !== undefined && leadingRows(spec) === 0) throw looksAhead(given.rule.name);
  const period = spec.settings.chunkPeriod;
  const steps = stepsIn(data.rows, period);
  const row = steps * period;
  const known = upTo(data, row, period);
  const current = weights ?? rollOut(spec, known, target, (r) => lastWeights(r.trajectory(raw, 0, row + 1, period)));
  const moving = path.ramp(spec.settings);
  const leg = rollOut(startingFrom(current, spec, path), known, target, (r) => {
    // where outputs are changes, a pool rests for one leg and then follows the last output; else it follows it at once
    const first = given.rule?.weights === undefined ? row - period : row;
    const rows = row + period - first + 1;
    return {
      target: lastWeights(r.trajectory(raw, first, rows, period)),
      guards: r.guards(raw, Int32Array.of(first), rows),
    };
  });
  return {
    steps,
    row,
    period,
    moving,
    current,
    target: leg.target,
    changePerMinute: leg.target.map((w, i) => (w - current[i]) / moving),
    guards: Object.keys(leg.guards).filter((name) => leg.guards[name][0] > 0),
    memoryDays: longestMemory(spec, raw),
    seenDays: row / MINUTES_A_DAY,
  };
}

/** Runs something on a roll-out, and disposes of it. */
function rollOut<T>(spec: RolloutSpec, data: Prices, target: Target, run: (rollout: Rollout) => T): T {
  const rollout = createRollout(spec, data, target, { threads: 1 });
  try {
    return run(rollout);
  } finally {
    rollout.dispose();
  }
}

/** The spec of a pool that starts with these weights, to the bit. */
const startingFrom = (weights: readonly number[], spec: RolloutSpec, path: WeightPath): RolloutSpec => ({
  ...spec,
  pool: { ...spec.pool, path: { ...path, initial: () => weights.map((w) => constant(w)) } },
});

function pathOf({ pool, rule }: RolloutSpec): WeightPath {
  if (rule !== null && pool.path !== undefined) return pool.path;
  throw new UserError(
    `weights: a pool whose weights follow a rule was expected, got ${pool.name}, which has none; its weights need no step, and \`poolgrad export\` writes its parameters`,
  );
}

function stepsIn(rows: number, period: number): number {
  const steps = Math.floor((rows - 1) / period);
  if (steps > 0) return steps;
  throw new UserError(
    `weights: ${period + 1} rows or more were expected, for a rule step ${period} minutes after the first, got ${rows}; give data that start earlier or end later`,
  );
}

const looksAhead = (rule: string) =>
  new UserError(
    `weights: ${rule} without look-ahead was expected, got compat: yes, in which a leg follows prices of its own end; train with compat: no`,
  );

/**
 * The rows up to `row`, and the last once more for each of `more` minutes to come: a roll-out has prices in every minute,
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

function lastWeights({ weights, rows }: Trajectory): number[] {
  const all = weights ?? new Float64Array(0);
  return Array.from(all.subarray(-all.length / rows.length));
}

/** Of the parameters that are days, within the longest that the settings allow; null without any. */
function longestMemory(spec: RolloutSpec, raw: Float64Array): number | null {
  const layout = layoutOf(spec);
  const values = layout.values(raw);
  const days = layout.entries.filter((e) => e.parameter.unit === 'days').flatMap((e) => values[e.name]);
  return days.length === 0
    ? null
    : Math.min(Math.max(...days), spec.settings.maxMemoryDays ?? Number.POSITIVE_INFINITY);
}
