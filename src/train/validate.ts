/** Floor 5. The comparison of sets on windows that stay the same. */
import type { Resumable } from '../targets/resumable.js';
import type { TrainableRollout } from './problem.js';
import type { FixedWindows } from './windows.js';

/** The set with the largest finite objective over the windows (the first of equals); `found` is null where none is finite. */
export function* bestSet(
  rollout: TrainableRollout,
  raw: Float64Array,
  { windows, windowRows }: FixedWindows,
): Resumable<{ readonly found: { set: number; validation: number } | null }> {
  const { objective } = yield* rollout.resumable.value(raw, windows, windowRows);
  let best: { set: number; validation: number } | null = null;
  for (let set = 0; set < objective.length; set++) {
    const validation = objective[set] + 0;
    if (Number.isFinite(validation) && (best === null || validation > best.validation)) best = { set, validation };
  }
  return { found: best };
}
