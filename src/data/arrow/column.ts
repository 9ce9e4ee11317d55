/** Floor 4. One column of an Arrow file as a vector of the library, made of buffers that are checked to hold its rows. */
import type { Data, DataType, Vector } from 'apache-arrow';
import { decompressBuffer } from './compression.js';
import type { ArrowField, ArrowFile, Chunk } from './file.js';
import { bytesOf, LAYOUTS } from './types.js';

type Arrow = typeof import('apache-arrow');

/**
 * The vector of column `c`; null where a column of its type is read neither as numbers nor as times. Throws Error for
 * buffers that do not hold what they should.
 */
export function columnVector(arrow: Arrow, file: ArrowFile, c: number): Vector | null {
  const field = file.fields[c];
  const values = libraryType(arrow, field);
  if (values === null) return null;
  const { dictionary } = field;
  if (dictionary === null) {
    return new arrow.Vector(file.batches.map((batch) => dataOf(arrow, values, batch.columns[c])));
  }
  const index = indexType(arrow, field);
  const type = new arrow.Dictionary(values, index as never, dictionary.id);
  const vectors = new Map<readonly Chunk[], Vector>();
  const chunks = file.batches.map((batch) => {
    const parts = batch.dictionaries.get(dictionary.id) ?? [];
    const vector = vectors.get(parts) ?? new arrow.Vector(parts.map((part) => dataOf(arrow, values, part)));
    vectors.set(parts, vector);
    const { nullBitmap, values: data, length } = dataOf(arrow, index, batch.columns[c]);
    return arrow.makeData({ type, length, nullBitmap, data: data as never, dictionary: vector });
  });
  return new arrow.Vector(chunks as never);
}

function libraryType(arrow: Arrow, { type, parameters }: ArrowField): DataType | null {
  return parameters === null ? null : (LAYOUTS[type].type?.(arrow, parameters) ?? null);
}

function indexType(arrow: Arrow, { dictionary }: ArrowField): DataType {
  const index = dictionary?.index ?? null;
  if (index === null) return new arrow.Int32();
  const type = LAYOUTS[INT].type?.(arrow, index) ?? null;
  if (type === null) throw new Error('a dictionary with indices of an unknown type');
  return type;
}

const INT = LAYOUTS.findIndex((layout) => layout.name === 'int');

/** Buffer `k` of a chunk, plain and on an even offset. Throws Error where it has fewer bytes than so many. */
export function wholeBuffer({ rows, buffers, codec }: Chunk, k: number, bytes: number): Uint8Array {
  const plain = codec === null ? buffers[k] : decompressBuffer(buffers[k], codec);
  if (plain.length < bytes) throw new Error(`${plain.length} bytes where ${rows} rows need ${bytes}`);
  // 8-byte numbers cannot be laid on an odd offset; the slice of a Buffer would be no copy
  return plain.byteOffset % 8 === 0 ? plain : new Uint8Array(plain);
}

function dataOf(arrow: Arrow, type: DataType, chunk: Chunk): Data {
  const { DataType } = arrow;
  const { rows, buffers } = chunk;
  const buffer = (k: number, bytes: number) => wholeBuffer(chunk, k, bytes);
  const whole = {
    type,
    length: rows,
    ...(buffers[0].length === 0 ? {} : { nullBitmap: buffer(0, Math.ceil(rows / 8)) }),
  };
  const offsets = (width: number) => (rows === 0 ? new Uint8Array(width) : buffer(1, (rows + 1) * width));
  if (DataType.isUtf8(type))
    return arrow.makeData({ ...whole, type, valueOffsets: offsets(4) as never, data: buffer(2, 0) });
  if (DataType.isLargeUtf8(type)) {
    return arrow.makeData({ ...whole, type, valueOffsets: offsets(8) as never, data: buffer(2, 0) });
  }
  if (DataType.isUtf8View(type)) {
    const variadicBuffers = buffers.slice(2).map((_, k) => buffer(2 + k, 0));
    return arrow.makeData({ ...whole, type, views: buffer(1, 16 * rows), variadicBuffers });
  }
  const bytes = DataType.isBool(type) ? Math.ceil(rows / 8) : rows * bytesOf(arrow, type);
  return arrow.makeData({ ...whole, data: buffer(1, bytes).subarray(0, bytes) } as never);
}
