/** Floor 1. Sizes that depend on run-time integers, and the checks of what a run is given; shared by all targets. */
import { type Buffer, type Expr, type Live, ops, type Precision } from '../graph/index.js';
import { BYTES, formatOf } from './precision.js';
import type { Inputs, Resident } from './target.js';

/** The value of an integer expression of the root region. */
export function evaluateInteger(e: Expr, run: Readonly<Record<string, number>>): number {
  if (e.constant !== undefined) return e.constant;
  if (e.attr !== null && 'input' in e.attr) {
    const value = run[e.attr.input.name];
    if (value === undefined) throw new TypeError(`run: the integer ${e.attr.input.name} was expected, got nothing`);
    return value;
  }
  const forward = ops[e.op].forward;
  if (forward === undefined) throw new TypeError(`run: ${e.op} does not stand in a length`);
  return forward(...e.args.map((a) => evaluateInteger(a, run)));
}

/** Rows of an output or a tape in this run. */
export function rowsOf(buffer: Buffer, run: Readonly<Record<string, number>>): number {
  return buffer.rows === null ? 0 : evaluateInteger(buffer.rows, run);
}

/** Values in one row of a buffer over all lanes. */
export function rowLength(buffer: Buffer, sets: number, windows: number): number {
  if (buffer.kind === 'series' || buffer.kind === 'tape') return buffer.columns;
  return buffer.columns * sets * (buffer.kind === 'set' ? 1 : windows);
}

/** Bytes of tape that one lane needs. */
export function tapeBytesPerLane(
  live: Live,
  run: Readonly<Record<string, number>>,
  precision: Precision = 'float64',
): number {
  const bytes = BYTES[formatOf(precision)];
  return live.buffers.reduce((sum, b) => sum + (b.kind === 'tape' ? rowsOf(b, run) * b.columns * bytes : 0), 0);
}

/** Refuses a run whose inputs are missing, lie on a device, or do not have whole rows. */
export function checkInputs(name: string, live: Live, inputs: Inputs): void {
  checkShapes(name, live, inputs);
  for (const b of live.buffers) {
    if (b.kind === 'output' || b.kind === 'tape' || ArrayBuffer.isView(inputs.buffers[b.name])) continue;
    throw new TypeError(`${name}: ${b.name} was expected in the host's memory, got what lies on a device; read() it`);
  }
}

/** Refuses a run whose inputs are missing or do not have whole rows. */
export function checkShapes(name: string, live: Live, inputs: Inputs<Resident>): void {
  for (const b of live.buffers) {
    if (b.kind === 'output' || b.kind === 'tape') continue;
    const data = inputs.buffers[b.name];
    if (data === undefined) throw new TypeError(`${name}: the input ${b.name} was expected, got nothing`);
    const length = rowLength(b, inputs.sets, inputs.windows);
    if (data.length === 0 || data.length % length !== 0) {
      throw new TypeError(`${name}: ${b.name} was expected in rows of ${length} values, got ${data.length} values`);
    }
  }
  for (const i of live.inputs) {
    if (i.per === 'run' && inputs.run[i.name] === undefined) {
      throw new TypeError(`${name}: the integer ${i.name} was expected, got nothing`);
    }
    if (i.per === 'window' && inputs.window[i.name]?.length !== inputs.windows) {
      throw new TypeError(
        `${name}: ${inputs.windows} integers ${i.name} were expected, got ${inputs.window[i.name]?.length ?? 0}`,
      );
    }
  }
}
