/**
 * Floor 1. One run's data in a block of memory, for targets that run a window's sets in groups of so many lanes: job words,
 * integers of the windows, set and lane inputs, outputs, and the tapes of the threads behind them. Series lie elsewhere.
 */
import type { Buffer, Live } from '../../graph/index.js';
import { rowLength, rowsOf } from '../layout.js';
import { copyUnpadded } from '../padding.js';
import { BYTES } from '../precision.js';
import type { Inputs, Outputs } from '../target.js';

/** What is laid out begins at cache lines, so that threads do not share one and every vector is aligned. */
export const ALIGNMENT = 64;
export const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Offsets from the frame's address, in bytes. */
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

export interface FrameOptions {
  readonly jobBytes: number;
  /** Sets of a group; of all its windows together. */
  readonly lanes: number;
  /** Windows of a group; their number divides that of all. 1 where absent. */
  readonly aside?: number;
  readonly threads: number;
  /** Rows that a buffer has at least: 1 where what is read or stored outside of one goes to its last row. */
  readonly leastRows: 0 | 1;
}

/** Values of a buffer as the caller counts them. */
export function valuesOf(b: Buffer, inputs: Inputs): number {
  if (b.kind !== 'output') return inputs.buffers[b.name].length;
  return rowsOf(b, inputs.run) * rowLength(b, inputs.sets, inputs.windows);
}

export function frameOf(
  live: Live,
  inputs: Inputs,
  { jobBytes, lanes, aside = 1, threads, leastRows }: FrameOptions,
): Frame {
  const own = lanes / aside;
  const perWindow = Math.ceil(inputs.sets / own);
  const row = perWindow * own;
  const groups = (perWindow * inputs.windows) / aside;
  let bytes = align(jobBytes);
  const take = (size: number) => {
    const at = bytes;
    bytes += align(size);
    return at;
  };
  const windows = new Map<string, number>();
  for (const i of live.inputs) if (i.per === 'window') windows.set(i.name, take(4 * inputs.windows));
  const buffers = new Map<Buffer, number>();
  for (const b of live.buffers) {
    if (b.kind === 'series' || b.kind === 'tape') continue;
    const values = Math.max(valuesOf(b, inputs), leastRows * rowLength(b, inputs.sets, inputs.windows));
    buffers.set(b, take((values / inputs.sets) * row * BYTES.f64));
  }
  const tape = bytes;
  for (const b of live.buffers) {
    if (b.kind !== 'tape') continue;
    buffers.set(b, take(Math.max(leastRows, rowsOf(b, inputs.run)) * b.columns * lanes * BYTES.f64) - tape);
  }
  const tapeBytes = bytes - tape;
  bytes += tapeBytes * (Math.min(threads, groups) - 1);
  return { row, perWindow, groups, buffers, windows, tape, tapeBytes, bytes };
}

/** The outputs of the run; `values` gives so many from an offset on. */
export function readOutputs(
  { row, buffers }: Frame,
  inputs: Inputs,
  values: (offset: number, length: number) => Float64Array,
): Outputs {
  const outputs: Outputs = {};
  for (const [b, offset] of buffers) {
    if (b.kind !== 'output') continue;
    const made = new Float64Array(valuesOf(b, inputs));
    copyUnpadded(values(offset, (made.length / inputs.sets) * row), made, inputs.sets, row);
    outputs[b.name] = made;
  }
  return outputs;
}
