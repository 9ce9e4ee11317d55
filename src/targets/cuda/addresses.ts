/**
 * Floor 1, cuda target. The kernel's parameters, and where values lie in the device's memory.
 *
 * A thread's lane is w·sets + s. Set buffers are [rows][columns][S], lane and output buffers and tapes
 * [rows][columns][W][S], what a pause keeps [values][W][S], series [rows][columns]: what neighbouring threads read lies
 * side by side.
 */
import type { Buffer, Expr, Live } from '../../graph/index.js';
import { BYTES, type Formats } from '../precision.js';
import type { Register, Writer } from './writer.js';

type InputRef = Live['inputs'][number];

export type KernelParameter =
  /** Numbers of sets and windows; of a kernel that pauses, the steps that a launch may take in a loop of the root. */
  | { readonly kind: 'u32'; readonly what: 'sets' | 'windows' | 'steps' }
  /** The device's address of what pauses keep. */
  | { readonly kind: 'kept' }
  /** The device's address of a buffer. */
  | { readonly kind: 'buffer'; readonly buffer: Buffer }
  /** An integer of the run. */
  | { readonly kind: 'run'; readonly input: InputRef }
  /** The device's address of an integer's values, one for each window. */
  | { readonly kind: 'window'; readonly input: InputRef };

export function kernelParameters(live: Live, pauses: boolean): KernelParameter[] {
  const pausing: KernelParameter[] = [{ kind: 'u32', what: 'steps' }, { kind: 'kept' }];
  return [
    { kind: 'u32', what: 'sets' },
    { kind: 'u32', what: 'windows' },
    ...(pauses ? pausing : []),
    ...live.buffers.map((buffer): KernelParameter => ({ kind: 'buffer', buffer })),
    ...live.inputs.map((input): KernelParameter => ({ kind: input.per, input })),
  ];
}

const isAddress = (p: KernelParameter) => p.kind === 'buffer' || p.kind === 'window' || p.kind === 'kept';

export function parameterDeclarations(parameters: readonly KernelParameter[]): string[] {
  return parameters.map((p, i) => `\t.param .${isAddress(p) ? 'u64' : 'u32'} p${i}`);
}

/** Of what a pause keeps: doubles. */
const KEPT_BYTES = 8;

export class Addresses {
  private readonly integers = new Map<InputRef, Register>();
  /** For each buffer the address of this lane's first value. */
  private readonly bases = new Map<Buffer, Register>();
  /** Bytes from one column to the next, by the kind of buffer: 32 bits, which hold those of MOST_LANES (work.ts). */
  private readonly strides: Readonly<Record<'set' | 'lane', Register>>;
  /** Of a kernel that pauses. */
  readonly pauses: ResumeAddresses | null;

  /** Writes the prologue: the lane of this thread, its addresses and integers. Threads beyond the lanes end here. */
  constructor(
    private readonly w: Writer,
    parameters: readonly KernelParameter[],
    private readonly formats: Formats,
  ) {
    const block = w.keep('i32', 'mov.u32 %, %ctaid.x');
    const threads = w.keep('i32', 'mov.u32 %, %ntid.x');
    const thread = w.keep('i32', 'mov.u32 %, %tid.x');
    const lane = w.keep('i32', `mad.lo.s32 %, ${block}, ${threads}, ${thread}`);
    const number = (i: number) => w.keep('i32', `ld.param.u32 %, [p${i}]`);
    const [sets, windows] = [number(0), number(1)];
    const lanes = w.keep('i32', `mul.lo.s32 %, ${sets}, ${windows}`);
    w.write(`@${w.keep('cond', `setp.ge.u32 %, ${lane}, ${lanes}`)} bra DONE`);
    const window = w.keep('i32', `div.u32 %, ${lane}, ${sets}`);
    const set = w.keep('i32', `rem.u32 %, ${lane}, ${sets}`);
    const size = BYTES[formats.narrow];
    const bytes = (count: Register, of = size) => w.keep('b64', `mul.wide.u32 %, ${count}, ${of}`);
    const stride = (count: Register, of = size) => w.keep('i32', `mul.lo.s32 %, ${count}, ${of}`);
    this.strides = { set: stride(sets), lane: stride(lanes) };
    const offsets = { set: bytes(set), lane: bytes(lane) };
    const address = (i: number) => {
      const given = w.keep('b64', `ld.param.u64 %, [p${i}]`);
      return w.keep('b64', `cvta.to.global.u64 %, ${given}`);
    };
    const own = (i: number, offset: Register) => w.keep('b64', `add.s64 %, ${address(i)}, ${offset}`);
    const kept = parameters.findIndex((p) => p.kind === 'kept');
    const keptPlace =
      size === KEPT_BYTES
        ? { offset: offsets.lane, stride: this.strides.lane }
        : { offset: bytes(lane, KEPT_BYTES), stride: stride(lanes, KEPT_BYTES) };
    this.pauses =
      kept < 0 ? null : new ResumeAddresses(w, number(kept - 1), own(kept, keptPlace.offset), keptPlace.stride);
    parameters.forEach((p, i) => {
      if (p.kind === 'run') this.integers.set(p.input, number(i));
      else if (p.kind === 'window') {
        const at = w.keep('b64', `mad.wide.u32 %, ${window}, 4, ${address(i)}`);
        this.integers.set(p.input, w.keep('i32', `ld.global.nc.u32 %, [${at}]`));
      } else if (p.kind === 'buffer') {
        this.bases.set(p.buffer, p.buffer.kind === 'series' ? address(i) : own(i, offsets[strideOf(p.buffer)]));
      }
    });
  }

  /** The register with a run-time integer. */
  integer(input: InputRef): Register {
    return this.integers.get(input) as Register;
  }

  /** The address of buffer[row][column] for this lane, as an operand; the row is a sum of integers. */
  of(buffer: Buffer, row: readonly Expr[], column: number, read: (e: Expr) => string): string {
    const { w } = this;
    const base = this.bases.get(buffer) as Register;
    const known = row.reduce((sum, e) => sum + (e.constant ?? 0), 0) * buffer.columns + column;
    const cell = this.cellOf(row, buffer.columns, read);
    if (buffer.kind === 'series') {
      const size = BYTES[this.formats.in(buffer)];
      const at = cell === null ? base : w.keep('b64', `mad.wide.s32 %, ${cell}, ${size}, ${base}`);
      return known === 0 ? at : `${at}+${size * known}`;
    }
    if (cell === null && known === 0) return base;
    const stride = this.strides[strideOf(buffer)];
    if (cell === null) return w.keep('b64', `mad.wide.s32 %, ${stride}, ${known}, ${base}`);
    const moving = known === 0 ? cell : w.keep('i32', `add.s32 %, ${cell}, ${known}`);
    return w.keep('b64', `mad.wide.s32 %, ${moving}, ${stride}, ${base}`);
  }

  /** The columns before the row, but for the constant part; null where there is nothing else. */
  private cellOf(row: readonly Expr[], columns: number, read: (e: Expr) => string): Register | null {
    const terms = row.filter((e) => e.constant === undefined).map((e) => read(e));
    if (terms.length === 0) return null;
    const sum = terms.reduce((a, b) => this.w.keep('i32', `add.s32 %, ${a}, ${b}`));
    return columns === 1 ? sum : this.w.keep('i32', `mul.lo.s32 %, ${sum}, ${columns}`);
  }
}

const strideOf = (b: Buffer): 'set' | 'lane' => (b.kind === 'set' ? 'set' : 'lane');

/** Where what a lane keeps at a pause lies, [values][W][S], and how far a launch may go. */
export class ResumeAddresses {
  constructor(
    private readonly w: Writer,
    /** The register with the steps that a launch may take. */
    readonly steps: Register,
    private readonly base: Register,
    private readonly stride: Register,
  ) {}

  /** The address of this lane's value in a slot of what is kept. */
  of(slot: number): string {
    return slot === 0 ? this.base : this.w.keep('b64', `mad.wide.s32 %, ${this.stride}, ${slot}, ${this.base}`);
  }
}
