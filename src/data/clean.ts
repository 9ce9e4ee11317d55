/**
 * Floor 4. Prices without what is wrong with a dataset's: for tests under stress, not to train on. Filled rows stay filled.
 */
import { bounceGain, bounceOf } from './bounce.js';
import { type Closes, within } from './closes.js';
import type { DataQuality } from './quality.js';

/** Rows [from, to). */
type Range = readonly [number, number];

/** Prices, rows × n, in which a spike has the price before it. */
export function withoutSpikes(quality: DataQuality): Float64Array {
  const { prices, assets } = quality.data;
  const mended = prices.slice();
  const n = assets.length;
  for (const [j, { spikes }] of quality.over().entries()) {
    for (const { row, until } of spikes) {
      for (let r = row; r < until; r++) mended[r * n + j] = mended[(row - 1) * n + j];
    }
  }
  return mended;
}

/**
 * Prices, rows × n, without spikes, and without bounce in those of the ranges where it is found: each asset's recorded
 * closes through the filter of `bounceGain`, by the autocorrelation of the range that they lie in.
 *
 * @param ranges one after another; rows beyond them stay as they are
 */
export function withoutBounce(quality: DataQuality, ranges: readonly Range[]): Float64Array {
  const { rows, assets } = quality.data;
  const mended = withoutSpikes(quality);
  const n = assets.length;
  for (const [j, closes] of quality.closes.entries()) {
    const gain = gainsOf(closes, ranges, rows);
    if (gain === null) continue;
    let next = 0;
    let mean = Number.NaN;
    for (let row = closes.rows[0] ?? rows; row < rows; row++) {
      const at = row * n + j;
      if (closes.rows[next] !== row) {
        mended[at] = mended[at - n];
        continue;
      }
      const log = closes.logs[next++];
      mean = Number.isNaN(mean) ? log : mean + gain[row] * (log - mean);
      if (gain[row] < 1) mended[at] = Math.exp(mean);
    }
  }
  return mended;
}

/** The filter's gain in each row; null where no range has bounce. */
function gainsOf(closes: Closes, ranges: readonly Range[], rows: number): Float64Array | null {
  const gain = new Float64Array(rows).fill(1);
  for (const range of ranges) {
    const { found, autocorrelation } = bounceOf(within(closes, range));
    if (found && autocorrelation !== null) gain.fill(bounceGain(autocorrelation), ...range);
  }
  return gain.every((g) => g === 1) ? null : gain;
}
