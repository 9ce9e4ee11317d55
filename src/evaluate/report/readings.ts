/** Floor 5. What the cursor of a chart reads: at places along its axis the figure of every line, printed as in the tables. */
import { spreadRows } from './decimate.js';

/** What is switched off by its name, drawn by marks of the class `lineClass`, and read by the cursor. */
export interface ReadLine {
  name: string;
  colour: string;
  /** One a place: where the line stands (data units), and what is printed; NaN for a gap. */
  at: ArrayLike<number>;
  texts: (place: number) => string;
}

export interface Axis {
  /** Charts of one group share the cursor. */
  group: 'time' | 'iteration' | 'fee';
  /** Of the frame, in units of `keys`: minutes since 1970, iterations, logarithms of fees. */
  domain: readonly [number, number];
  /** Ascending, one a place. */
  keys: readonly number[];
  /** What a place is called; left out: it is a time. */
  heads?: readonly string[];
}

/** Class of the marks of a chart's line. */
export const lineClass = (index: number): string => `line-${index}`;

/** Places that a cursor stops at, at most: about one for each pixel and a half. */
export const PLACES = 480;

/** Rows of a series that the cursor stops at. */
export const readRows = (rows: number): number[] => spreadRows(rows, PLACES);

/**
 * The readings as the JSON that interactive.ts takes: figures of a line are joined, for quotes are long in an attribute.
 *
 * @param vertical least and greatest value of the frame
 */
export function readings(axis: Axis, lines: readonly ReadLine[], [low, high]: readonly [number, number]): string {
  const places = axis.keys.map((_, place) => place);
  return JSON.stringify({
    group: axis.group,
    domain: axis.domain,
    keys: axis.keys,
    heads: axis.heads ?? null,
    lines: lines.map(({ name, colour, at, texts }) => ({
      name,
      colour,
      heights: places
        .map((k) => (Number.isFinite(at[k]) ? Math.round((1000 * (at[k] - low)) / (high - low)) : ''))
        .join(),
      texts: places.map((k) => (Number.isFinite(at[k]) ? texts(k) : '')).join('|'),
    })),
  });
}
