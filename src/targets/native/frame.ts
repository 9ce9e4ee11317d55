/**
 * Floor 1, native target. One run's data: job words, integers of the windows, set and lane inputs, outputs and tapes in one
 * block; series are read where the caller has them.
 */
import { UserError } from '../../errors.js';
import type { Buffer, Live } from '../../graph/index.js';
import { rowLength, rowsOf } from '../layout.js';
import { copyPadded, copyUnpadded } from '../padding.js';
import type { Inputs, Outputs } from '../target.js';
import type { JobWords } from './job.js';

const SINGLE = 8;
/** Blocks start at cache lines, so that threads do not share one and every vector is aligned. */
const ALIGNMENT = 64;
const align = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

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

/** Rows of a buffer in a run. */
function rowsIn(b: Buffer, inputs: Inputs): number {
  if (b.kind === 'output' || b.kind === 'tape') return rowsOf(b, inputs.run);
  return inputs.buffers[b.name].length / rowLength(b, inputs.sets, inputs.windows);
}

/** Values of a buffer as the caller counts them. */
const valuesOf = (b: Buffer, inputs: Inputs) => rowsIn(b, inputs) * rowLength(b, inputs.sets, inputs.windows);

/** @param lanes of a group */
export function frameOf(live: Live, words: JobWords, inputs: Inputs, threads: number, lanes: number): Frame {
  const perWindow = Math.ceil(inputs.sets / lanes);
  const row = perWindow * lanes;
  const groups = perWindow * inputs.windows;
  let bytes = align(8 * words.count);
  const take = (size: number) => {
    const at = bytes;
    bytes += align(size);
    return at;
  };
  const windows = new Map<string, number>();
  for (const i of live.inputs) if (i.per === 'window') windows.set(i.name, take(4 * inputs.windows));
  const buffers = new Map<Buffer, number>();
  // a row at least: what is read or stored outside a buffer goes there
  const rows = (b: Buffer) => Math.max(1, rowsIn(b, inputs));
  for (const b of live.buffers) {
    if (b.kind === 'series' || b.kind === 'tape') continue;
    buffers.set(b, take((rows(b) * rowLength(b, inputs.sets, inputs.windows) * row * SINGLE) / inputs.sets));
  }
  const tape = bytes;
  for (const b of live.buffers) {
    if (b.kind === 'tape') buffers.set(b, take(rows(b) * b.columns * lanes * SINGLE) - tape);
  }
  const tapeBytes = bytes - tape;
  bytes += tapeBytes * (Math.min(threads, groups) - 1);
  return { row, perWindow, groups, buffers, windows, tape, tapeBytes, bytes };
}

/** Memory of the process, from a cache line on. Its values are arbitrary once it has been used. */
export class Block {
  private readonly buffer: ArrayBuffer;
  private readonly start: number;
  /** In this process. */
  readonly address: number;

  /** Throws a UserError where there is not so much. */
  constructor(
    readonly bytes: number,
    name: string,
    addressOf: (array: Uint8Array) => bigint,
  ) {
    try {
      this.buffer = new ArrayBuffer(bytes + ALIGNMENT);
    } catch {
      throw new UserError(
        `native: ${name} needs ${bytes} bytes, which this process may not have; take fewer parameter sets or windows at a time, fewer threads, or shorter segments`,
      );
    }
    const at = Number(addressOf(new Uint8Array(this.buffer)));
    this.start = align(at) - at;
    this.address = at + this.start;
  }

  values(offset: number, length: number): Float64Array {
    return new Float64Array(this.buffer, this.start + offset, length);
  }
  words(offset: number, length: number): BigInt64Array {
    return new BigInt64Array(this.buffer, this.start + offset, length);
  }
  integers(offset: number, length: number): Int32Array {
    return new Int32Array(this.buffer, this.start + offset, length);
  }
}

/** Writes job words and inputs; outputs become 0. `series`: the addresses of their arrays. */
export function fillFrame(
  { row, perWindow, buffers, windows }: Frame,
  block: Block,
  words: JobWords,
  inputs: Inputs,
  series: (array: Float64Array) => bigint,
): void {
  const job = block.words(0, words.count);
  job[words.groups] = BigInt(perWindow);
  job[words.windows] = BigInt(inputs.windows);
  for (const [input, word] of words.inputs) {
    const offset = windows.get(input.name);
    job[word] = BigInt(offset === undefined ? inputs.run[input.name] : block.address + offset);
    if (offset !== undefined) block.integers(offset, inputs.windows).set(inputs.window[input.name]);
  }
  for (const [b, word] of words.buffers) {
    const rows = rowsIn(b, inputs);
    job[word + 1] = BigInt(Math.max(1, rows) - 1);
    if (b.kind === 'series') {
      job[word] = series(inputs.buffers[b.name]);
      continue;
    }
    const offset = buffers.get(b) as number;
    job[word] = BigInt(b.kind === 'tape' ? offset : block.address + offset);
    if (b.kind === 'tape') continue;
    const inside = block.values(offset, (valuesOf(b, inputs) / inputs.sets) * row);
    if (b.kind === 'output') inside.fill(0);
    else copyPadded(inputs.buffers[b.name], inside, inputs.sets, row);
  }
}

/** The outputs of the run. */
export function readOutputs({ row, buffers }: Frame, block: Block, inputs: Inputs): Outputs {
  const outputs: Outputs = {};
  for (const [b, offset] of buffers) {
    if (b.kind !== 'output') continue;
    const made = new Float64Array(valuesOf(b, inputs));
    copyUnpadded(block.values(offset, (made.length / inputs.sets) * row), made, inputs.sets, row);
    outputs[b.name] = made;
  }
  return outputs;
}
