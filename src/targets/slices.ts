/** Floor 1. Parts of a run: a range of sets by a range of windows, for one device or for its memory. */
import type { Buffer } from '../graph/index.js';
import { rowLength, rowsOf } from './layout.js';
import type { HeldInputs } from './precision.js';

interface Range {
  readonly first: number;
  readonly count: number;
}

export interface Slice {
  readonly sets: Range;
  readonly windows: Range;
}

/** Threads that step together: sets are cut at whole multiples of it, so that reads stay aligned. */
export const WARP = 32;

export const wholeOf = ({ sets, windows }: Pick<HeldInputs, 'sets' | 'windows'>): Slice => ({
  sets: { first: 0, count: sets },
  windows: { first: 0, count: windows },
});

export const lanesOf = ({ sets, windows }: Slice): number => sets.count * windows.count;

/** At most so many parts of nearly equal size, of which the first is the largest, along the longer of the two ranges. */
export function cut({ sets, windows }: Slice, parts: number): Slice[] {
  if (sets.count >= windows.count) {
    const unit = sets.count >= WARP * parts ? WARP : 1;
    return divide(sets, parts, unit).map((part) => ({ sets: part, windows }));
  }
  return divide(windows, parts, 1).map((part) => ({ sets, windows: part }));
}

function divide({ first, count }: Range, parts: number, unit: number): Range[] {
  const units = Math.ceil(count / unit);
  const used = Math.min(parts, units);
  const edge = (part: number) => Math.min(count, unit * Math.ceil((part * units) / used));
  return Array.from({ length: used }, (_, i) => ({ first: first + edge(i), count: edge(i + 1) - edge(i) }));
}

/** Values of a buffer in a slice: rows are those of the run's arrays. */
export function valuesOf(
  b: Buffer,
  { sets, windows, run, buffers }: HeldInputs<{ readonly length: number }>,
  slice: Slice,
): number {
  const isGiven = b.kind === 'set' || b.kind === 'lane';
  const rows = isGiven ? buffers[b.name].length / rowLength(b, sets, windows) : rowsOf(b, run);
  return rows * rowLength(b, slice.sets.count, slice.windows.count) * (b.kind === 'tape' ? lanesOf(slice) : 1);
}

/** A slice in `parts` at least: as many as it takes along the longer of its ranges until the first, the largest, fits. */
export function cutToFit(slice: Slice, parts: number, fits: (part: Slice) => boolean): Slice[] {
  let count = parts;
  let made = cut(slice, count);
  while (!fits(made[0]) && made.length === count) made = cut(slice, ++count);
  return made;
}

/** A stretch of a host array, in values. */
export interface Stretch {
  readonly at: number;
  readonly count: number;
}

/**
 * What of a host array belongs to a slice, in the order in which it lies on the device: the slice's own set buffers
 * [rows][columns][S'] and lane or output buffers [rows][columns][W'][S'].
 */
export function* stretches(
  kind: Buffer['kind'],
  length: number,
  { sets, windows }: Slice,
  whole: { readonly sets: number; readonly windows: number },
): Generator<Stretch> {
  // a set buffer is like a lane buffer of one window
  const [allWindows, window] = kind === 'set' ? [1, { first: 0, count: 1 }] : [whole.windows, windows];
  const row = allWindows * whole.sets;
  if (sets.count === whole.sets && window.count === allWindows) {
    if (length > 0) yield { at: 0, count: length };
    return;
  }
  const together = sets.count === whole.sets;
  for (let from = 0; from < length; from += row) {
    if (together) {
      yield { at: from + window.first * whole.sets, count: window.count * whole.sets };
      continue;
    }
    for (let w = 0; w < window.count; w++) {
      yield { at: from + (window.first + w) * whole.sets + sets.first, count: sets.count };
    }
  }
}
