/**
 * Floor 1, webgpu target. Where one slice's data lies in the arenas, in words of 4 bytes, and the words of its dispatches.
 */
import type { Buffer as DataBuffer, Live } from '../../graph/index.js';
import type { HeldArrays } from '../precision.js';
import { lanesOf, type Slice, valuesOf } from '../slices.js';
import type { WebgpuArray } from './array.js';
import { ARENAS, type Arena, arenaOf } from './parameters.js';
import type { Shader } from './printer.js';

/** A run's arrays, on the host or on the device. */
export type Arrays = HeldArrays<WebgpuArray>;

export interface Place {
  readonly at: number;
  readonly words: number;
}

export interface Frame {
  readonly slice: Slice;
  /** By name, the integers of the slice's windows, among what is given. */
  readonly windows: ReadonlyMap<string, Place>;
  /** All but the series. */
  readonly buffers: ReadonlyMap<DataBuffer, Place>;
  /** Words of each arena but the series'. */
  readonly sizes: Readonly<Record<Exclude<Arena, 'series'>, number>>;
}

/** Words that a phase with a loop reports: what its slowest lane has left, and the most steps of any. */
const REPORTED = 2;

export function frameOf(live: Live, shader: Shader, arrays: Arrays, slice: Slice): Frame {
  const sizes = Object.fromEntries(ARENAS.map((name) => [name, 0])) as Record<Arena, number>;
  const take = (arena: Arena, words: number): Place => {
    const at = sizes[arena];
    sizes[arena] += words;
    return { at, words };
  };
  const windows = new Map<string, Place>();
  for (const i of live.inputs) if (i.per === 'window') windows.set(i.name, take('given', slice.windows.count));
  const buffers = new Map<DataBuffer, Place>();
  for (const b of live.buffers) {
    if (b.kind !== 'series') buffers.set(b, take(arenaOf(b), valuesOf(b, arrays.inputs, slice)));
  }
  take('kept', shader.kept * lanesOf(slice));
  take('unfinished', REPORTED * shader.phases.length);
  return { slice, windows, buffers, sizes };
}

/** What a dispatch is to do: lanes from `begin` to before `end`; of a loop, steps from `first`, at most `steps`. */
export interface Dispatch {
  readonly begin: number;
  readonly end: number;
  readonly first: number;
  readonly steps: number;
}

const NAN = 0x7fc00000;
const INFINITY = 0x7f800000;

/** The words of a dispatch, in the shader's order; `series`: the place of each series in its arena. */
export function wordsOfDispatch(
  { words }: Shader,
  { slice, windows, buffers }: Frame,
  { inputs }: Arrays,
  series: readonly number[],
  dispatch: Dispatch,
): Uint32Array {
  const fixed = {
    sets: slice.sets.count,
    windows: slice.windows.count,
    lanes: lanesOf(slice),
    ...dispatch,
    ...{ zero: 0, nan: NAN, infinity: INFINITY },
  };
  let nextSeries = 0;
  return Uint32Array.from(words, (word) => {
    if (word.kind === 'fixed') return fixed[word.what];
    if (word.kind === 'run') return inputs.run[word.input.name] >>> 0;
    if (word.kind === 'window') return (windows.get(word.input.name) as Place).at;
    return word.buffer.kind === 'series' ? series[nextSeries++] : (buffers.get(word.buffer) as Place).at;
  });
}
