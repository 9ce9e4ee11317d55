/** Floor 4. Rows of a CSV text as numbers: the cells that are wanted, parsed from the bytes. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import type { QuotedRecord } from './csv-head.js';
import { nearestName } from './names.js';
import { parseNumberText, parseTimeOrEpoch } from './numbers.js';
import { textOf } from './source.js';
import { epochToMs } from './time.js';

/** A wanted column: its position (0-based) and the name to use for it in errors (null: none). */
export interface CsvColumn {
  readonly index: number;
  readonly name: string | null;
  readonly kind: 'time' | 'number' | Words;
  /** Whether its numbers are only looked at, row by row. */
  readonly passing?: boolean;
}

/** Words that stand for numbers. */
export interface Words {
  /** NaN for a word that is none of them. */
  readonly numberOf: (text: string) => number;
  /** What was expected in the place of another word. */
  readonly expected: (text: string) => string;
}

/** Assets of a dataset, whose position in it is the number. */
export const assetWords = (assets: readonly string[]): Words => ({
  numberOf: (text) => (assets.includes(text) ? assets.indexOf(text) : Number.NaN),
  expected: (text) => `an asset of the dataset (did you mean ${nearestName(text, assets)}?)`,
});

export interface CsvColumns {
  /** Of the columns that are kept, in the order asked for; times in ms UTC. */
  readonly values: readonly Float64Array[];
  /** The line of the file (1-based) of each row. */
  readonly lines: Int32Array;
}

/** Looks at a row (the wanted cells in the order asked for) as it is read. May throw. */
export type RowCheck = (row: Float64Array, line: number) => void;

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const FIRST_CAPACITY = 1 << 12;

/** Collects rows; one for both ways of splitting. */
export class CsvRows {
  /** Cells that a row must have. */
  readonly width: number;
  readonly #row: Float64Array;
  readonly #kept: readonly number[];
  #values: Float64Array[];
  #lines = new Int32Array(FIRST_CAPACITY);
  #rows = 0;

  /** @param most cells that a row may have: more are a comma too much, in a number or a text */
  constructor(
    readonly path: string,
    readonly columns: readonly CsvColumn[],
    readonly most: number,
    readonly check: RowCheck,
  ) {
    this.width = 1 + Math.max(...columns.map((column) => column.index));
    this.#row = new Float64Array(columns.length);
    this.#kept = columns.flatMap((column, c) => (column.passing ? [] : [c]));
    this.#values = this.#kept.map(() => new Float64Array(FIRST_CAPACITY));
  }

  /** Reads all lines of `bytes`, in which there are no quotes. `firstLine` is the number of the first; gives that of the next. */
  scan(bytes: Uint8Array, firstLine: number, delimiter: number): number {
    let line = firstLine;
    const { columns, width, most } = this;
    const starts = new Int32Array(width);
    const ends = new Int32Array(width);
    for (let at = 0; at < bytes.length; line++) {
      let end = bytes.indexOf(NEWLINE, at);
      if (end < 0) end = bytes.length;
      const next = end + 1;
      if (end > at && bytes[end - 1] === RETURN) end--;
      if (end > at) {
        const cells = splitCells(bytes, at, end, delimiter, starts, ends);
        if (cells < width) this.#short(line, cells);
        if (cells > most) this.#long(line, textOf(bytes, at, end).split(String.fromCharCode(delimiter)));
        for (let c = 0; c < columns.length; c++) {
          const from = starts[columns[c].index];
          const to = ends[columns[c].index];
          const { kind } = columns[c];
          const number = typeof kind === 'string' ? parseDecimal(bytes, from, to) : Number.NaN;
          const value = kind === 'time' ? epochToMs(number) : number;
          this.#row[c] = Number.isNaN(value) ? this.#parse(c, textOf(bytes, from, to).trim(), line) : value;
        }
        this.#add(line);
      }
      at = next;
    }
    return line;
  }

  /** Takes records of a text with quoted cells, which begins after `before` lines of the file. */
  take(records: readonly QuotedRecord[], before: number): void {
    for (const { record, info } of records) {
      const line = before + info.lines;
      if (record.length < this.width) this.#short(line, record.length);
      if (record.length > this.most) this.#long(line, record);
      this.columns.forEach((column, c) => {
        this.#row[c] = this.#parse(c, record[column.index], line);
      });
      this.#add(line);
    }
  }

  finish(): CsvColumns {
    return {
      values: this.#values.map((column) => column.subarray(0, this.#rows)),
      lines: this.#lines.subarray(0, this.#rows),
    };
  }

  #add(line: number): void {
    this.check(this.#row, line);
    if (this.#rows === this.#lines.length) this.#grow();
    for (let k = 0; k < this.#kept.length; k++) this.#values[k][this.#rows] = this.#row[this.#kept[k]];
    this.#lines[this.#rows++] = line;
  }

  #grow(): void {
    const capacity = 2 * this.#lines.length;
    const lines = new Int32Array(capacity);
    lines.set(this.#lines);
    this.#lines = lines;
    this.#values = this.#values.map((old) => {
      const values = new Float64Array(capacity);
      values.set(old);
      return values;
    });
  }

  #parse(column: number, text: string, line: number): number {
    const { kind, name } = this.columns[column];
    const value = parsed(kind, text);
    if (Number.isFinite(value)) return value;
    const what = name === null ? expected(kind, text) : `${expected(kind, text)} for ${name}`;
    const comma = /^[+-]?\d+,\d+$/.test(text)
      ? 'write a decimal point instead of the comma'
      : 'mend or remove the line';
    throw new UserError(`${fileName(this.path)} line ${line}: expected ${what}, got '${text}'; ${comma}`);
  }

  #short(line: number, cells: number): never {
    throw new UserError(
      `${fileName(this.path)} line ${line}: expected at least ${this.width} cells, got ${cells}; the line is cut short: mend or remove it`,
    );
  }

  /** A comma in each number makes at most twice the cells. Lines that are longer yet have cells that the first does not name. */
  #long(line: number, cells: readonly string[]): void {
    if (cells.length >= 2 * this.most || cells.slice(this.most).every((cell) => cell.trim() === '')) return;
    throw new UserError(
      `${fileName(this.path)} line ${line}: expected at most ${this.most} cells, as in the first line, got ${cells.length}; write decimal points, or quote cells with a delimiter in them`,
    );
  }
}

function parsed(kind: CsvColumn['kind'], text: string): number {
  if (kind === 'number') return parseNumberText(text);
  return kind === 'time' ? parseTimeOrEpoch(text) : kind.numberOf(text);
}

function expected(kind: CsvColumn['kind'], text: string): string {
  if (kind === 'number') return 'a finite number';
  return kind === 'time' ? 'a time (epoch number or ISO text)' : kind.expected(text);
}

/** Notes where the first `starts.length` cells of a line lie; returns how many cells there are. */
function splitCells(
  bytes: Uint8Array,
  from: number,
  to: number,
  delimiter: number,
  starts: Int32Array,
  ends: Int32Array,
): number {
  let cells = 0;
  let start = from;
  for (let i = from; i <= to; i++) {
    if (i < to && bytes[i] !== delimiter) continue;
    if (cells < starts.length) {
      starts[cells] = start;
      ends[cells] = i;
    }
    cells++;
    start = i + 1;
  }
  return cells;
}

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/**
 * A plain decimal (`-12.5`) of at most 15 digits: then digits and power of ten are both exact doubles and their quotient
 * is correctly rounded, as `Number` would have it; or a whole number that is an exact double, such as an epoch in µs. NaN for
 * anything else, which the caller parses as text.
 */
function parseDecimal(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  let end = to;
  while (at < end && bytes[at] === SPACE) at++;
  while (end > at && bytes[end - 1] === SPACE) end--;
  const negative = bytes[at] === 45;
  if (negative) at++;
  let mantissa = 0;
  let digits = 0;
  let point = -1;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte >= 48 && byte <= 57) {
      mantissa = mantissa * 10 + (byte - 48);
      digits++;
    } else if (byte === 46 && point < 0) point = digits;
    else return Number.NaN;
  }
  const isExact = digits <= 15 || (point < 0 && mantissa <= Number.MAX_SAFE_INTEGER);
  if (digits === 0 || !isExact) return Number.NaN;
  const value = point < 0 ? mantissa : mantissa / POWERS_OF_TEN[digits - point];
  return negative ? -value : value;
}
