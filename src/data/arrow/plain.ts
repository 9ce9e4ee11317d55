/**
 * Floor 4. Columns of an Arrow file that are numbers as they lie, with none missing: floats and timestamps, as datasets have
 * them. They are read without the library, which takes longer to load than a year of minutes to read.
 */
import type { Column } from '../columns.js';
import { wholeBuffer } from './column.js';
import type { ArrowField, ArrowFile, Chunk } from './file.js';
import { LAYOUTS } from './types.js';

/** By unit of a timestamp: s, ms, µs, ns, and how many of them a millisecond has. */
const UNITS = ['SECOND', 'MILLISECOND', 'MICROSECOND', 'NANOSECOND'] as const;
export const PER_MILLISECOND: readonly number[] = [1e-3, 1, 1e3, 1e6];

/** A column that can be read so: the bytes of a cell, and what cells of these are. */
interface Plain {
  readonly kind: 'number' | 'time';
  /** As the library names it. */
  readonly type: string;
  readonly bytes: number;
  /** Puts `rows` cells into `out` from `at` on. */
  put(cells: Uint8Array, rows: number, out: Float64Array, at: number): void;
}

function plainOf({ type, parameters: t, dictionary }: ArrowField): Plain | null {
  if (t === null || dictionary !== null) return null;
  const { name } = LAYOUTS[type];
  if (name === 'float' && t.int16(0) === 1) {
    return { kind: 'number', type: 'Float32', bytes: 4, put: (b, rows, out, at) => out.set(float32(b, rows), at) };
  }
  if (name === 'float' && t.int16(0) === 2) {
    return { kind: 'number', type: 'Float64', bytes: 8, put: (b, rows, out, at) => out.set(float64(b, rows), at) };
  }
  const unit = name === 'timestamp' ? UNITS[t.int16(0)] : undefined;
  if (unit === undefined) return null;
  const zone = t.string(1);
  const per = PER_MILLISECOND[t.int16(0)];
  const put: Plain['put'] = (cells, rows, out, at) => {
    const words = new Int32Array(cells.buffer, cells.byteOffset, 2 * rows);
    // the high word is exact as a float64, so the sum is rounded once, as that of a bigint is
    for (let i = 0; i < rows; i++) out[at + i] = (words[2 * i + 1] * 2 ** 32 + (words[2 * i] >>> 0)) / per;
  };
  return { kind: 'time', type: `Timestamp<${unit}${zone ? `, ${zone}` : ''}>`, bytes: 8, put };
}

const float32 = (cells: Uint8Array, rows: number) => new Float32Array(cells.buffer, cells.byteOffset, rows);
const float64 = (cells: Uint8Array, rows: number) => new Float64Array(cells.buffer, cells.byteOffset, rows);

const isWhole = ({ buffers }: Chunk): boolean => buffers[0].length === 0;

/** Whether column `c` can be read so. */
export const isPlain = ({ fields, batches }: ArrowFile, c: number): boolean =>
  batches.length > 0 && plainOf(fields[c]) !== null && batches.every(({ columns }) => isWhole(columns[c]));

/** Column `c`, which is plain. Throws Error for buffers that do not hold what they should. */
export function plainColumn({ fields, batches }: ArrowFile, c: number): Column {
  const plain = plainOf(fields[c]);
  if (plain === null) throw new TypeError(`arrow: a plain column was expected, got ${fields[c].name}`);
  // all are looked at before room is made for what the file claims to hold
  const parts = batches.map(({ rows, columns }) => ({ rows, cells: wholeBuffer(columns[c], 1, rows * plain.bytes) }));
  const cells = new Float64Array(batches.reduce((rows, batch) => rows + batch.rows, 0));
  let at = 0;
  for (const part of parts) {
    plain.put(part.cells, part.rows, cells, at);
    at += part.rows;
  }
  return { kind: plain.kind, type: plain.type, cells };
}
