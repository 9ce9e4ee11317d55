/**
 * Floor 5. Constraints on what is measured beside the objective, kept set by set. With J the objective and v ≤ 0 a constraint —
 * v = measure − bound (atMost) or bound − measure (atLeast), each the mean over an iteration's windows — the optimiser climbs the
 * Lagrangian J − Σ λv. Its step δ is then moved to the nearest one that keeps the constraints by their gradients, in the metric
 * of the optimiser itself (M what it moves a raw by for a unit of gradient):
 *
 *     min ½Σ (Δ − δ)²/M   subject to   ½v + ∂v·Δ ≤ 0,   so Δ = δ − M·Σ w∂v,   w ≥ −λ
 *
 * (sequential quadratic programming; Nocedal and Wright 2006, chapter 18). λ follows the multipliers that the problem has at
 * v = 0. It comes to rest where ∂J = Σ λ∂v and v = 0, or λ = 0: at a point of Karush, Kuhn and Tucker, whatever the scales of
 * measures and parameters are. λ is then what a bound a unit looser would gain.
 *
 * v and ∂v are of the same windows, so with few of many windows the move has a bias of the order 1/windows; with all windows in
 * every iteration it has none.
 */
import type { Constraint } from '../config/objective.js';
import { mean, meanWithError } from '../evaluate/statistics.js';

export type { Constraint };

/** Where the mean of a measure lies, beside its bound. */
export interface Held extends Constraint {
  readonly measure: number;
  /** The bound as a number. */
  readonly limit: number;
  readonly tolerance: number;
  /** How far beyond the bound; negative where there is room. */
  readonly violation: number;
  /** Of that as a mean over the windows; 0 for one window. */
  readonly standardError: number;
  readonly holds: boolean;
  /** Whether windows that it was not trained on can tell that it does not: beyond the tolerance by more than two standard errors. */
  readonly fails: boolean;
}

const DEFAULT_WITHIN = 1e-3;
/** Of a bound of 0. */
const LEAST_WITHIN = 1e-6;
/** Standard errors beyond which windows tell. */
const TOLD = 2;

/**
 * @param values of the measure, by window
 * @param start those of the start values on the same windows; read where the bound is that
 */
export function held(c: Constraint, values: Float64Array, start: Float64Array): Held {
  const measure = mean(values);
  const limit = c.bound === 'start' ? mean(start) : c.bound;
  const tolerance = c.within ?? Math.max(DEFAULT_WITHIN * Math.abs(limit), LEAST_WITHIN);
  const violation = signOf(c) * (measure - limit) + 0;
  const off = values.map((x, w) => x - (c.bound === 'start' ? start[w] : c.bound));
  const standardError = meanWithError(off).error;
  const [holds, fails] = [violation <= tolerance, violation > tolerance + TOLD * standardError];
  return { ...c, measure, limit, tolerance, violation, standardError, holds, fails };
}

/** Of the measure in the violation. */
export const signOf = ({ kind }: Constraint): 1 | -1 => (kind === 'atMost' ? 1 : -1);

/** By how many tolerances more than windows leave open the bounds are missed, all of them together; 0 where none fails. */
export const excess = (all: readonly Held[]): number =>
  all.reduce((sum, h) => sum + (h.fails ? (h.violation - TOLD * h.standardError) / h.tolerance - 1 : 0), 0);

/** A step of one set: [columns] each. */
export interface FreeStep {
  /** δ, and M. */
  readonly step: Float64Array;
  readonly metric: Float64Array;
  /** How far a column may go: δ within them is a step that bounds leave alone. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** What a part of a violation a step is to take back. */
const RESTORED = 0.5;
/** Rounds in which multipliers answer to each other, and to columns that reach their bounds. */
const ROUNDS = 30;
const BOUND_ROUNDS = 3;

/**
 * Δ, and the multipliers w that the constraints have at v = 0: [constraints].
 *
 * @param violations v, and `gradients` ∂v of each: [constraints], [constraints][columns], 0 in frozen columns
 * @param least −λ in the units of w: [constraints]
 */
export function keptStep(
  free: FreeStep,
  violations: readonly number[],
  gradients: readonly Float64Array[],
  least: readonly number[],
): { readonly step: Float64Array; readonly multipliers: number[] } {
  const { low, high } = free;
  const metric = free.metric.slice();
  const none = violations.map(() => 0);
  let step = free.step;
  let multipliers = none;
  for (let round = 0; round < BOUND_ROUNDS; round++) {
    const own = free.step.map((x, c) => (metric[c] === 0 ? step[c] : x));
    const program = { step: own, metric, gradients, least };
    const back = solve(
      program,
      violations.map((v) => RESTORED * v),
    );
    // one with room to spare has no multiplier, wherever it would be met at v = 0
    const tight = back.map((w, k) => w > least[k]);
    multipliers = solve(program, none, tight);
    step = limited(own, moved(own, metric, gradients, back), free.step);
    // a column at its bound moves no further, and the others have to do without it
    for (let c = 0; c < step.length; c++) {
      if (step[c] >= low[c] && step[c] <= high[c]) continue;
      step[c] = Math.min(Math.max(step[c], low[c]), high[c]);
      metric[c] = 0;
    }
  }
  return { step, multipliers };
}

const moved = (
  step: Float64Array,
  metric: Float64Array,
  gradients: readonly Float64Array[],
  w: readonly number[],
): Float64Array => step.map((x, c) => gradients.reduce((sum, g, k) => sum - metric[c] * w[k] * g[c], x));

/** No column is moved further off the free step than this step goes at most: what is far beyond a bound comes back in several. */
function limited(own: Float64Array, step: Float64Array, free: Float64Array): Float64Array {
  const reach = Math.max(...free.map(Math.abs));
  const most = Math.max(...step.map((x, c) => Math.abs(x - own[c])));
  if (!(most > 2 * reach)) return step;
  return step.map((x, c) => own[c] + ((x - own[c]) * 2 * reach) / most);
}

interface Program {
  readonly step: Float64Array;
  readonly metric: Float64Array;
  readonly gradients: readonly Float64Array[];
  readonly least: readonly number[];
}

/** w of the quadratic program, by coordinate ascent on its dual (Hildreth 1957); what is not `among` stays at the least. */
function solve(
  { step, metric, gradients, least }: Program,
  violations: readonly number[],
  among: readonly boolean[] = violations.map(() => true),
): number[] {
  const dot = (a: Float64Array, b: (c: number) => number) => a.reduce((sum, x, c) => sum + x * b(c), 0);
  const curvature = gradients.map((g) => gradients.map((h) => dot(g, (c) => metric[c] * h[c])));
  const free = gradients.map((g, k) => violations[k] + dot(g, (c) => step[c]));
  const w = [...least];
  for (let round = 0; round < ROUNDS; round++) {
    for (let k = 0; k < w.length; k++) {
      if (!(curvature[k][k] > 0) || !among[k]) continue;
      const off = free[k] - w.reduce((sum, x, j) => sum + x * curvature[k][j], 0);
      w[k] = Math.max(least[k], w[k] + off / curvature[k][k]);
    }
  }
  return w;
}
