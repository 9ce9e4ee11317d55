/**
 * Floor 1, cuda target. One slice's data in one block of the device's memory: integers of the windows, inputs, outputs,
 * what pauses keep, tapes; and the kernel's arguments. Outputs and the places where lanes stand lie together, so that one
 * call clears them.
 */
import type { Buffer as DataBuffer, Live } from '../../graph/index.js';
import { arrayOf, BYTES, type Formats } from '../precision.js';
import { lanesOf, type Slice, valuesOf } from '../slices.js';
import { type Arrays, CudaArray } from './array.js';
import { ALIGNMENT } from './memory.js';
import type { KernelParameter } from './ptx.js';

/** Offsets and sizes in bytes. */
export interface Place {
  readonly at: number;
  readonly bytes: number;
}

export interface Frame {
  readonly slice: Slice;
  /** By name, the integers of the slice's windows. */
  readonly windows: ReadonlyMap<string, Place>;
  /** All but the series and what lies elsewhere. */
  readonly buffers: ReadonlyMap<DataBuffer, Place>;
  /** Arrays on the device that the kernel reads and writes where they lie, for the slice is the whole run. */
  readonly elsewhere: ReadonlyMap<DataBuffer, CudaArray>;
  /** What pauses keep, if the kernel has any: places first. */
  readonly kept: Place;
  readonly cleared: Place;
  readonly bytes: number;
}

const KEPT = 8;
const INTEGER = 4;

/** `kept`: 64-bit values that a lane keeps between launches; 0 where one launch is all. */
export function frameOf(live: Live, formats: Formats, kept: number, arrays: Arrays, slice: Slice): Frame {
  const elsewhere = isWhole(slice, arrays) ? onDevice(live, arrays) : new Map<DataBuffer, CudaArray>();
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
    for (const b of live.buffers)
      if (wanted(b) && !elsewhere.has(b))
        buffers.set(b, take(BYTES[formats.in(b)] * valuesOf(b, arrays.inputs, slice)));
  };
  place((b) => b.kind === 'set' || b.kind === 'lane');
  const outputs = end;
  place((b) => b.kind === 'output');
  const row = KEPT * lanesOf(slice);
  const keptPlace = take(kept * row);
  const cleared = { at: outputs, bytes: keptPlace.at + (kept > 0 ? row : 0) - outputs };
  place((b) => b.kind === 'tape');
  return { slice, windows, buffers, elsewhere, kept: keptPlace, cleared, bytes: end };
}

const isWhole = ({ sets, windows }: Slice, { inputs }: Arrays): boolean =>
  sets.count === inputs.sets && windows.count === inputs.windows;

function onDevice(live: Live, arrays: Arrays): Map<DataBuffer, CudaArray> {
  const found = new Map<DataBuffer, CudaArray>();
  for (const b of live.buffers) {
    const array = b.kind === 'tape' ? null : arrayOf(b, arrays);
    if (array instanceof CudaArray && typeof array.place === 'bigint') found.set(b, array);
  }
  return found;
}

/**
 * A launch's arguments by parameter, 8 bytes each, of which a 32-bit one takes the first 4.
 *
 * `at`: the address of the frame's block; `steps`: those that the launch may take; `series`: addresses of the series.
 */
export function argumentsOf(
  parameters: readonly KernelParameter[],
  { slice, windows, buffers, elsewhere, kept }: Frame,
  at: bigint,
  { inputs }: Arrays,
  steps: number,
  series: (b: DataBuffer) => bigint,
): BigUint64Array {
  const counts = { sets: slice.sets.count, windows: slice.windows.count, steps };
  const address = (place: Place | undefined) => at + BigInt((place as Place).at);
  const word = (value: number) => BigInt(value >>> 0);
  return BigUint64Array.from(parameters, (p) => {
    if (p.kind === 'u32') return word(counts[p.what]);
    if (p.kind === 'kept') return address(kept);
    if (p.kind === 'run') return word(inputs.run[p.input.name]);
    if (p.kind === 'window') return address(windows.get(p.input.name));
    if (p.buffer.kind === 'series') return series(p.buffer);
    const there = elsewhere.get(p.buffer);
    return there === undefined ? address(buffers.get(p.buffer)) : (there.place as bigint);
  });
}
