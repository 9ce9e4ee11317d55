/** A small Parquet file that takes long to read: its pages are empty, but each of them unpacks to megabytes first. */
import { brotliCompressSync } from 'node:zlib';

/** Thrift's compact protocol: whole numbers, texts, structs by the numbers of their fields, lists of one of these. */
type Thrift = number | string | readonly Thrift[] | Fields;
interface Fields {
  readonly [field: number]: Thrift;
}

const I32 = 5;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;
const typeOf = (x: Thrift): number =>
  typeof x === 'number' ? I32 : typeof x === 'string' ? BINARY : Array.isArray(x) ? LIST : STRUCT;

function varint(x: number): number[] {
  const bytes = [];
  for (; x > 127; x = Math.floor(x / 128)) bytes.push((x % 128) | 128);
  return [...bytes, x];
}

function encoded(x: Thrift): number[] {
  // zigzag of what is not negative
  if (typeof x === 'number') return varint(2 * x);
  if (typeof x === 'string') return [...varint(x.length), ...Buffer.from(x)];
  if (Array.isArray(x)) return [(x.length << 4) | typeOf(x[0]), ...x.flatMap(encoded)];
  let last = 0;
  const fields = Object.entries(x as Fields).flatMap(([key, value]) => {
    const head = ((Number(key) - last) << 4) | typeOf(value);
    last = Number(key);
    return [head, ...encoded(value)];
  });
  return [...fields, 0];
}

const MAGIC = Buffer.from('PAR1');
const DOUBLE = 5;
const BROTLI = 4;
const PAGE = 1 << 24;

/** A second or more for each ten pages; 2000 of them are some 100 kB. */
export function slowParquet(count = 2000): Buffer {
  const packed = brotliCompressSync(Buffer.alloc(PAGE));
  const page = { 1: 0, 2: PAGE, 3: packed.length, 5: { 1: 0, 2: 0, 3: 3, 4: 3 } };
  const pages = Buffer.concat(Array.from({ length: count }, () => Buffer.concat([Buffer.from(encoded(page)), packed])));
  const column = { 1: DOUBLE, 2: [0], 3: ['close'], 4: BROTLI, 5: 1, 6: PAGE, 7: pages.length, 9: MAGIC.length };
  const footer = Buffer.from(
    encoded({
      1: 1,
      2: [
        { 4: 'schema', 5: 1 },
        { 1: DOUBLE, 3: 0, 4: 'close' },
      ],
      3: 1,
      4: [{ 1: [{ 2: MAGIC.length, 3: column }], 2: pages.length, 3: 1 }],
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([MAGIC, pages, footer, length, MAGIC]);
}
