/** Floor 4. Parquet files as columns of cells. */
import type { SchemaElement } from 'hyparquet';
import type { Cell, Column, Columns } from './columns.js';
import { decimalText } from './numbers.js';
import type { ParquetChunk, ParquetColumn, ParquetContent } from './parquet-decode.js';

/** The columns of a Parquet file, from what was decoded of it. */
export function parquetColumns({ rows, columns, chunks }: ParquetContent): Columns {
  const names = columns.map(({ element }) => element.name);
  const column = (c: number): Column => {
    const { element } = columns[c];
    const told = kindOf(columns[c]);
    if (told.kind === null) return { ...told, cells: [] };
    const parts = chunks.filter((chunk) => chunk.columnName === names[c]).sort((a, b) => a.rowStart - b.rowStart);
    const length = parts.reduce((sum, { columnData }) => sum + columnData.length, 0);
    if (length !== rows) throw new Error(`${length} cells in column '${names[c]}' of ${rows} rows`);
    return { ...told, cells: cellsOf(parts, isDecimal(element) ? (element.scale ?? 0) : null) };
  };
  return { names, rows, metadata: new Map(), column };
}

const isDecimal = (e: SchemaElement): boolean => e.converted_type === 'DECIMAL' || e.logical_type?.type === 'DECIMAL';

/** Annotations of what is neither a number nor a time nor text, whatever it is stored as. */
const OTHERS = /^(TIME|TIME_MILLIS|TIME_MICROS|INTERVAL|BSON|UUID|GEOMETRY|GEOGRAPHY|VARIANT|MAP|LIST)$/;

function kindOf({ element: e, children }: ParquetColumn): Pick<Column, 'kind' | 'type'> {
  const told = e.logical_type?.type ?? e.converted_type;
  const isList = e.repetition_type === 'REPEATED';
  const type = (told ?? (children > 0 ? 'struct' : isList ? 'list' : e.type) ?? 'none').toLowerCase();
  const kind = (k: Column['kind']) => ({ kind: k, type });
  if (children > 0 || isList || OTHERS.test(told ?? '')) return kind(null);
  if (isDecimal(e)) return kind('text');
  if (e.type === 'INT96' || /^(DATE|TIMESTAMP)/.test(told ?? '')) return kind('time');
  if (e.type === 'BYTE_ARRAY') return kind('text');
  if (e.type === 'BOOLEAN') return kind('boolean');
  const isNumber = e.type !== 'FIXED_LEN_BYTE_ARRAY' || told === 'FLOAT16';
  return kind(isNumber ? 'number' : null);
}

function* cellsOf(parts: readonly ParquetChunk[], scale: number | null): Iterable<Cell> {
  for (const { columnData } of parts) {
    for (let i = 0; i < columnData.length; i++) yield cellOf(columnData[i], scale);
  }
}

function cellOf(value: unknown, scale: number | null): Cell {
  if (value === null || value === undefined) return null;
  if (scale !== null) {
    return decimalText(value instanceof Uint8Array ? bytesToInteger(value) : BigInt(value as number), scale);
  }
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'boolean') return String(value);
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : (value as Cell);
}

/** Two's complement, the high byte first. */
function bytesToInteger(bytes: Uint8Array): bigint {
  const unsigned = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, unsigned);
}
