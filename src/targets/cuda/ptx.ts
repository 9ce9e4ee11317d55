/**
 * Floor 1, cuda target. A schedule as PTX text: one kernel, one thread for each lane, structure of arrays.
 *
 * Lanes are w·sets + s, so neighbouring threads read neighbouring values. Roundings are spelled out (.rn), hence nothing
 * is contracted to a fused multiply-add and the bits are the reference target's, in float64 and in float32. A bool is a predicate; an arm is a
 * branch that each thread takes for itself.
 */
import type { ComputedOp, Expr, Item, Precision, Scan, Schedule } from '../../graph/index.js';
import { BYTES, type Format, Formats } from '../precision.js';
import { Skipped } from '../skipped.js';
import { Addresses, type KernelParameter, kernelParameters, parameterDeclarations } from './addresses.js';
import { DRAW } from './draw.js';
import { emit } from './emit.js';
import { withRematerialisation } from './rematerialisation.js';
import { canResume, ResumePoints } from './resume-points.js';
import { type Register, Registers, type RegisterType, Writer } from './writer.js';

export type { KernelParameter } from './addresses.js';

type Kind<K extends Item['kind']> = Extract<Item, { kind: K }>;

/** What the driver is given, and what it has to be told at a launch. */
export interface Kernel {
  readonly text: string;
  readonly name: 'rollout';
  readonly parameters: readonly KernelParameter[];
  /** Of the values in buffers. */
  readonly formats: Formats;
  /** What lanes keep between launches; null without a loop: a launch is all. */
  readonly pauses: {
    /** 64-bit values of a lane. The first is to be 0 before the first launch … */
    readonly values: number;
    /** … and is this number when the lane is through. */
    readonly done: number;
  } | null;
}

const NAME = 'rollout';

/** For measurements only, what a target may do otherwise. */
export interface Tuning {
  /** Lets the compiler fuse multiplications and additions: faster, and no longer the bits of the reference. */
  readonly fuse?: boolean;
  /** Threads of a block. */
  readonly block?: number;
}

/** What PTX lets a compiler fuse, once the rounding is not spelled out. */
const ROUNDED = /\b(add|sub|mul)\.rn\./g;

/**
 * The kernel of a schedule whose transcendentals are lowered for the precision.
 *
 * @param options.arch the oldest architecture that is to run it, such as `sm_75`: newer ones take it too
 */
export function kernelOf(
  plan: Schedule,
  { arch, precision = 'float64', fuse = false }: { readonly arch: string; readonly precision?: Precision } & Tuning,
): Kernel {
  const parameters = kernelParameters(plan.live, canResume(plan));
  const formats = new Formats(plan.live, precision);
  const printer = new Printer(withRematerialisation(plan, BYTES[formats.narrow] / 4), parameters, formats);
  const draws = printer.usesDraw ? DRAW[formats.narrow].text : '';
  const head = `.version 6.4\n.target ${arch}\n.address_size 64\n\n${draws}`;
  const signature = `.visible .entry ${NAME}(\n${parameterDeclarations(parameters).join(',\n')}\n)`;
  const body = fuse ? printer.text().replaceAll(ROUNDED, '$1.') : printer.text();
  const text = `${head}${signature}\n{\n${body}}\n`;
  return { text, name: NAME, parameters, formats, pauses: printer.pauses };
}

class Printer {
  private readonly w: Writer;
  private readonly registers = new Registers();
  private readonly addresses: Addresses;
  private readonly variables = new Map<Expr, Register>();
  private readonly skipped: Skipped;
  readonly pauses: ResumePoints | null;
  usesDraw = false;

  constructor(
    plan: Schedule,
    parameters: readonly KernelParameter[],
    private readonly formats: Formats,
  ) {
    this.w = new Writer(this.registers);
    this.addresses = new Addresses(this.w, parameters, formats);
    this.skipped = new Skipped(plan.body);
    const { pauses } = this.addresses;
    this.pauses = pauses && new ResumePoints(this.w, pauses, this.variable, this.typeOf, plan);
    this.items(this.pauses?.prologue ?? plan.body);
    if (this.pauses !== null) {
      this.pauses.dispatch('DONE');
      this.items(this.pauses.rest);
      this.pauses.finish('DONE');
    }
    this.w.label('DONE');
    this.w.write('ret');
  }

  text(): string {
    return `${this.registers.declarations()}${this.w.text()}`;
  }

  /** The register of a node; a carry and what it is after the loop share one. */
  private readonly variable = (e: Expr): Register => {
    const a = e.attr;
    if (e.op === 'out' && a !== null && 'scan' in a) return this.variable(a.scan.carries[a.index]);
    const known = this.variables.get(e);
    if (known !== undefined) return known;
    const made = this.registers.of(this.typeOf(e));
    this.variables.set(e, made);
    return made;
  };

  private readonly typeOf = (e: Expr): RegisterType => (e.dtype === 'f64' ? this.formats.of(e) : e.dtype);

  /** The operand that stands for a node, for a number in a format: a literal or a register. */
  private readonly read = (e: Expr, as: Format = this.formats.narrow): string => {
    const a = e.attr;
    if (a !== null && 'value' in a) return this.literal(e.dtype === 'f64' ? as : e.dtype, a.value);
    if (a !== null && 'input' in a) return this.addresses.integer(a.input);
    const register = this.variable(e);
    // never the other way round: what a wide value is made of is wide
    return e.dtype === 'f64' && as !== this.formats.of(e) ? this.narrowed(register) : register;
  };

  private narrowed(wide: Register): Register {
    return this.w.keep('f32', `cvt.rn.f32.f64 %, ${wide}`);
  }

  private literal(type: RegisterType, value: number): string {
    if (type === 'f64' || type === 'f32') return this.w.number(value, type);
    if (type === 'i32') return String(value);
    // instructions take no literal predicates
    const p = this.registers.of(type);
    this.set(type, p, value);
    return p;
  }

  /** Gives a register a number. */
  private set(type: RegisterType, to: Register, value: number): void {
    if (type === 'f64' || type === 'f32') this.w.write(`mov.${type} ${to}, ${this.w.number(value, type)}`);
    else if (type === 'i32') this.w.write(`mov.b32 ${to}, ${value}`);
    else this.w.write(`setp.ne.s32 ${to}, ${value !== 0 ? 1 : 0}, 0`);
  }

  private items(items: readonly Item[]): void {
    for (const item of items) {
      if (item.kind === 'let') this.let(item);
      else if (item.kind === 'store') this.store(item);
      else if (item.kind === 'arm') this.arm(item);
      else this.loop(item);
    }
  }

  private let({ expr: e, again }: Kind<'let'>): void {
    const a = e.attr;
    const to = this.variable(e);
    const chosen = this.skipped.chosen(e);
    if (chosen !== null && this.typeOf(chosen) === this.typeOf(e)) {
      this.w.write(`mov.${this.formats.of(e)} ${to}, ${this.variable(chosen)}`);
    } else if (a === null) {
      if (e.op === 'draw') this.usesDraw = true;
      // what gives no number compares narrow ones
      const format = e.dtype === 'f64' ? this.formats.of(e) : this.formats.narrow;
      const [x, y, z, u] = e.args.map((x) => this.read(x, format));
      emit[format][e.op as ComputedOp](this.w, to, x, y, z, u);
    } else if ('buffer' in a) {
      const address = this.addresses.of(a.buffer, e.args, a.column, this.read);
      const format = this.formats.in(a.buffer);
      // what no thread writes may be kept in the read-only cache; volatile: what is loaded again is not kept instead
      const how = again ? 'ld.volatile.global' : a.buffer.kind === 'tape' ? 'ld.global' : 'ld.global.nc';
      const load = `${how}.${format}`;
      if (format === this.formats.of(e)) this.w.write(`${load} ${to}, [${address}]`);
      else this.w.write(`cvt.rn.f32.f64 ${to}, ${this.w.keep(format, `${load} %, [${address}]`)}`);
    }
  }

  private store({ emit: e }: Kind<'store'>): void {
    const end = e.when === null ? null : this.w.newLabel();
    if (e.when !== null) this.w.write(`@!${this.read(e.when)} bra ${end}`);
    const address = this.addresses.of(e.buffer, [e.slot], e.column, this.read);
    this.w.write(`st.global.${this.formats.in(e.buffer)} [${address}], ${this.read(e.value)}`);
    if (end !== null) this.w.label(end);
  }

  private arm(item: Kind<'arm'>): void {
    for (const [e, value] of this.skipped.before(item)) this.set(this.typeOf(e), this.variable(e), value);
    const end = this.w.newLabel();
    this.w.write(`@${item.side ? '!' : ''}${this.read(item.mask)} bra ${end}`);
    this.items(item.body);
    this.w.label(end);
  }

  /** carry = init; if (length > 0) do { body; carry = next } while (steps are left). */
  private loop(item: Kind<'loop'>): void {
    const { w } = this;
    const { narrow } = this.formats;
    const { scan } = item;
    const pauses = this.pauses?.isAt(item) === true ? this.pauses : null;
    const [top, end] = [w.newLabel(), w.newLabel()];
    for (const i of item.carries)
      w.write(`mov.${narrow} ${this.variable(scan.carries[i])}, ${this.read(scan.init[i])}`);
    // upwards the counter goes 0 … length − 1; in reverse it starts at the length and goes down before each body
    const counter = this.variable(scan.counter);
    const length = this.read(scan.length);
    w.write(`mov.b32 ${counter}, ${scan.reverse ? length : 0}`);
    w.write(`@${w.keep('cond', `setp.le.s32 %, ${length}, 0`)} bra ${end}`);
    const stop = pauses?.stopOf(item, counter, length) ?? (scan.reverse ? '0' : length);
    w.label(top);
    if (scan.reverse) w.write(`sub.s32 ${counter}, ${counter}, 1`);
    this.items(item.body);
    this.step(item);
    if (scan.active !== null) w.write(`@!${this.read(scan.active)} bra ${end}`);
    if (!scan.reverse) w.write(`add.s32 ${counter}, ${counter}, 1`);
    w.write(`@${w.keep('cond', `setp.${scan.reverse ? 'gt' : 'lt'}.s32 %, ${counter}, ${stop}`)} bra ${top}`);
    pauses?.afterSteps(item);
    w.label(end);
    pauses?.afterLoop();
  }

  /** All carries take their next at once: what another carry still has to be read from is set aside first. */
  private step({ scan, carries }: Kind<'loop'>): void {
    const { w } = this;
    const { narrow } = this.formats;
    const moved = carries.filter((i) => scan.next[i] !== scan.carries[i]);
    const next = moved.map((i) => {
      const from = this.read(scan.next[i]);
      return isCarryOf(scan, scan.next[i]) ? w.keep(narrow, `mov.${narrow} %, ${from}`) : from;
    });
    moved.forEach((i, k) => {
      w.write(`mov.${narrow} ${this.variable(scan.carries[i])}, ${next[k]}`);
    });
  }
}

const isCarryOf = (scan: Scan, e: Expr): boolean => scan.carries.includes(e);
