/** Floor 7. Where a value stands on a slider, and shares that are linked. */

/** The first of the two neighbours that a value lies between, the outermost two where it is beyond them; `values` ascend, two at least. */
export function before(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** The position of the value nearest to this one; `values` ascend. */
export function positionOf(values: Float64Array, value: number): number {
  const low = before(values, value);
  return value - values[low] <= values[low + 1] - value ? low : low + 1;
}

/** Least and greatest of numbers, of which there may be more than a call takes arguments; infinite the wrong way of none. */
export function endsOf(values: Iterable<number>): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Shares with some of them set: the others keep their proportions. null where nothing would be left for them. */
export function sharesWith(
  shares: readonly number[],
  set: readonly (readonly [index: number, value: number])[],
): number[] | null {
  const fixed = new Map(set);
  const left = 1 - set.reduce((sum, [, value]) => sum + value, 0);
  const others = shares.reduce((sum, share, i) => (fixed.has(i) ? sum : sum + share), 0);
  if (!(left > 0 && others > 0)) return null;
  return shares.map((share, i) => fixed.get(i) ?? (share * left) / others);
}

/** Shares with the i-th at `share`; where the others cannot keep their proportions, they are alike. */
export function withShare(shares: readonly number[], i: number, share: number): number[] {
  const alike = (1 - share) / (shares.length - 1);
  return sharesWith(shares, [[i, share]]) ?? shares.map((_, j) => (j === i ? share : alike));
}

/** Of shares that add up to anything. */
export function normalised(shares: readonly number[]): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((x) => x / sum);
}
