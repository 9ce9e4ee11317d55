/** Floor 4. Arrow IPC files as columns of cells. */
import type { DataType, Timestamp, Vector } from 'apache-arrow';
import type { Cell, Column, Columns } from '../columns.js';
import { decimalText } from '../numbers.js';
import { columnVector } from './column.js';
import { type ArrowFile, readArrowFile } from './file.js';
import { isPlain, PER_MILLISECOND, plainColumn } from './plain.js';
import { LAYOUTS } from './types.js';

type Arrow = typeof import('apache-arrow');

/** The columns of an Arrow IPC file or stream. Throws Error where it is not whole. */
export async function readArrowColumns(bytes: Uint8Array): Promise<Columns> {
  const file = readArrowFile(bytes);
  const plain = file.fields.map((_, c) => isPlain(file, c));
  const arrow = plain.every((is) => is) ? null : await import('apache-arrow');
  return {
    names: file.fields.map((field) => field.name),
    rows: file.batches.reduce((rows, batch) => rows + batch.rows, 0),
    metadata: file.metadata,
    column: (c) => (arrow === null || plain[c] ? plainColumn(file, c) : columnOf(arrow, file, c)),
  };
}

function columnOf(arrow: Arrow, file: ArrowFile, c: number): Column {
  if (file.batches.length === 0) return { kind: 'number', type: 'none', cells: [] };
  const vector = columnVector(arrow, file, c);
  if (vector === null) return { kind: null, type: LAYOUTS[file.fields[c].type].name, cells: [] };
  const { DataType } = arrow;
  const type: DataType = DataType.isDictionary(vector.type) ? vector.type.dictionary : vector.type;
  const told = String(type);
  if (DataType.isTimestamp(vector.type)) return { kind: 'time', type: told, cells: milliseconds(vector) };
  if (DataType.isTimestamp(type) || DataType.isDate(type)) return { kind: 'time', type: told, cells: vector };
  if (DataType.isDecimal(type)) return { kind: 'text', type: told, cells: decimals(vector, type.scale) };
  if (DataType.isBool(type)) return { kind: 'boolean', type: 'bool', cells: booleans(vector) };
  if (DataType.isInt(type) || DataType.isFloat(type))
    return { kind: 'number', type: told, cells: numbers(arrow, vector) };
  return { kind: 'text', type: told, cells: vector };
}

/** The plain array of a column of numbers is several times faster to walk than the vector. */
function numbers({ DataType }: Arrow, vector: Vector): Iterable<Cell> {
  const isPlain = DataType.isInt(vector.type) || (DataType.isFloat(vector.type) && vector.type.precision > 0);
  return isPlain && vector.nullCount === 0 ? vector.toArray() : vector;
}

/** Of timestamps; the library refuses those beyond 2^53 without a word on where they are. */
function* milliseconds(vector: Vector): Iterable<Cell> {
  const unit = PER_MILLISECOND[(vector.type as Timestamp).unit];
  for (const chunk of vector.data) {
    const values = chunk.values as BigInt64Array;
    for (let i = 0; i < chunk.length; i++) yield chunk.getValid(i) ? Number(values[i]) / unit : null;
  }
}

/** As texts. */
function* booleans(vector: Vector): Iterable<Cell> {
  for (const value of vector as Iterable<boolean | null>) yield value === null ? null : String(value);
}

/** As text, from which the nearest float64 is made as from a CSV. */
function* decimals(vector: Vector, scale: number): Iterable<Cell> {
  for (const words of vector as Iterable<Uint32Array | null>) {
    yield words === null ? null : decimalText(wordsToInteger(words), scale);
  }
}

/** Two's complement, the low word first. */
function wordsToInteger(words: Uint32Array): bigint {
  const unsigned = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return BigInt.asIntN(32 * words.length, unsigned);
}
