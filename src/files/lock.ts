/** Below all floors. A file that one process at a time may write to, for as long as it runs. */
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { cannotWrite, type Named, Unwritable } from './reason.js';
import { targetOf } from './target.js';
import { hasEnded, temporaryName, thisProcess } from './temporary.js';

/**
 * Locks a file by another beside it, `<path>.lock`, and returns what removes that. The lock of a process that was killed is taken
 * over. Links are followed, so that a file has one lock whatever it is called by. Throws a UserError where a process has it that
 * runs, or may run elsewhere, and for a file of several names (hard links), each of which would have a lock of its own.
 */
export async function lockFile(path: string, named: Named): Promise<() => Promise<void>> {
  const file = await onlyPathOf(path, named);
  const at = `${file}.lock`;
  const own = temporaryName(at);
  try {
    await writeFile(own, thisProcess());
    while (!(await isLinked(own, at))) await takeOver(file, at);
    return () => unlink(at).catch(() => {});
  } catch (error) {
    throw cannotWrite(at, error, { ...named, what: 'lock' });
  } finally {
    await unlink(own).catch(() => {});
  }
}

/** Where the file is, without links. */
async function onlyPathOf(path: string, named: Named): Promise<string> {
  try {
    const target = await targetOf(path);
    if (target.kind !== 'file') throw new Unwritable('it is no regular file');
    const names = target.old?.nlink ?? 1;
    if (names > 1) throw new Unwritable(`it has ${names} names (hard links), delete all others or copy it`);
    return target.path;
  } catch (error) {
    throw cannotWrite(path, error, named);
  }
}

/** The lock comes with its content, or not at all. */
async function isLinked(own: string, at: string): Promise<boolean> {
  try {
    await link(own, at);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a process that has ended. */
async function takeOver(path: string, at: string): Promise<void> {
  const owner = await readFile(at, 'utf8').catch(() => null);
  // it was given back meanwhile
  if (owner === null) return;
  const ended = hasEnded(owner);
  if (ended === false) throw new UserError(`'${path}' is written to by process ${owner.split('-')[1]}; stop it first`);
  if (ended === null) {
    throw new UserError(
      `'${path}' was locked on another machine, in another container or before a restart; delete '${at}' if none is running`,
    );
  }
  const aside = temporaryName(at);
  await rename(at, aside).catch(() => {});
  const moved = await readFile(aside, 'utf8').catch(() => owner);
  // somebody else was first: theirs goes back
  if (moved !== owner) await isLinked(aside, at);
  await unlink(aside).catch(() => {});
}
