/** Below all floors. The one way in which files are written: the old file or the whole new one, never a part. */
import { constants, fstatSync, type Stats, writeSync } from 'node:fs';
import { access, type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotWrite, type Named, Unwritable } from './reason.js';
import { type Target, targetOf } from './target.js';
import { temporaryName } from './temporary.js';

/** How long to wait for a stream that takes nothing now, in ms. */
const PAUSE = 10;

/**
 * Writes a file: all bytes to a temporary file beside it, synced and counted, which then takes its name. Whatever fails, the
 * old file is untouched and the temporary one is removed. A replaced file keeps its mode and, where that is allowed, its
 * owner; a link stays, and what it leads to is replaced. Pipes, terminals, /dev/null and /dev/stdout are written through.
 *
 * Throws a UserError in one line.
 */
export async function writeWhole(path: string, content: string | Uint8Array, named?: Named): Promise<void> {
  try {
    await writeTarget(await targetOf(path), bytesOf(content));
  } catch (error) {
    throw cannotWrite(path, error, named);
  }
}

export const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content) : content;

/** What is to happen to the old file at a path, once the new one stands beside it. */
export type Keep = (path: string) => Promise<void>;

/** Gives the new file's stats, and null of what is none. */
export async function writeTarget(target: Target, bytes: Uint8Array, keep?: Keep): Promise<Stats | null> {
  if (target.kind === 'file') return replaceFile(target.path, target.old, bytes, keep);
  if (target.kind === 'descriptor') await writeDescriptor(target.fd, bytes);
  else await writeNode(target.path, bytes);
  return null;
}

/** Throws an error of the file system where no file can be made beside the path. */
export async function probe(path: string): Promise<void> {
  const temporary = temporaryName(path);
  await (await open(temporary, 'wx')).close();
  await unlink(temporary);
}

async function replaceFile(path: string, old: Stats | null, bytes: Uint8Array, keep?: Keep): Promise<Stats> {
  // a rename asks for no permission on the file that goes
  if (old !== null) await access(path, constants.W_OK);
  const temporary = temporaryName(path);
  // whoever may not read the old file may not read the new one at any moment
  const handle = await open(temporary, 'wx', old === null ? 0o666 : old.mode & 0o600);
  try {
    await fill(handle, bytes, old);
    await keep?.(path);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
  return lstat(path);
}

/** All bytes on the disk, with the old file's mode and owner; closes the file. */
async function fill(handle: FileHandle, bytes: Uint8Array, old: Stats | null): Promise<void> {
  try {
    await writeAll(handle, bytes);
    if (old !== null) await takeOver(handle, old);
    await handle.sync().catch(unlessUnknown);
    const { size } = await handle.stat();
    if (size !== bytes.length) throw new Unwritable(`${size} of ${bytes.length} bytes arrived`);
  } finally {
    // a network's file system may say only now that there was no room
    await handle.close();
  }
}

/** One write may take a part: the rest is written, or its error comes. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    if (bytesWritten === 0) throw new Unwritable(`it takes no more than ${done} of ${bytes.length} bytes`);
    done += bytesWritten;
  }
}

async function takeOver(handle: FileHandle, old: Stats): Promise<void> {
  const { uid, gid } = await handle.stat();
  const give = (to: number) => handle.chown(to, old.gid).then(yes, no);
  const given = (uid === old.uid && gid === old.gid) || (await give(old.uid)) || (await give(uid));
  // without its group, what the group may do would be another group's
  const mode = old.mode & (given ? 0o777 : 0o707);
  await handle.chmod(mode).catch(unlessUnknown);
}

const yes = () => true;
const no = () => false;

/** Some file systems have no owners, modes or syncs. */
function unlessUnknown(error: NodeJS.ErrnoException): void {
  if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM'].includes(error.code ?? '')) throw error;
}

/** Keeps the new name through a loss of power, where folders can be synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  await folder?.sync().catch(() => {});
  await folder?.close().catch(() => {});
}

/** Opens without making, truncating or waiting in a system call, which nothing could interrupt. */
async function writeNode(path: string, bytes: Uint8Array): Promise<void> {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  const handle = await patiently(['ENXIO'], () => open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY));
  try {
    await writeDescriptor(handle.fd, bytes);
  } finally {
    await handle.close();
  }
}

async function writeDescriptor(fd: number, bytes: Uint8Array): Promise<void> {
  if (fd === process.stdout.fd) stdoutTaken = true;
  let done = 0;
  while (done < bytes.length) {
    done += await patiently(['EAGAIN'], async () => writeSync(fd, bytes, done, Math.min(bytes.length - done, 65_536)));
  }
}

/** Tries again after an error of these codes: a pipe without a reader, a full one. */
async function patiently<T>(codes: readonly string[], body: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await body();
    } catch (error) {
      if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await sleep(PAUSE);
    }
  }
}

let stdoutTaken = false;

/** Whether an output went to the standard output, where no other text must be mixed with it. */
export const isStdoutTaken = (): boolean => stdoutTaken;

/** Writes all of a text to a stream that is a file, where Node itself would not notice a full disk. False of other streams. */
export function writeToFileStream(fd: number, text: string): boolean {
  if (!fstatSync(fd).isFile()) return false;
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  return true;
}
