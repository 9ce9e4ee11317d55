/**
 * Below all floors. An output of a command, claimed before the work for it: a place that cannot be written, an input that
 * would be replaced and a file of another kind are refused then; another training's checkpoint is kept.
 */
import { constants, type Stats } from 'node:fs';
import { access, readFile, realpath, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors.js';
import { type Content, contentOf, type Kind } from './contents.js';
import { makeFolder } from './folder.js';
import { numbered, putAside } from './names.js';
import { cannotWrite, Unwritable } from './reason.js';
import { type Target, targetOf } from './target.js';
import { removeLeftovers } from './temporary.js';
import { bytesOf, probe, writeTarget } from './write.js';

export interface Claim {
  readonly path: string;
  readonly kind: Kind;
  /** The flag that named the file, for errors; absent where an argument did. */
  readonly flag?: string;
  /** What the command reads. None of it may be replaced. */
  readonly inputs?: readonly (string | undefined)[];
  /** The checkpoint that a training goes on from: the one file of another's that it may replace. */
  readonly continues?: string;
  /** Whether any text may go. */
  readonly force?: boolean;
  /** Called with each note as it arises. */
  readonly tell?: (note: string) => void;
}

/** The folder is made where it is missing. Throws a UserError: exit code 2 for an input, else 1. */
export async function claimOutput(claim: Claim): Promise<Output> {
  try {
    const target = await targetOf(claim.path);
    const output = new Output(claim);
    if (target.kind !== 'file') return output;
    makeFolder(dirname(target.path));
    if (target.old !== null) await checkReplaced(claim, target.path, target.old, output);
    await probe(target.path);
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
  const held = content === 'text' || content === 'something else' ? content : article(content);
  throw new Unwritable(`it holds ${held}, which ${article(kind)} would replace`);
}

/** What `force` takes for a config, which anybody may have written. */
const isText = (content: Content): boolean => content === 'text' || content === 'config';

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

  constructor(private readonly claim: Claim) {
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

  /** See `writeWhole`. A checkpoint that another training has left is kept beside it. */
  async write(content: string | Uint8Array): Promise<void> {
    const asides: string[] = [];
    try {
      let target = await targetOf(this.path);
      if (this.hasWritten && this.isForeign(target)) target = await this.moveOn();
      const keep = this.isForeign(target) ? async (path: string) => void asides.push(await putAside(path)) : undefined;
      this.own = await writeTarget(target, bytesOf(content), keep);
      this.hasWritten = true;
    } catch (error) {
      for (const aside of asides) await unlink(aside).catch(() => {});
      throw cannotWrite(this.path, error, this.claim);
    }
    for (const aside of asides) {
      this.kept = await this.beside(aside);
      this.note(`the checkpoint that was in '${this.path}' is kept as '${this.kept}'`);
    }
  }

  /** To be called at the end: a kept checkpoint is of no use beside a new one of the same bytes. */
  async settle(): Promise<void> {
    if (this.kept === null) return;
    try {
      const [before, after] = await Promise.all([readFile(this.kept), readFile(this.path)]);
      if (!before.equals(after)) return;
      await unlink(this.kept);
    } catch {
      return; // then it stays, or somebody took it
    }
    this.note(`'${this.kept}' is removed: '${this.path}' has the same bytes again`);
    this.kept = null;
  }

  /** Whether a checkpoint is there that this neither wrote nor goes on from. */
  private isForeign(target: Target): boolean {
    if (this.claim.kind !== 'checkpoint' || target.kind !== 'file') return false;
    const { old } = target;
    return old !== null && old.size > 0 && !(this.own !== null && isSame(this.own, old));
  }

  /** To a free name: two runs that write to one file would replace each other's without end. */
  private async moveOn(): Promise<Target> {
    const before = this.path;
    for (let n = 2; ; n++) {
      this.path = numbered(this.claim.path, n);
      const target = await targetOf(this.path);
      if (target.kind !== 'file' || target.old !== null) continue;
      this.note(`another run has written to '${before}': this one goes on in '${this.path}'`);
      return target;
    }
  }

  /** A path in the folder of the file, as the claim would write it. */
  private async beside(path: string): Promise<string> {
    const folder = dirname(this.path);
    return dirname(path) === (await realpath(folder)) ? join(folder, basename(path)) : path;
  }
}
