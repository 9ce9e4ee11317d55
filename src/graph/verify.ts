/**
 * Floor 0. The verifier: what every pass must leave true of a program. Tests run it after each pass.
 *
 * It looks at the program alone, never at the pass that made it, and names the first invariant that does not hold.
 */
import { type Buffer, type Emit, type Expr, type Region, Scan } from './expr.js';
import { type DType, type OpName, ops } from './ops.js';
import { type Live, liveness, type Program } from './program.js';

/** Throws an Error `verify <program>: <what is broken, with the node's op and id>` unless the program is well formed. */
export function verify(program: Program): void {
  new Verifier(program).run();
}

const TRANSCENDENTAL: readonly OpName[] = ['exp', 'log', 'expm1'];
const LOWERED: readonly OpName[] = ['scale2', 'exponent', 'mantissa'];

/** A node as messages show it; the printer uses the same numbers. */
const show = (e: Expr): string => `%${e.id} (${e.op})`;
const cell = (b: Buffer, column: number): string => `${b.name}[·][${column}]`;

class Verifier {
  private readonly root: Region;
  private readonly nodes: ReadonlySet<Expr>;
  private readonly buffers: ReadonlySet<Buffer>;
  private readonly regions = new Set<Region>();

  constructor(private readonly program: Program) {
    this.root = program.graph.root;
    this.nodes = new Set(program.graph.nodes.values());
    this.buffers = new Set(program.graph.buffers);
  }

  run(): void {
    this.collect(this.root);
    for (const e of this.nodes) this.node(e);
    for (const region of this.regions) {
      for (const e of region.emits) this.emit(e, region);
      if (region instanceof Scan) this.scan(region);
    }
    for (const b of this.buffers) if (b.rows !== null) this.atRoot(b.rows, `the rows of ${b.name}`);
    this.names();
    const live = liveness(this.program);
    this.reachable(live);
    this.oneFormOfTranscendentals(live);
    this.tapes(live);
  }

  private fail(text: string): never {
    throw new Error(`verify ${this.program.name}: ${text}`);
  }

  private collect(region: Region): void {
    this.regions.add(region);
    for (const s of region.scans) {
      if (s.parent !== region) this.fail(`scan ${s.name} stands in a region that is not its parent`);
      this.collect(s);
    }
  }

  private dtype(e: Expr, wanted: DType, what: string): void {
    if (e.dtype !== wanted) this.fail(`${what} was expected to be ${wanted}, got ${e.dtype} ${show(e)}`);
  }

  private atRoot(e: Expr, what: string): void {
    this.dtype(e, 'i32', what);
    if (e.region !== this.root) this.fail(`${what} must be known at the root, but ${show(e)} depends on a scan`);
  }

  /** Whether a value may be used in `region`: it is computed there or further out. */
  private visible(e: Expr, region: Region, what: string): void {
    if (!this.nodes.has(e)) this.fail(`${what} uses ${show(e)}, which belongs to another program`);
    if (!e.region.contains(region))
      this.fail(`${what} uses ${show(e)}, which is computed in a scan that is not around it`);
  }

  private node(e: Expr): void {
    const wanted = ops[e.op].args;
    if (e.args.length !== wanted.length) {
      this.fail(`${show(e)} was expected to have ${wanted.length} arguments, got ${e.args.length}`);
    }
    e.args.forEach((a, i) => {
      this.dtype(a, wanted[i], `argument ${i} of ${show(e)}`);
      if (a.id >= e.id) this.fail(`${show(e)} is older than its argument ${show(a)}`);
    });
    if (e.op === 'int' && !e.args[0].uniform)
      this.fail(`${show(e)} is made of ${show(e.args[0])}, which varies by lane`);
    const attr = e.attr;
    if (attr !== null && 'buffer' in attr) this.access(attr.buffer, attr.column, `load ${show(e)}`, 'input');
    this.region(e);
  }

  /** A node stands in the innermost of its arguments' regions, which lie on one chain. */
  private region(e: Expr): void {
    let deepest = this.root;
    if (e.attr !== null && 'scan' in e.attr) deepest = e.op === 'out' ? e.attr.scan.parent : e.attr.scan;
    for (const a of e.args) {
      if (deepest.contains(a.region)) deepest = a.region;
      else if (!a.region.contains(deepest)) this.fail(`the arguments of ${show(e)} belong to two unrelated scans`);
    }
    if (e.region !== deepest) this.fail(`${show(e)} does not stand in the innermost region of its arguments`);
  }

  private access(b: Buffer, column: number, what: string, side: 'input' | 'output'): void {
    if (!this.buffers.has(b)) this.fail(`${what}: ${b.name} is no buffer of this program`);
    if (!(Number.isInteger(column) && column >= 0 && column < b.columns)) {
      this.fail(`${what}: ${b.name} has ${b.columns} columns, got column ${column}`);
    }
    if (b.kind !== 'tape' && (side === 'output') !== (b.kind === 'output')) {
      this.fail(
        `${what}: ${side === 'input' ? 'loads read inputs and tapes' : 'stores go to outputs and tapes'}, ${b.name} is of kind ${b.kind}`,
      );
    }
  }

  private emit(e: Emit, region: Region): void {
    const what = `the store to ${cell(e.buffer, e.column)}`;
    if (e.ghost) this.fail(`${what} is a ghost: a pass left it behind`);
    this.access(e.buffer, e.column, what, 'output');
    this.dtype(e.value, 'f64', `the value of ${what}`);
    this.dtype(e.slot, 'i32', `the slot of ${what}`);
    if (e.when !== null && !(e.when.dtype === 'bool' && e.buffer.kind === 'tape')) {
      this.dtype(e.when, 'cond', `when of ${what}`);
    }
    for (const used of [e.value, e.slot, ...(e.when === null ? [] : [e.when])]) this.visible(used, region, what);
  }

  private scan(s: Scan): void {
    const name = `scan ${s.name}`;
    if (s.id < 0) this.fail(`${name} was never closed`);
    const count = s.carries.length;
    for (const part of ['init', 'next', 'outs'] as const) {
      if (s[part].length !== count) this.fail(`${name} has ${count} carries, but ${s[part].length} ${part}`);
    }
    this.dtype(s.length, 'i32', `the length of ${name}`);
    this.visible(s.length, s.parent, `the length of ${name}`);
    this.atRoot(s.bound, `the bound of ${name}`);
    for (let i = 0; i < count; i++) {
      this.dtype(s.init[i], 'f64', `carry ${i} of ${name} at its start`);
      this.visible(s.init[i], s.parent, `carry ${i} of ${name} at its start`);
      this.dtype(s.next[i], 'f64', `the next of carry ${i} of ${name}`);
      this.visible(s.next[i], s, `the next of carry ${i} of ${name}`);
    }
    if (s.active === null) return;
    this.dtype(s.active, 'bool', `active of ${name}`);
    this.visible(s.active, s, `active of ${name}`);
  }

  private names(): void {
    for (const outputs of [false, true]) {
      const seen = new Set<string>();
      for (const b of this.buffers) {
        if (b.kind === 'tape' || (b.kind === 'output') !== outputs) continue;
        if (seen.has(b.name)) this.fail(`two ${outputs ? 'outputs' : 'inputs'} are called ${b.name}`);
        seen.add(b.name);
      }
    }
  }

  private reachable(live: Live): void {
    for (const e of live.exprs) {
      if (!this.nodes.has(e)) this.fail(`${show(e)} is used, but belongs to another program`);
      if (!this.regions.has(e.region)) this.fail(`${show(e)} is used, but its scan is not in the program`);
      if (e.attr !== null && 'scan' in e.attr && !this.regions.has(e.attr.scan)) {
        this.fail(`${show(e)} refers to scan ${e.attr.scan.name}, which is not in the program`);
      }
    }
  }

  private oneFormOfTranscendentals(live: Live): void {
    const find = (set: readonly OpName[]) => [...live.exprs].find((e) => set.includes(e.op));
    const high = find(TRANSCENDENTAL);
    const low = find(LOWERED);
    if (high !== undefined && low !== undefined) this.fail(`${show(high)} was left beside the lowered ${show(low)}`);
  }

  /**
   * What a tape load reads is stored before: in the block where both meet, the scan that stores is older than the work
   * that loads. A store standing directly in that block has no place of its own; schedule() puts it before the load.
   */
  private tapes(live: Live): void {
    const stores = new Map<string, Region[]>();
    const key = (b: Buffer, column: number) => `${b.id}.${column}`;
    for (const region of this.regions) {
      for (const e of region.emits) {
        if (!live.emits.has(e)) continue;
        const k = key(e.buffer, e.column);
        stores.set(k, [...(stores.get(k) ?? []), region]);
      }
    }
    for (const e of live.exprs) {
      if (e.attr === null || !('buffer' in e.attr) || e.attr.buffer.kind !== 'tape') continue;
      const { buffer, column } = e.attr;
      const from = stores.get(key(buffer, column));
      if (from === undefined) this.fail(`load ${show(e)} reads ${cell(buffer, column)}, which nothing stores`);
      for (const region of from) this.storedBefore(e, region, cell(buffer, column));
    }
  }

  private storedBefore(load: Expr, region: Region, what: string): void {
    let meet = load.region;
    while (!meet.contains(region)) meet = meet.parent as Region;
    if (region === meet) return;
    const user = load.region === meet ? load : childOf(meet, load.region);
    const producer = childOf(meet, region);
    if (producer.id >= user.id) this.fail(`load ${show(load)} reads ${what} before scan ${producer.name} stores it`);
  }
}

/** The scan directly inside `outer` that contains `inner`. */
function childOf(outer: Region, inner: Region): Scan {
  let r = inner;
  while (r.parent !== outer) r = r.parent as Region;
  return r as Scan;
}
