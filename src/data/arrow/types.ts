/** Floor 4. The types of Arrow's columns: how each is laid out in buffers, and which can be read as numbers or times. */
import type { DataType } from 'apache-arrow';
import type { FlatTable } from './flatbuffer.js';

type Arrow = typeof import('apache-arrow');

/** A row of the union `Type` in Schema.fbs, in its order. */
interface Layout {
  readonly name: string;
  /** Buffers of a column of this type, without those of its children. */
  readonly buffers: number;
  /** Whether more buffers follow, as many as the batch says. */
  readonly variadic?: true;
  /** The library's type for a column that can be read, else null. */
  readonly type?: (arrow: Arrow, t: FlatTable) => DataType | null;
}

const oneOf = (value: number, allowed: readonly number[]): boolean => allowed.includes(value);

export const LAYOUTS: readonly Layout[] = [
  { name: 'none', buffers: 0 },
  { name: 'null', buffers: 0 },
  {
    name: 'int',
    buffers: 2,
    type: (arrow, t) => {
      const bits = t.int32(0);
      return oneOf(bits, [8, 16, 32, 64]) ? new arrow.Int((t.int8(1) !== 0) as never, bits as never) : null;
    },
  },
  {
    name: 'float',
    buffers: 2,
    type: (arrow, t) => (oneOf(t.int16(0), [0, 1, 2]) ? new arrow.Float(t.int16(0)) : null),
  },
  { name: 'binary', buffers: 3 },
  { name: 'utf8', buffers: 3, type: (arrow) => new arrow.Utf8() },
  { name: 'bool', buffers: 2, type: (arrow) => new arrow.Bool() },
  {
    name: 'decimal',
    buffers: 2,
    type: (arrow, t) => {
      const bits = t.int32(2, 128);
      return oneOf(bits, [32, 64, 128, 256]) ? new arrow.Decimal(t.int32(1), t.int32(0), bits) : null;
    },
  },
  {
    name: 'date',
    buffers: 2,
    type: (arrow, t) => (oneOf(t.int16(0, 1), [0, 1]) ? new arrow.Date_(t.int16(0, 1)) : null),
  },
  { name: 'time', buffers: 2 },
  {
    name: 'timestamp',
    buffers: 2,
    type: (arrow, t) => (oneOf(t.int16(0), [0, 1, 2, 3]) ? new arrow.Timestamp(t.int16(0), t.string(1)) : null),
  },
  { name: 'interval', buffers: 2 },
  { name: 'list', buffers: 2 },
  { name: 'struct', buffers: 1 },
  { name: 'union', buffers: 1 },
  { name: 'fixed-size binary', buffers: 2 },
  { name: 'fixed-size list', buffers: 1 },
  { name: 'map', buffers: 2 },
  { name: 'duration', buffers: 2 },
  { name: 'large binary', buffers: 3 },
  { name: 'large utf8', buffers: 3, type: (arrow) => new arrow.LargeUtf8() },
  { name: 'large list', buffers: 2 },
  { name: 'run-end encoded', buffers: 0 },
  { name: 'binary view', buffers: 2, variadic: true },
  { name: 'utf8 view', buffers: 2, variadic: true, type: (arrow) => new arrow.Utf8View() },
  { name: 'list view', buffers: 3 },
  { name: 'large list view', buffers: 3 },
];

/** Unions have their own count of buffers: one more where they are dense, and one more before version 5 of the metadata. */
export function unionBuffers(t: FlatTable, version: number): number {
  return 1 + (t.int16(0) === 1 ? 1 : 0) + (version < 4 ? 1 : 0);
}

/** Bytes of a cell of a type of fixed width. */
export function bytesOf(arrow: Arrow, type: DataType): number {
  const { DataType } = arrow;
  if (DataType.isInt(type) || DataType.isDecimal(type)) return type.bitWidth / 8;
  if (DataType.isFloat(type)) return [2, 4, 8][type.precision];
  return DataType.isDate(type) && type.unit === arrow.DateUnit.DAY ? 4 : 8;
}
