/**
 * Floor 4. LZ4 frames, all that the format allows: linked and independent blocks, stored ones, checksums of header, blocks
 * and content, content size, several frames. Formats: lz4_Frame_format.md and lz4_Block_format.md of the LZ4 project.
 *
 * lz4js, whose XXH32 this uses, skips a block's checksum on the wrong side of the block, and reads and writes beyond both ends.
 */
import { hash as xxh32 } from 'lz4js/xxh32.js';

const FRAME = 0x184d2204;
const STORED = 0x80000000;
/** A block of n bytes gives fewer than this many times n. */
const BEST_RATIO = 255;

interface Output {
  readonly bytes: Uint8Array;
  /** Bytes written. */
  at: number;
}

/** Decodes frames to exactly `size` bytes. Throws Error saying what is wrong with them. */
export function decodeLz4(input: Uint8Array, size: number): Uint8Array {
  if (size > BEST_RATIO * input.length) throw new Error(`${input.length} bytes of LZ4 that claim to hold ${size}`);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output: Output = { bytes: new Uint8Array(size), at: 0 };
  let at = 0;
  while (at < input.length) {
    const magic = view.getUint32(at, true);
    if (magic >>> 4 === 0x184d2a5) at += 8 + view.getUint32(at + 4, true);
    else if (magic === FRAME) at = decodeFrame(input, view, at + 4, output);
    else throw new Error('no LZ4 frame where one should begin');
  }
  if (output.at !== size) throw new Error(`${output.at} bytes of LZ4 data where ${size} should be`);
  return output.bytes;
}

/** Decodes the frame whose descriptor begins at `from`; returns where it ends. */
function decodeFrame(input: Uint8Array, view: DataView, from: number, output: Output): number {
  const flags = view.getUint8(from);
  const has = (flag: number) => (flags & flag) !== 0;
  const blockCode = (view.getUint8(from + 1) >> 4) & 7;
  if (flags >> 6 !== 1 || blockCode < 4) throw new Error('an LZ4 frame of an unknown version');
  const longest = 1 << (8 + 2 * blockCode);
  const [independent, blockSums, sized, contentSum, dictionary] = [0x20, 0x10, 0x08, 0x04, 0x01].map(has);
  const start = output.at;
  const stated = sized ? Number(view.getBigUint64(from + 2, true)) : null;
  let at = from + 2 + (sized ? 8 : 0) + (dictionary ? 4 : 0);
  if (((sum(input, from, at) >>> 8) & 0xff) !== view.getUint8(at++))
    throw new Error('a damaged header of an LZ4 frame');
  for (;;) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const length = word & ~STORED;
    const end = at + length;
    if (end > input.length || length > longest) throw new Error('an LZ4 block that is cut short');
    const begun = output.at;
    if ((word & STORED) !== 0) store(input.subarray(at, end), output);
    else decodeBlock(input.subarray(at, end), output, independent ? begun : start);
    if (output.at - begun > longest) throw new Error('an LZ4 block that is too long');
    if (blockSums && sum(input, at, end) !== view.getUint32(end, true))
      throw new Error('an LZ4 block with a wrong checksum');
    at = end + (blockSums ? 4 : 0);
  }
  if (stated !== null && stated !== output.at - start) throw new Error('an LZ4 frame of another size than it states');
  if (!contentSum) return at;
  if (sum(output.bytes, start, output.at) !== view.getUint32(at, true))
    throw new Error('LZ4 data with a wrong checksum');
  return at + 4;
}

const sum = (bytes: Uint8Array, from: number, to: number): number => xxh32(0, bytes, from, to - from);

function store(bytes: Uint8Array, output: Output): void {
  if (output.at + bytes.length > output.bytes.length) throw new Error('more LZ4 data than stated');
  output.bytes.set(bytes, output.at);
  output.at += bytes.length;
}

/** Sequences of literals and matches; a match may reach back to `floor`. */
function decodeBlock(input: Uint8Array, output: Output, floor: number): void {
  const out = output.bytes;
  let at = 0;
  const extended = (length: number): number => {
    if (length < 15) return length;
    let total = length;
    let byte: number;
    do {
      if (at >= input.length) throw new Error('an LZ4 block that is cut short');
      byte = input[at++];
      total += byte;
    } while (byte === 255);
    return total;
  };
  while (at < input.length) {
    const token = input[at++];
    const literals = extended(token >> 4);
    if (at + literals > input.length) throw new Error('an LZ4 block that is cut short');
    store(input.subarray(at, at + literals), output);
    at += literals;
    if (at === input.length) return;
    if (at + 2 > input.length) throw new Error('an LZ4 block that is cut short');
    const distance = input[at] | (input[at + 1] << 8);
    at += 2;
    const length = 4 + extended(token & 15);
    const from = output.at - distance;
    if (distance === 0 || from < floor) throw new Error('an LZ4 match before the data (or one in a dictionary)');
    if (output.at + length > out.length) throw new Error('more LZ4 data than stated');
    // a match may overlap what it writes: then byte by byte
    if (distance >= length) out.copyWithin(output.at, from, from + length);
    else for (let i = 0; i < length; i++) out[output.at + i] = out[from + i];
    output.at += length;
  }
}
