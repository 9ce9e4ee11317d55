/** Floor 1, native target. A compiled library in this process: its entry points (runtime.ts), and the runs in work. */
import { loadKoffi } from '../koffi.js';
import type { Resumable } from '../resumable.js';

/** Of one run: addresses in this process, and how it is shared out. */
export interface Job {
  readonly address: number;
  readonly groups: number;
  readonly threads: number;
  readonly tape: number;
  readonly tapeBytes: number;
}

/** Milliseconds after which the caller's thread pauses; the others go on meanwhile. */
const PART = 100;

export class Library {
  private readonly begin: (...values: number[]) => number;
  private readonly part: (run: number, milliseconds: number) => number;
  private readonly end: (run: number) => void;

  /** Loads the file: trusted code, which runs with the rights of this process. */
  constructor(path: string) {
    const library = loadKoffi('native').load(path);
    this.begin = library.func(
      'int64_t poolgrad_begin(int64_t job, int64_t groups, int64_t threads, int64_t tape, int64_t tapeBytes)',
    );
    this.part = library.func('int64_t poolgrad_part(int64_t run, int64_t milliseconds)');
    this.end = library.func('void poolgrad_end(int64_t run)');
  }

  /** Runs all groups. Who leaves it early waits for the chunks that are in work. */
  *run({ address, groups, threads, tape, tapeBytes }: Job): Resumable<void> {
    if (groups === 0) return;
    const run = this.begin(address, groups, threads, tape, tapeBytes);
    if (run === 0) throw new RangeError('native: no memory for a run');
    const end = () => {
      if (inWork.delete(end)) this.end(run);
    };
    inWork.add(end);
    listen();
    try {
      for (;;) {
        const done = this.part(run, PART);
        if (done >= groups) return;
        yield done / groups;
      }
    } finally {
      end();
    }
  }
}

/** What ends the runs of which threads are in work: they must not outlive the memory that they write to. */
const inWork = new Set<() => void>();

let isListening = false;

function listen(): void {
  if (isListening) return;
  isListening = true;
  process.once('exit', () => {
    for (const end of inWork) end();
  });
}

export const addressOf = (array: NodeJS.ArrayBufferView): bigint => loadKoffi('native').address(array);
