/** Floor 2. From what single windows say to what is said of a set. */

import { type Aggregate, advantages, MEAN, reduce } from './aggregate.js';
import { columnOf } from './layout.js';

/** Objectives by set, and what each window's gradient counts in them: [W][S]. */
export function scoresOver(
  aggregate: Aggregate,
  byWindow: Float64Array,
  sets: number,
): { readonly scores: { objective: Float64Array; byWindow: Float64Array }; readonly weights: Float64Array } {
  const objective = new Float64Array(sets);
  const weights = new Float64Array(byWindow.length);
  for (let s = 0; s < sets; s++) {
    const reduced = reduce(aggregate, columnOf(byWindow, sets, s));
    objective[s] = reduced.objective;
    reduced.weights.forEach((weight, w) => {
      weights[w * sets + s] = weight;
    });
  }
  return { scores: { objective, byWindow }, weights };
}

/** Means over the windows of what is measured: [measures][S], of [W][S] each. */
export function meansOf(measured: readonly Float64Array[], sets: number): Float64Array {
  const means = new Float64Array(measured.length * sets);
  measured.forEach((byWindow, k) => {
    means.set(scoresOver(MEAN, byWindow, sets).scores.objective, k * sets);
  });
  return means;
}

/**
 * What scores, what is measured beside and the ln P of drawn outcomes count, by window and set: [W][S] each.
 *
 * @param counts what the aggregate of the scores and the mean of each measure count: [1 + measures][S]
 */
export function cotangentsOf(
  aggregate: Aggregate,
  byWindow: Float64Array,
  measured: readonly Float64Array[],
  counts: Float64Array,
): { readonly outputs: readonly Float64Array[]; readonly likelihood: Float64Array } {
  const sets = counts.length / (1 + measured.length);
  const likelihood = new Float64Array(byWindow.length);
  const outputs = [byWindow, ...measured].map((values, k) => {
    const over = k === 0 ? aggregate : MEAN;
    const { weights } = scoresOver(over, values, sets);
    for (let s = 0; s < sets; s++) {
      const count = counts[k * sets + s];
      advantages(over, columnOf(values, sets, s)).forEach((a, w) => {
        likelihood[w * sets + s] += count * a;
        weights[w * sets + s] *= count;
      });
    }
    return weights;
  });
  return { outputs, likelihood };
}

/** [columns][W][S] → [columns][S], by weights [W][S], in ascending order of windows. One that does not count is not looked at. */
export function overWindows(byWindow: Float64Array, weights: Float64Array, sets: number): Float64Array {
  const columns = byWindow.length / weights.length;
  const sum = new Float64Array(columns * sets);
  for (let k = 0; k < columns; k++) {
    for (let w = 0; w < weights.length; w += sets) {
      for (let s = 0; s < sets; s++) {
        if (weights[w + s] !== 0) sum[k * sets + s] += weights[w + s] * byWindow[k * weights.length + w + s];
      }
    }
  }
  return sum;
}
