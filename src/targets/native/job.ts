/**
 * Floor 1, native target. What a run tells the compiled function, as 64-bit words: groups of a window; windows; bytes of a
 * thread's tapes; for each buffer its address (a tape's: its offset within the thread's tape) and its last row; for each integer
 * of the run its value; for each integer of the windows the address of its array.
 */
import type { Buffer, Live } from '../../graph/index.js';

type InputRef = Live['inputs'][number];

export interface JobWords {
  readonly groups: 0;
  readonly windows: 1;
  readonly tapeBytes: 2;
  /** Of the address; the last row follows. */
  readonly buffers: ReadonlyMap<Buffer, number>;
  readonly inputs: ReadonlyMap<InputRef, number>;
  readonly count: number;
}

export function jobWords({ buffers, inputs }: Live): JobWords {
  const first = 3;
  const behind = first + 2 * buffers.length;
  return {
    groups: 0,
    windows: 1,
    tapeBytes: 2,
    buffers: new Map(buffers.map((b, i) => [b, first + 2 * i])),
    inputs: new Map(inputs.map((r, i) => [r, behind + i])),
    count: behind + inputs.length,
  };
}
