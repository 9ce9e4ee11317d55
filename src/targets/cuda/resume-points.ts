/**
 * Floor 1, cuda target. Where a kernel may pause, to go on in a later launch: between the steps of a loop of the root. What
 * it needs then lies in the device's memory meanwhile, so that a roll-out of years is no launch of minutes: there is
 * progress to show, Ctrl-C is heard, and no driver takes the kernel for one that hangs.
 *
 *   prologue                              computed anew by every launch: nothing of it has to be kept
 *   go to where this lane stands          the kernel's begin, a loop, its end
 *   a loop of the root                    takes min(steps of a launch, steps left), then pauses or leaves
 *   a later loop of the root              pauses before its first step, for its steps may take another time
 */
import {
  definedBy,
  type Expr,
  type Item,
  type LoopItem,
  lifetimes,
  placesOf,
  readFromOutside,
  type Schedule,
} from '../../graph/index.js';
import type { ResumeAddresses } from './addresses.js';
import type { Register, RegisterType, Writer } from './writer.js';

/** A loop of the root, and what has to be kept at a pause of it: its carries, and what stands before it for it and after it. */
interface ResumePoint {
  readonly loop: LoopItem;
  readonly kept: readonly Expr[];
}

const stores = (item: Item): boolean => item.kind === 'store' || (item.kind === 'arm' && item.body.some(stores));

/** How many items at the begin neither loop nor store: what they compute, every launch can compute anew. */
function prologueOf(body: readonly Item[]): number {
  const end = body.findIndex((item) => item.kind === 'loop' || stores(item));
  return end < 0 ? body.length : end;
}

/** `prologue`: what comes before `rest`. */
function resumePointsOf(prologue: readonly Item[], rest: readonly Item[]): ResumePoint[] {
  const { through } = lifetimes(rest);
  const anew = new Set(definedBy(prologue));
  return rest.flatMap((loop) => {
    if (loop.kind !== 'loop') return [];
    const carries = loop.carries.map((i) => loop.scan.carries[i]);
    const length = placesOf([loop.scan.length]);
    const needed = new Set([...carries, ...length, ...readFromOutside(loop), ...(through.get(loop) ?? [])]);
    return [{ loop, kept: [...needed].filter((e) => !anew.has(e)) }];
  });
}

/**
 * Slots of what a lane keeps: the place where it stands, the steps that it has taken there, and of how many; then the values
 * that the rest of the kernel needs.
 */
export const PLACE = 0;
export const TAKEN = 1;
export const LENGTH = 2;
const FIRST_KEPT = 3;

/** Places: 0 before the first launch, then the loops of the root, then the end. */
export const FIRST_PLACE = 1;

/** Registers and label of a loop of the root that is being written. */
interface Written {
  readonly entry: string;
  readonly counter: Register;
  readonly length: string;
}

/** Whether a kernel of a schedule has where to pause. */
export const canResume = ({ body }: Schedule): boolean => body.some((item) => item.kind === 'loop');

/** Writes how a kernel pauses and goes on. What a lane keeps is kept as doubles, which hold every word and predicate. */
export class ResumePoints {
  /** How many values a lane keeps. */
  readonly values: number;
  readonly prologue: readonly Item[];
  readonly rest: readonly Item[];
  private readonly pauses: readonly ResumePoint[];
  private readonly written = new Map<LoopItem, Written>();
  /** Steps that this launch may take in the loop of the root where it is. */
  private readonly left: Register;

  constructor(
    private readonly w: Writer,
    private readonly addresses: ResumeAddresses,
    private readonly variable: (e: Expr) => Register,
    /** The type of the register that stands for a node. */
    private readonly typeOf: (e: Expr) => RegisterType,
    { body }: Schedule,
  ) {
    const begin = prologueOf(body);
    this.prologue = body.slice(0, begin);
    this.rest = body.slice(begin);
    this.pauses = resumePointsOf(this.prologue, this.rest);
    this.values = FIRST_KEPT + Math.max(0, ...this.pauses.map((p) => p.kept.length));
    this.left = w.keep('i32', `mov.b32 %, ${addresses.steps}`);
  }

  /** Whether a kernel pauses in a loop: not in one within another, or within an arm. */
  isAt(loop: LoopItem): boolean {
    return this.pauses.some((p) => p.loop === loop);
  }

  /** A place that all lanes reach at the end, beyond all pauses. */
  get done(): number {
    return FIRST_PLACE + this.pauses.length;
  }

  /** Behind the prologue: to where this lane stands. */
  dispatch(done: string): void {
    const place = this.restored('i32', PLACE);
    const goTo = (n: number, label: string) =>
      this.w.write(`@${this.w.keep('cond', `setp.eq.s32 %, ${place}, ${n}`)} bra ${label}`);
    this.pauses.forEach((_p, i) => {
      goTo(FIRST_PLACE + i, `RESUME${i}`);
    });
    goTo(this.done, done);
  }

  /**
   * Before the first step of a launch in a loop of the root: the value of the counter at which it stops. There is a step
   * to take.
   */
  stopOf(loop: LoopItem, counter: Register, length: string): Register {
    const { w, left } = this;
    const entry = w.newLabel();
    this.written.set(loop, { entry, counter, length });
    w.label(entry);
    const { reverse } = loop.scan;
    const ahead = reverse ? counter : w.keep('i32', `sub.s32 %, ${length}, ${counter}`);
    const steps = w.keep('i32', `min.s32 %, ${left}, ${ahead}`);
    w.write(`@${w.keep('cond', `setp.eq.s32 %, ${steps}, 0`)} bra ${this.labelOf(loop)}`);
    return w.keep('i32', `${reverse ? 'sub' : 'add'}.s32 %, ${counter}, ${steps}`);
  }

  /** Behind the last step of a launch in a loop of the root: pauses where steps are left. */
  afterSteps(loop: LoopItem): void {
    const { counter, length } = this.written.get(loop) as Written;
    const unfinished = loop.scan.reverse ? `setp.gt.s32 %, ${counter}, 0` : `setp.lt.s32 %, ${counter}, ${length}`;
    this.w.write(`@${this.w.keep('cond', unfinished)} bra ${this.labelOf(loop)}`);
  }

  /** Behind a loop of the root. */
  afterLoop(): void {
    this.w.write(`mov.b32 ${this.left}, 0`);
  }

  /** At the kernel's end; behind it, what is done at each pause, and on coming back to it. */
  finish(done: string): void {
    const { w } = this;
    this.keep('i32', PLACE, String(this.done));
    w.write(`bra ${done}`);
    this.pauses.forEach(({ loop, kept }, i) => {
      const { entry, counter, length } = this.written.get(loop) as Written;
      /** Of a counter that goes down the steps taken are the others. */
      const mirrored = (of: string) => (loop.scan.reverse ? w.keep('i32', `sub.s32 %, ${length}, ${of}`) : of);
      w.label(this.labelOf(loop));
      this.keep('i32', PLACE, String(FIRST_PLACE + i));
      this.keep('i32', TAKEN, mirrored(counter));
      this.keep('i32', LENGTH, length);
      kept.forEach((e, k) => {
        this.keep(this.typeOf(e), FIRST_KEPT + k, this.variable(e));
      });
      w.write(`bra ${done}`);
      w.label(`RESUME${i}`);
      kept.forEach((e, k) => {
        const type = this.typeOf(e);
        w.write(`${MOVE[type]} ${this.variable(e)}, ${this.restored(type, FIRST_KEPT + k)}`);
      });
      w.write(`mov.b32 ${counter}, ${mirrored(this.restored('i32', TAKEN))}`);
      w.write(`bra ${entry}`);
    });
  }

  private labelOf(loop: LoopItem): string {
    return `PAUSE${this.pauses.findIndex((p) => p.loop === loop)}`;
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
