/** Floor 4. Where the bytes of a file come from: a disk (on-disk.ts), or what a page was given (of-blob.ts). */
import type { ParquetContent } from './parquet-decode.js';

/** Bytes by a name. What cannot be read throws a UserError that begins with it. */
export interface Source {
  /** Its path, or its name alone; for messages. */
  readonly path: string;
  readonly machine: Machine;
  size(): Promise<number>;
  /** At most `length` bytes from `start` on: fewer at the end. */
  part(start: number, length: number): Promise<Uint8Array>;
  /** From `start` to before `end` (left out: all), piece by piece. */
  pieces(start?: number, end?: number): AsyncIterable<Uint8Array>;
  whole(): Promise<Uint8Array>;
}

/** What Node.js and browsers do each in their own way. */
export interface Machine {
  /** What gzip data unpack to. Throws a PackingFault where they are damaged. */
  gunzip(packed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** The columns of a Parquet file that are not nested. Throws Error where it is not whole. */
  parquet(bytes: Uint8Array): Promise<ParquetContent>;
}

/** Packed data that do not unpack. */
export class PackingFault extends Error {}

/** Bytes as text, a byte of no UTF-8 as U+FFFD. */
export function textOf(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return decoder.decode(bytes.subarray(from, to));
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A character a byte, for signs at the beginning of files. */
export const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** Numbers of packed headers, the low byte first. */
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
