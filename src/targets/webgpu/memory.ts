/// <reference types="@webgpu/types" />
/** Floor 1, webgpu target. Buffers on a device that go from run to run. */
import { USAGE } from './constants.js';

/** Sizes are whole multiples of it: copies and bindings are aligned to less. */
const ALIGNMENT = 256;

/** A free buffer is taken for something smaller only if at least this share of it is used. */
const LEAST_USE = 0.5;

/** Bytes that the pool keeps beside what is in use: the arenas of a training's next step, hardly more. */
const MOST_IDLE = 2 ** 30;

export const aligned = (bytes: number): number => Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;

export class Pool {
  private readonly free: GPUBuffer[] = [];

  constructor(private readonly gpu: GPUDevice) {}

  /** A buffer for shaders and copies of at least this size; its contents are arbitrary. */
  take(bytes: number): GPUBuffer {
    const size = aligned(bytes);
    const fitting = this.free.filter((b) => b.size >= size && b.size * LEAST_USE <= size);
    if (fitting.length === 0) return this.make(size);
    const best = fitting.reduce((a, b) => (b.size < a.size ? b : a));
    this.free.splice(this.free.indexOf(best), 1);
    return best;
  }

  give(buffer: GPUBuffer): void {
    this.free.push(buffer);
    while (this.free.reduce((sum, b) => sum + b.size, 0) > MOST_IDLE) this.free.shift()?.destroy();
  }

  /** A buffer of its own. */
  make(bytes: number): GPUBuffer {
    return this.gpu.createBuffer({ size: aligned(bytes), usage: USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST });
  }

  trim(): void {
    for (const buffer of this.free.splice(0)) buffer.destroy();
  }
}
