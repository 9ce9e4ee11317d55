/**
 * Floor 1, native target. Compiled libraries in the user's cache folder: an entry is a folder named by the hash of all that it
 * was made of, with the library and its digest.
 *
 * A library runs with the rights of this process. So one is loaded only where it, its entry and the cache belong to this user
 * and nobody else may write to them, and where its bytes have the digest that was written beside it. Entries come by one
 * rename: another process sees the whole or nothing, and whoever is second takes the first one's.
 */
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { makeFolder } from '../../files/folder.js';
import { sha256 } from './compiler.js';

export const LIBRARY = 'program.so';
const DIGEST = 'sha256';
/** What is being compiled, so that it can be told from entries. */
const WORK = 'work-';

/** The oldest go first: by the time of their last use. */
const MOST_ENTRIES = 256;
const MOST_BYTES = 128 * 2 ** 20;
/** Milliseconds after which work that nobody finished is cleared away. */
const FORGOTTEN = 24 * 3_600_000;

const GROUP_OR_OTHERS = 0o022;
const OTHERS = 0o002;
const STICKY = 0o1000;

/** Where entries would be. */
export function cacheFolder(): string {
  const asked = process.env.XDG_CACHE_HOME;
  const base =
    asked !== undefined && isAbsolute(asked)
      ? asked
      : join(homedir(), ...(process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']));
  return join(base, 'poolgrad', 'native');
}

/** Why entries cannot be kept there; null where they can. Makes the folder. */
export function cacheFault(folder = cacheFolder()): string | null {
  try {
    makeFolder(folder, 0o700);
    const real = realpathSync(folder);
    if (!isOwn(real, 'folder')) return `${folder} is not this user's alone`;
    for (let above = dirname(real); above !== dirname(above); above = dirname(above)) {
      const { mode } = statSync(above);
      if ((mode & OTHERS) !== 0 && (mode & STICKY) === 0) return `${above} may be written by anybody`;
    }
    return null;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

/** Whether a file or folder is no link, this user's, and nobody else's to write. */
function isOwn(path: string, kind: 'file' | 'folder'): boolean {
  const s = lstatSync(path);
  const isKind = kind === 'file' ? s.isFile() : s.isDirectory();
  return isKind && s.uid === process.getuid?.() && (s.mode & GROUP_OR_OTHERS) === 0;
}

/** The library of a key, if it is there, whole and this user's alone; what is there else is cleared away. */
export function lookUp(key: string): string | null {
  const folder = cacheFolder();
  const entry = join(folder, key);
  try {
    if (cacheFault(folder) !== null) return null;
    const library = join(entry, LIBRARY);
    const isSafe = isOwn(entry, 'folder') && isOwn(library, 'file') && isOwn(join(entry, DIGEST), 'file');
    if (isSafe && readFileSync(join(entry, DIGEST), 'utf8') === sha256(readFileSync(library))) {
      const now = new Date();
      utimesSync(entry, now, now);
      return library;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !exists(entry)) return null;
  }
  rmSync(entry, { recursive: true, force: true });
  return null;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A folder of this process's own to compile in: in the cache, or elsewhere if nothing can be kept. */
export function workFolder(): string {
  const folder = cacheFolder();
  return mkdtempSync(cacheFault(folder) === null ? join(folder, WORK) : join(tmpdir(), `poolgrad-${WORK}`));
}

/** Makes the library of a work folder the entry of a key; its path from then on. The work folder is gone afterwards. */
export function keep(key: string, work: string): string {
  const library = join(work, LIBRARY);
  chmodSync(library, 0o700);
  writeFileSync(join(work, DIGEST), sha256(readFileSync(library)), { mode: 0o600 });
  const folder = cacheFolder();
  if (dirname(work) !== folder) return library;
  const entry = join(folder, key);
  try {
    renameSync(work, entry);
  } catch {
    // another process was first
    const theirs = lookUp(key);
    if (theirs === null) renameSync(work, entry);
    else rmSync(work, { recursive: true, force: true });
  }
  trim(folder);
  return join(entry, LIBRARY);
}

/** Clears away the least recently used entries beyond the bounds, and work that was forgotten. */
function trim(folder: string): void {
  const now = Date.now();
  const entries: { readonly path: string; readonly used: number; readonly bytes: number }[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const used = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (used === undefined) continue;
    if (!name.startsWith(WORK)) {
      entries.push({ path, used, bytes: statSync(join(path, LIBRARY), { throwIfNoEntry: false })?.size ?? 0 });
    } else if (now - used > FORGOTTEN) rmSync(path, { recursive: true, force: true });
  }
  let bytes = 0;
  entries
    .sort((a, b) => b.used - a.used)
    .forEach((e, i) => {
      bytes += e.bytes;
      if (i >= MOST_ENTRIES || bytes > MOST_BYTES) rmSync(e.path, { recursive: true, force: true });
    });
}

/** What doctor says of the cache. */
export function cacheText(): string {
  const folder = cacheFolder();
  const fault = cacheFault(folder);
  if (fault !== null) return `nothing is kept: ${fault}`;
  const count = readdirSync(folder).filter((name) => !name.startsWith(WORK)).length;
  return `${count} compiled ${count === 1 ? 'program' : 'programs'} in ${folder}`;
}
