/**
 * Floor 4. Where the one file in a ZIP archive lies, by its central directory (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5).
 * Unpacking itself is zlib's.
 */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { type Source, textOf, viewOf } from './source.js';

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
const END = 0x06054b50;
const LOCAL_SIZE = 30;
const CENTRAL_SIZE = 46;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
/** No archive with one file in it has a longer directory. */
const LONGEST_DIRECTORY = 1 << 20;
/** Stands for a number that only a 64-bit field of the entry tells. */
const IN_ZIP64 = 0xffffffff;

/** The one file of an archive. Throws UserError where there are none or several, or it cannot be read. */
export async function onlyMember(source: Source): Promise<ZipMember> {
  const name = fileName(source.path);
  const entries = (await directory(source, name)).filter(isData);
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
  const local = viewOf(await source.part(entry.header, LOCAL_SIZE));
  if (local.byteLength < LOCAL_SIZE || local.getUint32(0, true) !== LOCAL) throw damaged(name);
  const start = entry.header + LOCAL_SIZE + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + entry.size > (await source.size())) throw damaged(name);
  return { ...entry, start, deflated: entry.method === 8 };
}

/** Folders, and what macOS puts beside each file, are no data. */
const isData = ({ name }: Entry) => !name.endsWith('/') && !name.startsWith('__MACOSX/');

async function directory(source: Source, name: string): Promise<Entry[]> {
  const size = await source.size();
  const tailStart = Math.max(0, size - END_SIZE - LONGEST_COMMENT);
  const tail = viewOf(await source.part(tailStart, size - tailStart));
  let end = tail.byteLength - END_SIZE;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) throw damaged(name);
  const [length, start] = [tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (length > LONGEST_DIRECTORY) {
    throw new UserError(
      `${name}: expected one file in the archive, got thousands, or one beyond 4 GiB; unpack it first`,
    );
  }
  const bytes = await source.part(start, length);
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

function entryAt(bytes: Uint8Array, at: number): { entry: Entry; next: number } | null {
  const view = viewOf(bytes);
  if (at + CENTRAL_SIZE > bytes.length || view.getUint32(at, true) !== CENTRAL) return null;
  const nameEnd = at + CENTRAL_SIZE + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const next = extraEnd + view.getUint16(at + 32, true);
  if (next > bytes.length) return null;
  const [unpackedSize, size, header] = wide(viewOf(bytes.subarray(nameEnd, extraEnd)), [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  return {
    entry: {
      name: textOf(bytes, at + CENTRAL_SIZE, nameEnd),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      crc32: view.getUint32(at + 16, true),
      size,
      unpackedSize,
      header,
    },
    next,
  };
}

/** The numbers, with those that do not fit in 32 bits taken from the ZIP64 field, where they stand in the same order. */
function wide(extra: DataView, numbers: readonly number[]): number[] {
  let at = 0;
  while (at + 4 <= extra.byteLength && extra.getUint16(at, true) !== 1) at += 4 + extra.getUint16(at + 2, true);
  at += 4;
  return numbers.map((number) => {
    if (number !== IN_ZIP64 || at + 8 > extra.byteLength) return number;
    at += 8;
    return Number(extra.getBigUint64(at - 8, true));
  });
}

const damaged = (name: string) =>
  new UserError(`${name}: expected a whole ZIP archive, got a damaged one; download it again`);
