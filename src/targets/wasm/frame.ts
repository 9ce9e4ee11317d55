/** Floor 1, wasm target. What a run is given, written into its frame in the memory. */
import type { Buffer } from '../../graph/index.js';
import { type Frame, valuesOf } from '../grouped/frame.js';
import { copyPadded } from '../padding.js';
import type { Inputs } from '../target.js';
import type { JobWords } from './addresses.js';
import type { Heap } from './memory.js';

/** Writes job words and inputs; outputs become 0. `series`: the addresses of their copies. */
export function fillFrame(
  heap: Heap,
  { row, perWindow, buffers, windows }: Frame,
  at: number,
  words: JobWords,
  inputs: Inputs,
  series: (b: Buffer) => number,
): void {
  const job = new Int32Array(heap.memory.buffer, at, words.count);
  job[words.groups] = perWindow;
  job[words.windows] = inputs.windows;
  for (const [input, word] of words.inputs) {
    const offset = windows.get(input.name);
    if (offset === undefined) {
      job[word] = inputs.run[input.name];
      continue;
    }
    job[word] = at + offset;
    new Int32Array(heap.memory.buffer, at + offset, inputs.windows).set(inputs.window[input.name]);
  }
  for (const [b, word] of words.buffers) {
    const offset = buffers.get(b) as number;
    if (b.kind === 'series') job[word] = series(b);
    else if (b.kind === 'tape') job[word] = offset;
    else {
      job[word] = at + offset;
      const inside = heap.values(at + offset, (valuesOf(b, inputs) / inputs.sets) * row);
      if (b.kind === 'output') inside.fill(0);
      else copyPadded(inputs.buffers[b.name], inside, inputs.sets, row);
    }
  }
}
