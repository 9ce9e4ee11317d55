// Floor 5. What metrics make of the prices at which a pool trades for the numéraire.
import type { MetricInput } from './metric-input.js';
import { deviation, mean } from './statistics.js';

/** How far the price of a pool may be from that outside, relative to it, before it counts as off. */
const OFF = 0.05;

/** f of the quotes' prices and those outside, asset by asset, averaged; null for pools without quotes. */
export function meanOverQuotes(
  { quotes, prices, assets, values }: MetricInput,
  f: (price: Float64Array, outside: Float64Array) => number | null,
): number | null {
  if (!quotes) return null;
  const n = quotes.prices.length / values.length;
  const column = (table: Float64Array, width: number, i: number): Float64Array => {
    const out = new Float64Array(values.length);
    for (let t = 0; t < out.length; t++) out[t] = table[t * width + i];
    return out;
  };
  const figures = Array.from({ length: n }, (_, i) => f(column(quotes.prices, n, i), column(prices, assets, i)));
  const known = figures.filter((x) => x !== null);
  return known.length < n ? null : mean(Float64Array.from(known));
}

/** 1 − std/mean of each whole week, averaged; null without one. */
export function stability(price: Float64Array, rows: number): number | null {
  const weeks = Math.floor(price.length / rows);
  if (weeks === 0) return null;
  const parts = Float64Array.from({ length: weeks }, (_, w) => {
    const week = price.subarray(w * rows, (w + 1) * rows);
    return 1 - deviation(week) / mean(week);
  });
  return mean(parts);
}

/** The longest stretch of rows in which a quote of any asset is off. */
export function longestOff({ quotes, prices, assets, values }: MetricInput): number | null {
  if (!quotes) return null;
  const n = quotes.prices.length / values.length;
  let [longest, current] = [0, 0];
  for (let t = 0; t < values.length; t++) {
    let off = false;
    for (let i = 0; i < n; i++) off ||= Math.abs(quotes.prices[t * n + i] / prices[t * assets + i] - 1) > OFF;
    current = off ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}
