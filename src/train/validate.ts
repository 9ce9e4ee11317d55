/** Floor 5. The comparison of sets on windows that stay the same. */
import type { BySets } from '../rollout/by-sets.js';
import type { Resumable } from '../targets/resumable.js';
import { excess } from './constraints.js';
import type { Keeper } from './keeper.js';
import type { Best } from './state.js';
import type { FixedWindows } from './windows.js';

type Compared = Pick<Best, 'validation' | 'excess'>;

/** Whether a is better than b: it misses the constraints by less, or by as little and with the larger objective. */
export function isBetter(a: Compared, b: Compared): boolean {
  const [beyond, other] = [a.excess ?? 0, b.excess ?? 0];
  return beyond === other ? a.validation > b.validation : beyond < other;
}

/**
 * Of the sets of which the windows do not tell that they break a constraint, the one with the largest finite objective (the first of equals); where
 * none does, the one that misses them by least. `found` is null where none is finite.
 */
export function* bestSet(
  rollout: BySets,
  raw: Float64Array,
  windows: FixedWindows,
  keeper: Keeper,
): Resumable<{ readonly found: (Compared & { readonly set: number }) | null }> {
  const { objective, measuresByWindow } = yield* rollout.resumable.value(raw, windows.windows, windows.windowRows);
  const held = yield* keeper.of(rollout, measuresByWindow, windows);
  let best: (Compared & { readonly set: number }) | null = null;
  for (let set = 0; set < objective.length; set++) {
    const own = { set, validation: objective[set] + 0, ...(held.length === 0 ? {} : { excess: excess(held[set]) }) };
    if (!Number.isFinite(own.validation) || Number.isNaN(own.excess)) continue;
    if (best === null || isBetter(own, best)) best = own;
  }
  return { found: best };
}
