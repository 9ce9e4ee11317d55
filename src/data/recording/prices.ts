/** Floor 4. Prices on a grid made of a recording: the mid where its tops were recorded, else the last trade. */
import { UserError } from '../../errors.js';
import { createDataset, type Dataset } from '../dataset.js';
import { encodeFills, fillsKey } from '../fills.js';
import { formatDuration } from '../time.js';
import { type Recording, spanOf } from './recording.js';

/**
 * Rows of `interval` ms that begin on the clock, those at both ends that are not whole left out: the last price before a row's
 * end, and the traded volume in the quote currency. A row in which no event came is filled. Throws UserError for fewer than two.
 */
export function pricesOf(recording: Recording, interval: number, recipe?: string): Dataset {
  const { trades, tops, asset, quote, meta } = recording;
  const { from, to } = spanOf({ trades: tops === null ? trades : null, tops });
  const start = Math.ceil(from / interval) * interval;
  const rows = Math.floor((to - start) / interval);
  if (rows < 2) {
    throw new UserError(
      `resample: expected at least 2 whole rows of ${formatDuration(interval)}, got ${Math.max(0, rows)} in ${formatDuration(Math.round(to - from))}; give a shorter --interval`,
    );
  }
  const time = tops === null ? (trades?.time ?? new Float64Array(0)) : tops.time;
  const priceAt = (i: number) => (tops === null ? (trades?.price[i] ?? 0) : (tops.bid[i] + tops.ask[i]) / 2);
  const prices = new Float64Array(rows);
  const filled = new Uint8Array(rows);
  let last = 0;
  for (let row = 0; row < rows; row++) {
    const [begin, end] = [start + row * interval, start + (row + 1) * interval];
    while (last + 1 < time.length && time[last + 1] < end) last++;
    prices[row] = priceAt(last);
    filled[row] = time[last] < begin ? 1 : 0;
  }
  const missing = filled.reduce((a, b) => a + b, 0);
  const told = {
    ...meta,
    ...(quote === null ? {} : { numeraire: quote }),
    [`filled.${asset}`]: String(missing),
    [fillsKey(asset)]: encodeFills(filled),
    ...(recipe === undefined ? {} : { resampled: recipe }),
  };
  const volume = trades === null ? null : volumeOf(trades, start, interval, rows);
  return createDataset({ assets: [asset], start, interval, rows, prices, volume, meta: told });
}

function volumeOf(
  { time, price, size }: NonNullable<Recording['trades']>,
  start: number,
  interval: number,
  rows: number,
) {
  const volume = new Float64Array(rows);
  for (let i = 0; i < time.length; i++) {
    const row = Math.floor((time[i] - start) / interval);
    if (row >= 0 && row < rows) volume[row] += price[i] * size[i];
  }
  return volume;
}
