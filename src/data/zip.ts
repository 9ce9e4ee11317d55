/**
 * Floor 4. Where the one file in a ZIP archive lies, by its central directory (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5).
 * Unpacking itself is zlib's.
 */
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../errors.js';

/** A file in an archive: `start` and `size` are of its packed bytes. */
export interface ZipMember {
  readonly name: string;
  readonly start: number;
  readonly size: number;
  readonly unpackedSize: number;
  readonly crc32: number;
  /** Whether it is packed by deflate; else stored as it is. */
  readonly deflated: boolean;
}

interface Entry extends Omit<ZipMember, 'deflated' | 'start'> {
  readonly method: number;
  readonly encrypted: boolean;
  readonly header: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = Buffer.from([0x50, 0x4b, 5, 6]);
const LOCAL_SIZE = 30;
const CENTRAL_SIZE = 46;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
/** No archive with one file in it has a longer directory. */
const LONGEST_DIRECTORY = 1 << 20;
/** Stands for a number that only a 64-bit field of the entry tells. */
const IN_ZIP64 = 0xffffffff;

/** The one file of an archive. Throws UserError where there are none or several, or it cannot be read. */
export async function onlyMember(file: FileHandle, path: string): Promise<ZipMember> {
  const name = basename(path);
  const entries = (await directory(file, name)).filter(isData);
  if (entries.length !== 1) {
    const names = entries.slice(0, 5).map((entry) => entry.name);
    const got = entries.length === 0 ? 'none' : `${names.join(', ')}${entries.length > 5 ? ', …' : ''}`;
    throw new UserError(`${name}: expected one file in the archive, got ${got}; unpack it and name the file`);
  }
  const [entry] = entries;
  if (entry.encrypted) throw new UserError(`${name}: ${entry.name} in it is encrypted; unpack it first`);
  if (entry.method !== 0 && entry.method !== 8) {
    throw new UserError(
      `${name}: expected ${entry.name} in it to be deflated or stored, got method ${entry.method}; unpack it first`,
    );
  }
  const local = await bytesAt(file, entry.header, LOCAL_SIZE);
  if (local.length < LOCAL_SIZE || local.readUInt32LE(0) !== LOCAL) throw damaged(name);
  const start = entry.header + LOCAL_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (start + entry.size > (await file.stat()).size) throw damaged(name);
  return { ...entry, start, deflated: entry.method === 8 };
}

/** Folders, and what macOS puts beside each file, are no data. */
const isData = ({ name }: Entry) => !name.endsWith('/') && !name.startsWith('__MACOSX/');

async function directory(file: FileHandle, name: string): Promise<Entry[]> {
  const { size } = await file.stat();
  const tailStart = Math.max(0, size - END_SIZE - LONGEST_COMMENT);
  const tail = await bytesAt(file, tailStart, size - tailStart);
  const end = tail.lastIndexOf(END);
  if (end < 0 || end + END_SIZE > tail.length) throw damaged(name);
  const [length, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (length > LONGEST_DIRECTORY) {
    throw new UserError(
      `${name}: expected one file in the archive, got thousands, or one beyond 4 GiB; unpack it first`,
    );
  }
  const bytes = await bytesAt(file, start, length);
  if (bytes.length < length) throw damaged(name);
  const entries: Entry[] = [];
  for (let at = 0; at < length; ) {
    const read = entryAt(bytes, at);
    if (read === null) throw damaged(name);
    entries.push(read.entry);
    at = read.next;
  }
  return entries;
}

function entryAt(bytes: Buffer, at: number): { entry: Entry; next: number } | null {
  if (at + CENTRAL_SIZE > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) return null;
  const nameEnd = at + CENTRAL_SIZE + bytes.readUInt16LE(at + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
  const next = extraEnd + bytes.readUInt16LE(at + 32);
  if (next > bytes.length) return null;
  const [unpackedSize, size, header] = wide(bytes.subarray(nameEnd, extraEnd), [
    bytes.readUInt32LE(at + 24),
    bytes.readUInt32LE(at + 20),
    bytes.readUInt32LE(at + 42),
  ]);
  return {
    entry: {
      name: bytes.toString('utf8', at + CENTRAL_SIZE, nameEnd),
      encrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
      method: bytes.readUInt16LE(at + 10),
      crc32: bytes.readUInt32LE(at + 16),
      size,
      unpackedSize,
      header,
    },
    next,
  };
}

/** The numbers, with those that do not fit in 32 bits taken from the ZIP64 field, where they stand in the same order. */
function wide(extra: Buffer, numbers: readonly number[]): number[] {
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  at += 4;
  return numbers.map((number) => {
    if (number !== IN_ZIP64 || at + 8 > extra.length) return number;
    at += 8;
    return Number(extra.readBigUInt64LE(at - 8));
  });
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

const damaged = (name: string) =>
  new UserError(`${name}: expected a whole ZIP archive, got a damaged one; download it again`);
