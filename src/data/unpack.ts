/**
 * Floor 4. The bytes of a text file piece by piece, unpacked where they are gzip or ZIP: a file of years of seconds is never
 * in memory as a whole, and neither is one that unpacks to far more than it is.
 */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { PackingFault, type Source, viewOf } from './source.js';
import { onlyMember, type ZipMember } from './zip.js';

/**
 * Prices are packed to a fifth or a tenth of their size, rows of equal prices to a fortieth; what gzip packs to a thousandth
 * is empty. Up to `HARMLESS` bytes anything goes.
 */
const MOST_TIMES = 100;
const HARMLESS = 64 << 20;

/** Throws UserError for a file that cannot be read or is damaged, and for one that unpacks to more than 100 times its size. */
export async function* textPieces(source: Source): AsyncGenerator<Uint8Array> {
  const { path } = source;
  const { kind, packed, pieces } = await opened(source);
  let unpacked = 0;
  try {
    for await (const piece of pieces) {
      unpacked += piece.length;
      if (packed !== null && unpacked > Math.max(HARMLESS, MOST_TIMES * packed)) throw tooLarge(path, packed, unpacked);
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof PackingFault)) throw error;
    throw new UserError(
      `${fileName(path)}: expected whole ${kind} data, got '${error.message}'; download the file again`,
    );
  }
}

interface Opened {
  readonly kind: string;
  /** The size of the packed bytes; null where they are not. */
  readonly packed: number | null;
  /** Unpacked. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

async function opened(source: Source): Promise<Opened> {
  const { gunzip } = source.machine;
  const magic = await source.part(0, 4);
  if (magic[0] === 0x1f && magic[1] === 0x8b) {
    return { kind: 'gzip', packed: await source.size(), pieces: gunzip(source.pieces()) };
  }
  if (magic[0] === 0x50 && magic[1] === 0x4b) {
    const member = await onlyMember(source);
    return { kind: 'ZIP', packed: member.size, pieces: gunzip(asGzip(source, member)) };
  }
  return { kind: 'text', packed: null, pieces: source.pieces() };
}

/** The longest block that is not packed. */
const STORED = 0xffff;

/** A member of a ZIP archive as a gzip file (RFC 1952): the same packing and check sum, which unpacking then checks. */
async function* asGzip(
  source: Source,
  { start, size, deflated, crc32, unpackedSize }: ZipMember,
): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
  for await (const piece of size > 0 ? source.pieces(start, start + size) : []) {
    if (deflated) yield piece;
    else yield* storedBlocks(piece);
  }
  if (!deflated) yield storedBlock(0, true);
  const trailer = new Uint8Array(8);
  viewOf(trailer).setUint32(0, crc32, true);
  viewOf(trailer).setUint32(4, unpackedSize % 2 ** 32, true);
  yield trailer;
}

function* storedBlocks(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += STORED) {
    const piece = bytes.subarray(at, at + STORED);
    yield storedBlock(piece.length, false);
    yield piece;
  }
}

/** The head of a block of at most 65535 bytes that are not packed (RFC 1951, 3.2.4). */
function storedBlock(length: number, last: boolean): Uint8Array {
  const head = new Uint8Array(5);
  head[0] = last ? 1 : 0;
  viewOf(head).setUint16(1, length, true);
  viewOf(head).setUint16(3, length ^ 0xffff, true);
  return head;
}

function tooLarge(path: string, packed: number, unpacked: number): UserError {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return new UserError(
    `${fileName(path)}: expected to unpack to at most ${MOST_TIMES} times its size, as prices do, got ${mib(unpacked)} and more from ${mib(packed)}; if it is sound, unpack it and import the text`,
  );
}
