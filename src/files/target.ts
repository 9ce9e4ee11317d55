/** Below all floors. What a path names as the place of an output: a file, new or old, or a node that is written through. */
import { fstatSync, type Stats, statSync } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { Unwritable } from './reason.js';

export type Target =
  /** A regular file, or none yet; links are followed, so that it is the link's target that is replaced. */
  | { readonly kind: 'file'; readonly path: string; readonly old: Stats | null }
  /** A pipe or a device, opened and written to as it is. */
  | { readonly kind: 'node'; readonly path: string }
  /** A stream that this process has: /dev/stdout, /dev/fd/63. */
  | { readonly kind: 'descriptor'; readonly fd: number };

const LONGEST_CHAIN = 40;

/** Where an output to `path` goes. Throws a reason in words, or an error of the file system. */
export async function targetOf(path: string): Promise<Target> {
  if (/(^|[\\/])(\.{0,2})$/.test(path)) throw new Unwritable('it is a folder');
  let at = path;
  for (let links = 0; links <= LONGEST_CHAIN; links++) {
    at = await inRealFolder(at);
    const fd = descriptorOf(at);
    if (fd !== null) return { kind: 'descriptor', fd: checkedDescriptor(fd) };
    const stats = await lstat(at).catch(absent);
    if (stats === null || stats.isFile()) return { kind: 'file', path: at, old: stats };
    if (!stats.isSymbolicLink()) return { kind: 'node', path: checkedNode(at, stats) };
    const link = await readlink(at);
    at = isAbsolute(link) ? link : `${dirname(at)}/${link}`;
  }
  throw new Unwritable('its links lead in a circle');
}

/** The path in its folder's real place, where .. after a link means what it means to the system. */
async function inRealFolder(path: string): Promise<string> {
  const folder = await realpath(dirname(path)).catch(absent);
  return folder === null ? resolve(path) : join(folder, basename(path));
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function descriptorOf(path: string): number | null {
  if (path === '/dev/stdout') return 1;
  if (path === '/dev/stderr') return 2;
  const match = /^\/(?:dev|proc\/(self|\d+))\/fd\/(\d+)$/.exec(path);
  if (match === null || (/^\d+$/.test(match[1] ?? '') && Number(match[1]) !== process.pid)) return null;
  return Number(match[2]);
}

function checkedDescriptor(fd: number): number {
  try {
    fstatSync(fd);
    return fd;
  } catch {
    throw new Unwritable(`no stream ${fd} is open`);
  }
}

/** Devices that take anything and keep nothing that a write could harm, told by their numbers, whatever their name. */
const HARMLESS = ['/dev/null', '/dev/zero', '/dev/full', '/dev/tty'];

function checkedNode(path: string, stats: Stats): string {
  if (stats.isDirectory()) throw new Unwritable('it is a folder');
  if (stats.isFIFO()) return path;
  if (stats.isSocket()) throw new Unwritable('it is a socket');
  const numbers = HARMLESS.map((device) => statSync(device, { throwIfNoEntry: false })?.rdev);
  if (stats.isCharacterDevice() && numbers.includes(stats.rdev)) return path;
  throw new Unwritable('it is a device, of which only /dev/null and the terminal are written to');
}
