/**
 * Floor 5. Every rule step of a pool that has followed its rule since the first row: the weights before and after it, and
 * what the rule made them of, to be plotted or compared with a pool that is deployed.
 */
import type { CarryLeaf } from '../pools/rule-program.js';
import { leadingRows } from '../pools/rule-program.js';
import { type LiveInput, rollOut, upToLastStep } from './known.js';

export interface RulePath {
  /** The row of each rule step. */
  readonly rows: Int32Array;
  /** Weights at that row, [steps][n]. */
  readonly before: Float64Array;
  /** Where the leg that follows ends, within the guards, [steps][n]. */
  readonly target: Float64Array;
  /** What the rule gives: weight changes, or weights, [steps][n]. */
  readonly outputs: Float64Array;
  /** The numbers that the estimator carries, and they themselves, [steps][leaves]. */
  readonly leaves: readonly CarryLeaf[];
  readonly estimates: Float64Array;
}

/** @throws UserError for a pool without a rule, for data without a rule step, and for a rule that looks ahead */
export function rulePath({ spec: given, data, target, raw }: LiveInput): RulePath {
  const { spec, period, steps, row, known } = upToLastStep(given, data);
  const n = spec.assets.length;
  return rollOut(spec, known, target, (rollout) => {
    const { outputs, leaves, estimates } = rollout.readout(raw, steps);
    const weights = rollout.trajectory(raw, 0, row + period + 1, period).weights as Float64Array;
    return {
      rows: Int32Array.from({ length: steps }, (_, t) => (t + 1) * period),
      before: weights.slice(n, (steps + 1) * n),
      target: weights.slice(2 * n),
      outputs: outputs.slice(leadingRows(spec) * n),
      leaves,
      estimates,
    };
  });
}
