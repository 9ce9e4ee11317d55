/** Floor 4. The closes of an asset that somebody traded at: a row that was filled says nothing about the market. */
import type { Dataset } from './dataset.js';

/** Recorded rows of one asset. */
export interface Closes {
  /** Rows of the dataset, ascending. */
  readonly rows: Int32Array;
  /** ln p at each. */
  readonly logs: Float64Array;
}

/** @param skip a 1 for each row to leave out; null: none */
export function closesOf({ prices, rows, assets: { length: n } }: Dataset, j: number, skip: Uint8Array | null): Closes {
  const kept = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (skip === null || skip[row] === 0) kept[count++] = row;
  const taken = kept.slice(0, count);
  const logs = new Float64Array(count);
  for (let i = 0; i < count; i++) logs[i] = Math.log(prices[taken[i] * n + j]);
  return { rows: taken, logs };
}

/** The closes within rows [from, to). */
export function within({ rows, logs }: Closes, [from, to]: readonly [number, number]): Closes {
  const [a, b] = [firstAtLeast(rows, from), firstAtLeast(rows, to)];
  return { rows: rows.subarray(a, b), logs: logs.subarray(a, b) };
}

function firstAtLeast(rows: Int32Array, row: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle] < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
