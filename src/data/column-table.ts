/**
 * Floor 4. Columnar files (Arrow IPC / Feather, Parquet) behind one small interface: columns by name as float64
 * numbers or as times in milliseconds UTC, read as the same cells of a CSV would be.
 */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { readArrowColumns } from './arrow/index.js';
import type { Cell, Column, Columns } from './columns.js';
import type { Words } from './csv-rows.js';
import { parseNumberText, parseTimeOrEpoch } from './numbers.js';
import { parquetColumns } from './parquet.js';
import { latin1, type Source } from './source.js';
import { epochToMs, LATEST } from './time.js';

/** A file of equally long columns. `numbers` and `times` throw UserError naming the row of a cell that is neither. */
export interface ColumnTable {
  /** In the order of the file; a name may stand there twice, but cannot be read then. */
  readonly names: readonly string[];
  readonly rows: number;
  readonly metadata: ReadonlyMap<string, string>;
  /** From integers, floats, decimals and texts of numbers. */
  numbers(name: string): Float64Array;
  /** Milliseconds UTC, from timestamps, dates, epoch numbers (s, ms, µs or ns by magnitude) or ISO texts. */
  times(name: string): Float64Array;
  /** What the words of texts, booleans or whole numbers stand for. */
  words(name: string, words: Words): Float64Array;
}

/** What commonly stands in the place of an Arrow file, by its first bytes; null for what may be one. */
function otherFormat(head: string): string | null {
  if (head.startsWith('PAR1')) return 'Parquet';
  // the oldest streams begin with a length of four bytes, of which the last ones are 0
  return /^[\t\n\r -~\x80-\xff]{8}/.test(head) && !head.startsWith('ARROW1') && !head.startsWith('\xff')
    ? 'text'
    : null;
}

/** Reads an Arrow IPC file (Feather v2) or stream, plain or with LZ4- or ZSTD-compressed batches. */
export async function readArrowTable(source: Source): Promise<ColumnTable> {
  const { path } = source;
  const bytes = await source.whole();
  if (latin1(bytes.subarray(0, 4)) === 'FEA1') {
    throw new UserError(`${fileName(path)}: this is Feather version 1, which is not read; save it again as version 2`);
  }
  const other = otherFormat(latin1(bytes.subarray(0, 8)));
  if (other !== null) {
    throw new UserError(
      `${fileName(path)}: expected an Arrow IPC (Feather) file, got ${other}; if it has prices, make a dataset of it with 'poolgrad data import'`,
    );
  }
  return table(path, 'Arrow IPC (Feather)', () => readArrowColumns(bytes));
}

/** Reads a Parquet file (uncompressed, Snappy, GZIP, ZSTD, LZ4 or Brotli pages). */
export async function readParquetTable(source: Source): Promise<ColumnTable> {
  const bytes = await source.whole();
  return table(source.path, 'Parquet', async () => parquetColumns(await source.machine.parquet(bytes)));
}

async function table(path: string, container: string, open: () => Promise<Columns>): Promise<ColumnTable> {
  const name = fileName(path);
  const damaged = (error: unknown): never => {
    if (error instanceof UserError) throw error;
    throw new UserError(`${name}: expected a whole ${container} file, got ${causeOf(error)}; fetch or export it again`);
  };
  const columns = await open().catch(damaged);
  if (columns.names.length === 0) damaged(new Error('no columns in it'));
  const read = (column: string, what: What): Float64Array => {
    try {
      return readColumn(name, columns, column, what);
    } catch (error) {
      return damaged(error);
    }
  };
  const { names, rows, metadata } = columns;
  return {
    names,
    rows,
    metadata,
    numbers: (column) => read(column, 'number'),
    times: (column) => read(column, 'time'),
    words: (column, words) => read(column, words),
  };
}

function causeOf(error: unknown): string {
  // from a view of the bytes; its words do not help
  if (error instanceof RangeError) return 'an offset or a length that leads out of it';
  return error instanceof Error ? error.message.split('\n')[0] : String(error);
}

type What = 'number' | 'time' | Words;

function readColumn(file: string, { names, rows, column }: Columns, name: string, what: What): Float64Array {
  const c = names.indexOf(name);
  if (names.indexOf(name, c + 1) >= 0) {
    throw new UserError(`${file}: two columns are called '${name}'; rename or remove one`);
  }
  const { kind, type, cells } = column(c);
  if (typeof what !== 'string') return readWords(file, name, { type, kind, cells }, what, rows);
  if (kind === null || kind === 'boolean' || (kind === 'time' && what === 'number')) {
    const remedy = what === 'number' ? 'cast it to float64' : 'cast it to a timestamp, a date or epoch numbers';
    throw new UserError(
      `${file}: expected ${what}s in column '${name}', got the type ${type}; ${remedy} and save it again`,
    );
  }
  const convert = converters[what];
  const out = new Float64Array(rows);
  let row = 0;
  // plain columns, by a loop of their own: an iterator makes an object of every number
  for (; cells instanceof Float64Array && row < cells.length; row++) {
    out[row] = kind === 'time' ? cells[row] : convert.number(cells[row]);
    if (!(Math.abs(out[row]) <= convert.largest)) throw badCell(file, row, name, what, cells[row]);
  }
  for (const cell of cells instanceof Float64Array ? [] : cells) {
    const value = typeof cell === 'string' ? convert.text(cell) : cell == null ? Number.NaN : Number(cell);
    out[row] = typeof cell === 'string' || kind === 'time' ? value : convert.number(value);
    if (!(Math.abs(out[row]) <= convert.largest)) throw badCell(file, row, name, what, cell);
    row++;
  }
  if (row !== rows) throw new Error(`${row} cells in column '${name}' of ${rows} rows`);
  return out;
}

function readWords(
  file: string,
  name: string,
  { type, kind, cells }: Column,
  words: Words,
  rows: number,
): Float64Array {
  if (kind === null || kind === 'time') {
    throw new UserError(`${file}: expected words in column '${name}', got the type ${type}; save them as texts`);
  }
  const out = new Float64Array(rows);
  let row = 0;
  for (const cell of cells) {
    const text = String(cell ?? '');
    out[row] = words.numberOf(text);
    if (Number.isNaN(out[row])) {
      throw new UserError(
        `${file} row ${row + 1}: expected ${words.expected(text)} in column '${name}', got '${text}'; mend or remove the row`,
      );
    }
    row++;
  }
  return out;
}

const converters = {
  number: { text: parseNumberText, number: (value: number) => value, largest: Number.MAX_VALUE },
  time: { text: parseTimeOrEpoch, number: epochToMs, largest: LATEST },
} as const;

function badCell(file: string, row: number, column: string, what: 'number' | 'time', cell: Cell): UserError {
  const shown = typeof cell === 'string' ? `'${cell}'` : String(cell);
  return new UserError(
    `${file} row ${row + 1}: expected a ${what} in column '${column}', got ${shown}; mend or remove the row`,
  );
}
