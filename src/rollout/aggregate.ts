/**
 * Floor 2. How the scores x of a set's windows become one objective, and its derivative by each.
 *
 *     mean      Σ x/W
 *     min       the smallest; those that tie share its weight
 *     cvar      mean of the worst share q: weights (C(less + same) − C(less))/same, C(k) = min(k/max(qW, 1), 1), for a score
 *               with `less` smaller ones and `same` equal ones, itself among them (Rockafellar and Uryasev 2002)
 *     softmin   −T·ln mean e^(−x/T), weights ∝ e^(−x/T): min for T → 0, mean for T → ∞
 *
 * Where parameters decide discrete outcomes y that are drawn, the mean of an aggregate A of W windows has the gradient
 *
 *     ∇E[A] = E[Σ_w ∂A/∂x_w·∂x_w + Σ_w (A − A₋w)·∂ln P(y_w)]
 *
 * with A₋w the aggregate of the other windows, which y_w has no part in: as E[∂ln P(y_w)] = 0 it changes no mean, and takes
 * most of the variance (leave-one-out; Williams 1992; Kool, van Hoof and Welling 2019). For the mean it is
 * (x_w − mean of the others)/W.
 */
import { UserError } from '../errors.js';

export type Aggregate =
  | { readonly kind: 'mean' }
  | { readonly kind: 'min' }
  /** The share of the windows that counts, in (0, 1]. */
  | { readonly kind: 'cvar'; readonly worst: number }
  /** In the units of the objective, above 0. */
  | { readonly kind: 'softmin'; readonly temperature: number };

export const MEAN: Aggregate = { kind: 'mean' };

/** Throws UserError for numbers that make no sense. */
export function checkAggregate(aggregate: Aggregate): void {
  if (aggregate.kind === 'cvar' && !(aggregate.worst > 0 && aggregate.worst <= 1)) {
    throw new UserError(
      `rollout: a share of windows above 0 and up to 1 was expected, got ${aggregate.worst}; change worst`,
    );
  }
  if (
    aggregate.kind === 'softmin' &&
    !(aggregate.temperature > 0 && aggregate.temperature < Number.POSITIVE_INFINITY)
  ) {
    throw new UserError(`rollout: a temperature above 0 was expected, got ${aggregate.temperature}; change it`);
  }
}

/** For people; null for the mean. */
export function aggregateText(aggregate: Aggregate): string | null {
  if (aggregate.kind === 'mean') return null;
  if (aggregate.kind === 'min') return 'worst window';
  return aggregate.kind === 'cvar'
    ? `mean of the worst ${Number((100 * aggregate.worst).toPrecision(3))} % of windows`
    : `softmin over windows at ${aggregate.temperature}`;
}

/** The objective of one set, and what each window's gradient counts in its own. All NaN where a score is not finite. */
export function reduce(aggregate: Aggregate, scores: Float64Array): { objective: number; weights: Float64Array } {
  if (aggregate.kind === 'mean')
    return linear(
      scores,
      scores.map(() => 1 / scores.length),
    );
  if (!scores.every(Number.isFinite)) return { objective: Number.NaN, weights: scores.map(() => Number.NaN) };
  if (aggregate.kind === 'softmin') return softmin(scores, aggregate.temperature);
  return linear(scores, tailWeights(scores, aggregate.kind === 'min' ? 0 : aggregate.worst));
}

/** Σ weight·score; what does not count is not looked at. */
function linear(scores: Float64Array, weights: Float64Array): { objective: number; weights: Float64Array } {
  return { objective: weights.reduce((sum, w, i) => (w === 0 ? sum : sum + w * scores[i]), 0), weights };
}

/**
 * A − A₋w for each of a set's windows: what ∂ln P of its outcomes counts. With one window nothing is taken off. All NaN where
 * a score is not finite.
 */
export function advantages(aggregate: Aggregate, scores: Float64Array): Float64Array {
  const all = reduce(aggregate, scores).objective;
  const n = scores.length;
  if (n === 1 || Number.isNaN(all)) return scores.map(() => all);
  // the same without n sums of n − 1
  if (aggregate.kind === 'mean') return scores.map((x) => (x - all) / (n - 1));
  return scores.map((_, w) => all - reduce(aggregate, without(scores, w)).objective);
}

function without(scores: Float64Array, w: number): Float64Array {
  const others = new Float64Array(scores.length - 1);
  others.set(scores.subarray(0, w));
  others.set(scores.subarray(w + 1), w);
  return others;
}

function tailWeights(scores: Float64Array, share: number): Float64Array {
  const whole = Math.max(share * scores.length, 1);
  const upTo = (k: number) => Math.min(k / whole, 1);
  const sorted = scores.toSorted();
  const weights = new Map<number, number>();
  for (let less = 0, same = 1; less < sorted.length; less += same) {
    for (same = 1; sorted[less + same] === sorted[less]; ) same++;
    weights.set(sorted[less], (upTo(less + same) - upTo(less)) / same);
  }
  return scores.map((x) => weights.get(x) ?? 0);
}

/** The smallest is subtracted first, so that no exponential overflows. */
function softmin(scores: Float64Array, temperature: number): { objective: number; weights: Float64Array } {
  const least = Math.min(...scores);
  const e = scores.map((x) => Math.exp((least - x) / temperature));
  const total = e.reduce((a, b) => a + b, 0);
  return { objective: least - temperature * Math.log(total / scores.length), weights: e.map((x) => x / total) };
}
