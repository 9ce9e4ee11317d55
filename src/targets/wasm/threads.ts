/** Floor 1, wasm target. Runs the groups of a job on the caller's thread and on others over the shared memory. */
import type { Resumable } from '../resumable.js';
import type { Host, Thread } from './host.js';
import type { Heap } from './memory.js';
import { Control, type GroupFunction, makeWork, type Task } from './worker.js';

/** A module that threads can run; `id` is its name among them. */
export interface Shared {
  readonly id: number;
  readonly module: WebAssembly.Module;
  /** The function of the caller's own instance. */
  readonly group: GroupFunction;
}

export interface Job {
  /** Of the job words. */
  readonly address: number;
  readonly groups: number;
  readonly threads: number;
  /** Of the first thread's tape; the others follow. */
  readonly tape: number;
  readonly tapeBytes: number;
}

/** Chunks per thread: enough to even out groups of unequal cost, few enough that taking one costs nothing. */
const CHUNKS_PER_THREAD = 16;

/** Milliseconds after which the caller's thread pauses; the others go on meanwhile. */
const PART = 100;

const { work } = makeWork(Control);

/** The threads beside the caller's: one pool for all executables. Which thread runs a group does not change a bit of its result. */
export class Threads {
  private readonly others: Thread[] = [];
  /** Once the system has refused a thread to this process, it is not asked again. */
  private isRefused: boolean;

  constructor(
    private readonly host: Host,
    private readonly heap: () => Heap,
  ) {
    this.isRefused = !host.shares;
  }

  /**
   * Starts threads until there are so many, or as many as this process may have: they take some 20 ms to come up, jobs do
   * not wait for them. How many of that number there are now.
   */
  start(count: number): number {
    const { others, host } = this;
    while (others.length < count && !this.isRefused) {
      // one that could not come up takes no work; jobs count groups, not threads
      const thread = host.start(this.heap().memory, (failed) => {
        this.isRefused = true;
        if (others.includes(failed)) others.splice(others.indexOf(failed), 1);
      });
      if (thread === null) this.isRefused = true;
      else others.push(thread);
    }
    return Math.min(count, others.length);
  }

  /** Lets go of a module in all threads. */
  forget(id: number): void {
    for (const thread of this.others) thread.postMessage({ id });
  }

  /** Runs all groups; ends when every one is done. A failure in any thread is thrown here. */
  *runGroups(name: string, { id, module, group }: Shared, job: Job): Resumable<void> {
    const { address, groups, threads, tape, tapeBytes } = job;
    const bytes = 4 * Control.words;
    const control = new Int32Array(this.host.shares ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
    const chunk = Math.ceil(groups / (threads * CHUNKS_PER_THREAD));
    const chunks = { address, groups, chunk };
    const helpers = this.start(threads - 1);
    for (let i = 1; i <= helpers; i++) {
      const task: Task = { id, module, control, job: chunks, tape: tape + i * tapeBytes };
      this.others[i - 1].postMessage(task);
    }
    const doneShare = () => Atomics.load(control, Control.done) / groups;
    try {
      while (!work(group, control, chunks, tape, performance.now() + PART)) yield doneShare();
      while (!waitForAll(control, groups, PART)) yield doneShare();
    } finally {
      // of a caller who left: what is not done need not be, but no thread may touch the memory any more
      Atomics.compareExchange(control, Control.failed, 0, doneShare() < 1 ? 1 : 0);
      work(group, control, chunks, tape, Number.POSITIVE_INFINITY);
      waitForAll(control, groups, Number.POSITIVE_INFINITY);
    }
    if (control[Control.failed] !== 0) throw new Error(`${name}: wasm: ${failureText(control)}`);
  }
}

/** Waits until all groups are done, at most so many milliseconds after each; whether they are. */
function waitForAll(control: Int32Array, groups: number, patience: number): boolean {
  for (;;) {
    const done = Atomics.load(control, Control.done);
    if (done >= groups) return true;
    if (Atomics.wait(control, Control.done, done, patience) === 'timed-out') return false;
  }
}

function failureText(control: Int32Array): string {
  const end = control.indexOf(0, Control.text);
  return String.fromCharCode(...control.subarray(Control.text, end < 0 ? undefined : end));
}
