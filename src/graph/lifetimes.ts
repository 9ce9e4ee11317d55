/**
 * Floor 0. From where to where the values of a schedule are needed: what a target that gives them registers has to know.
 */
import type { Expr } from './expr.js';
import type { Item } from './schedule.js';

type Kind<K extends Item['kind']> = Extract<Item, { kind: K }>;
export type ArmItem = Kind<'arm'>;
export type LoopItem = Kind<'loop'>;

export interface Lifetimes {
  /** By arm, what is computed in it and read behind it. */
  readonly leaving: ReadonlyMap<ArmItem, readonly Expr[]>;
  /** By loop, what is computed before it and read behind it, but not in it. */
  readonly through: ReadonlyMap<LoopItem, readonly Expr[]>;
  /** By item, the most numbers alive at a time while it is done; for what stands in a loop, without what passes that loop. */
  readonly most: ReadonlyMap<Item, number>;
}

/** `ends`: what is read behind the last item. */
export function lifetimes(items: readonly Item[], ends: readonly Expr[] = []): Lifetimes {
  const walk = new Walk();
  walk.backwards(items, new Alive(placesOf(ends)));
  return walk;
}

/** A node as something that has a place: what a loop leaves in an `out` is what its carry holds; null for constants and inputs. */
export function placeOf(e: Expr): Expr | null {
  const a = e.attr;
  if (a !== null && 'scan' in a) return e.op === 'out' ? a.scan.carries[a.index] : e;
  return a !== null && ('value' in a || 'input' in a) ? null : e;
}

const reads = new WeakMap<Item, readonly Expr[]>();

/** What an item itself reads; not what stands inside it. */
export function readBy(item: Item): readonly Expr[] {
  const known = reads.get(item) ?? placesOf(operandsOf(item));
  reads.set(item, known);
  return known;
}

function operandsOf(item: Item): readonly Expr[] {
  if (item.kind === 'let') return item.expr.args;
  if (item.kind === 'arm') return [item.mask];
  if (item.kind === 'loop') {
    const { length, visits, init } = item.scan;
    return [length, ...(visits === null ? [] : [visits.start]), ...item.carries.map((i) => init[i])];
  }
  const { slot, value, when } = item.emit;
  return when === null ? [slot, value] : [slot, value, when];
}

export const placesOf = (nodes: readonly Expr[]): Expr[] => nodes.map(placeOf).filter((e) => e !== null);

/** What a loop reads at the end of a step. */
export function readByStep({ scan, carries }: LoopItem): Expr[] {
  return placesOf([...carries.map((i) => scan.next[i]), ...(scan.active === null ? [] : [scan.active])]);
}

/** What a loop itself gives values to. */
export const ownOf = ({ scan, carries }: LoopItem): Expr[] => [scan.counter, ...carries.map((i) => scan.carries[i])];

/** The carries of a loop that change; the others keep their initial value. */
export function movedCarries({ scan, carries }: LoopItem): number[] {
  return carries.filter((i) => scan.next[i] !== scan.carries[i]);
}

/** What items give values to, as it is seen behind them. */
export function definedBy(items: readonly Item[]): Expr[] {
  return items.flatMap((item) => {
    if (item.kind === 'let') return [item.expr];
    if (item.kind === 'loop') return ownOf(item);
    return item.kind === 'arm' ? definedBy(item.body) : [];
  });
}

/** What the steps of a loop read from outside. */
export function readFromOutside(item: LoopItem): Set<Expr> {
  const read = new Set(readByStep(item));
  const inside = new Set(ownOf(item));
  const visit = (items: readonly Item[]) => {
    for (const i of items) {
      for (const e of readBy(i)) read.add(e);
      if (i.kind === 'let') inside.add(i.expr);
      if (i.kind === 'loop') {
        for (const e of readByStep(i)) read.add(e);
        for (const e of ownOf(i)) inside.add(e);
      }
      if (i.kind === 'loop' || i.kind === 'arm') visit(i.body);
    }
  };
  visit(item.body);
  for (const e of inside) read.delete(e);
  return read;
}

/** What is needed at a place, and how many numbers are among it. */
class Alive {
  private readonly nodes = new Set<Expr>();
  numbers = 0;

  constructor(nodes: Iterable<Expr>) {
    for (const e of nodes) this.add(e);
  }
  add(e: Expr): void {
    if (!this.nodes.has(e) && e.dtype === 'f64') this.numbers++;
    this.nodes.add(e);
  }
  delete(e: Expr): void {
    if (this.nodes.delete(e) && e.dtype === 'f64') this.numbers--;
  }
  /** Of these nodes, those that are needed. */
  among(nodes: readonly Expr[]): Expr[] {
    return nodes.filter((e) => this.nodes.has(e));
  }
  without(nodes: ReadonlySet<Expr>): Expr[] {
    return [...this.nodes].filter((e) => !nodes.has(e));
  }
}

/** What is needed behind the last item of a loop's body: for the next step, and after the loop. */
export const endsOf = (item: LoopItem): Expr[] => [...readFromOutside(item), item.scan.counter, ...readByStep(item)];

class Walk implements Lifetimes {
  readonly leaving = new Map<ArmItem, readonly Expr[]>();
  readonly through = new Map<LoopItem, readonly Expr[]>();
  readonly most = new Map<Item, number>();

  /** `alive`: what is needed behind the items; in the end, what is needed before them. Gives the most at a time. */
  backwards(items: readonly Item[], alive: Alive): number {
    let most = alive.numbers;
    for (const item of [...items].reverse()) {
      let within = alive.numbers;
      if (item.kind === 'let') alive.delete(item.expr);
      else if (item.kind === 'arm') {
        this.leaving.set(item, alive.among(definedBy(item.body)));
        within = this.backwards(item.body, alive);
      } else if (item.kind === 'loop') within = Math.max(within, this.loop(item, alive));
      for (const e of readBy(item)) alive.add(e);
      within = Math.max(within, alive.numbers);
      this.most.set(item, within);
      most = Math.max(most, within);
    }
    return most;
  }

  private loop(item: LoopItem, alive: Alive): number {
    const outside = readFromOutside(item);
    for (const e of ownOf(item)) alive.delete(e);
    const through = alive.without(outside);
    this.through.set(item, through);
    const inside = this.backwards(item.body, new Alive(endsOf(item)));
    for (const e of outside) alive.add(e);
    return inside + through.filter((e) => e.dtype === 'f64').length;
  }
}
