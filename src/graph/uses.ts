/** Floor 0. What stands in each block of a program (its root, the bodies of its scans), and who uses what there. */
import type { Emit, Expr, Region, Scan } from './expr.js';
import type { Live, Program } from './program.js';

/** What stands in a block: a computed node, a loop, a store. */
export type Work = Expr | Scan | Emit;

/** The `argument` of a store's predicate. */
export const WHEN = 0;

/** A user of a node within the node's own block (null: the block's result); `argument` tells which one for a node. */
export interface Use {
  readonly user: Work | null;
  readonly argument: number;
}

/** The uses of everything, told at the block where the used thing stands. */
export interface Uses {
  readonly of: ReadonlyMap<Work, readonly Use[]>;
  readonly blocks: ReadonlyMap<Region, readonly Work[]>;
}

export const isScan = (w: Work): w is Scan => 'carries' in w;
export const isEmit = (w: Work): w is Emit => 'ghost' in w;

/** Position in the order of creation: arguments first, a loop after its body's nodes, stores last. */
export const position = (w: Work): number => (isEmit(w) ? Number.POSITIVE_INFINITY : w.id);

const isVariable = (e: Expr) => ['const', 'iconst', 'cconst', 'bconst', 'input', 'counter', 'carry'].includes(e.op);

/** The work at block `at` that contains region `inner`: the scan directly inside `at` on the way to `inner`. */
function scanAt(at: Region, inner: Region): Scan {
  let r = inner;
  while (r.parent !== at) r = r.parent as Region;
  return r as Scan;
}

/** Who uses what, block by block, in the live part of a program. */
export function findUses(program: Program, live: Live): Uses {
  const of = new Map<Work, Use[]>();
  const blocks = new Map<Region, Work[]>();
  const place = (region: Region, work: Work) => {
    const block = blocks.get(region);
    if (block === undefined) blocks.set(region, [work]);
    else block.push(work);
    if (!of.has(work)) of.set(work, []);
  };
  const producers = new Map<string, { emit: Emit; region: Region }[]>();
  const regions: Region[] = [program.graph.root, ...live.scans.keys()];
  for (const region of regions) {
    for (const emit of region.emits) {
      if (!live.emits.has(emit)) continue;
      const key = `${emit.buffer.id}.${emit.column}`;
      producers.set(key, [...(producers.get(key) ?? []), { emit, region }]);
    }
  }
  const add = (used: Work, user: Work | null, argument: number) => {
    const list = of.get(used);
    if (list === undefined) of.set(used, [{ user, argument }]);
    else list.push({ user, argument });
  };
  /** `used` is needed in region `where` by `user` (null: the block's result). */
  const use = (used: Expr, where: Region, user: Work | null, argument: number) => {
    if (isVariable(used)) return;
    const at = used.region;
    const work = used.op === 'out' && used.attr !== null && 'scan' in used.attr ? used.attr.scan : used;
    if (at === where) add(work, user, argument);
    else add(work, scanAt(at, where), -1);
  };
  for (const e of live.exprs) {
    if (isVariable(e) || e.op === 'out') continue;
    place(e.region, e);
    e.args.forEach((a, i) => {
      use(a, e.region, e, i);
    });
    if (e.op === 'load' && e.attr !== null && 'buffer' in e.attr && e.attr.buffer.kind === 'tape') {
      for (const p of producers.get(`${e.attr.buffer.id}.${e.attr.column}`) ?? []) addTapeUse(e, p, add);
    }
  }
  for (const [scan, carries] of live.scans) {
    place(scan.parent, scan);
    use(scan.length, scan.parent, scan, -1);
    if (scan.visits !== null) use(scan.visits.start, scan.parent, scan, -1);
    if (scan.active !== null) use(scan.active, scan, null, -1);
    for (const i of carries) {
      use(scan.init[i], scan.parent, scan, -1);
      use(scan.next[i], scan, null, -1);
    }
  }
  for (const region of regions) {
    for (const emit of region.emits) {
      if (!live.emits.has(emit)) continue;
      place(region, emit);
      use(emit.value, region, emit, -1);
      use(emit.slot, region, emit, -1);
      if (emit.when !== null) use(emit.when, region, emit, WHEN);
    }
  }
  for (const stores of producers.values()) orderStores(stores, add);
  return { of, blocks };
}

/** Scans that store to the same column of a tape do so in the order in which they were written. */
function orderStores(
  stores: readonly { region: Region }[],
  add: (used: Work, user: Work, argument: number) => void,
): void {
  for (const p of stores) {
    for (const q of stores) {
      if (p.region.contains(q.region) || q.region.contains(p.region)) continue;
      let meet = p.region;
      while (!meet.contains(q.region)) meet = meet.parent as Region;
      const [first, second] = [scanAt(meet, p.region), scanAt(meet, q.region)];
      if (first.id < second.id) add(first, second, -1);
    }
  }
}

/** A load from a tape comes after the loop (or store) that fills the tape, in the block where both meet. */
function addTapeUse(
  e: Expr,
  producer: { emit: Emit; region: Region },
  add: (used: Work, user: Work, argument: number) => void,
): void {
  let meet = e.region;
  while (!meet.contains(producer.region)) meet = meet.parent as Region;
  const used = producer.region === meet ? producer.emit : scanAt(meet, producer.region);
  const user = e.region === meet ? e : scanAt(meet, e.region);
  if (used !== user) add(used, user, -1);
}
