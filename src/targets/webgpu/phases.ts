/**
 * Floor 1, webgpu target. A schedule in phases, each a shader of its own: the loops of the root, and what stands between
 * them. WGSL has no jumps, so a shader cannot go on in the middle of itself; but it can begin with a loop, at any of its
 * steps. What one phase computes and another reads is kept in the device's memory, the carries of a loop too: so a loop of
 * years is many short dispatches.
 *
 *   prologue    what neither loops nor stores at the begin: computed anew by each phase that reads it, nothing is kept
 *   loop        a loop of the root, so many steps of it
 *   straight    the items between two loops, or behind the last one
 */
import {
  definedBy,
  type Expr,
  type Item,
  type LoopItem,
  ownOf,
  readBy,
  readFromOutside,
  type Schedule,
} from '../../graph/index.js';

export interface Phase {
  readonly items: readonly Item[];
  /** Set where the items are one loop, of which a dispatch may take a part of the steps. */
  readonly loop: LoopItem | null;
  /** Of the prologue, what the items read. */
  readonly prologue: readonly Item[];
  /** What phases before it kept and the items read. */
  readonly reads: readonly Expr[];
  /** What the items compute and later phases read; of a loop in parts also its carries. */
  readonly keeps: readonly Expr[];
}

const stores = (item: Item): boolean => item.kind === 'store' || (item.kind === 'arm' && item.body.some(stores));

export function phasesOf({ body }: Schedule): Phase[] {
  const end = body.findIndex((item) => item.kind === 'loop' || stores(item));
  const prologue = end < 0 ? [] : body.slice(0, end);
  const parts = split(end < 0 ? body : body.slice(end));
  const readBefore = parts.map(readIn);
  return parts.map((items, i) => {
    const [first] = items;
    const loop = items.length === 1 && first.kind === 'loop' ? first : null;
    const before = new Set(parts.slice(0, i).flatMap(definedBy));
    const later = new Set(readBefore.slice(i + 1).flatMap((reads) => [...reads]));
    const carries = loop === null ? [] : ownOf(loop).slice(1);
    return {
      items,
      loop,
      prologue: neededFrom(prologue, readBefore[i]),
      reads: [...readBefore[i]].filter((e) => before.has(e)),
      keeps: [...new Set([...carries, ...definedBy(items).filter((e) => later.has(e))])],
    };
  });
}

/** Loops alone, and stretches without a loop. */
function split(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [];
  let open: Item[] | null = null;
  for (const item of items) {
    if (item.kind === 'loop') {
      parts.push([item]);
      open = null;
    } else if (open === null) {
      open = [item];
      parts.push(open);
    } else open.push(item);
  }
  return parts;
}

/** What items read that they do not compute. */
function readIn(items: readonly Item[]): Set<Expr> {
  const read = new Set<Expr>();
  const visit = (list: readonly Item[]) => {
    for (const item of list) {
      for (const e of readBy(item)) read.add(e);
      if (item.kind === 'arm') visit(item.body);
      if (item.kind === 'loop') for (const e of readFromOutside(item)) read.add(e);
    }
  };
  visit(items);
  for (const e of definedBy(items)) read.delete(e);
  return read;
}

/** Of items that neither loop nor store, those that give what is read behind them. */
function neededFrom(items: readonly Item[], read: ReadonlySet<Expr>): Item[] {
  const needed = new Set(read);
  const kept: Item[] = [];
  for (const item of [...items].reverse()) {
    if (!definedBy([item]).some((e) => needed.has(e))) continue;
    kept.unshift(item);
    for (const e of readIn([item])) needed.add(e);
  }
  return kept;
}

/** Places of what phases keep, in words of 4 bytes: a lane has so many, and each value begins at one. */
export interface KeptPlaces {
  readonly words: number;
  readonly at: ReadonlyMap<Expr, number>;
}

export function keptPlaces(phases: readonly Phase[], isWide: (e: Expr) => boolean): KeptPlaces {
  const at = new Map<Expr, number>();
  let words = 0;
  for (const e of new Set(phases.flatMap((p) => p.keeps))) {
    at.set(e, words);
    words += isWide(e) ? 2 : 1;
  }
  return { words, at };
}
