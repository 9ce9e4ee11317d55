/** Floor 4. Splits of a dataset in time, and the random windows that training draws from a split. */
import { UserError } from '../errors.js';

/** Row ranges [from, to), one after another; `burnIn` rows lie before each (those of validation and test are the rows of the split before). */
export interface Split {
  readonly train: [number, number];
  readonly validation: [number, number];
  readonly test: [number, number];
  readonly burnIn: number;
}

export interface SplitSpec {
  /** Fractions of the rows after the burn-in; they add up to 1. `train` > 0, the others ≥ 0. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** Rows that the estimators need before the first row of `train`. */
  readonly burnInRows: number;
  /** Rows of a training window: `train` must hold one. */
  readonly windowRows: number;
  /** Fewest rows of `validation` and `test` where their fraction is not 0 (default 2: one return). */
  readonly minRows?: number;
}

/** Splits `rows` rows in time. Throws UserError with the rows needed and the rows there are. */
export function splitRows(rows: number, spec: SplitSpec): Split {
  const fractions = [spec.train, spec.validation, spec.test];
  const sum = fractions.reduce((a, b) => a + b, 0);
  if (!(spec.train > 0) || !fractions.every((f) => f >= 0) || Math.abs(sum - 1) > 1e-9) {
    throw new UserError(
      `split: train, validation and test must be fractions that add up to 1, got ${fractions.join(' + ')} = ${Number(sum.toPrecision(6))}`,
    );
  }
  const burnIn = spec.burnInRows;
  const usable = Math.max(0, rows - burnIn);
  const trainEnd = burnIn + Math.round(usable * spec.train);
  const validationEnd = burnIn + Math.round(usable * (spec.train + spec.validation));
  const end = burnIn + usable;
  const minRows = spec.minRows ?? 2;
  const parts: [string, number, number, number][] = [
    ['train', spec.train, trainEnd - burnIn, spec.windowRows],
    ['validation', spec.validation, validationEnd - trainEnd, minRows],
    ['test', spec.test, end - validationEnd, minRows],
  ];
  const short = parts.find(([, fraction, got, need]) => fraction > 0 && got < need);
  if (short !== undefined) {
    const needs = parts.filter(([, fraction]) => fraction > 0).map(([, fraction, , need]) => need / fraction);
    const needed = burnIn + Math.ceil(Math.max(...needs));
    const [name, fraction, got, need] = short;
    throw new UserError(
      `split: ${name} needs ${need} rows, its ${Number((fraction * 100).toPrecision(3))} % of ${usable} (${rows} rows less ${burnIn} of burn-in) holds ${got}; give about ${needed} rows or more, a shorter window or burn-in, or another split`,
    );
  }
  return { train: [burnIn, trainEnd], validation: [trainEnd, validationEnd], test: [validationEnd, end], burnIn };
}

/**
 * Draws the first rows of `count` random windows of `windowRows` rows that lie within `range`, ascending (repeats may
 * occur). With `alignTo` each start is a multiple of it on the dataset's own clock, so that windows begin on chunk
 * boundaries. `rng` gives uniforms in [0, 1).
 */
export function drawWindows(
  range: readonly [number, number],
  windowRows: number,
  count: number,
  rng: () => number,
  alignTo = 1,
): Int32Array {
  const [from, to] = range;
  const first = Math.ceil(from / alignTo);
  const choices = Math.floor((to - windowRows) / alignTo) - first + 1;
  if (choices < 1) {
    const aligned = alignTo === 1 ? '' : ` that starts on a multiple of ${alignTo}`;
    throw new UserError(
      `windows: expected room for a window of ${windowRows} rows${aligned}, got rows ${from} to ${to} (${to - from}); shorten the window or give more data`,
    );
  }
  const starts = Int32Array.from({ length: count }, () => (first + Math.floor(rng() * choices)) * alignTo);
  return starts.sort();
}
