/** Floor 5. Recorded trades as orders: what an aggressor took at one time is one order, as deep as the last of its trades. */
import type { Tops, Trades } from '../../data/recording/recording.js';

export interface Orders {
  /** ms UTC. */
  readonly time: Float64Array;
  /** 1 a buy order, −1 a sell order. */
  readonly side: Int8Array;
  /** The price farthest from the mid. */
  readonly price: Float64Array;
  readonly size: Float64Array;
}

/** Trades next to each other of one time and side are one order: exchanges print a trade for each maker that it met. */
export function ordersOf({ time, side, price, size }: Trades): Orders {
  const first: number[] = [];
  for (let i = 0; i < time.length; i++) {
    if (i === 0 || time[i] !== time[i - 1] || side[i] !== side[i - 1]) first.push(i);
  }
  const end = (k: number) => first[k + 1] ?? time.length;
  const over = (column: Float64Array, k: number, join: (a: number, b: number) => number) => {
    let value = column[first[k]];
    for (let i = first[k] + 1; i < end(k); i++) value = join(value, column[i]);
    return value;
  };
  const at = Int32Array.from(first, (_, k) => k);
  return {
    time: Float64Array.from(first, (i) => time[i]),
    side: Int8Array.from(first, (i) => side[i]),
    price: Float64Array.from(at, (k) => over(price, k, side[first[k]] > 0 ? Math.max : Math.min)),
    size: Float64Array.from(at, (k) => over(size, k, (a, b) => a + b)),
  };
}

/** Orders after `from` up to `to`, ms. */
export function ordersWithin(orders: Orders, from: number, to: number): Orders {
  const rows = Int32Array.from(orders.time, (_, i) => i).filter((i) => orders.time[i] > from && orders.time[i] <= to);
  const pick = (column: Float64Array) => Float64Array.from(rows, (i) => column[i]);
  return {
    time: pick(orders.time),
    side: Int8Array.from(rows, (i) => orders.side[i]),
    price: pick(orders.price),
    size: pick(orders.size),
  };
}

/** For times that ascend, the row of the last top before each. −1: none. */
export function topsBefore(tops: Tops, times: Float64Array): Int32Array {
  let row = -1;
  return Int32Array.from(times, (t) => {
    while (row + 1 < tops.time.length && tops.time[row + 1] < t) row++;
    return row;
  });
}

/** For times that ascend, the row of the last top at or before each; −1: none. */
export function topsAt(tops: Tops, times: ArrayLike<number>): Int32Array {
  let row = -1;
  return Int32Array.from(times, (t) => {
    while (row + 1 < tops.time.length && tops.time[row + 1] <= t) row++;
    return row;
  });
}

/** The row of the top that each order met: of one of its own time, that one only where tops `comeFirst`. */
export const topsMet = (tops: Tops, { time }: Orders, comeFirst: boolean): Int32Array =>
  comeFirst ? topsAt(tops, time) : topsBefore(tops, time);

/** Share of the orders with a top of their own time from which on it matters which of the two came first. */
const LEAST_TIED = 0.1;

/**
 * Whether a top of an order's own time is what it met, and not what it left: then it does not show yet what orders do to the mid.
 * By the mean of side·(mid then − mid before) over such orders, which is above 0 by two standard errors where it does.
 */
export function topsComeFirst(tops: Tops, orders: Orders): boolean {
  const [before, at] = [topsBefore(tops, orders.time), topsAt(tops, orders.time)];
  const shown = [...at.keys()]
    .filter((i) => before[i] >= 0 && at[i] > before[i])
    .map((i) => orders.side[i] * (midOf(tops, at[i]) - midOf(tops, before[i])));
  const n = shown.length;
  if (n < LEAST_TIED * orders.time.length || n < 10) return false;
  const mean = shown.reduce((a, b) => a + b, 0) / n;
  const variance = shown.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  return mean < 2 * Math.sqrt(variance / n);
}

export const midOf = ({ bid, ask }: Tops, row: number): number => (bid[row] + ask[row]) / 2;
