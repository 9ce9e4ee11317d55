/**
 * Floor 5. The journal of a training: what it tells, a line of JSON each, in a file beside its checkpoint for as long as it runs.
 *
 * For those who watch from another process (`poolgrad ui`, `tail -f`). The checkpoint has all of it once the run has ended, so the
 * journal goes then. One that stays is of a run that failed, which its last line says, or that was killed, which nobody says:
 * the head names the process. Nothing that befalls the journal ends the training.
 */
import { type FileHandle, open, readFile, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { targetOf } from '../files/target.js';
import { hasEnded, thisProcess } from '../files/temporary.js';
import { ENDING, headOf, JOURNAL, type JournalHead, type JournalLine } from './journal-lines.js';

/** Between two writes, ms. */
const FLUSH = 200;
/** Between two lines of progress, ms: a share of the time since the beginning, so that a long run stays a file of some MB. */
const [SHARE, LEAST, MOST] = [1 / 2000, 20, 2000];
/** Between two lines within one iteration, ms. */
const WITHIN = 500;

/** my-pool.json → my-pool.running.jsonl, my-pool.running-2.jsonl … where several run. */
function nameOf(checkpoint: string, n: number): string {
  const stem = basename(checkpoint, extname(checkpoint));
  return `${stem}${n === 1 ? '' : `-${n}`}${ENDING}`;
}

export class Journal {
  private readonly began = performance.now();
  private pending: string[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private lastProgress = -Infinity;
  private lastWithin = -Infinity;
  private isMarked = false;
  private isBroken = false;
  private isClosed = false;

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly note: (text: string) => void,
  ) {}

  /**
   * Begins the journal of a training that writes to `checkpoint`; null where that is no file, or none can be made beside it, of
   * which `note` is told. The journal of a run that has ended is replaced.
   */
  static async begin(
    checkpoint: string,
    about: Omit<JournalHead, 'format' | 'version' | 'process' | 'began' | 'checkpoint'>,
    note: (text: string) => void,
  ): Promise<Journal | null> {
    try {
      const target = await targetOf(checkpoint);
      if (target.kind !== 'file') return null;
      const { path, file } = await claimed(target.path);
      const journal = new Journal(path, file, note);
      const began = new Date().toISOString();
      const own = { process: thisProcess(), began, checkpoint: basename(checkpoint) };
      journal.put({ format: JOURNAL, version: 1, ...own, ...about } satisfies JournalHead);
      await journal.flush();
      return journal;
    } catch (error) {
      note(`no journal beside '${checkpoint}': ${(error as Error).message}; poolgrad ui does not see this run`);
      return null;
    }
  }

  /** Takes a line; of many events of progress some are left out, never one that follows a validation or is the last. */
  tell(line: JournalLine): void {
    const now = performance.now();
    if (line.kind === 'validation') this.isMarked = true;
    if (line.kind === 'share') {
      if (now - Math.max(this.lastWithin, this.lastProgress) < WITHIN) return;
      this.lastWithin = now;
    }
    if (line.kind === 'progress') {
      const pause = Math.min(Math.max((now - this.began) * SHARE, LEAST), MOST);
      if (!this.isMarked && line.iteration < line.iterations && now - this.lastProgress < pause) return;
      this.lastProgress = now;
      this.isMarked = false;
    }
    this.put(line);
  }

  /** The run has come to an end that its checkpoint tells: the journal goes. */
  async end(): Promise<void> {
    await this.close();
    await unlink(this.path).catch(() => {});
  }

  /** The run has failed, which nothing else keeps: the journal stays. */
  async fail(error: string): Promise<void> {
    this.put({ kind: 'failed', error } satisfies JournalLine);
    await this.close();
  }

  private async close(): Promise<void> {
    await this.flush();
    if (this.isClosed) return;
    this.isClosed = true;
    await this.file.close().catch(() => {});
  }

  private put(line: object): void {
    this.pending.push(`${JSON.stringify(line)}\n`);
    this.timer ??= setTimeout(() => void this.flush(), FLUSH).unref();
  }

  private flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const text = this.pending.join('');
    this.pending = [];
    this.writing = this.writing.then(() => this.write(text));
    return this.writing;
  }

  private async write(text: string): Promise<void> {
    if (this.isBroken || this.isClosed || text === '') return;
    try {
      await this.file.appendFile(text);
    } catch (error) {
      this.isBroken = true;
      this.note(`the journal '${this.path}' ends here: ${(error as Error).message}; the training goes on`);
    }
  }
}

/** A new file of the first name that is free, or was left by a run that has ended. */
async function claimed(checkpoint: string): Promise<{ readonly path: string; readonly file: FileHandle }> {
  for (let n = 1; ; n++) {
    const path = join(dirname(checkpoint), nameOf(checkpoint, n));
    if (await isLeft(path)) await unlink(path).catch(() => {});
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null;
      throw error;
    });
    if (file !== null) return { path, file };
  }
}

/** Whether a journal is there whose process has surely ended. */
async function isLeft(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => null);
  const head = text === null ? null : headOf(text);
  return head !== null && hasEnded(head.process) === true;
}
