/**
 * Floor 1, wasm target. One run's data in memory: job words, integers of the windows, inputs, outputs and tapes in one
 * block; copying in and out.
 */
import type { Buffer, Live } from '../../graph/index.js';
import { rowLength, rowsOf } from '../layout.js';
import { copyPadded, copyUnpadded } from '../padding.js';
import type { Inputs, Outputs } from '../target.js';
import { type JobWords, PAIR, SINGLE } from './addresses.js';
import { heap, values } from './memory.js';

/** Offsets from the frame's address. */
export interface Frame {
  /** Sets of a row, padded to whole groups. */
  readonly row: number;
  /** Groups of a window, and of all windows. */
  readonly perWindow: number;
  readonly groups: number;
  readonly buffers: ReadonlyMap<Buffer, number>;
  readonly windows: ReadonlyMap<string, number>;
  readonly tape: number;
  /** Of one thread. */
  readonly tapeBytes: number;
  readonly bytes: number;
}

const align = (bytes: number) => Math.ceil(bytes / 64) * 64;

const inFrame = (b: Buffer) => b.kind !== 'series' && b.kind !== 'tape';

/** Values of a buffer as the caller counts them. */
function valuesOf(b: Buffer, inputs: Inputs): number {
  if (b.kind !== 'output') return inputs.buffers[b.name].length;
  return rowsOf(b, inputs.run) * rowLength(b, inputs.sets, inputs.windows);
}

/** @param vectors of a group */
export function frameOf(live: Live, words: JobWords, inputs: Inputs, threads: number, vectors: number): Frame {
  const perWindow = Math.ceil(inputs.sets / (2 * vectors));
  const row = perWindow * 2 * vectors;
  const groups = perWindow * inputs.windows;
  let bytes = align(4 * words.count);
  const take = (size: number) => {
    const at = bytes;
    bytes += align(size);
    return at;
  };
  const windows = new Map<string, number>();
  for (const i of live.inputs) if (i.per === 'window') windows.set(i.name, take(4 * inputs.windows));
  const buffers = new Map<Buffer, number>();
  for (const b of live.buffers) {
    if (inFrame(b)) buffers.set(b, take((valuesOf(b, inputs) / inputs.sets) * row * SINGLE));
  }
  const tape = bytes;
  for (const b of live.buffers) {
    if (b.kind === 'tape') buffers.set(b, take(rowsOf(b, inputs.run) * b.columns * vectors * PAIR) - tape);
  }
  const tapeBytes = bytes - tape;
  bytes += tapeBytes * (Math.min(threads, groups) - 1);
  return { row, perWindow, groups, buffers, windows, tape, tapeBytes, bytes };
}

/** Writes job words and inputs; outputs become 0. `series`: the addresses of their copies. */
export function fillFrame(
  { row, perWindow, buffers, windows }: Frame,
  at: number,
  words: JobWords,
  inputs: Inputs,
  series: (b: Buffer) => number,
): void {
  const job = new Int32Array(heap().memory.buffer, at, words.count);
  job[words.groups] = perWindow;
  job[words.windows] = inputs.windows;
  for (const [input, word] of words.inputs) {
    const offset = windows.get(input.name);
    if (offset === undefined) {
      job[word] = inputs.run[input.name];
      continue;
    }
    job[word] = at + offset;
    new Int32Array(heap().memory.buffer, at + offset, inputs.windows).set(inputs.window[input.name]);
  }
  for (const [b, word] of words.buffers) {
    const offset = buffers.get(b) as number;
    if (b.kind === 'series') job[word] = series(b);
    else if (b.kind === 'tape') job[word] = offset;
    else {
      job[word] = at + offset;
      const inside = values(at + offset, (valuesOf(b, inputs) / inputs.sets) * row);
      if (b.kind === 'output') inside.fill(0);
      else copyPadded(inputs.buffers[b.name], inside, inputs.sets, row);
    }
  }
}

/** The outputs of the run. */
export function readOutputs({ row, buffers }: Frame, at: number, inputs: Inputs): Outputs {
  const outputs: Outputs = {};
  for (const [b, offset] of buffers) {
    if (b.kind !== 'output') continue;
    const made = new Float64Array(valuesOf(b, inputs));
    copyUnpadded(values(at + offset, (made.length / inputs.sets) * row), made, inputs.sets, row);
    outputs[b.name] = made;
  }
  return outputs;
}
