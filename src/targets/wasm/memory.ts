/**
 * Floor 1, wasm target. The one WebAssembly memory of the process and what is kept in it: blocks of bytes, and copies of
 * series that stay from run to run.
 */
import { UserError } from '../../errors.js';

const PAGE = 65536;
const LIMIT = 65536 * PAGE;
/** Blocks start at cache lines, so that threads do not share one. */
const ALIGNMENT = 64;

export interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** The memory, which V8 reserves some 10 GB of addresses for. Throws a UserError where the process may not have them. */
function reserve(shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: LIMIT / PAGE, shared });
  } catch {
    throw new UserError(
      'wasm: 10 GB of addresses for the memory of WebAssembly were expected, got fewer: this process is limited (ulimit -v); raise the limit, or take --device reference',
    );
  }
}

/** A copy of a series in the memory, shared by all executables that hold it. */
export interface Resident {
  readonly block: Block;
  holders: number;
}

/** First-fit allocation; free neighbours are one. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  private readonly residents = new WeakMap<Float64Array, Resident>();
  /** Free blocks, ascending. Address 0 is never given out. */
  private free: Block[] = [{ address: ALIGNMENT, bytes: PAGE - ALIGNMENT }];

  constructor(shared: boolean) {
    this.memory = reserve(shared);
  }

  /** `length` float64 values at an address. The view is to be asked for anew after any allocation. */
  values(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  /** A block of at least this size; its contents are arbitrary. */
  allocate(bytes: number, what: string): Block {
    const size = Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;
    let at = this.free.findIndex((b) => b.bytes >= size);
    if (at < 0) {
      this.grow(size, what);
      at = this.free.length - 1;
    }
    const { address, bytes: room } = this.free[at];
    this.free.splice(at, 1, ...(room > size ? [{ address: address + size, bytes: room - size }] : []));
    return { address, bytes: size };
  }

  release(block: Block): void {
    const sorted = [...this.free, block].sort((a, b) => a.address - b.address);
    const merged: Block[] = [];
    for (const b of sorted) {
      const last = merged.at(-1);
      if (last === undefined || last.address + last.bytes < b.address) merged.push(b);
      else merged[merged.length - 1] = { address: last.address, bytes: last.bytes + b.bytes };
    }
    this.free = merged;
  }

  /**
   * The copy of a series, made if there is none; `held` is the caller's copy so far, which it gives up. Series are
   * immutable by contract: an array that was copied once is not looked at again.
   */
  holdSeries(data: Float64Array, held: Resident | undefined, what: string): Resident {
    const known = this.residents.get(data);
    if (known !== undefined && known === held) return known;
    if (held !== undefined) this.releaseSeries(held);
    if (known !== undefined && known.holders > 0) {
      known.holders++;
      return known;
    }
    const made = { block: this.allocate(data.byteLength, what), holders: 1 };
    this.values(made.block.address, data.length).set(data);
    this.residents.set(data, made);
    return made;
  }

  releaseSeries(resident: Resident): void {
    if (--resident.holders === 0) this.release(resident.block);
  }

  /** Makes the last free block at least `size` bytes long. */
  private grow(size: number, what: string): void {
    const end = this.memory.buffer.byteLength;
    const last = this.free.at(-1);
    const atEnd = last !== undefined && last.address + last.bytes === end ? last.bytes : 0;
    const pages = Math.ceil((size - atEnd) / PAGE);
    try {
      this.memory.grow(pages);
    } catch {
      const held = this.free.reduce((sum, b) => sum - b.bytes, end);
      throw new UserError(
        `wasm: ${what} needs ${size} bytes besides the ${held} in use, ${held + size > LIMIT ? `the memory ends at ${LIMIT}` : 'which this process may not have'}; take fewer parameter sets or windows at a time, fewer threads, or shorter segments`,
      );
    }
    this.release({ address: end, bytes: pages * PAGE });
  }
}
