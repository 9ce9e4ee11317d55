/**
 * Floor 1, tfjs target: walks a schedule. Loops and uniform branches are JavaScript's, lane arithmetic is tensors'.
 *
 * Each step of a loop is one tf.tidy: its temporaries are gone when it ends, its carries are held (memory.ts). So the
 * tensors alive at a time are those of one step at each nest level, the carries and the tape.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { Expr, Item, Scan, Schedule } from '../../graph/index.js';
import type { Inputs } from '../target.js';
import { type Emit, emission, type Value } from './emit.js';
import type { Tf } from './load.js';
import type { LaneMemory } from './memory.js';

type Loop = Extract<Item, { kind: 'loop' }>;
type ArmItem = Extract<Item, { kind: 'arm' }>;

/** Reading a mask back waits for the device: a loop asks whether a lane is active only every so many steps… */
const STEPS_BETWEEN_EXIT_CHECKS = 4;
/** … and an arm whether a lane needs it only if it stands for at least this many ops, or if its mask was read before. */
const OPS_WORTH_ASKING = 16;

export class Interpreter {
  private readonly table: Readonly<Record<string, Emit>>;
  /** The value of every node by id; undefined in an arm that was left out. */
  private readonly values: (Value | undefined)[] = [];

  constructor(
    private readonly tf: Tf,
    private readonly plan: Schedule,
    private readonly inputs: Inputs,
    private readonly memory: LaneMemory,
    /** The window whose integers count; of a group that runs together: any. */
    private readonly window: number,
  ) {
    this.table = emission(tf);
  }

  run(): void {
    this.tf.tidy(() => this.items(this.plan.body));
  }

  private read(e: Expr): Value {
    const a = e.attr;
    if (a === null || !('value' in a || 'input' in a)) return this.values[e.id] as Value;
    if ('value' in a) return a.value;
    return a.input.per === 'run' ? this.inputs.run[a.input.name] : this.inputs.window[a.input.name][this.window];
  }

  /** An integer or a uniform predicate: never a tensor. */
  private readNumber(e: Expr): number {
    return this.read(e) as number;
  }

  private items(items: readonly Item[]): void {
    for (const item of items) {
      if (item.kind === 'let') this.values[item.expr.id] = this.compute(item.expr);
      else if (item.kind === 'loop') this.loop(item);
      else if (item.kind === 'arm') this.arm(item);
      else {
        const { buffer, column, slot, value, when } = item.emit;
        // under a mask it may be stored anyway
        if (when === null || when.dtype === 'bool' || this.readNumber(when))
          this.memory.store(buffer, this.readNumber(slot), column, this.read(value));
      }
    }
  }

  private compute(e: Expr): Value {
    if (e.op === 'load' && e.attr !== null && 'buffer' in e.attr) {
      const row = this.readNumber(e.args[0]) + this.readNumber(e.args[1]);
      return this.memory.load(e.attr.buffer, row, e.attr.column);
    }
    return this.table[e.op](...e.args.map((a) => this.read(a)));
  }

  private loop({ scan, carries, body }: Loop): void {
    const length = this.readNumber(scan.length);
    let held = carries.map((i) => this.memory.hold(this.read(scan.init[i])));
    for (let k = 0; k < length; k++) {
      const before = held;
      carries.forEach((i, j) => {
        this.values[scan.carries[i].id] = before[j];
      });
      this.values[scan.counter.id] = scan.reverse ? length - 1 - k : k;
      let goOn = true;
      this.tf.tidy(() => {
        this.items(body);
        held = carries.map((i) => this.memory.hold(this.read(scan.next[i])));
        goOn = this.goesOn(scan, k);
      });
      before.forEach((handle) => {
        this.memory.release(handle);
      });
      if (!goOn) break;
    }
    // the outs belong to the scope around the loop
    carries.forEach((i, j) => {
      const handle = held[j];
      this.values[scan.outs[i].id] = typeof handle === 'number' ? handle : this.tf.clone(handle);
      this.memory.release(handle);
    });
  }

  /** Whether a lane may still be active after step k. */
  private goesOn(scan: Scan, k: number): boolean {
    if (scan.active === null) return true;
    const active = this.read(scan.active);
    if (typeof active !== 'number' && (k + 1) % STEPS_BETWEEN_EXIT_CHECKS !== 0) return true;
    return anyLane(active, true);
  }

  private arm(arm: ArmItem): void {
    const mask = this.read(arm.mask);
    // an arm may stand in several pieces: once one is left out, the others must be, for they use its values
    if (typeof mask === 'number' || lanesRead.has(mask) || weightOf(arm) >= OPS_WORTH_ASKING) {
      if (!anyLane(mask, arm.side)) {
        // values of an earlier step must not pass for this one's
        for (const id of definedBy(arm)) this.values[id] = undefined;
        return;
      }
    }
    this.items(arm.body);
  }
}

/** Whether a mask that was read back is true, and false, in some lane. */
const lanesRead = new WeakMap<Tensor, { readonly true: boolean; readonly false: boolean }>();

/** Whether the mask equals `side` in some lane. */
function anyLane(mask: Value, side: boolean): boolean {
  if (typeof mask === 'number') return (mask !== 0) === side;
  const known = lanesRead.get(mask);
  if (known !== undefined) return known[`${side}`];
  const lanes = mask.dataSync();
  const found = { true: lanes.some((m) => m !== 0), false: lanes.some((m) => m === 0) };
  lanesRead.set(mask, found);
  return found[`${side}`];
}

const weights = new WeakMap<ArmItem, number>();
const definitions = new WeakMap<ArmItem, readonly number[]>();

/** The number of ops that an arm stands for; a loop counts as worth any question. */
function weightOf(arm: ArmItem): number {
  const known = weights.get(arm);
  if (known !== undefined) return known;
  const count = (items: readonly Item[]): number =>
    items.reduce((sum, i) => {
      if (i.kind === 'loop') return Number.POSITIVE_INFINITY;
      return sum + (i.kind === 'arm' ? count(i.body) : 1);
    }, 0);
  const weight = count(arm.body);
  weights.set(arm, weight);
  return weight;
}

/** The nodes that an arm gives values to, as seen from outside of its loops. */
function definedBy(arm: ArmItem): readonly number[] {
  const known = definitions.get(arm);
  if (known !== undefined) return known;
  const ids = (items: readonly Item[]): number[] =>
    items.flatMap((i) => {
      if (i.kind === 'let') return [i.expr.id];
      if (i.kind === 'loop') return i.scan.outs.map((o) => o.id);
      return i.kind === 'arm' ? ids(i.body) : [];
    });
  const defined = ids(arm.body);
  definitions.set(arm, defined);
  return defined;
}
