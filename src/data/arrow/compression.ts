/**
 * Floor 4. Buffers of a batch that are compressed each by itself: eight bytes of the plain length (−1: stored plainly), then
 * LZ4 or ZSTD frames. No stated length is believed before the frames can hold so much.
 */
import { decompress as unzstd } from 'fzstd';
import { decodeLz4 } from './lz4.js';

export type Codec = 'lz4' | 'zstd';

/** The most that one buffer may hold: 64 million numbers, 127 years of minutes. */
const LONGEST = 2 ** 29;

/** The plain bytes of a compressed buffer. Throws Error saying what is wrong with it. */
export function decompressBuffer(bytes: Uint8Array, codec: Codec): Uint8Array {
  if (bytes.length === 0) return bytes;
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0, true));
  const data = bytes.subarray(8);
  if (size === -1) return data;
  if (size < 0 || size > LONGEST) throw new Error(`a compressed buffer that claims to hold ${size} bytes`);
  return codec === 'lz4' ? decodeLz4(data, size) : decodeZstd(data, size);
}

/** Decodes the one frame that writers of Arrow make, checked beforehand: fzstd believes what it reads. */
function decodeZstd(data: Uint8Array, size: number): Uint8Array {
  const { stated, most } = measureZstd(data);
  if ((stated !== null && stated !== size) || size > most) {
    throw new Error(`ZSTD data for ${stated ?? most} bytes where ${size} should be`);
  }
  return unzstd(data, new Uint8Array(size));
}

const ZSTD = 0xfd2fb528;
/** Longest content of a block. */
const ZSTD_BLOCK = 2 ** 17;

/**
 * The content size that a frame states, if it does, and the most that its blocks can hold (RFC 8878, 3.1.1). Throws Error
 * where the blocks do not end with the data.
 */
function measureZstd(data: Uint8Array): { stated: number | null; most: number } {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (view.getUint32(0, true) !== ZSTD) throw new Error('no ZSTD frame where one should begin');
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6];
  let at = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  const stated = [
    () => null,
    () => view.getUint8(at),
    () => view.getUint16(at, true) + 256,
    () => view.getUint32(at, true),
    () => Number(view.getBigUint64(at, true)),
  ][[0, 1, 2, 4, 8].indexOf(sizeBytes)]();
  at += sizeBytes;
  let most = 0;
  for (let last = false; !last; ) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    last = (header & 1) !== 0;
    const [kind, length] = [(header >> 1) & 3, header >> 3];
    most += kind === 2 ? ZSTD_BLOCK : length;
    at += 3 + (kind === 1 ? 1 : length);
  }
  at += (descriptor & 4) === 0 ? 0 : 4;
  if (at !== data.length) throw new Error(`a ZSTD frame of ${at} bytes in ${data.length}`);
  return { stated, most };
}
