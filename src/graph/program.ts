/** Floor 0. A traced program and what of it is alive: reachable from the values that it stores to its outputs. */
import { type Buffer, type Emit, type Expr, Graph, type InputRef, type Region, Scan, withGraph } from './expr.js';
import { simplify } from './simplify.js';

export interface Program {
  readonly name: string;
  readonly graph: Graph;
}

/** Traces a program: `body` builds expressions and scans and emits to output buffers. */
export function trace(name: string, body: () => void): Program {
  const graph = new Graph(simplify);
  withGraph(graph, body);
  return { name, graph };
}

/** The part of a program that its outputs need. */
export interface Live {
  readonly exprs: ReadonlySet<Expr>;
  readonly emits: ReadonlySet<Emit>;
  /** For every live scan the indices of its live carries, ascending. */
  readonly scans: ReadonlyMap<Scan, readonly number[]>;
  /** Buffers that live expressions load from or live emits store to. */
  readonly buffers: readonly Buffer[];
  readonly inputs: readonly InputRef[];
}

/** The region of every emit in the program, and the emits of every tape column. */
function indexEmits(root: Region): { owner: Map<Emit, Region>; byColumn: Map<string, Emit[]> } {
  const owner = new Map<Emit, Region>();
  const byColumn = new Map<string, Emit[]>();
  const visit = (region: Region) => {
    for (const e of region.emits) {
      if (e.ghost) continue;
      owner.set(e, region);
      const key = `${e.buffer.id}.${e.column}`;
      byColumn.set(key, [...(byColumn.get(key) ?? []), e]);
    }
    region.scans.forEach(visit);
  };
  visit(root);
  return { owner, byColumn };
}

/** Marks everything that the program's outputs depend on, or those of them that `wanted` takes. */
export function liveness(program: Program, wanted: (output: Buffer) => boolean = () => true): Live {
  const { owner, byColumn } = indexEmits(program.graph.root);
  const exprs = new Set<Expr>();
  const emits = new Set<Emit>();
  const scans = new Map<Scan, Set<number>>();
  const pending: Expr[] = [];

  const markScan = (scan: Region): Set<number> => {
    if (!(scan instanceof Scan)) return new Set();
    const known = scans.get(scan);
    if (known !== undefined) return known;
    const carries = new Set<number>();
    scans.set(scan, carries);
    pending.push(scan.length);
    if (scan.active !== null) pending.push(scan.active);
    if (scan.visits !== null) pending.push(scan.visits.start, scan.visits.entry);
    markScan(scan.parent);
    return carries;
  };
  const markEmit = (e: Emit) => {
    if (emits.has(e)) return;
    emits.add(e);
    pending.push(e.slot, e.value);
    if (e.when !== null) pending.push(e.when);
    if (e.buffer.rows !== null) pending.push(e.buffer.rows);
    markScan(owner.get(e) as Region);
  };
  const markCarry = (scan: Scan, index: number) => {
    const carries = markScan(scan);
    if (carries.has(index)) return;
    carries.add(index);
    pending.push(scan.init[index], scan.next[index]);
  };

  for (const e of owner.keys()) if (e.buffer.kind === 'output' && wanted(e.buffer)) markEmit(e);
  for (let e = pending.pop(); e !== undefined; e = pending.pop()) {
    if (exprs.has(e)) continue;
    exprs.add(e);
    pending.push(...e.args);
    if (e.attr === null) continue;
    if ('scan' in e.attr) {
      if (e.op === 'counter') markScan(e.attr.scan);
      else markCarry(e.attr.scan, e.attr.index);
    } else if ('buffer' in e.attr && e.attr.buffer.kind === 'tape') {
      for (const store of byColumn.get(`${e.attr.buffer.id}.${e.attr.column}`) ?? []) markEmit(store);
    }
  }
  return {
    exprs,
    emits,
    scans: new Map([...scans].map(([s, c]) => [s, [...c].sort((a, b) => a - b)])),
    buffers: usedBuffers(program, exprs, emits),
    inputs: [...exprs].flatMap((e) => (e.attr !== null && 'input' in e.attr ? [e.attr.input] : [])),
  };
}

function usedBuffers(program: Program, exprs: ReadonlySet<Expr>, emits: ReadonlySet<Emit>): Buffer[] {
  const used = new Set<Buffer>([...emits].map((e) => e.buffer));
  for (const e of exprs) if (e.attr !== null && 'buffer' in e.attr) used.add(e.attr.buffer);
  return program.graph.buffers.filter((b) => used.has(b));
}
