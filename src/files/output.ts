/**
 * Below all floors. An output of a command, claimed before the work for it: a place that cannot be written, an input that
 * would be replaced and a file of another kind are refused then; another training's checkpoint is kept.
 */
import { constants, type Stats } from 'node:fs';
import { access, copyFile, link, mkdir, readFile, stat, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { type Content, contentOf, type Kind } from './contents.js';
import { cannotWrite, Unwritable } from './reason.js';
import { type Target, targetOf } from './target.js';
import { removeLeftovers } from './temporary.js';
import { bytesOf, writeTarget } from './write.js';

export interface Claim {
  readonly path: string;
  readonly kind: Kind;
  /** The flag that named the file, for errors; absent where an argument did. */
  readonly flag?: string;
  /** What the command reads. None of it may be replaced. */
  readonly inputs?: readonly (string | undefined)[];
  /** The checkpoint that a training goes on from: the one file of another's that it may replace. */
  readonly continues?: string;
  /** Whether a file that holds something else may go. */
  readonly force?: boolean;
  /** Called with each note as it arises. */
  readonly tell?: (note: string) => void;
}

/** The folder is made where it is missing. Throws a UserError: exit code 2 for an input, else 1. */
export async function claimOutput(claim: Claim): Promise<Output> {
  try {
    const target = await targetOf(claim.path);
    const output = new Output(claim, target);
    if (target.kind !== 'file') return output;
    await mkdir(dirname(target.path), { recursive: true });
    await access(dirname(target.path), constants.W_OK);
    if (target.old !== null) await checkReplaced(claim, target.path, target.old, output);
    for (const note of await removeLeftovers(target.path)) output.note(note);
    return output;
  } catch (error) {
    throw cannotWrite(claim.path, error, claim);
  }
}

async function checkReplaced(claim: Claim, at: string, old: Stats, output: Output): Promise<void> {
  const { path, kind, flag, inputs = [], continues, force } = claim;
  const statOf = (file: string) => stat(file).catch(() => null);
  for (const input of inputs) {
    if (input === undefined || !isSame(old, await statOf(input))) continue;
    const name = input === path ? '' : ` ('${input}')`;
    throw new UserError(`${flag ?? 'output'}: '${path}' is one of the files to read${name}; write to another file`, 2);
  }
  await access(at, constants.W_OK);
  if (continues !== undefined && isSame(old, await statOf(continues))) return output.takeOver(old);
  const content = await contentOf(at);
  if (content === 'dataset' && kind === 'dataset') output.note(`'${path}' held a dataset before, which is replaced`);
  if (content === null || content === kind || (force === true && isText(content))) return;
  const held = content === 'something else' ? `something else than ${article(kind)}` : article(content);
  throw new Unwritable(`it holds ${held}, which ${article(kind)} would replace`);
}

/** What `force` takes for a config, which anybody may have written. */
const isText = (content: Content): boolean => content === 'something else' || content === 'config';

const article = (noun: string) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

/** One file, under whatever names, that nobody has written to meanwhile. */
const isSame = (a: Stats, b: Stats | null): boolean =>
  b !== null && a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;

/** A place to write to, as often as there is something new. */
export class Output {
  /** What a person should know of the files, a line each. */
  readonly notes: string[] = [];
  /** Where the checkpoint of another training is now that was here. */
  kept: string | null = null;
  /** Where it goes: as the claim says, unless another run writes there too. */
  path: string;
  /** What this wrote last, or goes on from. */
  private own: Stats | null = null;
  private hasWritten = false;

  constructor(
    private readonly claim: Claim,
    private target: Target,
  ) {
    this.path = claim.path;
  }

  note(text: string): void {
    this.notes.push(text);
    this.claim.tell?.(text);
  }

  /** The file that is there may be replaced. */
  takeOver(file: Stats): void {
    this.own = file;
  }

  /** See `writeWhole`. A checkpoint that this did not write is kept beside it. */
  async write(content: string | Uint8Array): Promise<void> {
    try {
      if (this.hasWritten) this.target = await targetOf(this.path);
      if (this.claim.kind === 'checkpoint') await this.keepOthers();
      this.own = await writeTarget(this.target, bytesOf(content));
      this.hasWritten = true;
    } catch (error) {
      throw cannotWrite(this.path, error, this.claim);
    }
  }

  /** To be called at the end: a kept checkpoint is of no use beside a new one of the same bytes. */
  async settle(): Promise<void> {
    if (this.kept === null) return;
    const [before, after] = await Promise.all([readFile(this.kept), readFile(this.path)]);
    if (!before.equals(after)) return;
    await unlink(this.kept);
    this.note(`'${this.kept}' is removed: '${this.path}' has the same bytes again`);
    this.kept = null;
  }

  private async keepOthers(): Promise<void> {
    if (this.target.kind !== 'file') return;
    const { path, old } = this.target;
    if (old === null || old.size === 0 || (this.own !== null && isSame(this.own, old))) return;
    if (this.hasWritten) return this.moveOn();
    this.kept = this.beside(await putAside(path));
    this.note(`the checkpoint that was in '${this.path}' is kept as '${this.kept}'`);
  }

  /** Two runs that write to one file would replace each other's without end. */
  private async moveOn(): Promise<void> {
    const before = this.path;
    for (let n = 2; ; n++) {
      this.path = numbered(this.claim.path, n);
      this.target = await targetOf(this.path);
      if (this.target.kind === 'file' && this.target.old === null) break;
    }
    this.note(`another run has written to '${before}': this one goes on in '${this.path}'`);
  }

  /** A path in the folder of the file, as the claim would write it. */
  private beside(path: string): string {
    const folder = dirname(this.path);
    return dirname(path) === resolve(folder) ? join(folder, basename(path)) : path;
  }
}

/** a.json → a-2.json */
const numbered = (path: string, n: number, word = ''): string => {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}${word}${n === 1 ? '' : `-${n}`}${extension}`;
};

/** Gives the file a second name, x.previous.json or the first such that is free; gives that name. */
async function putAside(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = numbered(path, n, '.previous');
    if (
      await isAdded(
        () => link(path, aside),
        () => copyFile(path, aside, constants.COPYFILE_EXCL),
      )
    )
      return aside;
  }
}

/** Tries the first, and the second where the file system or its owner has no hard links. False where the name is taken. */
async function isAdded(first: () => Promise<void>, second: () => Promise<void>): Promise<boolean> {
  const taken = (error: NodeJS.ErrnoException) => error.code === 'EEXIST';
  try {
    await first().catch((error) => {
      if (taken(error)) throw error;
      return second();
    });
    return true;
  } catch (error) {
    if (taken(error as NodeJS.ErrnoException)) return false;
    throw error;
  }
}
