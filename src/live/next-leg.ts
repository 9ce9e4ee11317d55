/**
 * Floor 5. What a live pool does next: the leg that starts at its last rule step.
 *
 * The programs of a roll-out compute it, on the rows up to that step and no others: the rule's scan takes one row of prices
 * a rule step, as production does. So the weights are those of a roll-out over more data, to the last bit.
 */
import { constant } from '../graph/index.js';
import type { WeightPath } from '../pools/model.js';
import { poolLayout, type Trajectory } from '../pools/rollout.js';
import { clockOf, type PoolSpec } from '../pools/spec.js';
import { minutesOf, rowsPerDay } from '../rollout/clock.js';
import { checkFinite } from '../rollout/inputs.js';
import { type LiveInput, rollOut, upToLastStep } from './known.js';

export interface NextLegInput extends LiveInput {
  /** The pool's weights at the last rule step; absent: those of a pool that has followed the rule since the first row. */
  readonly weights?: readonly number[];
}

export interface NextLeg {
  /** Rule steps that the estimator has seen, and the row of the last. */
  readonly steps: number;
  readonly row: number;
  /** Rows between rule steps, and those over which the weights move before they rest. */
  readonly period: number;
  readonly moving: number;
  /** At the last rule step. */
  readonly current: readonly number[];
  /** Where the guarded leg ends. */
  readonly target: readonly number[];
  /** (target − current)/moving, a minute: on all of a linear path, their mean on others. */
  readonly changePerMinute: readonly number[];
  /** Names of the guards that bind in this leg. */
  readonly guards: readonly string[];
  /** The longest memory of the rule in days, null for one without; and the days of prices that it has seen. */
  readonly memoryDays: number | null;
  readonly seenDays: number;
}

/** @throws UserError for a pool without a rule, for data without a rule step, and for a rule that looks ahead; for weights that are not finite */
export function nextLeg({ spec: given, data, target, raw, weights }: NextLegInput): NextLeg {
  const { path, spec, period, steps, row, known } = upToLastStep(given, data);
  const current = weights ?? rollOut(spec, known, target, (r) => lastWeights(r.trajectory(raw, 0, row + 1, period)));
  const clock = clockOf(spec);
  const moving = path.ramp(spec.settings, clock);
  const leg = rollOut(startingFrom(current, spec, path), known, target, (r) => {
    // where outputs are changes, a pool rests for one leg and then follows the last output; else it follows it at once
    const first = given.rule?.weights === undefined ? row - period : row;
    const rows = row + period - first + 1;
    return {
      target: lastWeights(r.trajectory(raw, first, rows, period)),
      guards: r.guards(raw, Int32Array.of(first), rows),
    };
  });
  checkFinite([row], { weights: Float64Array.of(...current, ...leg.target) });
  return {
    steps,
    row,
    period,
    moving,
    current,
    target: leg.target,
    changePerMinute: leg.target.map((w, i) => (w - current[i]) / minutesOf(clock, moving)),
    guards: Object.keys(leg.guards).filter((name) => leg.guards[name][0] > 0),
    memoryDays: longestMemory(spec, raw),
    seenDays: row / rowsPerDay(clock),
  };
}

/** The spec of a pool that starts with these weights, to the bit. */
const startingFrom = (weights: readonly number[], spec: PoolSpec, path: WeightPath): PoolSpec => ({
  ...spec,
  pool: { ...spec.pool, path: { ...path, initial: () => weights.map((w) => constant(w)) } },
});

function lastWeights({ weights, rows }: Trajectory): number[] {
  const all = weights ?? new Float64Array(0);
  return Array.from(all.subarray(-all.length / rows.length));
}

/** Of the parameters that are days, within the longest that the settings allow; null without any. */
function longestMemory(spec: PoolSpec, raw: Float64Array): number | null {
  const layout = poolLayout(spec);
  const values = layout.values(raw);
  const days = layout.entries.filter((e) => e.parameter.role === 'memory').flatMap((e) => values[e.name]);
  return days.length === 0
    ? null
    : Math.min(Math.max(...days), spec.settings.maxMemoryDays ?? Number.POSITIVE_INFINITY);
}
