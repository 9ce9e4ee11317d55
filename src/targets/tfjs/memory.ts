/**
 * Floor 1, tfjs target: buffers as lanes see them, and the tensors that outlive the scope that made them.
 *
 * Every owner has a handle of its own: what is held is a clone (the backend shares the data), so a carry that is also on
 * the tape, or two carries that swap, never dispose of each other's tensor.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { Buffer } from '../../graph/index.js';
import { rowsOf } from '../layout.js';
import type { Inputs, Outputs } from '../target.js';
import type { Value } from './emit.js';
import type { Tf } from './load.js';

/** Consecutive windows that run together: their lanes are one tensor of count·sets entries. */
export interface WindowGroup {
  readonly first: number;
  readonly count: number;
}

export class LaneMemory {
  /** Entries of every lane tensor of this group. */
  readonly lanes: number;
  private readonly tapes = new Map<Buffer, Value[]>();
  private readonly held = new Set<Tensor>();

  constructor(
    private readonly tf: Tf,
    buffers: readonly Buffer[],
    private readonly inputs: Inputs,
    private readonly outputs: Outputs,
    private readonly group: WindowGroup,
  ) {
    this.lanes = group.count * inputs.sets;
    for (const b of buffers) {
      if (b.kind === 'tape') this.tapes.set(b, new Array<Value>(rowsOf(b, inputs.run) * b.columns).fill(0));
    }
  }

  /** A handle on a value that lives until it is released. */
  hold(value: Value): Value {
    if (typeof value === 'number') return value;
    const handle = this.tf.keep(this.tf.clone(value));
    this.held.add(handle);
    return handle;
  }

  release(value: Value): void {
    if (typeof value === 'number') return;
    this.held.delete(value);
    value.dispose();
  }

  /** Releases all that is still held: the tape, and after an error the carries. */
  clear(): void {
    for (const handle of this.held) handle.dispose();
    this.held.clear();
  }

  /** buffer[row][column] of all lanes; NaN outside of the buffer, which only an arm that no lane takes may ask for. */
  load(b: Buffer, row: number, column: number): Value {
    const cell = row * b.columns + column;
    if (b.kind === 'tape') return this.tapes.get(b)?.[cell] ?? Number.NaN;
    const data = b.kind === 'output' ? this.outputs[b.name] : this.inputs.buffers[b.name];
    if (b.kind === 'series') return data[cell] ?? Number.NaN;
    const { sets } = this.inputs;
    const start = b.kind === 'set' ? cell * sets : this.outputStart(cell);
    const length = b.kind === 'set' ? sets : this.lanes;
    if (start < 0 || start + length > data.length) return Number.NaN;
    const values = new Float32Array(this.lanes);
    for (let at = 0; at < this.lanes; at += length) values.set(data.subarray(start, start + length), at);
    return this.tf.tensor1d(values);
  }

  /** Stores a value to buffer[row][column] of all lanes; outside of the buffer nothing happens. */
  store(b: Buffer, row: number, column: number, value: Value): void {
    const cell = row * b.columns + column;
    if (b.kind === 'tape') {
      const tape = this.tapes.get(b) as Value[];
      if (cell < 0 || cell >= tape.length) return;
      const before = tape[cell];
      tape[cell] = this.hold(value);
      this.release(before);
      return;
    }
    const data = this.outputs[b.name];
    const start = this.outputStart(cell);
    if (start < 0 || start + this.lanes > data.length) return;
    if (typeof value === 'number') data.fill(value, start, start + this.lanes);
    else data.set(value.dataSync(), start);
  }

  /** Where this group's lanes start in cell [row][column] of [rows][columns][W][S]. */
  private outputStart(cell: number): number {
    return (cell * this.inputs.windows + this.group.first) * this.inputs.sets;
  }
}
