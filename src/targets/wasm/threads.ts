/**
 * Floor 1, wasm target. Runs the groups of a job on the caller's thread and on worker threads over the shared memory.
 *
 * One pool serves all executables of the process. Workers sleep in their event loop between jobs and do not keep the
 * process alive. Which thread runs a group does not change a bit of its result.
 */
import { Worker } from 'node:worker_threads';
import type { Resumable } from '../resumable.js';
import { heap } from './memory.js';
import { Control, WORK, WORKER } from './worker.js';

/** The exported function: the job's address, the group w·groups + g, the address of this thread's tape. */
export type GroupFunction = (job: number, group: number, tape: number) => void;

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

interface Chunks {
  readonly address: number;
  readonly groups: number;
  readonly chunk: number;
}

const work = new Function(`${WORK}\nreturn work;`)() as (
  group: GroupFunction,
  control: Int32Array,
  job: Chunks,
  tape: number,
  until: number,
) => boolean;

const workers: Worker[] = [];

/** Once the system has refused a thread to this process, it is not asked again. */
let isRefused = false;

/**
 * Starts workers until there are so many, or as many as this process may have: they take some 20 ms to come up, jobs do not
 * wait for them. How many of that number there are now.
 */
export function startWorkers(count: number): number {
  while (workers.length < count && !isRefused) {
    const worker = startWorker();
    if (worker === null) isRefused = true;
    else workers.push(worker);
  }
  return Math.min(count, workers.length);
}

function startWorker(): Worker | null {
  const { memory } = heap();
  try {
    const worker = new Worker(WORKER, { eval: true, workerData: memory, execArgv: [] });
    worker.unref();
    // one that could not come up takes no work; jobs count groups, not workers
    worker.on('error', () => {
      isRefused = true;
      if (workers.includes(worker)) workers.splice(workers.indexOf(worker), 1);
    });
    return worker;
  } catch {
    return null;
  }
}

/** Lets go of a module in all workers. */
export function forget(id: number): void {
  for (const w of workers) w.postMessage({ id });
}

/** Chunks per thread: enough to even out groups of unequal cost, few enough that taking one costs nothing. */
const CHUNKS_PER_THREAD = 16;

/** Milliseconds after which the caller's thread pauses; the others go on meanwhile. */
const PART = 100;

/** Runs all groups; ends when every one is done. A failure in any thread is thrown here. */
export function* runGroups(name: string, { id, module, group }: Shared, job: Job): Resumable<void> {
  const { address, groups, threads, tape, tapeBytes } = job;
  const control = new Int32Array(new SharedArrayBuffer(4 * Control.words));
  const chunk = Math.ceil(groups / (threads * CHUNKS_PER_THREAD));
  const chunks = { address, groups, chunk };
  const helpers = startWorkers(threads - 1);
  for (let i = 1; i <= helpers; i++) {
    workers[i - 1].postMessage({ id, module, control, job: chunks, tape: tape + i * tapeBytes });
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
