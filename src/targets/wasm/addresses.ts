/**
 * Floor 1, wasm target. Where values lie in memory, as the generated function finds them.
 *
 * A vector is a pair of neighbouring sets, a group one vector or several neighbours. Rows of sets are padded to whole
 * groups, so a vector is one aligned 128-bit access: set [rows][columns][groups], lane and output
 * [rows][columns][windows][groups], tape [rows][columns] of its own group; series [rows][columns] single values, read into
 * both lanes.
 */
import type { Buffer, Expr, Live } from '../../graph/index.js';
import { type FunctionBody, Op, Type } from './assembler.js';
import type { Push } from './emit.js';

type InputRef = Live['inputs'][number];

/** Bytes of a single value and of a vector. */
export const SINGLE = 8;
export const PAIR = 16;

/**
 * What a run tells the function: i32 words in memory. Groups of a window; windows; for each buffer its address (a tape's: its
 * offset within the thread's tape); for each integer of the run its value; for each integer of the windows the address
 * of its array.
 */
export interface JobWords {
  readonly groups: 0;
  readonly windows: 1;
  readonly buffers: ReadonlyMap<Buffer, number>;
  readonly inputs: ReadonlyMap<InputRef, number>;
  readonly count: number;
}

export function jobWords(live: Live): JobWords {
  const first = 2;
  const inputs = first + live.buffers.length;
  return {
    groups: 0,
    windows: 1,
    buffers: new Map(live.buffers.map((b, i) => [b, first + i])),
    inputs: new Map(live.inputs.map((r, i) => [r, inputs + i])),
    count: inputs + live.inputs.length,
  };
}

/** Of the function: the job's address, the group w·groups + g, the address of this thread's tape. */
export const PARAMETERS = [Type.i32, Type.i32, Type.i32];
const [JOB, GROUP, TAPE] = [0, 1, 2];

/** The locals that a function needs to reach its data; set in its prologue. */
export class Addresses {
  /** For each buffer the address of this group's first value. */
  private readonly bases = new Map<Buffer, number>();
  private readonly integers = new Map<InputRef, number>();
  /** Bytes from one column to the next: of set buffers, of lane and output buffers. */
  private readonly setStride: number;
  private readonly laneStride: number;

  private readonly groupBytes: number;

  /** Writes the prologue of a function for groups of so many vectors. */
  constructor(
    private readonly f: FunctionBody,
    words: JobWords,
    vectors: number,
  ) {
    this.groupBytes = vectors * PAIR;
    const [groups, window] = [f.local(Type.i32), f.local(Type.i32)];
    this.setStride = f.local(Type.i32);
    this.laneStride = f.local(Type.i32);
    this.word(words.groups).tee(groups).i32(this.groupBytes).op(Op.i32mul).tee(this.setStride);
    this.word(words.windows).op(Op.i32mul).set(this.laneStride);
    f.get(GROUP).get(groups).op(Op.i32divU).set(window);
    for (const [buffer, word] of words.buffers) {
      this.word(word);
      if (buffer.kind === 'tape') f.get(TAPE).op(Op.i32add);
      else if (buffer.kind !== 'series') {
        f.get(GROUP);
        if (buffer.kind === 'set') f.get(groups).op(Op.i32remU);
        f.i32(this.groupBytes).op(Op.i32mul).op(Op.i32add);
      }
      this.bases.set(buffer, this.keep());
    }
    for (const [input, word] of words.inputs) {
      this.word(word);
      if (input.per === 'window') f.get(window).i32(4).op(Op.i32mul).op(Op.i32add).loadI32(0);
      this.integers.set(input, this.keep());
    }
  }

  /** A local that is never 0, as no compiler knows. */
  get always(): number {
    return this.setStride;
  }

  /** The local that holds a run-time integer. */
  integer(input: InputRef): number {
    return this.integers.get(input) as number;
  }

  /**
   * Puts the address of the group's first vector in buffer[row][column] on the stack, where the row is the sum of integers;
   * returns the constant offset that is still to be added.
   */
  push(buffer: Buffer, row: readonly Expr[], column: number, push: Push): number {
    return this.pushCell(
      buffer,
      row.filter((e) => e.constant !== 0).map((e) => () => push(e)),
      column,
    );
  }

  /** The same where something else puts the terms of the row on the stack. */
  pushCell(buffer: Buffer, terms: readonly (() => void)[], column: number): number {
    const { f } = this;
    f.get(this.bases.get(buffer) as number);
    const single = buffer.kind === 'series' ? SINGLE : buffer.kind === 'tape' ? this.groupBytes : null;
    terms.forEach((push, i) => {
      push();
      if (i > 0) f.op(Op.i32add);
    });
    const scale = single === null ? buffer.columns : buffer.columns * single;
    if (terms.length > 0 && scale !== 1) f.i32(scale).op(Op.i32mul);
    if (single !== null) {
      if (terms.length > 0) f.op(Op.i32add);
      return column * single;
    }
    if (terms.length === 0 && column === 0) return 0;
    if (terms.length === 0) f.i32(column);
    else if (column > 0) f.i32(column).op(Op.i32add);
    f.get(buffer.kind === 'set' ? this.setStride : this.laneStride)
      .op(Op.i32mul)
      .op(Op.i32add);
    return 0;
  }

  /** Puts the address of a tape on the stack. */
  base(tape: Buffer): void {
    this.f.get(this.bases.get(tape) as number);
  }

  private word(index: number): FunctionBody {
    return this.f.get(JOB).loadI32(4 * index);
  }

  private keep(): number {
    const local = this.f.local(Type.i32);
    this.f.set(local);
    return local;
  }
}
