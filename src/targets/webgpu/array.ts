/// <reference types="@webgpu/types" />
/**
 * Floor 1, webgpu target. An output that stayed in a device's memory, [rows][columns][W][S] in float32. It outlives the
 * executable that gave it; runs on the same device copy it there.
 */
import type { Resumable } from '../resumable.js';
import type { DeviceArray } from '../target.js';
import type { Device } from './device.js';
import { readBack } from './transfer.js';

export class WebgpuArray implements DeviceArray {
  private buffer: GPUBuffer | null;

  constructor(
    readonly device: Device,
    buffer: GPUBuffer,
    readonly length: number,
  ) {
    this.buffer = buffer;
  }

  get isDisposed(): boolean {
    return this.buffer === null;
  }

  /** Where its values are. Throws a TypeError after it was disposed. */
  get place(): GPUBuffer {
    if (this.buffer === null) throw new TypeError('webgpu: an array on the device was asked for after it was disposed');
    return this.buffer;
  }

  *read(): Resumable<Float64Array> {
    return new Float64Array(yield* readBack(this.device, this.place, this.length));
  }

  dispose(): void {
    if (this.buffer !== null) this.device.pool.give(this.buffer);
    this.buffer = null;
  }
}
