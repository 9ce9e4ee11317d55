/** Floor 4. Parquet files as columns of cells. */
import type { FileMetaData, SchemaTree } from 'hyparquet';
import type { Cell, Column, Columns } from './columns.js';
import { decimalText } from './numbers.js';

type Element = SchemaTree['element'];

/** The columns of a Parquet file. Throws Error where it is not whole. */
export async function readParquetColumns(bytes: Buffer): Promise<Columns> {
  const { parquetMetadata, parquetRead, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  const tops = parquetSchema(metadata).children;
  const columns = tops.map(({ element, children }) => ({ ...kindOf(element, children.length > 0), element }));
  const names = tops.map(({ element }) => element.name);
  const decimals = tops.map(({ element }) => (isDecimal(element) ? (element.scale ?? 0) : null));
  const chunks = new Map<string, Map<number, ArrayLike<unknown>>>(names.map((name) => [name, new Map()]));
  await parquetRead({
    file,
    metadata: withPlainDecimals(metadata),
    columns: names.filter((_, c) => columns[c].kind !== null),
    compressors,
    utf8: false,
    onChunk: (chunk) => void chunks.get(chunk.columnName)?.set(chunk.rowStart, chunk.columnData),
  });
  const cells = function* (c: number): Iterable<Cell> {
    const parts = [...(chunks.get(names[c]) ?? [])].sort(([a], [b]) => a - b);
    for (const [, part] of parts) for (let i = 0; i < part.length; i++) yield cellOf(part[i], decimals[c]);
  };
  return {
    names,
    rows: metadata.row_groups.reduce((rows, group) => rows + Number(group.num_rows), 0),
    metadata: new Map(),
    column: (c) => ({ ...columns[c], cells: cells(c) }),
  };
}

const isDecimal = (e: Element): boolean => e.converted_type === 'DECIMAL' || e.logical_type?.type === 'DECIMAL';

/** Annotations of what is neither a number nor a time nor text, whatever it is stored as. */
const OTHERS = /^(TIME|TIME_MILLIS|TIME_MICROS|INTERVAL|BSON|UUID|GEOMETRY|GEOGRAPHY|VARIANT|MAP|LIST)$/;

function kindOf(e: Element, nested: boolean): Pick<Column, 'kind' | 'type'> {
  const told = e.logical_type?.type ?? e.converted_type;
  const type = (
    told ??
    (nested ? 'struct' : e.repetition_type === 'REPEATED' ? 'list' : e.type) ??
    'none'
  ).toLowerCase();
  const kind = (k: Column['kind']) => ({ kind: k, type });
  if (nested || e.repetition_type === 'REPEATED' || OTHERS.test(told ?? '')) return kind(null);
  if (isDecimal(e)) return kind('text');
  if (e.type === 'INT96' || /^(DATE|TIMESTAMP)/.test(told ?? '')) return kind('time');
  if (e.type === 'BYTE_ARRAY') return kind('text');
  const isNumber = e.type !== 'BOOLEAN' && (e.type !== 'FIXED_LEN_BYTE_ARRAY' || told === 'FLOAT16');
  return kind(isNumber ? 'number' : null);
}

/** hyparquet multiplies decimals by a power of ten, which is off in the last bits: let it leave them as they are stored. */
function withPlainDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((e) =>
    isDecimal(e) ? { ...e, converted_type: undefined, logical_type: undefined } : e,
  );
  return { ...metadata, schema };
}

function cellOf(value: unknown, scale: number | null): Cell {
  if (value === null || value === undefined) return null;
  if (scale !== null)
    return decimalText(value instanceof Uint8Array ? bytesToInteger(value) : BigInt(value as number), scale);
  if (value instanceof Date) return value.getTime();
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : (value as Cell);
}

/** Two's complement, the high byte first. */
function bytesToInteger(bytes: Uint8Array): bigint {
  const unsigned = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, unsigned);
}
