/**
 * Floor 1, cuda target. Where a kernel may pause, to go on in a later launch: before a step of a loop of the root. What it
 * needs then lies in the device's memory meanwhile, so that a roll-out of years is no launch of minutes. Kernels that pause
 * need more registers: only where the driver ends long kernels are they written so.
 */
import type { Expr, Item, Schedule } from '../../graph/index.js';
import type { PauseAddresses } from './addresses.js';
import type { Register, RegisterType, Writer } from './writer.js';

type Loop = Extract<Item, { kind: 'loop' }>;

/** A loop of the root, and what has to be kept at a pause of it: its carries, and what stands before it for it and after it. */
interface Pause {
  readonly loop: Loop;
  readonly kept: readonly Expr[];
}

/** What the loop of a node's `out` leaves is what its carry holds. */
const held = (e: Expr): Expr =>
  e.op === 'out' && e.attr !== null && 'scan' in e.attr ? e.attr.scan.carries[e.attr.index] : e;

const carriesOf = ({ scan, carries }: Loop): Expr[] => carries.map((i) => scan.carries[i]);

/** What stands after an item for those behind it to read. */
function defined(item: Item): Expr[] {
  if (item.kind === 'let') return [item.expr];
  if (item.kind === 'loop') return carriesOf(item);
  return item.kind === 'arm' ? item.body.flatMap(defined) : [];
}

function used(item: Item): Expr[] {
  if (item.kind === 'let') return item.expr.args.map(held);
  if (item.kind === 'store') {
    const { slot, value, when } = item.emit;
    return [slot, value, ...(when === null ? [] : [when])].map(held);
  }
  const inside = item.body.flatMap(used);
  if (item.kind === 'arm') return [held(item.mask), ...inside];
  const { scan, carries } = item;
  const ends = carries.flatMap((i) => [scan.init[i], scan.next[i]]);
  return [...[scan.length, ...ends, ...(scan.active === null ? [] : [scan.active])].map(held), ...inside];
}

function pausesOf({ body }: Schedule): Pause[] {
  const pauses: Pause[] = [];
  const needed = new Set<Expr>();
  for (let at = body.length - 1; at >= 0; at--) {
    const item = body[at];
    for (const e of used(item)) needed.add(e);
    if (item.kind !== 'loop') continue;
    const before = new Set(body.slice(0, at).flatMap(defined));
    pauses.unshift({ loop: item, kept: [...carriesOf(item), ...[...needed].filter((e) => before.has(e))] });
  }
  return pauses;
}

/** Of the values that a lane keeps, the first: 0 before the first launch, then the pause, from 1, where it stands. */
const PLACE = 0;
/** The second: the counter of that pause's loop. */
const COUNTER = 1;
const FIRST_KEPT = 2;

/** Registers and labels of a loop that is being written. */
interface Written {
  readonly top: string;
  readonly counter: Register;
  readonly length: Register;
}

/** Writes how a kernel pauses and goes on. What a lane keeps is kept as doubles, which hold every word and predicate. */
export class Pauses {
  /** How many values a lane keeps. */
  readonly values: number;
  private readonly pauses: readonly Pause[];
  private readonly written = new Map<Loop, Written>();
  /** Steps that this launch may still take in the loop of the root where it is. */
  private readonly left: Register;

  constructor(
    private readonly w: Writer,
    private readonly addresses: PauseAddresses,
    private readonly variable: (e: Expr) => Register,
    private readonly read: (e: Expr) => string,
    /** The type of the register that stands for a node. */
    private readonly typeOf: (e: Expr) => RegisterType,
    plan: Schedule,
  ) {
    this.pauses = pausesOf(plan);
    this.values = FIRST_KEPT + Math.max(0, ...this.pauses.map((p) => p.kept.length));
    this.left = w.keep('i32', `mov.b32 %, ${addresses.steps}`);
  }

  /** A place that all lanes reach at the end, beyond all pauses. */
  get done(): number {
    return this.pauses.length + 1;
  }

  /** At the kernel's begin: to where this lane stands. */
  dispatch(done: string): void {
    const place = this.restored('i32', PLACE);
    const goTo = (n: number, label: string) =>
      this.w.write(`@${this.w.keep('cond', `setp.eq.s32 %, ${place}, ${n}`)} bra ${label}`);
    this.pauses.forEach((_p, i) => {
      goTo(i + 1, `RESUME${i}`);
    });
    goTo(this.done, done);
  }

  /** At the top of a loop, before a step: a pause, if the loop is one of the root and this launch has no step left. */
  beforeStep(loop: Loop, written: Written): void {
    const i = this.pauses.findIndex((p) => p.loop === loop);
    if (i < 0) return;
    this.written.set(loop, written);
    this.w.write(`@${this.w.keep('cond', `setp.eq.s32 %, ${this.left}, 0`)} bra PAUSE${i}`);
    this.w.write(`sub.s32 ${this.left}, ${this.left}, 1`);
  }

  /** Behind a loop: the next one of the root pauses before its first step, for its steps may take another time. */
  afterLoop(loop: Loop): void {
    if (this.written.has(loop)) this.w.write(`mov.b32 ${this.left}, 0`);
  }

  /** At the kernel's end; behind it, what is done at each pause, and on coming back to it. */
  finish(done: string): void {
    const { w } = this;
    this.keep('i32', PLACE, String(this.done));
    w.write(`bra ${done}`);
    this.pauses.forEach(({ loop, kept }, i) => {
      const { top, counter, length } = this.written.get(loop) as Written;
      w.label(`PAUSE${i}`);
      this.keep('i32', PLACE, String(i + 1));
      this.keep('i32', COUNTER, counter);
      kept.forEach((e, k) => {
        this.keep(this.typeOf(e), FIRST_KEPT + k, this.variable(e));
      });
      w.write(`bra ${done}`);
      w.label(`RESUME${i}`);
      kept.forEach((e, k) => {
        const type = this.typeOf(e);
        w.write(`${MOVE[type]} ${this.variable(e)}, ${this.restored(type, FIRST_KEPT + k)}`);
      });
      w.write(`mov.b32 ${counter}, ${this.restored('i32', COUNTER)}`);
      w.write(`mov.b32 ${length}, ${this.read(loop.scan.length)}`);
      w.write(`bra ${top}`);
    });
  }

  private keep(type: RegisterType, slot: number, value: string): void {
    const double = this.asDouble(type, value);
    this.w.write(`st.global.f64 [${this.addresses.of(slot)}], ${double}`);
  }

  private asDouble(type: RegisterType, value: string): string {
    const { w } = this;
    if (type === 'f64') return value;
    if (type === 'f32') return w.keep('f64', `cvt.f64.f32 %, ${value}`);
    if (type === 'i32') return w.keep('f64', `cvt.rn.f64.s32 %, ${value}`);
    return w.keep('f64', `selp.f64 %, ${w.number(1, 'f64')}, ${w.number(0, 'f64')}, ${value}`);
  }

  private restored(type: RegisterType, slot: number): Register {
    const { w } = this;
    const double = w.keep('f64', `ld.global.f64 %, [${this.addresses.of(slot)}]`);
    if (type === 'f64') return double;
    if (type === 'f32') return w.keep('f32', `cvt.rn.f32.f64 %, ${double}`);
    if (type === 'i32') return w.keep('i32', `cvt.rzi.s32.f64 %, ${double}`);
    return w.keep(type, `setp.gt.f64 %, ${double}, ${w.number(0, 'f64')}`);
  }
}

const MOVE: Readonly<Record<RegisterType, string>> = {
  f64: 'mov.f64',
  f32: 'mov.f32',
  i32: 'mov.b32',
  b64: 'mov.b64',
  bool: 'mov.pred',
  cond: 'mov.pred',
};
