/** Floor 4. Spikes: prices that leave by far more than they ever move, and come back within a few rows. */
import type { Closes } from './closes.js';

export interface Spike {
  /** First row of the dataset that has the strange price, and the first that has not. */
  readonly row: number;
  readonly until: number;
  /** ms UTC of that first row. */
  readonly time: number;
  /** Price over the price before it. */
  readonly factor: number;
}

/**
 * A move counts from so many robust deviations (1.4826 times the median size of a change, which is the standard deviation
 * of normal returns) on. Minutes of liquid markets have tails as thick as 20 of them with a return in the next minute, a few
 * dozen times a year; beyond 30 there are a handful in a year, and closes of one trade far off the market.
 */
const DEVIATIONS = 30;
/** Smaller moves than the fees that pools take earn them nothing. */
const LEAST = 0.005;
/** Of a spike at most this part is left when it is over. */
const LEFT = 0.25;
/** A spike lasts no longer than so many recorded rows: what stays is a move. */
const LONGEST = 3;
/** The deviation is the greater of that of all rows and of so many to either side: a crash has large moves to and fro. */
const AROUND = 30;

const NORMAL = 1.4826;

/** Spikes of an asset, in order. */
export function findSpikes({ logs, rows }: Closes, { start, interval }: { start: number; interval: number }): Spike[] {
  const size = (i: number) => Math.abs(logs[i] - logs[i - 1]);
  const least = Math.max(LEAST, DEVIATIONS * NORMAL * medianChange(logs, 1, logs.length));
  const found: Spike[] = [];
  for (let i = 1; i < logs.length; i++) {
    if (!(size(i) > least)) continue;
    const back = returned(logs, i);
    if (back === null) continue;
    const near = medianChange(logs, Math.max(1, i - AROUND), Math.min(logs.length, i + AROUND));
    if (size(i) <= DEVIATIONS * NORMAL * near) continue;
    const row = rows[i];
    const factor = Math.exp(logs[i] - logs[i - 1]);
    found.push({ row, until: rows[back], time: start + row * interval, factor });
    i = back;
  }
  return found;
}

/** Where a price that left in i is back; null where it is not. */
function returned(logs: Float64Array, i: number): number | null {
  const left = LEFT * Math.abs(logs[i] - logs[i - 1]);
  for (let j = i + 1; j < Math.min(i + LONGEST + 1, logs.length); j++) {
    if (Math.abs(logs[j] - logs[i - 1]) <= left) return j;
  }
  return null;
}

/** Median of |changes| that are not 0, into rows [from, to); 0 where there are none. */
function medianChange(logs: Float64Array, from: number, to: number): number {
  const sizes = new Float64Array(Math.max(0, to - from));
  let count = 0;
  for (let i = from; i < to; i++) {
    const size = Math.abs(logs[i] - logs[i - 1]);
    if (size > 0) sizes[count++] = size;
  }
  return count === 0 ? 0 : ranked(sizes.subarray(0, count), count >> 1);
}

/** The number of rank k, from 0, in ascending order; reorders the numbers, none of them NaN. Hoare's selection: no sort of all. */
function ranked(numbers: Float64Array, k: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const pivot = numbers[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (numbers[i] < pivot) i++;
      while (numbers[j] > pivot) j--;
      if (i > j) break;
      const other = numbers[i];
      numbers[i++] = numbers[j];
      numbers[j--] = other;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return numbers[k];
}
