/**
 * Floor 1, wasm target. Long straight stretches of a loop's step, cut into sections: one for each asset, where they are a sum
 * over assets.
 *
 * V8 gives what stands in one block an order of its own, breadth first: of eight logarithms the first operation of all, then the
 * second. So much is alive then that six of ten instructions move it between registers and memory. The order of blocks it
 * keeps. A section is a block: it stands in an `if` whose condition always holds, which no compiler knows.
 */
import { type Expr, type Item, lifetimes, readBy, readByStep } from '../../graph/index.js';

type Block = readonly Item[];

export interface Section {
  readonly items: Block;
  /** What is read behind a section that is a block of its own; null where it is not. */
  readonly leaving: readonly Expr[] | null;
}

/** Of lists of items, those that are cut. */
export type Sections = ReadonlyMap<Block, readonly Section[]>;

/** Operations of a stretch that is cut, and of a section: what is shorter gains nothing. */
const STRETCH = 160;
const LEAST = 40;
const MOST = 90;
/** So many numbers at most go from a section to what follows. */
const CROSSING = 2;

const isStraight = (item: Item): boolean => item.kind === 'let' || item.kind === 'store';
const isVector = (e: Expr): boolean => (e.dtype === 'f64' || e.dtype === 'bool') && !e.uniform;
const isOperation = (item: Item): boolean => item.kind === 'store' || (item.kind === 'let' && isVector(item.expr));
const operations = (items: Block): number => items.filter(isOperation).length;

/** Of the steps of all loops among these items. */
export function sectionsOf(body: Block): Sections {
  const { leaving } = lifetimes(body);
  const found = new Map<Block, readonly Section[]>();
  const visit = (items: Block, ends: readonly Expr[] | null) => {
    const sections = ends === null ? [] : cut(items, ends);
    if (sections.some((s) => s.leaving !== null)) found.set(items, sections);
    for (const item of items) {
      if (item.kind === 'loop') visit(item.body, readByStep(item));
      else if (item.kind === 'arm') visit(item.body, ends === null ? null : (leaving.get(item) ?? []));
    }
  };
  visit(body, null);
  return found;
}

/** `ends`: what is read behind the items. */
function cut(items: Block, ends: readonly Expr[]): Section[] {
  const last = new Map<Expr, number>();
  for (const [i, item] of items.entries()) for (const e of allReadBy(item)) last.set(e, i);
  for (const e of ends) last.set(e, items.length);
  const leavingOf = (start: number, end: number): Expr[] =>
    items
      .slice(start, end)
      .flatMap((item) => (item.kind === 'let' && (last.get(item.expr) ?? 0) >= end ? [item.expr] : []));
  const sections: Section[] = [];
  for (let start = 0; start < items.length; ) {
    let end = start;
    while (end < items.length && isStraight(items[end])) end++;
    if (operations(items.slice(start, end)) >= STRETCH) {
      for (let at = cutIn(items, start, end, leavingOf); at !== null; at = cutIn(items, start, end, leavingOf)) {
        sections.push({ items: items.slice(start, at), leaving: leavingOf(start, at) });
        start = at;
      }
    }
    // up to the next stretch
    while (end < items.length && !isStraight(items[end])) end++;
    sections.push({ items: items.slice(start, end), leaving: null });
    start = end;
  }
  return sections;
}

/** Where between these places the next section ends: where the fewest numbers cross; null: they are left as they are. */
function cutIn(
  items: Block,
  start: number,
  end: number,
  leavingOf: (start: number, end: number) => Expr[],
): number | null {
  let best: number | null = null;
  let fewest = CROSSING + 1;
  let size = 0;
  for (let at = start + 1; at < end && size < MOST; at++) {
    if (isOperation(items[at - 1])) size++;
    if (size < LEAST) continue;
    if (operations(items.slice(at, end)) < LEAST) break;
    const crossing = leavingOf(start, at).filter(isVector).length;
    if (crossing < fewest) {
      fewest = crossing;
      best = at;
    }
  }
  return best;
}

/** What an item and all that stands in it reads. */
function allReadBy(item: Item): Expr[] {
  const inside = item.kind === 'arm' || item.kind === 'loop' ? item.body.flatMap(allReadBy) : [];
  return [...readBy(item), ...inside, ...(item.kind === 'loop' ? readByStep(item) : [])];
}
