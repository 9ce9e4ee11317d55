/**
 * Floor 4. Tables of a flatbuffer, in which Arrow writes its metadata, read with every access checked: an offset that
 * leads out of the bytes, or a vector longer than they are, is an error and never a value. The library's accessors check
 * nothing, so that one flipped bit becomes a loop of a milliard turns.
 *
 * Layout: https://flatbuffers.dev/internals. All numbers are little-endian; slots count a table's fields from 0.
 */

/** A table. Accessors answer the default of the schema where the field was left out; they throw Error or RangeError. */
export class FlatTable {
  readonly #bytes: Bytes;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableSize: number;

  private constructor(bytes: Bytes, at: number) {
    bytes.spend(4);
    this.#bytes = bytes;
    this.#at = at;
    this.#vtable = at - bytes.view.getInt32(at, true);
    this.#vtableSize = bytes.view.getUint16(this.#vtable, true);
  }

  /** The table that a buffer is about. */
  static root(buffer: Uint8Array): FlatTable {
    const bytes = new Bytes(buffer);
    return new FlatTable(bytes, bytes.view.getUint32(0, true));
  }

  int8(slot: number, fallback = 0): number {
    const at = this.#field(slot);
    return at === null ? fallback : this.#bytes.view.getInt8(at);
  }

  int16(slot: number, fallback = 0): number {
    const at = this.#field(slot);
    return at === null ? fallback : this.#bytes.view.getInt16(at, true);
  }

  int32(slot: number, fallback = 0): number {
    const at = this.#field(slot);
    return at === null ? fallback : this.#bytes.view.getInt32(at, true);
  }

  /** As a number: refused beyond ±2^53. */
  int64(slot: number, fallback = 0): number {
    const at = this.#field(slot);
    return at === null ? fallback : this.#bytes.int64(at);
  }

  string(slot: number): string | null {
    const vector = this.#vector(slot, 1);
    if (vector === null) return null;
    this.#bytes.spend(vector.length);
    return this.#bytes.text(vector.start, vector.length);
  }

  table(slot: number): FlatTable | null {
    const at = this.#field(slot);
    return at === null ? null : new FlatTable(this.#bytes, this.#bytes.follow(at));
  }

  tables(slot: number): FlatTable[] {
    const vector = this.#vector(slot, 4);
    if (vector === null) return [];
    const at = (i: number) => this.#bytes.follow(vector.start + 4 * i);
    return Array.from({ length: vector.length }, (_, i) => new FlatTable(this.#bytes, at(i)));
  }

  /** Elements made of `width` longs each (a struct may pad a shorter number to a long). */
  longs(slot: number, width: number): number[][] {
    const vector = this.#vector(slot, 8 * width);
    if (vector === null) return [];
    this.#bytes.spend(8 * width * vector.length);
    return Array.from({ length: vector.length }, (_, i) =>
      Array.from({ length: width }, (_, k) => this.#bytes.int64(vector.start + 8 * (width * i + k))),
    );
  }

  /** Where a field lies; null if it was left out. */
  #field(slot: number): number | null {
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#vtableSize) return null;
    const offset = this.#bytes.view.getUint16(this.#vtable + entry, true);
    return offset === 0 ? null : this.#at + offset;
  }

  #vector(slot: number, width: number): { start: number; length: number } | null {
    const at = this.#field(slot);
    if (at === null) return null;
    const start = this.#bytes.follow(at);
    const length = this.#bytes.view.getUint32(start, true);
    if (start + 4 + length * width > this.#bytes.view.byteLength) throw new Error('a list beyond its end');
    return { start: start + 4, length };
  }
}

/** How often over the whole buffer may be read. */
const READS = 8;

/** The bytes of one buffer, with a bound on how much is read of them: parts that name each other could go on for ever. */
class Bytes {
  readonly view: DataView;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = READS * bytes.byteLength;
  }

  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new Error('parts that are named again and again');
  }

  /** Where the offset stored at `at` leads. */
  follow(at: number): number {
    return at + this.view.getUint32(at, true);
  }

  int64(at: number): number {
    const value = Number(this.view.getBigInt64(at, true));
    if (!Number.isSafeInteger(value)) throw new Error(`${value}`);
    return value;
  }

  text(at: number, length: number): string {
    return new TextDecoder().decode(new Uint8Array(this.view.buffer, this.view.byteOffset + at, length));
  }
}
