/** Floor 1, native target. How many lanes a vector has, and how many vectors a group. */
import { type Costs, timeOf, vectorsOf } from '../grouped/width.js';

export interface Width {
  readonly lanes: number;
  readonly vectors: number;
}

/** Lanes of the narrowest vectors. */
const LEAST = 2;

/** The width with which so many sets and windows are done soonest, of vectors of `most` lanes; the narrower one of equals. */
export function widthOf(costs: Costs, sets: number, windows: number, threads: number, most: number): Width {
  let best: Width & { readonly time: number } = { lanes: 0, vectors: 0, time: Number.POSITIVE_INFINITY };
  for (let lanes = LEAST; lanes <= most; lanes *= 2) {
    const vectors = vectorsOf(costs, sets, windows, threads, lanes);
    const time = timeOf(costs, sets, windows, threads, vectors, lanes);
    if (time < best.time) best = { lanes, vectors, time };
  }
  return { lanes: best.lanes, vectors: best.vectors };
}
