/**
 * Below all floors. Names of temporary files, which tell whose they are, and what a process that was killed left of them.
 *
 * `<target>.<machine>-<pid>-<start>-<n>.tmp`: `machine` stands for the host, its boot and the space of process numbers, so
 * that a pid means nothing to another container or after a restart; `start` is when the process began, so that another
 * process with its number is told from it.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Longest name of a file, in bytes. */
const LONGEST_NAME = 255;

/** Room for what follows the target's name. */
const SUFFIX = 64;

/** A temporary file of another machine is spoken of once nobody has written to it for this long, in ms. */
const QUIET = 60_000;

let made = 0;

/** A name beside the target that no other process gives, nor this one again. */
export function temporaryName(target: string): string {
  return join(
    dirname(target),
    `${stem(target)}.${machine()}-${process.pid}-${startOf(process.pid) ?? 0}-${made++}.tmp`,
  );
}

/** The target's name, or as many of its letters as leave room. */
function stem(target: string): string {
  const letters = [...basename(target)];
  while (Buffer.byteLength(letters.join('')) > LONGEST_NAME - SUFFIX) letters.pop();
  return letters.join('');
}

let known: string | undefined;

/** Eight hexadecimal digits for where process numbers mean the same. */
export function machine(): string {
  known ??= createHash('sha256').update([hostname(), bootId(), pidSpace()].join('\n')).digest('hex').slice(0, 8);
  return known;
}

const bootId = (): string => attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '';
const pidSpace = (): string => attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '';

function attempt<T>(body: () => T): T | null {
  try {
    return body();
  } catch {
    return null;
  }
}

/** When a process began, in ticks since boot; null where there is none, or the system does not tell. */
function startOf(pid: number): string | null {
  const fields = statOf(pid);
  return fields === null ? null : fields[19];
}

/** Fields of /proc/<pid>/stat from the state on (3 in its manual); the name before them may hold anything. */
function statOf(pid: number): string[] | null {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Three words for this process, from which another tells whether it is still there. */
export const thisProcess = (): string => [machine(), process.pid, startOf(process.pid) ?? 0].join('-');

/** Whether the process of three such words has ended; null where that cannot be told from here. */
export function hasEnded(words: string): boolean | null {
  const match = /^([0-9a-f]{8})-([1-9]\d{0,9})-(\d{1,20})$/.exec(words);
  return match === null || match[1] !== machine() ? null : isGone(Number(match[2]), match[3]);
}

/** Whether the process has surely ended: there is none of the number, one that began at another time, or a zombie. */
function isGone(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const fields = statOf(pid);
  if (fields === null) return false;
  return fields[0] === 'Z' || fields[0] === 'X' || (start !== '0' && fields[19] !== start);
}

/**
 * Removes temporary files of the target whose process is gone; says so, and of those that other machines or containers
 * left, which only a person can tell from files that are being written.
 */
export async function removeLeftovers(target: string): Promise<string[]> {
  const notes: string[] = [];
  const folder = dirname(target);
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = ownerOf(name, target);
    if (owner === null) continue;
    const path = join(folder, name);
    const stats = attempt(() => lstatSync(path));
    if (stats?.isFile() !== true) continue;
    if (owner.machine === machine()) {
      if (!isGone(owner.pid, owner.start)) continue;
      const removed = await unlink(path).then(
        () => true,
        () => false,
      );
      if (removed) notes.push(`removed '${path}' (${stats.size} bytes), left by a run that was killed`);
    } else if (Date.now() - stats.mtimeMs > QUIET) {
      notes.push(
        `'${path}' was left by a run on another machine, in another container or before a restart; delete it if none is running`,
      );
    }
  }
  return notes;
}

function ownerOf(name: string, target: string): { machine: string; pid: number; start: string } | null {
  const prefix = `${stem(target)}.`;
  if (!name.startsWith(prefix)) return null;
  const match = /^([0-9a-f]{8})-([1-9]\d{0,9})-(\d{1,20})-\d{1,10}\.tmp$/.exec(name.slice(prefix.length));
  return match === null ? null : { machine: match[1], pid: Number(match[2]), start: match[3] };
}
