/**
 * Floor 1, wasm target. A schedule as a WebAssembly module: one function that runs a group, two neighbouring sets of a
 * window or several times two, from start to end.
 *
 * What differs by set is done vector after vector, two sets each, item by item: the loops are bound by how long results
 * take, and what one vector waits for another does not. What is the same for all sets is done once a group.
 */
import { type Buffer, type DType, type Expr, type Item, movedCarries } from '../../graph/index.js';
import { type Merges, mergesOf } from '../grouped/merges.js';
import type { Planned } from '../grouped/plan.js';
import type { Visited, VisitedLoops } from '../grouped/visits.js';
import { Addresses, type JobWords, PAIR, PARAMETERS } from './addresses.js';
import { assemble, bitsOf, FunctionBody, Op, Simd, Type } from './assembler.js';
import { emit, type Push } from './emit.js';
import { DRAW, drawFunction } from './philox.js';
import { inlinedNodes } from './placement.js';
import { type Sections, sectionsOf } from './sections.js';

type Kind<K extends Item['kind']> = Extract<Item, { kind: K }>;

/** The module's bytes, for groups of so many vectors; it exports `group` and imports the memory. */
export function moduleBytes(
  planned: Planned,
  words: JobWords,
  vectors: number,
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const functions: FunctionBody[] = [];
  functions[DRAW] = drawFunction();
  const group = functions.push(new Printer(planned, words, vectors).f) - 1;
  return assemble(functions, { group }, shared);
}

/** f64 and bool are pairs, i32 and cond the same integer for both lanes. */
const localType = (type: DType) => (type === 'f64' || type === 'bool' ? Type.v128 : Type.i32);

class Printer {
  readonly f: FunctionBody;
  private readonly addresses: Addresses;
  private readonly inlined: ReadonlySet<Expr>;
  private readonly merges: Merges;
  private readonly merged: ReadonlySet<Expr>;
  /** By node its locals: one a vector, or one where all vectors have the same value. */
  private readonly locals = new Map<Expr, readonly number[]>();
  /** The vector whose values are being written. */
  private vector = 0;

  /** By list of steps, how many it has. */
  private readonly noted = new Map<Visited, number>();
  private readonly visited: VisitedLoops;
  private readonly sections: Sections;

  constructor(
    { plan, visited }: Planned,
    words: JobWords,
    private readonly vectors: number,
  ) {
    this.f = new FunctionBody(PARAMETERS);
    this.merges = mergesOf(plan.body);
    this.merged = new Set([...this.merges.values()].flat());
    this.visited = visited;
    this.sections = sectionsOf(plan.body);
    this.inlined = inlinedNodes(plan.body, vectors, this.merged, visited.read, this.sections);
    for (const v of visited.all) this.noted.set(v, this.f.local(Type.i32));
    this.addresses = new Addresses(this.f, words, vectors);
    this.items(plan.body);
  }

  /** Writes something for each vector; once, where all vectors are to have the same. */
  private each(shared: boolean, write: () => void): void {
    for (this.vector = 0; this.vector < (shared ? 1 : this.vectors); this.vector++) write();
    this.vector = 0;
  }

  /** The local of a node in this vector; a carry and what it is after the loop share one. */
  private local(e: Expr): number {
    const a = e.attr;
    if (e.op === 'out' && a !== null && 'scan' in a) return this.local(a.scan.carries[a.index]);
    let made = this.locals.get(e);
    if (made === undefined) {
      made = Array.from({ length: e.uniform ? 1 : this.vectors }, () => this.f.local(localType(e.dtype)));
      this.locals.set(e, made);
    }
    return made[e.uniform ? 0 : this.vector];
  }

  private readonly push = (e: Expr): void => {
    const { f } = this;
    const a = e.attr;
    if (this.inlined.has(e)) this.compute(e);
    else if (a !== null && 'value' in a) this.constant(e.dtype, a.value);
    else if (a !== null && 'input' in a) f.get(this.addresses.integer(a.input));
    else f.get(this.local(e));
  };

  private constant(type: DType, value: number): void {
    if (type === 'f64') this.f.v128(bitsOf(value));
    else if (type === 'bool') this.f.v128(value !== 0 ? -1n : 0n);
    else this.f.i32(value);
  }

  private compute(e: Expr, push: Push = this.push): void {
    const a = e.attr;
    if (a === null) {
      const [x, y, z, w] = e.args;
      emit[e.op as keyof typeof emit](this.f, push, x, y, z, w);
    } else if ('buffer' in a) {
      const offset = this.address(a.buffer, e.args, a.column);
      if (a.buffer.kind === 'series') this.f.loadSplat(offset);
      else this.f.loadPair(offset + this.vector * PAIR);
    }
  }

  private address(b: Buffer, row: readonly Expr[], column: number): number {
    const stack = this.visited.stack(b);
    if (stack === undefined) return this.addresses.push(b, row, column, this.push);
    return this.addresses.pushCell(b, [() => this.f.get(this.notedOf(stack))], column);
  }

  private items(items: readonly Item[]): void {
    for (const section of this.sections.get(items) ?? [{ items, leaving: null }]) {
      if (section.leaving === null) this.straight(section.items);
      else this.section(section.items, section.leaving);
    }
  }

  /** A block of its own (see sections.ts): what is read behind it is 0 where it is not run, not what it was in the last step. */
  private section(items: readonly Item[], leaving: readonly Expr[]): void {
    for (const e of leaving) {
      if (this.merged.has(e) || this.visited.loadsList(e)) continue;
      this.each(e.uniform, () => {
        this.constant(e.dtype, 0);
        this.f.set(this.local(e));
      });
    }
    this.f.get(this.addresses.always).if();
    this.straight(items);
    this.f.end();
  }

  private straight(items: readonly Item[]): void {
    for (const item of items) {
      if (item.kind === 'let') this.let(item);
      else if (item.kind === 'store') this.store(item);
      else if (item.kind === 'arm') this.arm(item);
      else this.loop(item);
    }
  }

  private let({ expr }: Kind<'let'>): void {
    if (this.inlined.has(expr) || this.merged.has(expr) || this.visited.loadsList(expr)) return;
    this.each(expr.uniform, () => {
      this.compute(expr);
      this.f.set(this.local(expr));
    });
  }

  private store({ emit: e }: Kind<'store'>): void {
    if (this.visited.isList(e.buffer)) return;
    // under a mask it stands in an arm: what other lanes have there is not looked at
    const when = e.when?.dtype === 'bool' ? null : e.when;
    if (when !== null) {
      this.push(when);
      this.f.if();
    }
    this.each(false, () => {
      const offset = this.address(e.buffer, [e.slot], e.column);
      this.push(e.value);
      this.f.storePair(offset + this.vector * PAIR);
    });
    if (when !== null) this.f.end();
  }

  /** Whether a mask holds in any lane of the group. */
  private anyOf(mask: Expr): FunctionBody {
    this.each(mask.uniform, () => {
      this.push(mask);
      if (this.vector > 0) this.f.simd(Simd.or);
    });
    return mask.dtype === 'bool' ? this.f.simd(Simd.anyTrue) : this.f;
  }

  /** Whether a mask does not hold in some lane of the group. */
  private notAllOf(mask: Expr): FunctionBody {
    this.each(mask.uniform, () => {
      this.push(mask);
      if (this.vector > 0) this.f.simd(Simd.and);
    });
    return (mask.dtype === 'bool' ? this.f.simd(Simd.i64x2allTrue) : this.f).op(Op.i32eqz);
  }

  /**
   * Runs the body if the mask equals the arm's side in any lane. A skipped arm leaves older values in its locals: nothing
   * reads them but a choice that then discards them.
   */
  private arm(item: Kind<'arm'>): void {
    const { mask, side, body } = item;
    const { f } = this;
    const setAll = (push: (inside: Expr, before: Expr, e: Expr) => void) => {
      for (const e of this.merges.get(item) ?? []) {
        const [, x, y] = e.args;
        this.each(e.uniform, () => {
          if (side) push(x, y, e);
          else push(y, x, e);
          f.set(this.local(e));
        });
      }
    };
    setAll((_inside, before) => this.push(before));
    (side ? this.anyOf(mask) : this.notAllOf(mask)).if();
    this.items(body);
    setAll((inside, before, e) => {
      if (mask.dtype === 'cond') this.push(inside);
      else this.compute(e, (x) => (x === before ? void f.get(this.local(e)) : this.push(x)));
    });
    f.end();
  }

  /** carry = init; if (length > 0) do { body; carry = next } while (steps are left). */
  private loop(item: Kind<'loop'>): void {
    const { f } = this;
    const { scan } = item;
    for (const i of item.carries) {
      this.each(false, () => {
        this.push(scan.init[i]);
        f.set(this.local(scan.carries[i]));
      });
    }
    const visited = this.visited.visiting(scan);
    if (visited !== undefined) {
      this.visits(visited, item);
      return;
    }
    const notes = this.visited.noting(scan);
    if (notes?.restarts) f.i32(0).set(this.notedOf(notes));
    // upwards the counter goes 0 … end − 1; in reverse it starts at the end and goes down before each body
    const counter = this.local(scan.counter);
    const end = f.local(Type.i32);
    this.push(scan.length);
    f.tee(end).i32(0).op(Op.i32gt).if();
    if (scan.reverse) f.get(end).set(counter);
    else f.i32(0).set(counter);
    f.loop();
    if (scan.reverse) f.get(counter).i32(1).op(Op.i32sub).set(counter);
    this.items(item.body);
    if (notes !== undefined) this.note(notes);
    this.step(item);
    if (scan.reverse) f.get(counter).i32(0).op(Op.i32gt);
    else f.get(counter).i32(1).op(Op.i32add).tee(counter).get(end).op(Op.i32lt);
    f.branchIf(0).end().end();
  }

  private notedOf(v: Visited): number {
    return this.noted.get(v) as number;
  }

  /** Puts the address of a place in a list on the stack; `behind`: so many places before its end. */
  private placeOf(v: Visited, behind: number): FunctionBody {
    this.addresses.base(v.list);
    this.f.get(this.notedOf(v));
    if (behind > 0) this.f.i32(behind).op(Op.i32sub);
    return this.f.i32(4).op(Op.i32mul).op(Op.i32add);
  }

  /** At the end of a step: its row is written to the list and stays there if a mask holds. */
  private note(v: Visited): void {
    const { f } = this;
    const n = this.notedOf(v);
    this.placeOf(v, 0);
    this.push(v.visits.row);
    f.storeI32(0);
    f.i32(0);
    for (const mask of v.marks) this.anyOf(mask).op(Op.i32or);
    f.get(n).op(Op.i32add).set(n);
  }

  /** From the last step of the list that is in this loop to the first; those behind it are of a loop that was left out. */
  private visits(v: Visited, item: Kind<'loop'>): void {
    const { f } = this;
    const n = this.notedOf(v);
    const isThere = () => f.get(n).i32(0).op(Op.i32gt);
    const lastRow = () => this.placeOf(v, 1).loadI32(0);
    const down = () => f.get(n).i32(1).op(Op.i32sub).set(n);
    isThere().if().loop();
    lastRow();
    this.push(v.visits.start);
    f.op(Op.i32sub);
    this.push(item.scan.length);
    f.op(Op.i32ge).if();
    down();
    isThere().branchIf(1).end().end().end();
    isThere().if().loop();
    lastRow();
    this.push(v.visits.start);
    f.op(Op.i32ge).if();
    down();
    this.placeOf(v, 0).loadI32(0);
    this.push(v.visits.start);
    f.op(Op.i32sub).set(this.local(item.scan.counter));
    this.items(item.body);
    this.step(item);
    isThere().branchIf(1).end().end().end();
  }

  /** All carries take their next at once: every next of a vector is on the stack before the first is stored. */
  private step(item: Kind<'loop'>): void {
    const { f } = this;
    const { scan } = item;
    const moved = movedCarries(item);
    if (scan.active !== null) this.anyOf(scan.active);
    this.each(false, () => {
      for (const i of moved) this.push(scan.next[i]);
      for (const i of [...moved].reverse()) f.set(this.local(scan.carries[i]));
    });
    // out of the loop and of the `if` around it
    if (scan.active !== null) f.op(Op.i32eqz).branchIf(1);
  }
}
