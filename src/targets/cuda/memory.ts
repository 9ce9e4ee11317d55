/** Floor 1, cuda target. Memory of one device: blocks that go from run to run instead of back to the driver. */
import { type Driver, freeAll, OutOfMemory } from './driver.js';

export interface Block {
  readonly address: bigint;
  readonly bytes: number;
}

/** Sizes are whole multiples of it; the driver aligns no finer. */
export const ALIGNMENT = 256;

/** A free block is taken for something smaller only if at least this share of it is used. */
const LEAST_USE = 0.5;

export class Pool {
  private readonly free: Block[] = [];

  constructor(private readonly driver: Driver) {}

  /** Bytes of free blocks. */
  get idle(): number {
    return this.free.reduce((sum, b) => sum + b.bytes, 0);
  }

  /** A block of at least this size; its contents are arbitrary. Throws OutOfMemory. */
  take(bytes: number): Block {
    const size = Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;
    const fitting = this.free.filter((b) => b.bytes >= size && b.bytes * LEAST_USE <= size);
    if (fitting.length > 0) {
      const best = fitting.reduce((a, b) => (b.bytes < a.bytes ? b : a));
      this.free.splice(this.free.indexOf(best), 1);
      return best;
    }
    return this.orTrimmed(() => ({ address: this.driver.handle('cuMemAlloc_v2', size), bytes: size }));
  }

  give(block: Block): void {
    this.free.push(block);
  }

  /** What `work` gives; where memory is short, free blocks go back to the driver and it is done once more. */
  orTrimmed<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof OutOfMemory) || this.free.length === 0) throw error;
      this.trim();
      return work();
    }
  }

  /** Gives all free blocks back to the driver. */
  trim(): void {
    freeAll(this.free.splice(0).map((b) => () => this.driver.call('cuMemFree_v2', b.address)));
  }
}
