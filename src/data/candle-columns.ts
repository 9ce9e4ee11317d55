/** Floor 4. Columns of a table of candles: by the names that the user gives, by their usual ones, or by number. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import type { CandleCells, CandleFormat, VolumeUnit } from './formats.js';
import { nearestName } from './names.js';
import { parseTimeOrEpoch } from './numbers.js';

/**
 * Column names as given by the user; where one is undefined, the usual names are tried. A number that no column has for a
 * name counts cells from 1.
 */
export interface ColumnNames {
  readonly time?: string;
  readonly close?: string;
  readonly volume?: string;
}

const USUAL = {
  time: ['timestamp', 'time', 'date', 'datetime', 'open_time', 'open time', 'unix'],
  close: ['close', 'price', 'close_price'],
  volume: ['volume', 'volume_base', 'base_volume', 'vol'],
} as const;

/** A table's columns, for the functions below. */
export interface TableColumns {
  readonly path: string;
  /** null: it has none, and the columns are numbered. */
  readonly names: readonly string[] | null;
  /** The first row: cells as text; null where it is not at hand. */
  readonly first: readonly string[] | null;
}

/**
 * Finds the columns. The volume may be missing (null) unless it was asked for; open, high and low are those of these names.
 * Throws UserError with the columns that there are.
 */
export function resolveColumns(table: TableColumns, wanted: ColumnNames, volumeUnit: VolumeUnit): CandleCells {
  const { path, names } = table;
  const find = (what: keyof ColumnNames) => {
    const asked = wanted[what];
    if (asked !== undefined) return askedColumn(table, `${what}-column`, asked);
    const found = at(names, (column) => USUAL[what].some((name) => name === column.toLowerCase()));
    return found === null ? null : askedColumn(table, `${what}-column`, (names as readonly string[])[found]);
  };
  const need = (what: 'time' | 'close', found: number | null): number => {
    if (found !== null) return found;
    throw new UserError(
      `${fileName(path)}: no ${what} column among ${names?.join(', ')}; name it with --${what}-column, or the layout with --format${titleHint(names)}`,
    );
  };
  const time = need('time', find('time') ?? unnamedTime(table));
  const close = need('close', find('close'));
  // a price of another kind, such as an adjusted close, need not lie between low and high
  const isClose = names?.[close].toLowerCase() === 'close';
  const price = (name: string) => (isClose ? at(names, (column) => column.toLowerCase() === name) : null);
  return {
    time,
    close,
    open: price('open'),
    high: price('high'),
    low: price('low'),
    volume: find('volume'),
    volumeUnit,
  };
}

/** The position of a column that a flag names or numbers, or could. Throws UserError where there is none, or two. */
export function askedColumn({ path, names, first }: TableColumns, flag: string, asked: string): number {
  const found = at(names, (column) => column === asked);
  if (found !== null) {
    if (names?.lastIndexOf(asked) === found) return found;
    throw new UserError(`${fileName(path)}: two columns are called '${asked}'; give the number of one to --${flag}`);
  }
  const width = names?.length ?? first?.length ?? 0;
  if (/^[1-9]\d*$/.test(asked) && Number(asked) <= width) return Number(asked) - 1;
  if (names === null) {
    throw new UserError(
      `${fileName(path)}: --${flag} expected a number of a cell from 1 to ${width}, as there is no header, got '${asked}'`,
    );
  }
  throw new UserError(
    `${fileName(path)}: --${flag} '${asked}' is not among its columns: ${names.join(', ')}; did you mean '${nearestName(asked, names)}'?`,
  );
}

function at(names: readonly string[] | null, is: (name: string) => boolean): number | null {
  const found = names === null ? -1 : names.findIndex(is);
  return found < 0 ? null : found;
}

/** The first column of a table that was saved with its index, where that is the time and not a count of rows. */
export function unnamedTime({ names, first }: TableColumns): number | null {
  if (names?.[0] !== '' || first === null) return null;
  // an epoch in seconds from 1973 on
  return Math.abs(parseTimeOrEpoch(first[0])) >= 1e11 ? 0 : null;
}

/** Whether a line is a title rather than a header: one cell, empty ones beside it at most. */
export const isTitle = (cells: readonly string[]): boolean => cells.filter((cell) => cell !== '').length === 1;

const titleHint = (names: readonly string[] | null): string =>
  names !== null && isTitle(names) ? '; pass over a title above the header with --skip-lines 1' : '';

/** The columns of a format that has a header; null where the header is another. */
export function headerCells({ names, first }: TableColumns, format: CandleFormat): CandleCells | null {
  if (names === null || format.header === undefined) return null;
  const small = names.map((name) => name.toLowerCase());
  const { time: times, volume: volumes } = format.header;
  const one = (list: readonly string[]) => list.map((name) => small.indexOf(name)).find((i) => i >= 0) ?? null;
  const prices = ['open', 'high', 'low', 'close'].map((name) => one([name]));
  const time = one(times);
  if (time === null || prices.some((cell) => cell === null)) return null;
  const [open, high, low, close] = prices as number[];
  const volume =
    volumes === 'by symbol' ? volumeBySymbol(small, first) : { volume: one(volumes), volumeUnit: 'quote' as const };
  return { time, open, high, low, close, ...volume };
}

/** `Volume USD` counts the currency of ETH/USD, `Volume ETH` and `Volume` the asset; archives have them in either order. */
function volumeBySymbol(
  names: readonly string[],
  first: readonly string[] | null,
): { volume: number | null; volumeUnit: VolumeUnit } {
  const symbol = (first?.[names.indexOf('symbol')] ?? '').toLowerCase();
  const unit = (name: string) => /^volume (\w+)$/.exec(name)?.[1];
  const quote = at(names, (name) => unit(name) !== undefined && symbol.endsWith(unit(name) as string));
  if (quote !== null) return { volume: quote, volumeUnit: 'quote' };
  const base = at(
    names,
    (name) => name === 'volume' || (unit(name) !== undefined && symbol.startsWith(unit(name) as string)),
  );
  return { volume: base, volumeUnit: 'base' };
}
