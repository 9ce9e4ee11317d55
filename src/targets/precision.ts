/**
 * Floor 1. Precision: which of a program's f64-typed values a compile holds in 8 bytes and which in 4.
 *
 * In float32 all are 4 bytes wide but for differences of two values of the series, and what these are made of: prefix sums
 * of years differ in digits that a float32 no longer has. Such a difference is the same for all lanes; it is taken in
 * float64 and narrowed when a lane's value meets it. Constants are narrowed once, from the float64 that folding left.
 */
import { UserError } from '../errors.js';
import type { Buffer, Expr, Live, OpName, Precision } from '../graph/index.js';
import type { DeviceArray, Inputs, Outputs } from './target.js';

export type Format = 'f64' | 'f32';

/** Bytes of a value. */
export const BYTES: Readonly<Record<Format, number>> = { f64: 8, f32: 4 };

/** Where most values of a compile are. */
export const formatOf = (precision: Precision): Format => (precision === 'float64' ? 'f64' : 'f32');

export type Cells = Float64Array | Float32Array;

/** What a run is given, in the formats of the compile. */
export interface HeldInputs<A = Cells> extends Omit<Inputs, 'buffers'> {
  readonly buffers: Readonly<Record<string, A>>;
}

/** What it gives, by name, in the formats of the compile. */
export type HeldOutputs<A = Cells> = Record<string, A>;

/** A run's arrays, in the formats of the compile; on the host, or on a device as `D`. */
export interface HeldArrays<D> {
  readonly inputs: HeldInputs<Cells | D>;
  readonly outputs: HeldOutputs<Cells | D>;
}

/** The array that a run was given for a buffer, or that it gives. */
export const arrayOf = <D>(b: Buffer, { inputs, outputs }: HeldArrays<D>): Cells | D =>
  (b.kind === 'output' ? outputs : inputs.buffers)[b.name];

/** What differences of series values are made of. */
const ARITHMETIC: ReadonlySet<OpName> = new Set(['add', 'sub', 'mul', 'div', 'neg', 'float', 'const', 'load']);

/** The formats of a program's values and buffers. */
export class Formats {
  readonly narrow: Format;
  private readonly wide = new Set<Expr>();
  private readonly wideSeries = new Set<Buffer>();

  constructor(
    private readonly live: Live,
    precision: Precision,
  ) {
    this.narrow = formatOf(precision);
    if (this.narrow === 'f32') for (const e of differencesOf(live.exprs)) this.widen(e);
  }

  /** Of an f64-typed value; what lanes carry is narrow. */
  of(e: Expr): Format {
    return this.wide.has(e) ? 'f64' : this.narrow;
  }

  /** Of a buffer's values on the device. */
  in(b: Buffer): Format {
    return this.wideSeries.has(b) ? 'f64' : this.narrow;
  }

  /** An output or a tape of so many values. */
  cells(b: Buffer, length: number): Cells {
    return this.in(b) === 'f64' ? new Float64Array(length) : new Float32Array(length);
  }

  /** Inputs narrowed once, to nearest; series keep their copy by their array, what lies on a device is left alone. */
  hold(inputs: Inputs): HeldInputs;
  hold<D extends DeviceArray>(inputs: Inputs<Float64Array | D>): HeldInputs<Cells | D>;
  hold<D extends DeviceArray>(inputs: Inputs<Float64Array | D>): HeldInputs<Cells | D> {
    if (this.narrow === 'f64') return inputs;
    const given = this.live.buffers.filter((b) => b.kind !== 'output' && b.kind !== 'tape');
    const held = given.map((b) => {
      const data = inputs.buffers[b.name];
      if (this.in(b) === 'f64' || !(data instanceof Float64Array)) return [b.name, data];
      return [b.name, b.kind === 'series' ? narrowSeries(data) : new Float32Array(data)];
    });
    return { ...inputs, buffers: Object.fromEntries(held) };
  }

  private widen(e: Expr): void {
    if (this.wide.has(e)) return;
    this.wide.add(e);
    if (e.op === 'load' && e.attr !== null && 'buffer' in e.attr) this.wideSeries.add(e.attr.buffer);
    else for (const a of e.args) if (a.dtype === 'f64') this.widen(a);
  }
}

/** Outputs as the host has them. */
export function widened(outputs: HeldOutputs): Outputs;
export function widened<D extends DeviceArray>(outputs: HeldOutputs<Cells | D>): Outputs<Float64Array | D>;
export function widened<D extends DeviceArray>(outputs: HeldOutputs<Cells | D>): Outputs<Float64Array | D> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, v]) => [name, v instanceof Float32Array ? new Float64Array(v) : v]),
  );
}

/** Subtractions of one value made of the series alone from another. */
function differencesOf(exprs: ReadonlySet<Expr>): Expr[] {
  /** By a value made of series, integers and constants by arithmetic alone, whether it has a load in it. */
  const made = new Map<Expr, boolean>();
  const differences: Expr[] = [];
  for (const e of [...exprs].sort((a, b) => a.id - b.id)) {
    if (e.dtype !== 'f64' || !e.uniform || !ARITHMETIC.has(e.op)) continue;
    const args = e.args.filter((a) => a.dtype === 'f64');
    if (!args.every((a) => made.has(a))) continue;
    made.set(e, e.op === 'load' || args.some((a) => made.get(a)));
    if (e.op === 'sub' && args.every((a) => made.get(a))) differences.push(e);
  }
  return differences;
}

const narrowed = new WeakMap<Float64Array, Float32Array>();

/** Series are immutable by contract: each is narrowed once, and known by that copy again. */
export function narrowSeries(data: Float64Array): Float32Array {
  const known = narrowed.get(data);
  if (known !== undefined) return known;
  const made = new Float32Array(data);
  narrowed.set(data, made);
  return made;
}

/** The precision of a compile: the one asked for, or a target's first. Throws a UserError where the target lacks it. */
export function precisionOf(
  { name, precisions }: { readonly name: string; readonly precisions: readonly Precision[] },
  asked: Precision | undefined,
): Precision {
  if (asked === undefined || precisions.includes(asked)) return asked ?? precisions[0];
  const other = asked === 'float32' ? 'cuda or webgpu, or reference for a look at small things' : 'wasm or cuda';
  throw new UserError(
    `precision: ${precisions.join(' or ')} was expected on ${name}, got ${asked}; ask for ${precisions.join(' or ')}, or take another device: ${other}`,
  );
}
