/** Floor 2. From what single windows say to what is said of a set. */

import { type Aggregate, advantages, reduce } from './aggregate.js';
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

/** What scores and the ln P of drawn outcomes count in the objectives, by window and set: [W][S] each. */
export function cotangentsOf(
  aggregate: Aggregate,
  byWindow: Float64Array,
  sets: number,
): { readonly score: Float64Array; readonly likelihood: Float64Array } {
  const likelihood = new Float64Array(byWindow.length);
  for (let s = 0; s < sets; s++) {
    advantages(aggregate, columnOf(byWindow, sets, s)).forEach((a, w) => {
      likelihood[w * sets + s] = a;
    });
  }
  return { score: scoresOver(aggregate, byWindow, sets).weights, likelihood };
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
