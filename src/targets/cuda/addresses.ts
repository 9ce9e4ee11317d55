/**
 * Floor 1, cuda target. The kernel's parameters, and where values lie in the device's memory.
 *
 * A launch computes `span` lanes from `first` on, lane = w·sets + s. Set buffers are [rows][columns][S], lane and output
 * buffers [rows][columns][W][S], tapes [rows][columns][span], series [rows][columns]: what neighbouring threads read
 * lies side by side.
 */
import type { Buffer, Expr, Live } from '../../graph/index.js';
import type { Register, Writer } from './writer.js';

type InputRef = Live['inputs'][number];

export type KernelParameter =
  /** Numbers of sets and windows; the launch's first lane and its lanes. */
  | { readonly kind: 'u32'; readonly what: 'sets' | 'windows' | 'first' | 'span' }
  /** The device's address of a buffer. */
  | { readonly kind: 'buffer'; readonly buffer: Buffer }
  /** An integer of the run. */
  | { readonly kind: 'run'; readonly input: InputRef }
  /** The device's address of an integer's values, one for each window. */
  | { readonly kind: 'window'; readonly input: InputRef };

export function kernelParameters(live: Live): KernelParameter[] {
  return [
    ...(['sets', 'windows', 'first', 'span'] as const).map((what): KernelParameter => ({ kind: 'u32', what })),
    ...live.buffers.map((buffer): KernelParameter => ({ kind: 'buffer', buffer })),
    ...live.inputs.map((input): KernelParameter => ({ kind: input.per, input })),
  ];
}

const isAddress = (p: KernelParameter) => p.kind === 'buffer' || p.kind === 'window';

export function parameterDeclarations(parameters: readonly KernelParameter[]): string[] {
  return parameters.map((p, i) => `\t.param .${isAddress(p) ? 'u64' : 'u32'} p${i}`);
}

const BYTES = 8;

export class Addresses {
  private readonly integers = new Map<InputRef, Register>();
  /** For each buffer the address of this lane's first value. */
  private readonly bases = new Map<Buffer, Register>();
  /** Bytes from one column to the next, by the kind of buffer. */
  private readonly strides: Readonly<Record<'set' | 'lane' | 'tape', Register>>;

  /** Writes the prologue: the lane of this thread, its addresses and integers. Threads beyond the span end here. */
  constructor(
    private readonly w: Writer,
    parameters: readonly KernelParameter[],
  ) {
    const block = w.keep('i32', 'mov.u32 %, %ctaid.x');
    const size = w.keep('i32', 'mov.u32 %, %ntid.x');
    const thread = w.keep('i32', 'mov.u32 %, %tid.x');
    const inLaunch = w.keep('i32', `mad.lo.s32 %, ${block}, ${size}, ${thread}`);
    const [sets, windows, first, span] = [0, 1, 2, 3].map((i) => w.keep('i32', `ld.param.u32 %, [p${i}]`));
    w.write(`@${w.keep('cond', `setp.ge.u32 %, ${inLaunch}, ${span}`)} bra DONE`);
    const lane = w.keep('i32', `add.s32 %, ${inLaunch}, ${first}`);
    const window = w.keep('i32', `div.u32 %, ${lane}, ${sets}`);
    const set = w.keep('i32', `rem.u32 %, ${lane}, ${sets}`);
    const lanes = w.keep('i32', `mul.lo.s32 %, ${sets}, ${windows}`);
    const bytes = (count: Register) => w.keep('b64', `mul.wide.u32 %, ${count}, ${BYTES}`);
    this.strides = { set: bytes(sets), lane: bytes(lanes), tape: bytes(span) };
    const offsets = { set: bytes(set), lane: bytes(lane), tape: bytes(inLaunch) };
    parameters.forEach((p, i) => {
      if (p.kind === 'run') this.integers.set(p.input, w.keep('i32', `ld.param.u32 %, [p${i}]`));
      if (p.kind === 'u32' || p.kind === 'run') return;
      const given = w.keep('b64', `ld.param.u64 %, [p${i}]`);
      const start = w.keep('b64', `cvta.to.global.u64 %, ${given}`);
      if (p.kind === 'window') {
        const at = w.keep('b64', `mad.wide.u32 %, ${window}, 4, ${start}`);
        this.integers.set(p.input, w.keep('i32', `ld.global.nc.u32 %, [${at}]`));
      } else if (p.buffer.kind === 'series') this.bases.set(p.buffer, start);
      else this.bases.set(p.buffer, w.keep('b64', `add.s64 %, ${start}, ${offsets[strideOf(p.buffer)]}`));
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
      const at = cell === null ? base : w.keep('b64', `mad.wide.s32 %, ${cell}, ${BYTES}, ${base}`);
      return known === 0 ? at : `${at}+${BYTES * known}`;
    }
    if (cell === null && known === 0) return base;
    const stride = this.strides[strideOf(buffer)];
    if (cell === null) return w.keep('b64', `mad.lo.s64 %, ${stride}, ${known}, ${base}`);
    const moving = known === 0 ? cell : w.keep('i32', `add.s32 %, ${cell}, ${known}`);
    const wide = w.keep('b64', `cvt.s64.s32 %, ${moving}`);
    return w.keep('b64', `mad.lo.s64 %, ${wide}, ${stride}, ${base}`);
  }

  /** The columns before the row, but for the constant part; null where there is nothing else. */
  private cellOf(row: readonly Expr[], columns: number, read: (e: Expr) => string): Register | null {
    const terms = row.filter((e) => e.constant === undefined).map(read);
    if (terms.length === 0) return null;
    const sum = terms.reduce((a, b) => this.w.keep('i32', `add.s32 %, ${a}, ${b}`));
    return columns === 1 ? sum : this.w.keep('i32', `mul.lo.s32 %, ${sum}, ${columns}`);
  }
}

const strideOf = (b: Buffer): 'set' | 'lane' | 'tape' => (b.kind === 'set' || b.kind === 'tape' ? b.kind : 'lane');
