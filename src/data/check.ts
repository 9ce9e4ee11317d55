/** Floor 4. What every dataset must be, told of one that is read and of one that is about to be written. */
import { UserError } from '../errors.js';
import type { Dataset } from './dataset.js';
import { isName, NAME_RULE } from './names.js';
import { DAY, LATEST } from './time.js';

/** Longest time between two rows: a year and a day. */
const LONGEST_INTERVAL = 366 * DAY;

/**
 * Throws UserError, beginning with `file` and naming row and column, for names that no config could name, a grid beyond
 * dates, prices that are not above 0, volume below 0, and numbers that are none.
 */
export function checkDataset(d: Omit<Dataset, 'hash'>, file: string): void {
  checkNames(d.assets, file, 'asset');
  checkNames(Object.keys(d.series), file, 'series');
  checkGrid(d, file);
  const where = (i: number) => ({ row: Math.floor(i / d.assets.length), column: d.assets[i % d.assets.length] });
  refuse(file, d.prices, (x) => x > 0, 'a price > 0', where);
  if (d.volume !== null) refuse(file, d.volume, (x) => x >= 0, 'a volume ≥ 0', where);
  for (const [name, values] of Object.entries(d.series)) {
    refuse(
      file,
      values,
      () => true,
      'a finite number',
      (row) => ({ row, column: name }),
    );
  }
}

/** Throws UserError for a name that breaks the rule or stands there twice. */
export function checkNames(names: readonly string[], file: string, what: 'asset' | 'series'): void {
  const bad = names.find((name) => !isName(name));
  if (bad !== undefined) {
    throw new UserError(`${file}: expected ${what} names, each ${NAME_RULE}, got '${bad}'; rename its column`);
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new UserError(`${file}: expected each ${what} once, got '${twice}' twice; rename or remove one of the columns`);
}

function checkGrid({ start, interval, rows }: Omit<Dataset, 'hash'>, file: string): void {
  const isWhole = Number.isInteger(start) && Number.isInteger(interval);
  if (!isWhole || interval < 1 || interval > LONGEST_INTERVAL) {
    throw new UserError(
      `${file}: expected rows whole milliseconds apart, at most 366 days, got ${interval} ms from ${start}; import the source again`,
    );
  }
  if (Math.abs(start) <= LATEST && start + (rows - 1) * interval <= LATEST) return;
  throw new UserError(`${file}: expected times up to the year 275760, got rows beyond; check the unit of its times`);
}

function refuse(
  file: string,
  values: Float64Array,
  isGood: (x: number) => boolean,
  expected: string,
  where: (i: number) => { row: number; column: string },
): void {
  const bad = values.findIndex((x) => !(Number.isFinite(x) && isGood(x)));
  if (bad < 0) return;
  const { row, column } = where(bad);
  throw new UserError(
    `${file} row ${row + 1}: expected ${expected} for ${column}, got ${values[bad]}; mend the source and import it again`,
  );
}
