/**
 * Floor 0. Reverse-mode differentiation of whole programs. The adjoint of a scan is a scan.
 *
 * The forward scan keeps its carries on a tape; the adjoint scan runs backwards, loads the carries of a step, repeats
 * the step's arithmetic and pulls the cotangents through it. What the body only reads (closures) gets its cotangent
 * summed in a carry of the adjoint scan, so hoisted work is differentiated once, after the loop. A nested scan is run
 * again inside the adjoint step, now with a tape of its own: memory is (outer + inner) steps, not their product.
 */

import { activity } from './activity.js';
import { Arms } from './adjoint-arms.js';
import { type Kept, StepTapes } from './adjoint-tape.js';
import { bound, clocksOf } from './bounds.js';
import type { Chain } from './conditional.js';
import { derivatives } from './derivatives.js';
import { add, type Buffer, constant, currentGraph, type Emit, Expr, integer, type Region, Scan } from './expr.js';
import { input, load, where } from './language.js';
import type { OpName } from './ops.js';
import { type Program, trace } from './program.js';
import { buffer, buildScan, emit } from './region.js';
import { prune, Rewriter, withoutGrafts } from './rewrite.js';
import { isQuiet } from './visits.js';

/**
 * storeAll: one carry a step is kept; storeNested: also those of the loops inside, which are then not run again, logarithms
 * and exponentials, and which steps have to be visited; segments: one a segment, whose steps are the run integer `segment.<scan>`.
 */
export type Strategy = 'storeAll' | 'storeNested' | 'segments';

export interface AdjointOptions {
  /** Input buffers whose gradient is wanted; it comes as output `d.<name>`, slot by slot, for every lane. */
  readonly wrt: readonly string[];
  /** The outputs' cotangents: all ones, or the lane buffer `cot.<name>`. Outputs not named carry none. */
  readonly seeds: Readonly<Record<string, 'one' | 'input'>>;
  /** Outputs of the program that are wanted beside the gradients; all of them where absent. */
  readonly outputs?: readonly string[];
  /** By the scan's name; storeAll where absent. */
  readonly strategy?: Readonly<Record<string, Strategy>>;
}

/** The steps of a segment of this scan: an integer that a run of the adjoint is given. */
export const segmentInput = (scan: string): string => `segment_${scan}`;

/** A program with the outputs of `program` and the gradients `d.<name>`. */
export function adjoint(program: Program, options: AdjointOptions): Program {
  const unwanted = program.graph.buffers
    .filter((b) => b.kind === 'output' && options.outputs?.includes(b.name) === false)
    .map((b) => b.name);
  return prune(
    withoutGrafts(
      trace(`${program.name}†`, () => {
        new Rewriter({
          counts: true,
          segments: (s) => (options.strategy?.[s.name] === 'segments' ? input(segmentInput(s.name)) : null),
        }).contents(program.graph.root);
        new Pullback({ name: program.name, graph: currentGraph() }, options).run();
      }),
    ),
    (output) => !unwanted.includes(output.name),
  );
}

/** The cotangents gathered in one region while it is being reversed. */
class Frame {
  readonly cotangents = new Map<Expr, Expr>();
  /** Cotangents of nodes outside the region. */
  readonly closures = new Map<Expr, Expr>();
  private readonly queue: (Expr | Scan)[] = [];
  private youngestDone = Number.POSITIVE_INFINITY;

  constructor(readonly region: Region) {}

  /** Adds a cotangent; the node (or the scan that it comes from) is dealt with after all its users. */
  accumulate(e: Expr, g: Expr): void {
    const sums = e.region === this.region ? this.cotangents : this.closures;
    const sum = sums.get(e);
    sums.set(e, sum === undefined ? g : add(sum, g));
    if (sums === this.cotangents) this.enqueue(e.op === 'out' && e.attr !== null && 'scan' in e.attr ? e.attr.scan : e);
  }

  enqueue(work: Expr | Scan): void {
    if (work.id >= this.youngestDone) throw new Error('adjoint: a cotangent reached a node that was done already');
    let at = this.queue.length;
    while (at > 0 && this.queue[at - 1].id > work.id) at--;
    if (this.queue[at - 1] !== work) this.queue.splice(at, 0, work);
  }

  /** The node or scan created last among those waiting. */
  next(): Expr | Scan | undefined {
    const work = this.queue.pop();
    if (work !== undefined) this.youngestDone = work.id;
    return work;
  }
}

/** A scan that is being reversed. */
interface Reversing {
  /** Of its carries, and all of its tapes. */
  readonly tape: Buffer;
  readonly tapes: StepTapes;
  readonly at: Kept;
  /** Filled with what is chosen by in a repeated step, and what that is in the run that keeps. */
  readonly masks: Map<Expr, Expr>;
}

class Pullback {
  /** What a node of a copied loop is a copy of. */
  private readonly originals = new Map<Expr, Expr>();
  /** By a copy of a loop inside of a step, the loop that it is a copy of, where that keeps its carries. */
  private readonly firstRuns = new Map<Scan, Scan>();
  private readonly active: Set<Expr>;
  private readonly arms: Arms;
  /** Tape loads that stand for a scan's carries in its adjoint. */
  private readonly carried = new Set<Expr>();
  /** Tape loads that stand for something computed, and what that would be. */
  private readonly standsFor = new Map<Expr, { readonly op: OpName; readonly args: readonly Expr[] }>();
  /** Cotangents of streams: buffers by tape and output columns. */
  private readonly streams = new Map<Buffer, Buffer>();
  private readonly gradients = new Map<string, Buffer>();
  /** The loads reversed so far, by the column that they read. */
  private readonly sites = new Map<string, Expr[]>();
  /** The arms that a reversed scan stands in. */
  private readonly around = new Map<Region, Chain>();
  /** Columns of tapes whose cotangents start from 0. */
  private readonly cleared = new Set<string>();

  constructor(
    private readonly program: Program,
    private readonly options: AdjointOptions,
  ) {
    this.active = activity(program, options.wrt);
    this.arms = new Arms(program, this.active);
    for (const b of program.graph.buffers) {
      if (b.kind === 'output' && options.seeds[b.name] === 'input') {
        this.streams.set(b, buffer('lane', `cot.${b.name}`, b.columns));
      }
    }
  }

  run(): void {
    const root = this.program.graph.root;
    const frame = new Frame(root);
    this.seedEmits(frame, root.emits);
    for (const s of root.scans) if (this.storesSeeded(s)) frame.enqueue(s);
    this.sweep(frame);
  }

  private sweep(frame: Frame): void {
    for (let work = frame.next(); work !== undefined; work = frame.next()) {
      if (work instanceof Scan) this.reverseScan(frame, work);
      else this.reverseNode(frame, work);
    }
  }

  /** Hands g to `e`, used from within `chain`: 0 is selected wherever the cotangent leaves an arm. */
  private give(frame: Frame, chain: Chain, e: Expr, g: Expr): void {
    if (!this.active.has(e) || g.constant === 0) return;
    const own = e.region === frame.region ? this.arms.of(e) : [];
    let shared = 0;
    while (shared < own.length && shared < chain.length && Arms.same(own[shared], chain[shared])) shared++;
    let masked = g;
    for (let i = chain.length - 1; i >= shared; i--) {
      masked = chain[i].side ? where(chain[i].mask, masked, 0) : where(chain[i].mask, 0, masked);
    }
    frame.accumulate(e, masked);
  }

  /** The arms of a node, and within them "its cotangents are not 0" where it was computed for lanes that may not need it. */
  private guarded(e: Expr | Scan, cotangents: readonly Expr[]): Chain {
    const chain = this.arms.of(e);
    if (!this.arms.isConditional(e) || cotangents.length === 0 || (e instanceof Expr && keepsZero(e))) return chain;
    const mask = cotangents.map((g) => g.abs().lessEqual(0)).reduce((a, b) => a.and(b));
    return [...chain, { mask, side: false }];
  }

  private reverseNode(frame: Frame, e: Expr): void {
    const g = frame.cotangents.get(e) as Expr;
    if (this.carried.has(e)) return;
    const { op, args } = this.standsFor.get(e) ?? e;
    if (op === 'load') {
      this.reverseLoad(e, g);
      return;
    }
    const vjp = derivatives[op];
    if (vjp === undefined) return;
    const chain = this.guarded(e, [g]);
    vjp(g, e, args[0], args[1], args[2]).forEach((cotangent, i) => {
      if (cotangent === null) return;
      const chosen = (op === 'where' || op === 'choose') && i > 0;
      this.give(frame, chosen ? Arms.extend(chain, args[0], i === 1) : chain, args[i], cotangent);
    });
  }

  /** The gradient of a load is stored by slot: to `d.<input>`, or to the cotangent of the stream it reads. */
  private reverseLoad(e: Expr, g: Expr): void {
    if (e.attr === null || !('buffer' in e.attr)) return;
    const { buffer: source, column } = e.attr;
    const slot = e.args[1];
    this.noteSite(e, source, column);
    let when: Expr | null = null;
    let value = g;
    for (const link of this.armsAround(e)) {
      if (link.mask.dtype === 'cond') {
        const holds = link.side ? link.mask : link.mask.not();
        when = when === null ? holds : when.and(holds);
      } else value = link.side ? where(link.mask, value, 0) : where(link.mask, 0, value);
    }
    if (source.kind === 'tape') this.clear(source, column);
    emit(this.gradientBuffer(source), column, value, slot, when);
  }

  /** Every choice around a node, also those around the loops that it stands in. */
  private armsAround(e: Expr): Chain {
    const chain = [...this.arms.of(e)];
    for (let r: Region | null = e.region; r !== null; r = r.parent) chain.push(...(this.around.get(r) ?? []));
    return chain;
  }

  /** A slot's gradient is stored once, not summed: no slot may be read twice. */
  private noteSite(e: Expr, source: Buffer, column: number): void {
    const name = `${source.name}[·][${column}]`;
    const key = columnKey(source, column);
    const sites = [...(this.sites.get(key) ?? []), e];
    this.sites.set(key, sites);
    const slots = new Set(sites.map((s) => s.args[1].constant));
    if (sites.length > 1 && (slots.has(undefined) || slots.size < sites.length)) {
      throw new TypeError(`adjoint: ${name} is read at two places of a loop; read it once and carry it`);
    }
    const clocks = clocksOf(e.args[1]);
    for (let r = e.region; r instanceof Scan && !storesTo(r, source); r = r.parent) {
      if (clocks.has(r.counter)) continue;
      const scan = r.name.replace(/†$/, '');
      throw new TypeError(
        `adjoint: ${name} is read again in every step of ${scan}; read it outside that loop, or let its slot move with it`,
      );
    }
  }

  private gradientBuffer(source: Buffer): Buffer {
    const known = source.kind === 'tape' ? this.streams.get(source) : this.gradients.get(source.name);
    if (known !== undefined) return known;
    if (source.kind === 'tape') {
      const made = buffer('tape', `cot.${source.name}`, source.columns, { rows: source.rows ?? undefined });
      this.streams.set(source, made);
      return made;
    }
    const slots = this.activeLoads(this.program.graph.root)
      .filter((l) => l.buffer === source)
      .map((l) => l.slot);
    const rows = slots.map((s) => bound(s, 'upper').add(1)).reduce((a, b) => a.maximum(b));
    const made = buffer('output', `d.${source.name}`, source.columns, { rows });
    this.gradients.set(source.name, made);
    return made;
  }

  private activeLoads(region: Region) {
    return [...this.program.graph.nodes.values()].flatMap((load) => {
      if (load.op !== 'load' || !this.active.has(load) || !region.contains(load.region)) return [];
      const attr = load.attr as { buffer: Buffer; column: number };
      return [{ load, buffer: attr.buffer, column: attr.column, slot: load.args[1] }];
    });
  }

  /** Before `s` is reversed: cotangents of the streams that it reads start from 0, unless it stores every slot. */
  private clearStreams(s: Scan): void {
    for (const { load, buffer: tape, column, slot } of this.activeLoads(s)) {
      if (tape.kind !== 'tape' || this.carried.has(load) || this.standsFor.has(load) || storesTo(s, tape)) continue;
      const always = [...this.arms.of(load), ...this.arms.of(s)].every((l) => l.mask.dtype !== 'cond');
      if (always && slot === s.counter && s.length === tape.rows) this.cleared.add(columnKey(tape, column));
      else this.clear(tape, column);
    }
  }

  /** Stores 0 to every slot of a column of a tape's cotangent, once: a tape holds nothing of use before. */
  private clear(tape: Buffer, column: number): void {
    const key = columnKey(tape, column);
    if (this.cleared.has(key)) return;
    this.cleared.add(key);
    const target = this.gradientBuffer(tape);
    const length = tape.rows as Expr;
    buildScan({ name: `${target.name}.clear`, length }, (z) => emit(target, column, constant(0), z.counter));
  }

  /** Cotangents of stored values: from the seeds, or from the stream's readers. */
  private seedEmits(frame: Frame, emits: readonly Emit[]): void {
    for (const e of emits) {
      if (!this.seeded(e)) continue;
      const stream = this.streams.get(e.buffer);
      const g = stream === undefined ? constant(1) : load(stream, e.column, e.slot);
      this.give(frame, e.when === null ? [] : [{ mask: e.when, side: true }], e.value, g);
    }
  }

  private seeded(e: Emit): boolean {
    if (e.buffer.kind === 'tape') return this.sites.has(columnKey(e.buffer, e.column));
    return this.streams.has(e.buffer) || (e.buffer.kind === 'output' && this.options.seeds[e.buffer.name] === 'one');
  }

  private storesSeeded(s: Scan): boolean {
    return s.emits.some((e) => this.mayBeSeeded(e)) || s.scans.some((inner) => this.storesSeeded(inner));
  }

  /** A stream's readers come later in the program, so whether it has a cotangent shows only when its turn has come. */
  private mayBeSeeded(e: Emit): boolean {
    return this.seeded(e) || (e.buffer.kind === 'tape' && this.active.has(e.value));
  }

  private reverseScan(frame: Frame, s: Scan): void {
    const activeCarries = s.carries.flatMap((c, i) => (this.active.has(c) ? [i] : []));
    const given = activeCarries.map((i) => frame.cotangents.get(s.outs[i]));
    if (given.every((g) => g === undefined) && !this.storesSeeded(s)) return;
    const ran = this.mayBeLeftOut(s);
    if (ran === null) s.active = null; // every step must be on the tape
    this.clearStreams(s);
    const chain = this.guarded(
      s,
      given.filter((g) => g !== undefined),
    );
    const at = this.keptOf(s);
    const stores: Emit[] = [];
    let closures: Expr[] = [];
    const reversed = buildScan({ name: `${s.name}†`, length: s.length, bound: s.bound, reverse: !s.reverse }, (r) => {
      this.around.set(r, chain);
      const bars = given.map((g) => r.addCarry(g ?? constant(0)));
      // a step that changed nothing hands its cotangents on; of what it did nothing is on the tape
      const live = ran === null ? null : r.counter.float().lessEqual(ran);
      const ifLive = (x: Expr, bar: Expr) => (live === null ? x : where(live, x, bar));
      const tapes = new StepTapes(this.arms, at, s, r);
      const tape = tapes.tape('carry', s.carries.length);
      tapes.carries(tape);
      const masks = new Map<Expr, Expr>();
      const inner = this.reverseBody(s, r, { tape, tapes, at, masks }, activeCarries, bars);
      activeCarries.forEach((i, k) => {
        const carry = tapes.load(tape, i);
        r.next[k] = ifLive(inner.cotangents.get(carry) ?? constant(0), bars[k]);
      });
      closures = [...inner.closures.keys()];
      for (const z of closures) {
        const bar = r.addCarry(constant(0));
        r.next[r.carries.length - 1] = ifLive(bar.add(inner.closures.get(z) as Expr), bar);
      }
      if (this.keepsAll(s, at) && ran === null && r.reverse && isQuiet(r, masks)) r.visits = tapes.visits(masks);
      stores.push(...tapes.stores);
    });
    at.scan.emits.push(...stores);
    activeCarries.forEach((i, k) => {
      this.give(frame, chain, s.init[i], reversed.outs[k]);
    });
    closures.forEach((z, k) => {
      this.give(frame, chain, z, reversed.outs[activeCarries.length + k]);
    });
  }

  /**
   * How many steps after the first one a lane was active for, where the others can be left out of the adjoint: all that is
   * in them must end in their carries. Null where every step is gone through.
   */
  private mayBeLeftOut(s: Scan): Expr | null {
    const inside = s.scans.length > 0 || s.emits.length > 0 || this.activeLoads(s).length > 0;
    return s.counted === null || s.active === null || s.reverse || inside ? null : s.outs[s.counted];
  }

  private keepsNested(s: Scan): boolean {
    return this.options.strategy?.[s.name] === 'storeNested';
  }

  /** Whether more than carries is kept of a scan: of one whose strategy that is, and of those inside of its steps. */
  private keepsAll(s: Scan, at: Kept): boolean {
    return this.keepsNested(s) || at.scan !== s;
  }

  private keptOf(s: Scan): Kept {
    const first = this.firstRuns.get(s);
    if (first === undefined) {
      return { scan: s, rows: s.bound, slot: s.counter, slotIn: (r) => r.counter, start: integer(0) };
    }
    // both stand in a loop over the same steps: the adjoint's own
    const [outer, reversed] = [first.parent as Scan, s.parent as Scan];
    const row = (step: Expr, inner: Expr) => step.mul(first.bound).add(inner);
    return {
      scan: first,
      rows: outer.bound.mul(first.bound),
      slot: row(outer.counter, first.counter),
      slotIn: (r) => row(reversed.counter, r.counter),
      start: row(reversed.counter, integer(0)),
    };
  }

  /** Writes the repeated step and its pullback into the adjoint scan `r`; gives the cotangents. */
  private reverseBody(
    s: Scan,
    r: Scan,
    { tape, tapes, at, masks }: Reversing,
    carries: readonly number[],
    bars: readonly Expr[],
  ): Frame {
    const searches = s.scans.filter((q) => this.arms.isStill(q));
    const firstOf = (copy: Expr) => (at.scan === s ? copy : this.originals.get(copy));
    const nodes = () => this.program.graph.nodes.values();
    const keepsAll = this.keepsAll(s, at);
    const result = keepsAll ? tapes.results(nodes(), this.active, firstOf) : null;
    const again = new Rewriter({
      within: s,
      ghosts: true,
      skip: (q) => searches.includes(q),
      transform: (e, args) => {
        const loaded = result?.(e) ?? null;
        if (loaded !== null) this.standsFor.set(loaded, { op: e.op, args });
        return loaded;
      },
      copied: (from, to) => {
        this.copied(again, from, to);
        if (from instanceof Scan && from.parent === s && to instanceof Scan && this.keepsNested(s)) {
          this.firstRuns.set(to, from);
        } else if (from instanceof Expr && to instanceof Expr && from.region === s && isMask(from)) {
          const first = firstOf(from);
          if (first?.region === at.scan) masks.set(to, first);
        }
      },
    });
    again.map.set(s.counter, r.counter);
    s.carries.forEach((c, i) => {
      const carry = tapes.load(tape, i);
      again.map.set(c, carry);
      if (!this.active.has(c)) return;
      this.active.add(carry);
      this.carried.add(carry);
    });
    for (const q of searches) for (const [out, found] of tapes.found(q, nodes(), keepsAll)) again.map.set(out, found);
    for (const [copy, drawn] of tapes.drawn(nodes(), this.active, firstOf)) again.map.set(copy, drawn);
    again.contents(s);
    const frame = new Frame(r);
    carries.forEach((i, k) => {
      this.give(frame, [], again.expr(s.next[i]), bars[k]);
    });
    this.seedEmits(
      frame,
      r.emits.filter((e) => e.ghost),
    );
    for (const inner of r.scans) if (this.storesSeeded(inner)) frame.enqueue(inner);
    this.sweep(frame);
    return frame;
  }

  private copied(rewriter: Rewriter, from: Expr | Scan, to: Expr | Scan): void {
    if (from instanceof Expr && to instanceof Expr && from !== to) this.originals.set(to, from);
    if (from instanceof Expr && to instanceof Expr && this.active.has(from) && to.op !== 'const') this.active.add(to);
    this.arms.inherit(rewriter, from, to);
  }
}

const isMask = (e: Expr): boolean => e.dtype === 'bool' || e.dtype === 'cond';

const SELECTING: ReadonlySet<OpName> = new Set(['add', 'sub', 'neg', 'abs', 'max', 'min', 'sqrt', 'where', 'choose']);

/** Whether a cotangent 0 of this node gives its arguments 0, whatever their values. */
function keepsZero(e: Expr): boolean {
  if (e.op === 'mul') return e.args.some((a) => a.constant !== undefined);
  return SELECTING.has(e.op) || (e.op === 'div' && e.args[1].constant !== undefined);
}

const columnKey = (b: Buffer, column: number): string => `${b.id}.${column}`;

/** Whether a region, or a scan inside it, stores to a buffer. */
function storesTo(region: Region, b: Buffer): boolean {
  return region.emits.some((e) => e.buffer === b) || region.scans.some((s) => storesTo(s, b));
}
