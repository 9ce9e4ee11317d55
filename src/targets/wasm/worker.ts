/**
 * Floor 1, wasm target. What a thread runs. A worker is made of the text of these functions, so that it starts the same from
 * the sources, from a build and from a bundle: they may use nothing of this module but what they are given.
 */

/** The words that the threads of one job share; a failure's text follows, one UTF-16 unit a word. */
export const Control = { next: 0, done: 1, failed: 2, text: 3, words: 3 + 256 } as const;

/** The exported function: the job's address, the group w·groups + g, the address of this thread's tape. */
export type GroupFunction = (job: number, group: number, tape: number) => void;

/** A job's groups, and how many of them are taken at a time. */
export interface Chunks {
  readonly address: number;
  readonly groups: number;
  readonly chunk: number;
}

/** What a thread is told to do. A message without a module lets go of that of its id. */
export interface Task {
  readonly id: number;
  readonly module?: WebAssembly.Module;
  readonly control: Int32Array;
  readonly job: Chunks;
  readonly tape: number;
}

export interface Work {
  /**
   * Takes chunks of groups until none is left (true), or until that time has come (false). After a failure anywhere the rest
   * is only counted. Every job has control words of its own: a thread that comes late finds nothing left and touches nothing.
   */
  work(group: GroupFunction, control: Int32Array, job: Chunks, tape: number, until: number): boolean;
  /** Answers the tasks of a thread over the memory. */
  answer(memory: WebAssembly.Memory): (task: Task) => void;
}

export function makeWork(at: typeof Control): Work {
  const fail = (control: Int32Array, error: unknown): void => {
    if (Atomics.compareExchange(control, at.failed, 0, 1) !== 0) return;
    const text = String((error as Error)?.message || error);
    for (let i = 0; i < text.length && i < at.words - at.text; i++) control[at.text + i] = text.charCodeAt(i);
  };
  const work: Work['work'] = (group, control, job, tape, until) => {
    do {
      const first = Atomics.add(control, at.next, job.chunk);
      if (first >= job.groups) return true;
      const end = Math.min(first + job.chunk, job.groups);
      try {
        if (Atomics.load(control, at.failed) === 0) {
          for (let g = first; g < end; g++) group(job.address, g, tape);
        }
      } catch (error) {
        fail(control, error);
      }
      Atomics.add(control, at.done, end - first);
      Atomics.notify(control, at.done);
    } while (performance.now() < until);
    return false;
  };
  const answer: Work['answer'] = (memory) => {
    const groups = new Map<number, GroupFunction>();
    return ({ id, module, control, job, tape }) => {
      if (module === undefined) {
        groups.delete(id);
        return;
      }
      try {
        let group = groups.get(id);
        if (group === undefined) {
          group = new WebAssembly.Instance(module, { env: { memory } }).exports.group as GroupFunction;
          groups.set(id, group);
        }
        work(group, control, job, tape, Number.POSITIVE_INFINITY);
      } catch (error) {
        fail(control, error);
      }
    };
  };
  return { work, answer };
}

/** The text of an expression: the same functions, in a thread of its own. */
export const WORK_TEXT = `(${makeWork})(${JSON.stringify(Control)})`;
