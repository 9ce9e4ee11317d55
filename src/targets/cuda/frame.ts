/**
 * Floor 1, cuda target. One slice's data in one block of the device's memory: integers of the windows, inputs, outputs,
 * tapes; and the kernel's arguments. Outputs stand together, so that one call clears them.
 */
import type { Buffer as DataBuffer, Live } from '../../graph/index.js';
import { rowLength, rowsOf } from '../layout.js';
import type { Inputs } from '../target.js';
import { ALIGNMENT } from './memory.js';
import type { KernelParameter } from './ptx.js';
import { lanesOf, type Slice } from './slices.js';

/** Offsets and sizes in bytes. */
interface Place {
  readonly at: number;
  readonly bytes: number;
}

export interface Frame {
  readonly slice: Slice;
  /** By name, the integers of the slice's windows. */
  readonly windows: ReadonlyMap<string, Place>;
  /** All but the series. */
  readonly buffers: ReadonlyMap<DataBuffer, Place>;
  readonly outputs: Place;
  readonly bytes: number;
}

const FLOAT = 8;
const INTEGER = 4;

export function frameOf(live: Live, inputs: Inputs, slice: Slice): Frame {
  let end = 0;
  const take = (bytes: number): Place => {
    const at = end;
    end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return { at, bytes };
  };
  const windows = new Map<string, Place>();
  for (const i of live.inputs) if (i.per === 'window') windows.set(i.name, take(INTEGER * slice.windows.count));
  const buffers = new Map<DataBuffer, Place>();
  const place = (wanted: (b: DataBuffer) => boolean) => {
    for (const b of live.buffers) if (wanted(b)) buffers.set(b, take(FLOAT * valuesOf(b, inputs, slice)));
  };
  place((b) => b.kind === 'set' || b.kind === 'lane');
  const cleared = end;
  place((b) => b.kind === 'output');
  const outputs = { at: cleared, bytes: end - cleared };
  place((b) => b.kind === 'tape');
  return { slice, windows, buffers, outputs, bytes: end };
}

/** Values of a buffer in a slice. */
function valuesOf(b: DataBuffer, inputs: Inputs, slice: Slice): number {
  const given = b.kind === 'set' || b.kind === 'lane';
  const rows = given
    ? inputs.buffers[b.name].length / rowLength(b, inputs.sets, inputs.windows)
    : rowsOf(b, inputs.run);
  return rows * rowLength(b, slice.sets.count, slice.windows.count) * (b.kind === 'tape' ? lanesOf(slice) : 1);
}

/**
 * A launch's arguments by parameter, 8 bytes each, of which a 32-bit one takes the first 4.
 *
 * `at`: the address of the frame's block; `series`: those of the series.
 */
export function argumentsOf(
  parameters: readonly KernelParameter[],
  { slice, windows, buffers }: Frame,
  at: bigint,
  inputs: Inputs,
  series: (b: DataBuffer) => bigint,
): BigUint64Array {
  const counts = { sets: slice.sets.count, windows: slice.windows.count, first: 0, span: lanesOf(slice) };
  const address = (place: Place | undefined) => at + BigInt((place as Place).at);
  const word = (value: number) => BigInt(value >>> 0);
  return BigUint64Array.from(parameters, (p) => {
    if (p.kind === 'u32') return word(counts[p.what]);
    if (p.kind === 'run') return word(inputs.run[p.input.name]);
    if (p.kind === 'window') return address(windows.get(p.input.name));
    return p.buffer.kind === 'series' ? series(p.buffer) : address(buffers.get(p.buffer));
  });
}
