/** Floor 5. Findings about a run that its user should know: parameters without effect, guards that bind. */
import type { BySets } from '../rollout/by-sets.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { Resumable } from '../targets/resumable.js';

/**
 * Names of the marked columns: the parameter's name where all of its columns in `among` are marked, else `name[asset]`.
 * `marked` and `among`: [columns], 0 or 1.
 */
export function columnNames(layout: ParameterLayout, marked: Uint8Array, among: Uint8Array): string[] {
  return layout.entries.flatMap(({ name, column, size, labels }) => {
    const candidates = Array.from({ length: size }, (_, i) => i).filter((i) => among[column + i] === 1);
    const hits = candidates.filter((i) => marked[column + i] === 1);
    if (hits.length === candidates.length) return hits.length > 0 ? [name] : [];
    return hits.map((i) => `${name}[${labels[i]}]`);
  });
}

/** Trainable parameters in which no set has had a gradient. */
export const withoutGradient = (layout: ParameterLayout, moved: Uint8Array, trainable: Uint8Array): string[] =>
  columnNames(
    layout,
    moved.map((m) => 1 - m),
    trainable,
  );

/** Guards that bind at all, with the share of rule steps in which they do (0 to 1), mean over the sets. */
export function* bindingGuards(
  rollout: BySets,
  raw: Float64Array,
  windows: Int32Array,
  windowRows: number,
): Resumable<Record<string, number>> {
  const shares = Object.entries(yield* rollout.resumable.tally(raw, windows, windowRows)).map(
    ([name, bySet]) => [name, bySet.reduce((a, b) => a + b, 0) / bySet.length] as const,
  );
  return Object.fromEntries(shares.filter(([, share]) => share > 0));
}
