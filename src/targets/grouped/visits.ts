/**
 * Floor 1, for the targets that work on groups of vectors (wasm, native). Which adjoint loops go back from trade to trade:
 * those of whose steps the graph says (`Visits`) that they change nothing where no mask holds, as far as that is so to the bit.
 *
 * The loop that ran first ends each step by noting its row in a list, and keeps the note where a mask held in any lane of the
 * group. What both loops alone have on tapes stands at the place in the list, not at the row: a stack of the steps that
 * matter, of which those that do not leave nothing.
 */
import {
  type Buffer,
  type Expr,
  type Item,
  type LoopItem,
  movedCarries,
  type Scan,
  type Schedule,
  type Visits,
} from '../../graph/index.js';

export interface Visited {
  readonly visits: Visits;
  readonly back: Scan;
  /** Masks of `visits.of` by which its steps are noted. */
  readonly marks: readonly Expr[];
  /** The tape that holds the list. */
  readonly list: Buffer;
  /** Whether the list is empty before each run of `visits.of`: its adjoint comes before it runs again. */
  readonly restarts: boolean;
}

/** What a printer asks. */
export class VisitedLoops {
  private readonly byLoop = new Map<Scan, Visited>();
  private readonly byTape = new Map<Buffer, Visited>();
  /** What is read at the end of a step of a loop that notes its steps. */
  readonly read = new Set<Expr>();

  constructor(
    readonly all: readonly Visited[],
    { live }: Schedule,
  ) {
    for (const v of all) {
      this.byLoop.set(v.visits.of, v).set(v.back, v);
      for (const e of [v.visits.row, ...v.marks]) this.read.add(e);
      for (const b of live.buffers) if (b.kind === 'tape' && isOwn(b, v, live)) this.byTape.set(b, v);
    }
  }

  /** Of a loop that notes its steps. */
  noting(scan: Scan): Visited | undefined {
    const v = this.byLoop.get(scan);
    return v?.visits.of === scan ? v : undefined;
  }

  /** Of a loop that visits them. */
  visiting(scan: Scan): Visited | undefined {
    const v = this.byLoop.get(scan);
    return v?.back === scan ? v : undefined;
  }

  /** Of a tape whose rows are places in a list. */
  stack(tape: Buffer): Visited | undefined {
    return this.byTape.get(tape);
  }

  /** Whether a store or a load of this is one of a list, which the loops read and write themselves. */
  isList(b: Buffer): boolean {
    return this.byTape.get(b)?.list === b;
  }

  loadsList({ attr }: Expr): boolean {
    return attr !== null && 'buffer' in attr && this.isList(attr.buffer);
  }
}

/** Whether a tape is stored to by the one loop and read by the other, step by step, and by nothing else. */
function isOwn(b: Buffer, { visits, back }: Visited, { exprs, emits }: Schedule['live']): boolean {
  const stores = [...emits].filter((e) => e.buffer === b);
  const loads = [...exprs].filter((e) => e.attr !== null && 'buffer' in e.attr && e.attr.buffer === b);
  return (
    stores.every((e) => e.slot === visits.row && visits.of.emits.includes(e)) &&
    loads.every(({ args: [base, slot], region }) => base.constant === 0 && slot === visits.rowHere && region === back)
  );
}

/** Those of a schedule. */
export function visitedLoops(plan: Schedule): VisitedLoops {
  const loops = new Map<Scan, LoopItem>();
  const collect = (items: readonly Item[]) => {
    for (const item of items) {
      if (item.kind === 'loop') loops.set(item.scan, item);
      if (item.kind === 'loop' || item.kind === 'arm') collect(item.body);
    }
  };
  collect(plan.body);
  const all = [...loops.values()].flatMap((back) => {
    const of = loops.get(back.scan.visits?.of as Scan);
    const found = of === undefined ? null : visitedBy(back, of);
    return found === null ? [] : [found];
  });
  return new VisitedLoops(all, plan);
}

function visitedBy(back: LoopItem, of: LoopItem): Visited | null {
  const visits = back.scan.visits as Visits;
  const here = new Set<Expr>();
  if (!rowsGrow(back.scan, of.scan) || !doesNothingElse(back, visits, here)) return null;
  for (const i of movedCarries(back)) if (!stays(back.scan.next[i], back.scan.carries[i], visits, here)) return null;
  const marks = [...here].map((e) => visits.masks.get(e) as Expr);
  const isThere = (e: Expr) =>
    e.region !== of.scan || e === of.scan.counter || of.body.some((i) => i.kind === 'let' && i.expr === e);
  if (![visits.row, ...marks].every(isThere)) return null;
  const { buffer: list } = visits.entry.attr as { buffer: Buffer };
  return { visits, back: back.scan, marks, list, restarts: back.scan.parent === of.scan.parent };
}

/** Whether every step of the loop that ran first has a row above those before: it runs once, or in a loop that does. */
const rowsGrow = (back: Scan, of: Scan): boolean =>
  back.reverse && !of.reverse && of.active === null && back.active === null && of.depth <= 2 && back.depth === of.depth;

/** Whether a step does nothing but in arms of masks, which are added to `here`, and what its carries become. */
function doesNothingElse({ body }: LoopItem, { masks }: Visits, here: Set<Expr>): boolean {
  const acts = (items: readonly Item[]): boolean =>
    items.some((i) => i.kind === 'store' || i.kind === 'loop' || (i.kind === 'arm' && acts(i.body)));
  for (const item of body) {
    if (item.kind === 'let' || !acts([item])) continue;
    if (item.kind !== 'arm' || !item.side || !masks.has(item.mask)) return false;
    here.add(item.mask);
  }
  return true;
}

/** Whether a carry stays as it is where none of the masks holds that it is chosen by, which are added to `here`. */
function stays(next: Expr, carry: Expr, visits: Visits, here: Set<Expr>): boolean {
  if (next === carry) return true;
  const isChoice = next.op === 'where' || next.op === 'choose';
  if (!isChoice || !visits.masks.has(next.args[0])) return false;
  here.add(next.args[0]);
  return stays(next.args[2], carry, visits, here);
}
