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

/** For times that ascend, the row of the last top before each; a top of the same time is what an order left. −1: none. */
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

export const midOf = ({ bid, ask }: Tops, row: number): number => (bid[row] + ask[row]) / 2;
