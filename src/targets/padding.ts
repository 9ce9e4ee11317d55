/**
 * Floor 1. Rows of sets that are padded to whole groups, for the targets that work on several sets at once: with copies of
 * their last value, so that a padding lane does what its neighbour does: no step, branch or slow subnormal of its own.
 */

/** [rows][sets] to rows of `row` sets. */
export function copyPadded(outside: Float64Array, inside: Float64Array, sets: number, row: number): void {
  if (row === sets) {
    inside.set(outside);
    return;
  }
  for (let from = 0, to = 0; from < outside.length; to += row) {
    for (let s = 0; s < row; s++) inside[to + s] = outside[from + Math.min(s, sets - 1)];
    from += sets;
  }
}

/** Rows of `row` sets to [rows][sets]. */
export function copyUnpadded(inside: Float64Array, outside: Float64Array, sets: number, row: number): void {
  if (row === sets) {
    outside.set(inside);
    return;
  }
  for (let from = 0, to = 0; to < outside.length; from += row) {
    for (let s = 0; s < sets; s++) outside[to++] = inside[from + s];
  }
}
