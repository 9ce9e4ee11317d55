/// <reference types="@webgpu/types" />
/** Floor 1, webgpu target. One slice of a run on its way: its arenas, its dispatches, its outputs. */
import type { Buffer as DataBuffer, Live } from '../../graph/index.js';
import { arrayOf } from '../precision.js';
import type { Resumable } from '../resumable.js';
import { lanesOf, type Slice, stretches } from '../slices.js';
import { WebgpuArray } from './array.js';
import { MAP_READ, SIZE, USAGE } from './constants.js';
import type { Device } from './device.js';
import { type Arrays, type Frame, frameOf, type Place, wordsOfDispatch } from './frame.js';
import { aligned } from './memory.js';
import type { Launch, Pace, Standing } from './pace.js';
import { ARENAS, type Arena } from './parameters.js';
import { type Shader, WORKGROUP } from './printer.js';
import { readBack } from './transfer.js';

/** A program on a device, ready to run. */
export interface Ready {
  readonly device: Device;
  readonly live: Live;
  readonly shader: Shader;
  readonly pipelines: readonly GPUComputePipeline[];
  readonly pace: Pace;
  /** The arena of the series, and where each begins. */
  readonly series: { readonly buffer: GPUBuffer; readonly at: readonly number[] };
}

interface Held {
  readonly arenas: Readonly<Record<Exclude<Arena, 'series'>, GPUBuffer>>;
  /** The words of each dispatch of a submission. */
  readonly uniform: GPUBuffer;
  readonly staging: GPUBuffer;
  readonly group: GPUBindGroup;
}

/** Runs a slice; yields what `shareOf` makes of its share that is done. Throws OutOfMemory where a smaller one may do. */
export function* fly(ready: Ready, arrays: Arrays, slice: Slice, shareOf: (share: number) => number): Resumable<void> {
  const { device, live, shader } = ready;
  const frame = frameOf(live, shader, arrays, slice);
  const made: Held[] = [];
  let isThere = false;
  try {
    yield* device.scoped(() => {
      made.push(hold(ready, frame));
    });
    isThere = true;
    const [held] = made;
    give(ready, held, frame, arrays);
    yield* dispatchAll(ready, held, frame, arrays, shareOf);
    yield* takeOutputs(ready, held, frame, arrays);
  } finally {
    for (const { arenas, uniform, staging } of made) {
      for (const buffer of Object.values(arenas)) {
        // what there was no room for is a buffer in name only
        if (isThere) device.pool.give(buffer);
        else buffer.destroy();
      }
      uniform.destroy();
      staging.destroy();
    }
  }
}

/** Bytes between the words of two dispatches. */
const strideOf = ({ device, shader }: Ready): number => {
  const alignment = device.gpu.limits.minUniformBufferOffsetAlignment;
  return Math.ceil((SIZE * shader.words.length) / alignment) * alignment;
};

function hold(ready: Ready, { sizes }: Frame): Held {
  const { device, shader, series } = ready;
  const { gpu, pool } = device;
  const arenas = Object.fromEntries(
    Object.entries(sizes).map(([name, words]) => [name, pool.take(SIZE * words)]),
  ) as Held['arenas'];
  const stride = strideOf(ready);
  const uniform = gpu.createBuffer({
    size: aligned(stride * shader.phases.length),
    usage: USAGE.UNIFORM | USAGE.COPY_DST,
  });
  const staging = gpu.createBuffer({ size: aligned(SIZE * sizes.unfinished), usage: USAGE.MAP_READ | USAGE.COPY_DST });
  const group = gpu.createBindGroup({
    layout: device.layout,
    entries: [
      { binding: 0, resource: { buffer: uniform, size: Math.ceil((SIZE * shader.words.length) / 16) * 16 } },
      ...ARENAS.map((name, i) => ({
        binding: i + 1,
        resource: { buffer: name === 'series' ? series.buffer : arenas[name] },
      })),
    ],
  });
  return { arenas, uniform, staging, group };
}

/** Writes what the slice is given, and zeros where outputs will be. */
function give({ device, live }: Ready, { arenas }: Held, frame: Frame, arrays: Arrays): void {
  const { gpu } = device;
  const words = new Uint32Array(frame.sizes.given);
  const values = new Float32Array(words.buffer);
  const { first, count } = frame.slice.windows;
  for (const [name, { at }] of frame.windows) {
    words.set(new Uint32Array(arrays.inputs.window[name].slice(first, first + count).buffer), at);
  }
  const encoder = gpu.createCommandEncoder();
  for (const [b, { at }] of frame.buffers) {
    if (b.kind !== 'set' && b.kind !== 'lane') continue;
    const array = arrayOf(b, arrays);
    let to = at;
    for (const stretch of stretches(b.kind, array.length, frame.slice, arrays.inputs)) {
      if (array instanceof WebgpuArray) {
        encoder.copyBufferToBuffer(array.place, SIZE * stretch.at, arenas.given, SIZE * to, SIZE * stretch.count);
      } else values.set(array.subarray(stretch.at, stretch.at + stretch.count), to);
      to += stretch.count;
    }
  }
  if (live.buffers.some((b) => b.kind === 'output')) encoder.clearBuffer(arenas.outputs);
  gpu.queue.writeBuffer(arenas.given, 0, words);
  gpu.queue.submit([encoder.finish()]);
}

function* dispatchAll(
  ready: Ready,
  held: Held,
  frame: Frame,
  arrays: Arrays,
  shareOf: (share: number) => number,
): Resumable<void> {
  const { pace, shader } = ready;
  const lanes = lanesOf(frame.slice);
  let standing: Standing = { phase: 0, first: 0, begin: 0 };
  let left = 0;
  while (standing.phase < shader.phases.length) {
    const launches = pace.next(standing, lanes);
    const start = performance.now();
    const reports = yield* submit(ready, held, frame, arrays, launches);
    pace.learn(launches, reports, performance.now() - start);
    const before = standing;
    standing = pace.after(before, launches, reports, left, lanes);
    // of lanes that took the same step before
    left = standing.begin > 0 ? Math.max(left, reports[2 * standing.phase]) : 0;
    yield shareOf(pace.share(standing));
  }
}

/** One submission; gives what its loops report. */
function* submit(
  ready: Ready,
  held: Held,
  frame: Frame,
  arrays: Arrays,
  launches: readonly Launch[],
): Resumable<Uint32Array> {
  const { device, shader, pipelines, series } = ready;
  const { queue } = device.gpu;
  const stride = strideOf(ready);
  const bytes = SIZE * frame.sizes.unfinished;
  yield* device.scoped(() => {
    const words = new Uint32Array((stride / SIZE) * launches.length);
    launches.forEach((launch, i) => {
      words.set(wordsOfDispatch(shader, frame, arrays, series.at, launch), (i * stride) / SIZE);
    });
    queue.writeBuffer(held.uniform, 0, words);
    const encoder = device.gpu.createCommandEncoder();
    encoder.clearBuffer(held.arenas.unfinished, 0, bytes);
    const pass = encoder.beginComputePass();
    launches.forEach(({ phase, begin, end }, i) => {
      pass.setPipeline(pipelines[phase]);
      pass.setBindGroup(0, held.group, [i * stride]);
      pass.dispatchWorkgroups(Math.ceil((end - begin) / WORKGROUP));
    });
    pass.end();
    encoder.copyBufferToBuffer(held.arenas.unfinished, 0, held.staging, 0, bytes);
    queue.submit([encoder.finish()]);
    return held.staging.mapAsync(MAP_READ, 0, bytes);
  });
  const reports = new Uint32Array(held.staging.getMappedRange(0, bytes).slice(0));
  held.staging.unmap();
  return reports;
}

/** Copies the outputs to where they belong: on the device, or to the host. */
function* takeOutputs({ device, live }: Ready, { arenas }: Held, frame: Frame, arrays: Arrays): Resumable<void> {
  const outputs = live.buffers.filter((b) => b.kind === 'output');
  /** Where each stretch of an output is in the arena, and in its array. */
  const placesOf = function* (b: DataBuffer, length: number) {
    let from = (frame.buffers.get(b) as Place).at;
    for (const { at, count } of stretches(b.kind, length, frame.slice, arrays.inputs)) {
      yield { from, at, count };
      from += count;
    }
  };
  const encoder = device.gpu.createCommandEncoder();
  for (const b of outputs) {
    const array = arrayOf(b, arrays);
    if (!(array instanceof WebgpuArray)) continue;
    for (const { from, at, count } of placesOf(b, array.length)) {
      encoder.copyBufferToBuffer(arenas.outputs, SIZE * from, array.place, SIZE * at, SIZE * count);
    }
  }
  device.gpu.queue.submit([encoder.finish()]);
  if (outputs.every((b) => arrayOf(b, arrays) instanceof WebgpuArray)) return;
  const words = yield* readBack(device, arenas.outputs, frame.sizes.outputs);
  for (const b of outputs) {
    const array = arrayOf(b, arrays);
    if (array instanceof WebgpuArray) continue;
    for (const { from, at, count } of placesOf(b, array.length)) array.set(words.subarray(from, from + count), at);
  }
}
