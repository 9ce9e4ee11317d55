/** Floor 0. Copying of expressions and scans under a substitution: the base of every pass. */
import {
  type Buffer,
  constant,
  currentGraph,
  type Emit,
  type Expr,
  make,
  node,
  type Region,
  type Scan,
  type Visits,
} from './expr.js';
import { load, where } from './language.js';
import type { ComputedOp } from './ops.js';
import { type Live, liveness, type Program, trace } from './program.js';
import { buffer, buildScan } from './region.js';

/** Called for each computed node with its already copied arguments; null: copy as it is. */
export type Transform = (e: Expr, args: readonly Expr[]) => Expr | null;

export interface RewriterOptions {
  readonly transform?: Transform;
  /** Only what lies in this region is copied; other nodes are shared. Absent: everything is copied. */
  readonly within?: Region;
  /** Only this much is copied. */
  readonly live?: Live;
  /** Arguments are copied in the order in which they were made, which the schedule goes by; else from left to right. */
  readonly inOrder?: boolean;
  /** Stores become ghosts: the copy is a second run of what stored them already. */
  readonly ghosts?: boolean;
  /** Scans not to be copied: whoever skips them maps their outs. */
  readonly skip?: (scan: Scan) => boolean;
  /** Told of every copied node and scan. */
  readonly copied?: <T extends Expr | Scan>(from: T, to: T) => void;
  /** Whether scans that may end early count the steps that a lane was active for. */
  readonly counts?: boolean;
  /** Scans to be cut into segments, with the steps of a segment: an integer of the copied program's root. */
  readonly segments?: (scan: Scan) => Expr | null;
}

/** Copies nodes into the graph being traced; `map` may be seeded with substitutions. */
export class Rewriter {
  readonly map = new Map<Expr, Expr>();
  private readonly buffers = new Map<Buffer, Buffer>();
  private readonly scans = new Map<Scan, Scan>();
  /** The columns of a tape that are kept, in order. */
  private readonly columns = new Map<Buffer, number[]>();

  constructor(private readonly options: RewriterOptions = {}) {
    for (const e of options.live?.emits ?? []) {
      if (e.buffer.kind !== 'tape') continue;
      const kept = this.columns.get(e.buffer) ?? [];
      if (!kept.includes(e.column)) this.columns.set(e.buffer, [...kept, e.column]);
    }
  }

  /** The copy of a node. Copies of scans must have been made before their outs are asked for. */
  expr(e: Expr): Expr {
    const known = this.map.get(e);
    if (known !== undefined) return known;
    const { within, transform } = this.options;
    if (within !== undefined && !within.contains(e.region)) return e;
    if (this.options.inOrder === true) for (const a of [...e.args].sort((x, y) => x.id - y.id)) this.expr(a);
    const args = e.args.map((a) => this.expr(a));
    const made = transform?.(e, args) ?? this.copy(e, args);
    this.set(e, made);
    return made;
  }

  private set(e: Expr, made: Expr): void {
    this.map.set(e, made);
    this.options.copied?.(e, made);
  }

  private copy(e: Expr, args: readonly Expr[]): Expr {
    const a = e.attr;
    if (e.op === 'load' && a !== null && 'buffer' in a) {
      return load(this.buffer(a.buffer), this.column(a.buffer, a.column), args[1], args[0]);
    }
    if (a !== null && 'scan' in a)
      throw new Error(`rewrite: ${e.op} of scan ${a.scan.name} was reached before the scan was copied`);
    if (a !== null && 'value' in a) return node(e.op, [], a, `${Object.is(a.value, -0) ? '-0' : a.value}`);
    if (a !== null && 'input' in a) return node(e.op, [], a, a.input.name);
    return make(e.op as ComputedOp, args);
  }

  /** The copy of a buffer: itself, where only a part of the same graph is copied. */
  buffer(b: Buffer): Buffer {
    if (this.options.within !== undefined) return b;
    const known = this.buffers.get(b);
    if (known !== undefined) return known;
    const rows = b.rows === null ? undefined : this.expr(b.rows);
    const made = buffer(b.kind, b.name, this.columns.get(b)?.length ?? b.columns, {
      rows,
      differentiable: b.differentiable,
    });
    this.buffers.set(b, made);
    return made;
  }

  private column(b: Buffer, column: number): number {
    return this.columns.get(b)?.indexOf(column) ?? column;
  }

  /** Copies the scans and stores of a region into the open one. */
  contents(region: Region): void {
    for (const scan of region.scans) {
      if (this.options.skip?.(scan) === true) continue;
      if (this.options.live === undefined || this.options.live.scans.has(scan)) this.scan(scan);
    }
    for (const e of region.emits) if (this.keeps(e)) this.emit(e);
  }

  private keeps(e: Emit): boolean {
    return this.options.live === undefined || this.options.live.emits.has(e);
  }

  private emit(e: Emit): void {
    currentGraph().open.emits.push({
      buffer: this.buffer(e.buffer),
      column: this.column(e.buffer, e.column),
      slot: this.expr(e.slot),
      value: this.expr(e.value),
      when: e.when === null ? null : this.expr(e.when),
      ghost: e.ghost || this.options.ghosts === true,
    });
  }

  /** Copies a scan with the carries that are alive; a carry that never changes is replaced by its start. */
  scan(s: Scan): void {
    const kept = this.options.live?.scans.get(s) ?? s.carries.map((_c, i) => i);
    const moving = kept.filter((i) => s.next[i] !== s.carries[i]);
    for (const i of kept) if (!moving.includes(i)) this.set(s.carries[i], this.expr(s.init[i]));
    const init = moving.map((i) => this.expr(s.init[i]));
    const steps = this.options.segments?.(s) ?? null;
    const made = steps === null ? this.whole(s, moving, init) : this.segmented(s, moving, init, steps);
    this.options.copied?.(s, made);
    for (const i of kept) {
      const k = moving.indexOf(i);
      this.set(s.outs[i], k < 0 ? this.expr(s.init[i]) : made.outs[k]);
    }
  }

  private whole(s: Scan, moving: readonly number[], init: readonly Expr[]): Scan {
    const options = { name: s.name, length: this.expr(s.length), bound: this.expr(s.bound), reverse: s.reverse };
    const made = buildScan(options, (copy) => {
      this.set(s.counter, copy.counter);
      this.body(s, moving, init, copy);
      copy.visits = s.visits === null ? null : this.visits(s.visits);
    });
    this.scans.set(s, made);
    return made;
  }

  /** Of a scan whose body was copied: the masks that are still there. Null where the scan that it goes back through is not. */
  private visits({ of, masks, row, rowHere, start, entry }: Visits): Visits | null {
    const copy = this.scans.get(of);
    if (copy === undefined) return null;
    const kept = [...masks].flatMap(([here, there]) => {
      const [h, t] = [this.map.get(here), this.map.get(there)];
      return h === undefined || t === undefined ? [] : [[h, t] as const];
    });
    const [r, rh, s, e] = [row, rowHere, start, entry].map((x) => this.expr(x));
    return { of: copy, masks: new Map(kept), row: r, rowHere: rh, start: s, entry: e };
  }

  /** Writes the copied body of `s` into `copy`, whose carries start from `init`. */
  private body(s: Scan, moving: readonly number[], init: readonly Expr[], copy: Scan): void {
    moving.forEach((i, k) => {
      this.set(s.carries[i], copy.addCarry(init[k]));
    });
    this.contents(s);
    moving.forEach((i, k) => {
      copy.next[k] = this.expr(s.next[i]);
    });
    if (s.active === null) return;
    copy.active = this.expr(s.active);
    if (s.counted !== null) copy.counted = moving.includes(s.counted) ? moving.indexOf(s.counted) : null;
    else if (this.options.counts === true) count(copy, copy.active);
  }

  /** A scan of L steps as one of ⌈L/k⌉ segments of at most k steps: its adjoint stores one carry a segment. */
  private segmented(s: Scan, moving: readonly number[], init: readonly Expr[], steps: Expr): Scan {
    const length = this.expr(s.length);
    const count = (total: Expr) => total.add(steps).sub(1).div(steps);
    const options = {
      name: `${s.name}.segments`,
      length: count(length),
      bound: count(this.expr(s.bound)),
      reverse: s.reverse,
    };
    return buildScan(options, (outer) => {
      const start = outer.counter.mul(steps);
      const carries = init.map((e) => outer.addCarry(e));
      const part = { name: s.name, length: length.sub(start).minimum(steps), bound: steps, reverse: s.reverse };
      const inner = buildScan(part, (copy) => {
        this.set(s.counter, start.add(copy.counter));
        this.body(s, moving, carries, copy);
      });
      inner.outs.forEach((e, k) => {
        outer.next[k] = e;
      });
    });
  }
}

/** A carry for the number of steps from the first on after which a lane was active. */
function count(scan: Scan, active: Expr): void {
  const ran = scan.addCarry(constant(0));
  const index = scan.carries.length - 1;
  // once false in a lane, it stays so
  const still = active.and(scan.counter.float().lessEqual(ran));
  scan.next[index] = where(still, ran.add(1), ran);
  scan.counted = index;
}

/** A copy of the program under a transform, without what its outputs (those that `wanted` takes) do not need. */
export function rewriteProgram(program: Program, transform?: Transform, wanted?: (output: Buffer) => boolean): Program {
  const live = liveness(program, wanted);
  return trace(program.name, () => new Rewriter({ transform, live }).contents(program.graph.root));
}

/** The program once it needs no further adjoint: every graft is its value. */
export function withoutGrafts(program: Program): Program {
  const has = [...program.graph.nodes.values()].some((e) => e.op === 'graft');
  return has ? rewriteProgram(program, (e, [value]) => (e.op === 'graft' ? value : null)) : program;
}

/**
 * Drops outputs that are not wanted, dead carries, stores and scans, and replaces carries that never change, until nothing
 * is left to do.
 */
export function prune(program: Program, wanted?: (output: Buffer) => boolean): Program {
  let current = rewriteProgram(program, undefined, wanted);
  for (;;) {
    const next = rewriteProgram(current);
    if (next.graph.nodes.size === current.graph.nodes.size) return next;
    current = next;
  }
}
