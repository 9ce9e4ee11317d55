/** Floor 2. A roll-out on a target: what one asks of it, and what it answers. */
import type { Precision } from '../graph/index.js';
import type { Parts } from '../targets/parts.js';
import type { Target } from '../targets/target.js';
import { CompiledRollout } from './compiled.js';
import { ParameterLayout } from './layout.js';
import type { Prices } from './market.js';
import type { MemoryPlan } from './memory.js';
import type { Route } from './route.js';
import type { CarryLeaf } from './rule-program.js';
import { completeSpec, type RolloutSpec } from './spec.js';

export interface Scores {
  /** The objective by set, of its windows' scores as the spec's `over` says (their mean): [S]. Higher is better. */
  readonly objective: Float64Array;
  /** By window and set: [W][S]. */
  readonly byWindow: Float64Array;
}

export interface ScoresAndGradient extends Scores {
  /** Gradient of `objective` with respect to the raw parameters: [columns][S]. */
  readonly gradient: Float64Array;
}

/** The path of one lane, row by row (every `every` minutes). */
export interface Trajectory {
  /** Dataset row of each sample. */
  readonly rows: Int32Array;
  /** Pool value in the numéraire. */
  readonly values: Float64Array;
  /** rows × reserves, row-major. */
  readonly reserves: Float64Array;
  /** rows × n, row-major; null for pools without weights. */
  readonly weights: Float64Array | null;
  /** Fees earned since the start, in the numéraire. */
  readonly fees: Float64Array;
  /** Lost to arbitrageurs since the start: what they gained net of fees, in the numéraire. */
  readonly losses: Float64Array;
  /** What making the same changes of the reserves outside would have cost since the start, in the numéraire. */
  readonly rebalancing: Float64Array;
  /** The pool's own prices and their depths (see Quote), rows × n, row-major; null for pools without quotes. */
  readonly quotes: Float64Array | null;
  readonly depths: Float64Array | null;
  /** Where outside prices are beyond the pool's own (see PoolModel), rows × pairs; null for pools whose prices have no ends. */
  readonly beyond: Float64Array | null;
}

/** A rule step by step: what it gives, and the numbers that its estimator carries. */
export interface RuleReadout {
  /** As of `rule`. */
  readonly outputs: Float64Array;
  /** What the estimator carries; of momentum `ewma` and `a` of each asset. */
  readonly leaves: readonly CarryLeaf[];
  /** After each step: [steps][leaves][S]. */
  readonly estimates: Float64Array;
}

/** By guard, the share of rule steps in which it bound: [S]. */
export type GuardShares = Readonly<Record<string, Float64Array>>;

export interface RolloutInParts {
  value(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<Scores>;
  gradient(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<ScoresAndGradient>;
  guards(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<GuardShares>;
}

export interface RolloutOptions {
  /** Threads in all, for targets that have them. */
  readonly threads?: number;
  /** Bytes that the tapes of one training step may take; a GPU goes by its own memory. */
  readonly memory?: number;
  /** How the outputs of the rule are computed; `auto`, the default: vectorised on tfjs where the rule can, else the scan. */
  readonly route?: Route;
  /** What programs are computed in; absent: the first of the target's. What is given and what comes back stay float64. */
  readonly precision?: Precision;
}

/**
 * What a trainer and an evaluation need of a roll-out. `windows` are first rows; a window has `windowRows` minutes.
 *
 * Everything throws a UserError where windows do not lie within the data or numbers do not fit each other. A set with a
 * parameter that is not a number has NaN for its scores and gradient; the other sets do not notice.
 */
export interface Rollout {
  readonly spec: RolloutSpec;
  readonly layout: ParameterLayout;
  value(raw: Float64Array, windows: Int32Array, windowRows: number): Scores;
  gradient(raw: Float64Array, windows: Int32Array, windowRows: number): ScoresAndGradient;
  /**
   * The same in parts of some tenths of a second where the target can cut a run, for progress and Ctrl-C: the share is that
   * of the pool's program. Parts have to end, or be left, before the roll-out is asked anything else.
   */
  readonly inParts: RolloutInParts;
  /** One set (`columns` numbers), one window; rows before minute `skip` (default 0) are simulated but not recorded. */
  trajectory(raw: Float64Array, firstRow: number, windowRows: number, every: number, skip?: number): Trajectory;
  /** Share of rule steps in which each guard bound, by set; empty without a rule. */
  guards(raw: Float64Array, windows: Int32Array, windowRows: number): GuardShares;
  /**
   * The rule's outputs [steps][n][S] from row 0 (after one leading row where `leadingRows` says so), and the estimator's
   * carry after them [leaves][S].
   */
  rule(raw: Float64Array, steps: number): { readonly outputs: Float64Array; readonly estimate: Float64Array };
  /** The same with the carry after every step, each number by its name. */
  readout(raw: Float64Array, steps: number): RuleReadout;
  /** How a training step of this size would use memory. */
  plan(sets: number, windows: number, windowRows: number): MemoryPlan;
  dispose(): void;
}

/** All parameters of a roll-out's models, in order: pool, fee law, rule, flow. */
export function layoutOf(
  spec: Pick<RolloutSpec, 'pool' | 'feeLaw' | 'rule' | 'flow' | 'settings' | 'assets'>,
): ParameterLayout {
  return new ParameterLayout(
    [
      { prefix: spec.pool.name, parameters: spec.pool.parameters(spec.settings) },
      ...(spec.feeLaw ? [{ prefix: spec.feeLaw.name, parameters: spec.feeLaw.parameters }] : []),
      ...(spec.rule === null ? [] : [{ prefix: spec.rule.name, parameters: spec.rule.parameters(spec.settings) }]),
      ...(spec.flow === null ? [] : [{ prefix: spec.flow.name, parameters: spec.flow.parameters }]),
    ],
    spec.assets,
  );
}

export function createRollout(spec: RolloutSpec, data: Prices, target: Target, options: RolloutOptions = {}): Rollout {
  const complete = completeSpec(spec);
  return new CompiledRollout(complete, layoutOf(complete), data, target, options);
}
