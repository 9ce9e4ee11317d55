/**
 * Floor 1, native target. Memory of the process for a run's frame, and what the run is given, written into it; series are read
 * where the caller has them.
 */
import { UserError } from '../../errors.js';
import { ALIGNMENT, align, type Frame, valuesOf } from '../grouped/frame.js';
import { rowLength, rowsOf } from '../layout.js';
import { copyPadded } from '../padding.js';
import type { Inputs } from '../target.js';
import type { JobWords } from './job.js';

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
  { row, perWindow, buffers, windows, tapeBytes }: Frame,
  block: Block,
  words: JobWords,
  inputs: Inputs,
  series: (array: Float64Array) => bigint,
): void {
  const job = block.words(0, words.count);
  job[words.groups] = BigInt(perWindow);
  job[words.windows] = BigInt(inputs.windows);
  job[words.tapeBytes] = BigInt(tapeBytes);
  for (const [input, word] of words.inputs) {
    const offset = windows.get(input.name);
    job[word] = BigInt(offset === undefined ? inputs.run[input.name] : block.address + offset);
    if (offset !== undefined) block.integers(offset, inputs.windows).set(inputs.window[input.name]);
  }
  for (const [b, word] of words.buffers) {
    const rows =
      b.kind === 'tape' ? rowsOf(b, inputs.run) : valuesOf(b, inputs) / rowLength(b, inputs.sets, inputs.windows);
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
