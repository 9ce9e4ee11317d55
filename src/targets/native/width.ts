/** Floor 1, native target. How many lanes a vector has, and how many vectors a group. */
import { timeOf, vectorsOf } from '../grouped/width.js';
import type { NativePlanned } from './pairs.js';

export interface Width {
  readonly lanes: number;
  readonly vectors: number;
  /** Windows of a vector: of two each has half of the lanes. */
  readonly windows: 1 | 2;
}

/** Lanes of the narrowest vectors. */
const LEAST = 2;

/**
 * The width with which so many sets and windows are done soonest, of vectors of `most` lanes; the narrower one of equals.
 * Where sets leave half of a vector empty, two windows stand side by side if the program allows it and no thread is idle then.
 *
 * @param atOnce of how many lanes the tapes may be held; two windows side by side hold twice as many
 */
export function widthOf(
  { costs, varying }: NativePlanned,
  sets: number,
  windows: number,
  threads: number,
  most: number,
  atOnce = Number.POSITIVE_INFINITY,
): Width {
  let best = { lanes: 0, vectors: 0, time: Number.POSITIVE_INFINITY };
  for (let lanes = LEAST; lanes <= most; lanes *= 2) {
    const vectors = vectorsOf(costs, sets, windows, threads, lanes);
    const time = timeOf(costs, sets, windows, threads, vectors, lanes);
    if (time < best.time) best = { lanes, vectors, time };
  }
  const { lanes, vectors } = best;
  const fits = sets <= lanes && 2 * lanes <= most && 2 * lanes * threads <= atOnce;
  const pairs = varying !== null && vectors === 1 && fits && windows % (2 * threads) === 0;
  return pairs ? { lanes: 2 * lanes, vectors, windows: 2 } : { lanes, vectors, windows: 1 };
}
