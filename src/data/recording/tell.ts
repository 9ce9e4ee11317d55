/** Floor 4. Which format of recorded trades or tops a file has: by the names of its columns, or by what its cells hold. */
import { basename } from 'node:path';
import { UserError } from '../../errors.js';
import { isHeader } from '../csv-head.js';
import { nearestName } from '../names.js';
import { parseNumberText, parseTimeOrEpoch } from '../numbers.js';
import {
  type Field,
  formatOf,
  makerWords,
  type Places,
  plainName,
  type RecordFormat,
  type RecordFormatName,
  recordFormatNames,
} from './formats.js';

export interface Told {
  readonly format: RecordFormatName;
  readonly places: Places;
  readonly hasHeader: boolean;
}

export interface Asked {
  /** undefined: to be told by the content. */
  readonly format?: RecordFormatName;
  /** Names of columns that have others than the usual ones. */
  readonly columns?: Readonly<Partial<Record<Field, string>>>;
}

/** The first lines of a text as cells. Null where they are neither trades nor tops. Throws UserError for columns asked for that are not there. */
export function tellRows(path: string, rows: readonly (readonly string[])[], asked: Asked): Told | null {
  const [first] = rows;
  if (first === undefined) return null;
  if (isHeader(first)) return tellNames(path, first, asked);
  if (asked.columns !== undefined) {
    throw new UserError(`${basename(path)}: --columns names columns, but the first line is no header; write one above`);
  }
  const found = (asked.format === undefined ? recordFormatNames : [asked.format]).find((name) =>
    cellsFit(rows, formatOf(name)),
  );
  return found === undefined ? null : { format: found, places: formatOf(found).cells ?? {}, hasHeader: false };
}

/** By names of columns, or keys of a record. */
export function tellNames(path: string, names: readonly string[], { format, columns }: Asked): Told | null {
  for (const name of format === undefined ? recordFormatNames : [format]) {
    const places = placesIn(path, names, formatOf(name), columns);
    if (places !== null) return { format: name, places, hasHeader: true };
  }
  return null;
}

function placesIn(
  path: string,
  names: readonly string[],
  format: RecordFormat,
  columns: Asked['columns'],
): Places | null {
  const plain = names.map(plainName);
  const isCandle = ['close', 'open', 'high', 'low'].some((price) => plain.includes(price));
  if (isCandle || !format.telling.every((name) => plain.includes(name))) return null;
  const places: Partial<Record<Field, number>> = {};
  for (const [field, usual] of Object.entries(format.names) as [Field, readonly string[]][]) {
    const at = usual.map((name) => plain.indexOf(name)).find((i) => i >= 0);
    if (at !== undefined) places[field] = at;
  }
  for (const [field, column] of Object.entries(columns ?? {}) as [Field, string][]) {
    places[field] = names.indexOf(column);
    if (places[field] >= 0) continue;
    throw new UserError(
      `${basename(path)}: --columns ${field}='${column}' is not among its columns: ${names.join(', ')}; did you mean '${nearestName(column, names)}'?`,
    );
  }
  return missingOf(format.kind, places).length === 0 ? places : null;
}

/** What a format needs and these columns have not. */
export function missingOf(kind: RecordFormat['kind'], places: Places): string[] {
  const needed: readonly Field[] = kind === 'trades' ? ['time', 'price', 'size'] : ['time', 'bid', 'ask'];
  const missing: string[] = needed.filter((field) => places[field] === undefined);
  if (kind === 'trades' && places.side === undefined && places.maker === undefined) missing.push('side');
  return missing;
}

/** Epochs in ms from 2001 on: what counts or costs is less. */
const isEpoch = (text: string | undefined) => {
  const time = parseNumberText(text ?? '');
  return time >= 1e12 && !Number.isNaN(parseTimeOrEpoch(text ?? ''));
};

/** By most of the rows: a bad one is to be found where rows are checked. */
function cellsFit(rows: readonly (readonly string[])[], { cells }: RecordFormat): boolean {
  if (cells === undefined) return false;
  const fitting = rows.filter((row) => {
    const number = (field: Field) => parseNumberText(row[cells[field] ?? -1] ?? '');
    const isPositive = (['price', 'size', 'bid', 'ask'] as const).every((f) => cells[f] === undefined || number(f) > 0);
    const word = cells.maker === undefined ? 'true' : (row[cells.maker] ?? '');
    const isWord = /^[a-z]/i.test(word) && !Number.isNaN(makerWords.numberOf(word));
    return isEpoch(row[cells.time ?? -1]) && isPositive && isWord;
  });
  return 2 * fitting.length > rows.length;
}
