/**
 * Floor 1, cuda target. What is computed again rather than kept.
 *
 * A value that is read before some items and behind them, but not by them, takes a register from them or lies in memory
 * meanwhile: what the adjoint of a leg has from before the loop over its minutes, or what the repetition of a minute's
 * first part has while the sweep goes through the second (checkpointing within a step). Where the registers do not hold
 * all numbers, what loads and arithmetic give again is dropped before the fullest item: a repeated item puts the same
 * bits into the same register.
 */
import {
  type Buffer,
  type Expr,
  endsOf,
  type Item,
  lifetimes,
  opCost,
  ownOf,
  placesOf,
  readBy,
  readFromOutside,
  type Schedule,
} from '../../graph/index.js';

/** Of a thread's 255 registers, those for numbers: the others hold addresses, the clock and what an instruction needs. */
const REGISTERS = 200;

/** A repetition has to spare this part of the numbers at the fullest item … */
const LEAST_SPARED = 0.05;

/** … and one number for so many additions: about what storing and loading it takes. */
const WORTH = 16;

/** Of the places behind the fullest item where the repetition may stand, so many are tried. */
const PLACES = 12;

/** @param size registers that a number takes: 2, in float32 1 */
export function withRematerialisation(plan: Schedule, size: number): Schedule {
  return { ...plan, body: new Planner(REGISTERS / size).inList(plan.body, []) };
}

/** A list of items, where in it the most numbers are alive, and how many. */
interface Filled {
  readonly list: readonly Item[];
  readonly fullest: number;
  readonly numbers: number;
}

class Planner {
  constructor(private readonly room: number) {}

  /** The items of a list and of the loops in it; `ends`: what is read behind the last of them. */
  inList(items: readonly Item[], ends: readonly Expr[]): readonly Item[] {
    let best = filled(
      items.map((i) => (i.kind === 'loop' ? { ...i, body: this.inList(i.body, endsOf(i)) } : i)),
      ends,
    );
    for (;;) {
      const before = best;
      if (before.numbers <= this.room) return before.list;
      const most = before.numbers * (1 - LEAST_SPARED);
      for (const tried of repetitions(before, ends)) {
        if (tried.numbers <= most && this.gain(before, tried) > this.gain(before, best)) best = tried;
      }
      if (best === before) return before.list;
    }
  }

  /** Numbers spared, as far as there is no room for them, less what the repeated work would store and load meanwhile. */
  private gain(before: Filled, after: Filled): number {
    const spared = before.numbers - Math.max(after.numbers, this.room);
    // beside the steps of a loop, work around it is nothing
    if (before.list[before.fullest].kind === 'loop') return spared;
    return spared - (costOf(after.list) - costOf(before.list)) / WORTH;
  }
}

function filled(list: readonly Item[], ends: readonly Expr[]): Filled {
  const { most } = lifetimes(list, ends);
  // around loops it does not matter what is stored and loaded
  const loops = list.filter((item) => item.kind === 'loop');
  const counts = list.map((item) => (loops.length === 0 || item.kind === 'loop' ? (most.get(item) ?? 0) : 0));
  const numbers = Math.max(0, ...counts);
  return { list, fullest: counts.indexOf(numbers), numbers };
}

/** The list with repetitions behind its fullest item: right behind a loop, else at one place or another. */
function repetitions({ list, fullest }: Filled, ends: readonly Expr[]): Filled[] {
  const room = list[fullest].kind === 'loop' ? 0 : list.length - fullest;
  const places = Array.from({ length: PLACES }, (_, i) => fullest + Math.floor((i * room) / PLACES));
  return [...new Set(places)].map((to) => filled(repeatedBehind(list, fullest, to, ends), ends));
}

const costOf = (items: readonly Item[]): number =>
  items.reduce((sum, i) => sum + (i.kind === 'let' ? opCost(i.expr.op) : i.kind === 'store' ? 0 : costOf(i.body)), 0);

/** The list with what passes its items from `from` to `to` computed again behind them, each value before the first that reads it. */
function repeatedBehind(list: readonly Item[], from: number, to: number, ends: readonly Expr[]): Item[] {
  const makers = new Map(list.slice(0, from).flatMap((item) => madeBy(item).map((e) => [e, item] as const)));
  const stored = new Set(list.flatMap(storedBy));
  const stretch = list.slice(from, to + 1);
  const inside = new Set(stretch.flatMap((i) => [...readIn(i), ...(i.kind === 'loop' ? ownOf(i) : madeBy(i))]));
  const passing = [...new Set([...list.slice(to + 1).flatMap(readIn), ...placesOf(ends)])].filter(
    (e) => !inside.has(e),
  );
  const there = new Set([...passing, ...inside]);
  const known = new Map<Item, boolean>();
  /** Whether an item can be repeated with what is there behind them. */
  const repeats = (item: Item | undefined): boolean => {
    if (item === undefined) return false;
    const before = known.get(item);
    if (before !== undefined) return before;
    const can = isPure(item, stored) && readIn(item).every((e) => isThere(e) || repeats(makers.get(e)));
    known.set(item, can);
    return can;
  };
  const isThere = (e: Expr): boolean => e.op === 'counter' || there.has(e);
  for (const e of passing.filter((e) => repeats(makers.get(e)))) there.delete(e);
  const result = list.slice(0, to + 1);
  const restore = (e: Expr) => {
    const item = makers.get(e);
    if (isThere(e) || item === undefined || !repeats(item)) return;
    readIn(item).forEach(restore);
    result.push(again(item));
    for (const made of madeBy(item)) there.add(made);
  };
  for (const item of list.slice(to + 1)) {
    readIn(item).forEach(restore);
    result.push(item);
    for (const made of madeBy(item)) there.add(made);
  }
  placesOf(ends).forEach(restore);
  return result;
}

/** What an item computes that can be computed again: by itself, or in an arm. */
function madeBy(item: Item): Expr[] {
  if (item.kind === 'let') return [item.expr];
  return item.kind === 'arm' ? item.body.flatMap(madeBy) : [];
}

/** Whether an item only computes, of loads that stay what they are. */
function isPure(item: Item, stored: ReadonlySet<Buffer>): boolean {
  if (item.kind === 'arm') return item.body.every((i) => isPure(i, stored));
  if (item.kind !== 'let') return false;
  const { attr } = item.expr;
  return attr === null || !('buffer' in attr) || !stored.has(attr.buffer);
}

function again(item: Item): Item {
  if (item.kind === 'let') return { ...item, again: true };
  return item.kind === 'arm' ? { ...item, body: item.body.map(again) } : item;
}

function storedBy(item: Item): Buffer[] {
  if (item.kind === 'store') return [item.emit.buffer];
  return item.kind === 'let' ? [] : item.body.flatMap(storedBy);
}

/** What an item reads that it does not make itself. */
function readIn(item: Item): readonly Expr[] {
  if (item.kind === 'let' || item.kind === 'store') return readBy(item);
  if (item.kind === 'loop') return [...readBy(item), ...readFromOutside(item)];
  const made = new Set(madeBy(item));
  return [...readBy(item), ...item.body.flatMap(readIn).filter((e) => !made.has(e))];
}
