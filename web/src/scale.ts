/** Floor 7. Where a value stands on a slider, and shares that are linked. */

/** The position of the value nearest to this one; `values` ascend. */
export function positionOf(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle;
    else high = middle;
  }
  return value - values[low] <= values[high] - value ? low : high;
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

/** Shares with the i-th at `share`; the others keep their proportions. */
export function withShare(shares: readonly number[], i: number, share: number): number[] {
  const others = shares.reduce((sum, x, j) => (j === i ? sum : sum + x), 0);
  const even = (1 - share) / (shares.length - 1);
  return shares.map((x, j) => (j === i ? share : others > 0 ? (x / others) * (1 - share) : even));
}

/** Of shares that add up to anything. */
export function normalised(shares: readonly number[]): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((x) => x / sum);
}
