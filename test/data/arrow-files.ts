/** Small Arrow files for tests: plain or with compressed buffers, as files or as streams, and LZ4 frames with any flags. */
import {
  CompressionType,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type Table,
  tableFromArrays,
} from 'apache-arrow';
import { BufferRegion } from 'apache-arrow/ipc/metadata/message';
import { hash } from 'lz4js/xxh32.js';

export interface Lz4Options {
  readonly blockSums?: boolean;
  readonly contentSum?: boolean;
  readonly sized?: boolean;
  readonly dictionary?: boolean;
  readonly linked?: boolean;
  /** Blocks as they are, not compressed. */
  readonly stored?: boolean;
  /** Bytes of a block's content. */
  readonly block?: number;
}

/** One LZ4 frame. Blocks are literals, with the second half of an even block as a match of the first where they are equal. */
export function lz4Frame(data: Uint8Array, o: Lz4Options = {}): Uint8Array {
  const flags =
    0x40 |
    (o.linked ? 0 : 0x20) |
    (o.blockSums ? 0x10 : 0) |
    (o.sized ? 8 : 0) |
    (o.contentSum ? 4 : 0) |
    (o.dictionary ? 1 : 0);
  const descriptor = [flags, 0x40, ...(o.sized ? long(data.length) : []), ...(o.dictionary ? word(77) : [])];
  const out = [...word(0x184d2204), ...descriptor, (checksum(Uint8Array.from(descriptor)) >>> 8) & 0xff];
  const size = o.block ?? 1024;
  for (let at = 0; at < data.length; at += size) {
    const content = data.subarray(at, at + size);
    const isRepeated = o.linked && at > 0 && Buffer.from(data.subarray(at - size, at)).equals(content);
    const block = o.stored ? content : isRepeated ? repeat(size) : literals(content);
    out.push(...word(block.length + (o.stored ? 0x80000000 : 0)), ...block);
    if (o.blockSums) out.push(...word(checksum(Uint8Array.from(block))));
  }
  out.push(...word(0));
  if (o.contentSum) out.push(...word(checksum(data)));
  return Uint8Array.from(out);
}

const word = (x: number): number[] => [x & 255, (x >>> 8) & 255, (x >>> 16) & 255, (x >>> 24) & 255];
const long = (x: number): number[] => [...word(x), ...word(0)];
const checksum = (bytes: Uint8Array): number => hash(0, bytes, 0, bytes.length);

/** A length as LZ4 writes it: a nibble, and bytes for what is above 15. */
function extended(length: number): { nibble: number; bytes: number[] } {
  if (length < 15) return { nibble: length, bytes: [] };
  const rest = length - 15;
  return { nibble: 15, bytes: [...new Array<number>(Math.floor(rest / 255)).fill(255), rest % 255] };
}

function literals(content: Uint8Array): number[] {
  const { nibble, bytes } = extended(content.length);
  return [nibble << 4, ...bytes, ...content];
}

/** A match of the `size` bytes before, but for the last five bytes, which must be literals: zeros. */
function repeat(size: number): number[] {
  const { nibble, bytes } = extended(size - 5 - 4);
  return [nibble, size & 255, size >> 8, ...bytes, 5 << 4, 0, 0, 0, 0, 0];
}

/** A ZSTD frame of raw blocks. */
export function zstdFrame(data: Uint8Array): Uint8Array {
  const header = (data.length << 3) | 1;
  const block = [header & 255, (header >> 8) & 255, (header >> 16) & 255];
  return Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...word(data.length), ...block, ...data]);
}

export type Encode = (data: Uint8Array) => Uint8Array;

/** The bytes of a file or stream, plain or with every buffer compressed by `encode`. */
export function arrowBytes(
  table: Table,
  form: 'file' | 'stream' = 'file',
  codec: 'lz4' | 'zstd' | null = null,
  encode: Encode = codec === 'zstd' ? zstdFrame : lz4Frame,
): Buffer {
  const Writer = form === 'file' ? RecordBatchFileWriter : RecordBatchStreamWriter;
  const compressionType = codec === null ? null : codec === 'lz4' ? CompressionType.LZ4_FRAME : CompressionType.ZSTD;
  const writer = new Writer({ compressionType });
  // the library's own writer stores the compressed length where the format wants the plain one
  Object.assign(writer, { _compressBodyBuffers: (buffers: ArrayBufferView[]) => compressBuffers(buffers, encode) });
  writer.write(table);
  writer.finish();
  return Buffer.from(writer.toUint8Array(true));
}

function compressBuffers(plain: readonly ArrayBufferView[], encode: Encode) {
  let byteLength = 0;
  const bufferRegions: BufferRegion[] = [];
  const buffers: Uint8Array[] = [];
  for (const view of plain) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const pair = bytes.length === 0 ? [bytes, bytes] : [Uint8Array.from(long(bytes.length)), encode(bytes)];
    const length = pair[0].length + pair[1].length;
    bufferRegions.push(new BufferRegion(byteLength, length));
    buffers.push(...pair);
    byteLength += (length + 7) & ~7;
  }
  return { byteLength, bufferRegions, buffers };
}

/** A dataset of two assets as foreign programs might write one. */
export function priceTable(rows = 24): Table {
  const column = (of: (row: number) => number) => Float64Array.from({ length: rows }, (_, row) => of(row));
  return tableFromArrays({
    timestamp: BigInt64Array.from({ length: rows }, (_, row) => BigInt(1_735_689_600_000 + 60_000 * row)),
    close_A: column((row) => 100 + row / 8),
    close_B: column((row) => 50 - row / 16),
    volume_A: column((row) => row),
    volume_B: column(() => 7),
  });
}
