/**
 * Floor 5. The windows that sets are trained, compared and measured on: pieces of recorded rows, or scenarios, each known by
 * an integer — its first row, or the number that keys its draws.
 */
import { drawWindows, type Split } from '../data/windows.js';
import { UserError } from '../errors.js';

/** Windows that stay what they are. */
export interface FixedWindows {
  readonly windows: Int32Array;
  readonly windowRows: number;
}

export interface ValidationWindows extends FixedWindows {
  /** The split they are of: `train` where nothing was set apart for validation. */
  readonly split: 'validation' | 'train';
}

export interface Windows {
  /** Rows of a training window, the first and the last among them. */
  readonly rows: number;
  /** So many of the training split, for one iteration, ascending. `uniform` gives numbers in [0, 1). */
  draw(count: number, uniform: () => number): Int32Array;
  /** All of the training split. */
  training(): FixedWindows;
  /** Those on which sets are compared. */
  validation(): ValidationWindows;
  /** What training never sees; null where nothing was set apart. */
  test(): FixedWindows | null;
}

/**
 * Windows of recorded rows: random ones of the train split, and those that cover the others.
 *
 * @param rows of a training window; the others have as many, or those of the split where it is shorter
 * @param alignTo first rows are multiples of this
 * @throws UserError where a split has no room for them
 */
export function rowWindows(split: Split, rows: number, alignTo: number): Windows {
  for (const [name, value, least] of [
    ['rows', rows, 2],
    ['alignTo', alignTo, 1],
  ] as const) {
    if (Number.isInteger(value) && value >= least) continue;
    throw new UserError(`windows: ${name}: expected a whole number of at least ${least}, got ${value}`);
  }
  const validation = split.validation[1] > split.validation[0] ? 'validation' : 'train';
  const { test } = split;
  return {
    rows,
    draw: (count, uniform) => drawWindows(split.train, rows, count, uniform, alignTo),
    training: () => covering(split.train, rows, alignTo, 'train'),
    validation: () => ({ ...covering(split[validation], rows, alignTo, validation), split: validation }),
    test: () => (test[1] - test[0] < 2 ? null : covering(test, rows, 1, 'test')),
  };
}

/**
 * Windows one after another that cover the rows [from, to), the last flush with their end, which may overlap the one
 * before. Starts are multiples of `alignTo`, so up to alignTo − 1 rows at either end stay out. Fewer rows than a window's
 * make one window.
 */
function covering(
  [from, to]: readonly [number, number],
  windowRows: number,
  alignTo: number,
  split: string,
): FixedWindows {
  const first = Math.ceil(from / alignTo) * alignTo;
  const rows = Math.min(windowRows, to - first);
  if (rows < 2) {
    throw new UserError(
      `${split}: expected at least 2 rows from a start on a multiple of ${alignTo}, got rows ${from} to ${to}; give a larger ${split} fraction or a smaller alignment`,
    );
  }
  const stride = Math.max(alignTo, Math.floor(rows / alignTo) * alignTo);
  const starts: number[] = [];
  for (let start = first; start + rows <= to; start += stride) starts.push(start);
  const last = Math.floor((to - rows) / alignTo) * alignTo;
  if (last > starts[starts.length - 1]) starts.push(last);
  return { windows: Int32Array.from(starts), windowRows: rows };
}

/** How many scenarios there are for each purpose, each count at least 1. */
export interface ScenarioCounts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/**
 * The first number of each purpose's scenarios: so far apart that no count of one reaches another, whatever the counts of
 * two configs. Those of training begin at 0, as those of datasets that are drawn.
 */
const FIRST = { train: 0, validation: 2 ** 29, test: 2 ** 30 } as const;

/** Most scenarios of a purpose. */
export const MOST_SCENARIOS = 2 ** 29;

/** Scenarios of so many rows; an iteration takes `count` different ones, or all. */
export function scenarioWindows(counts: ScenarioCounts, rows: number): Windows {
  const numbers = (purpose: keyof ScenarioCounts) =>
    Int32Array.from({ length: counts[purpose] }, (_, i) => FIRST[purpose] + i);
  return {
    rows,
    draw: (count, uniform) => chosen(counts.train, count, uniform),
    training: () => ({ windows: numbers('train'), windowRows: rows }),
    validation: () => ({ windows: numbers('validation'), windowRows: rows, split: 'validation' }),
    test: () => ({ windows: numbers('test'), windowRows: rows }),
  };
}

/** `count` different numbers below `of`, ascending: the last of a shuffle that goes no further (Floyd). */
function chosen(of: number, count: number, uniform: () => number): Int32Array {
  const taken = new Set<number>();
  for (let last = Math.max(0, of - count); last < of; last++) {
    const candidate = Math.floor(uniform() * (last + 1));
    taken.add(taken.has(candidate) ? last : candidate);
  }
  return Int32Array.from(taken).sort();
}
