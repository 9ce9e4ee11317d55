/**
 * Floor 4. The bytes of a text file piece by piece, unpacked where they are gzip or ZIP: a file of years of seconds is never
 * in memory as a whole, and neither is one that unpacks to far more than it is.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../errors.js';
import { readingFailed } from './read-file.js';
import { onlyMember, type ZipMember } from './zip.js';

const PIECE = 1 << 18;
/**
 * Prices are packed to a fifth or a tenth of their size, rows of equal prices to a fortieth; what gzip packs to a thousandth
 * is empty. Up to `HARMLESS` bytes anything goes.
 */
const MOST_TIMES = 100;
const HARMLESS = 64 << 20;

/** Throws UserError for a file that cannot be read or is damaged, and for one that unpacks to more than 100 times its size. */
export async function* textPieces(path: string): AsyncGenerator<Buffer> {
  const { kind, packed, pieces } = await opened(path);
  let unpacked = 0;
  try {
    for await (const piece of pieces) {
      unpacked += piece.length;
      if (packed !== null && unpacked > Math.max(HARMLESS, MOST_TIMES * packed)) throw tooLarge(path, packed, unpacked);
      yield piece as Buffer;
    }
  } catch (error) {
    throw unreadable(path, kind, error as NodeJS.ErrnoException);
  }
}

/** The unpacked bytes, and the size of the packed ones (null where they are not). */
async function opened(path: string): Promise<{ kind: string; packed: number | null; pieces: Readable }> {
  const file = await open(path).catch(readingFailed(path));
  try {
    const { buffer: magic } = await file.read(Buffer.alloc(4), 0, 4, 0).catch(readingFailed(path));
    if (magic[0] === 0x1f && magic[1] === 0x8b) {
      const { size } = await file.stat();
      return { kind: 'gzip', packed: size, pieces: gunzipped(createReadStream(path, { highWaterMark: PIECE })) };
    }
    if (magic[0] === 0x50 && magic[1] === 0x4b) {
      const member = await onlyMember(file, path);
      return { kind: 'ZIP', packed: member.size, pieces: gunzipped(Readable.from(asGzip(path, member))) };
    }
    return { kind: 'text', packed: null, pieces: createReadStream(path, { highWaterMark: PIECE }) };
  } finally {
    await file.close();
  }
}

/** A failure of the source ends the result with it; a reader that stops early ends the source. */
function gunzipped(source: Readable): Readable {
  const gunzip = createGunzip({ chunkSize: PIECE });
  pipeline(source, gunzip, () => {});
  return gunzip;
}

/** A member of a ZIP archive as a gzip file (RFC 1952): the same packing and check sum, which zlib then checks. */
async function* asGzip(
  path: string,
  { start, size, deflated, crc32, unpackedSize }: ZipMember,
): AsyncGenerator<Buffer> {
  yield Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
  if (size > 0) {
    const pieces = createReadStream(path, { start, end: start + size - 1, highWaterMark: deflated ? PIECE : 0xffff });
    for await (const piece of pieces) {
      if (!deflated) yield storedBlock(piece.length, false);
      yield piece;
    }
  }
  if (!deflated) yield storedBlock(0, true);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32, 0);
  trailer.writeUInt32LE(unpackedSize % 2 ** 32, 4);
  yield trailer;
}

/** The head of a block of at most 65535 bytes that are not packed (RFC 1951, 3.2.4). */
function storedBlock(length: number, last: boolean): Buffer {
  const head = Buffer.alloc(5);
  head[0] = last ? 1 : 0;
  head.writeUInt16LE(length, 1);
  head.writeUInt16LE(length ^ 0xffff, 3);
  return head;
}

function tooLarge(path: string, packed: number, unpacked: number): UserError {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return new UserError(
    `${basename(path)}: expected to unpack to at most ${MOST_TIMES} times its size, as prices do, got ${mib(unpacked)} and more from ${mib(packed)}; if it is sound, unpack it and import the text`,
  );
}

function unreadable(path: string, kind: string, error: NodeJS.ErrnoException): Error {
  if (error instanceof UserError) return error;
  if (!error.code?.startsWith('Z_')) return readingFailed(path)(error);
  return new UserError(
    `${basename(path)}: expected whole ${kind} data, got '${error.message}'; download the file again`,
  );
}
