/// <reference types="@webgpu/types" />
/** Floor 1, webgpu target. From the device's memory to the host's. */
import type { Resumable } from '../resumable.js';
import { MAP_READ, SIZE, USAGE } from './constants.js';
import type { Device } from './device.js';
import { aligned } from './memory.js';

/** So many values at a time: the copy that the host reads lies beside what it copies. */
const MOST_VALUES = 2 ** 24;

/** The first values of a buffer. */
export function* readBack(device: Device, from: GPUBuffer, length: number): Resumable<Float32Array> {
  const values = new Float32Array(length);
  if (length === 0) return values;
  const bytes = SIZE * Math.min(length, MOST_VALUES);
  const staging = yield* device.scoped(() =>
    device.gpu.createBuffer({ size: aligned(bytes), usage: USAGE.MAP_READ | USAGE.COPY_DST }),
  );
  try {
    for (let at = 0; at < length; at += MOST_VALUES) {
      const size = SIZE * Math.min(length - at, MOST_VALUES);
      const encoder = device.gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(from, SIZE * at, staging, 0, size);
      device.gpu.queue.submit([encoder.finish()]);
      yield* device.wait(staging.mapAsync(MAP_READ, 0, size));
      values.set(new Float32Array(staging.getMappedRange(0, size)), at);
      staging.unmap();
    }
    return values;
  } finally {
    staging.destroy();
  }
}
