/**
 * Floor 0. From the pure graph to loops and branches: the structured form that every target prints.
 *
 * Each node is computed in its own region (so loop-invariant work stands outside the loop) and, within it, in the
 * innermost arm of a `where` or `choose` that all its uses share: a target may skip an arm that no lane needs.
 */
import { type Arm, armsOf, dissolveCheapArms } from './arms.js';
import type { Emit, Expr, Region, Scan } from './expr.js';
import { type Live, liveness, type Program } from './program.js';
import { withoutGrafts } from './rewrite.js';
import { findUses, isEmit, isScan, position, type Uses, type Work } from './uses.js';

export type Item =
  /** `again`: it was computed before, and what it holds need not have been kept since (rematerialisation.ts of the cuda target). */
  | { readonly kind: 'let'; readonly expr: Expr; readonly again?: true }
  | { readonly kind: 'store'; readonly emit: Emit }
  /**
   * Before: carry = init. Each step: body, then all live carries take their next at once; if `scan.active` is given
   * and false in every lane after a step, the loop may end. The outs are the carries after the loop.
   */
  | { readonly kind: 'loop'; readonly scan: Scan; readonly carries: readonly number[]; readonly body: readonly Item[] }
  /** body is needed only where mask (bool: by lane; cond: for all lanes) equals side. */
  | { readonly kind: 'arm'; readonly mask: Expr; readonly side: boolean; readonly body: readonly Item[] };

export interface Schedule {
  readonly program: Program;
  readonly live: Live;
  readonly body: readonly Item[];
}

export interface ScheduleOptions {
  /** Arms are shared across others (see armsOf); for targets to which a choice beside an arm costs nothing. */
  readonly across?: boolean;
}

/** Structures the live part of a program into blocks of items. */
export function schedule(traced: Program, { across = false }: ScheduleOptions = {}): Schedule {
  const program = withoutGrafts(traced);
  const live = liveness(program);
  const uses = findUses(program, live);
  const body = orderBlock(program.graph.root, uses, live, across);
  return { program, live, body };
}

/** Which numbers of a block are alive, while its order is being made. */
class Alive {
  /** Uses that still come, of the block's own numbers. */
  private readonly left = new Map<Work, number>();
  private readonly read = new Map<Work, Work[]>();

  constructor(block: readonly Work[], uses: Uses) {
    for (const w of block) {
      if (!isNumber(w)) continue;
      const users = uses.of.get(w) ?? [];
      this.left.set(w, users.length);
      for (const { user } of users) {
        if (user === null) continue;
        const read = this.read.get(user) ?? [];
        this.read.set(user, read);
        read.push(w);
      }
    }
  }

  /** Whether a work is the last to read a number, in whose place its own can stand. */
  isFree(w: Work): boolean {
    const read = this.read.get(w) ?? [];
    const last = read.some((x) => this.left.get(x) === read.filter((y) => y === x).length);
    return last && !isScan(w);
  }

  place(w: Work): void {
    for (const x of this.read.get(w) ?? []) this.left.set(x, (this.left.get(x) as number) - 1);
  }
}

const isNumber = (w: Work): boolean => !isScan(w) && !isEmit(w) && w.dtype === 'f64';

function orderBlock(region: Region, uses: Uses, live: Live, across: boolean): Item[] {
  const block = [...(uses.blocks.get(region) ?? [])].sort((a, b) => position(a) - position(b) || 0);
  const arms = dissolveCheapArms(block, armsOf(block, uses, across));
  const missing = new Map<Work, number>(block.map((w) => [w, 0]));
  const needs = new Map<Work, Work[]>(block.map((w) => [w, []]));
  const order = (before: Work, after: Work) => {
    missing.set(after, (missing.get(after) as number) + 1);
    (needs.get(before) as Work[]).push(after);
  };
  for (const used of block) {
    for (const { user } of uses.of.get(used) ?? []) if (user !== null) order(used, user);
    // an arm opens only when its mask is known
    for (let a = arms.get(used) as Arm; a.parent !== null; a = a.parent) {
      if (missing.has(a.mask as Expr)) order(a.mask as Expr, used);
    }
  }
  const ready = new Map<Arm, Work[]>();
  const alive = new Alive(block, uses);
  /** The row of a store: what is stored need not be alive until then. */
  const isRow = (w: Work): boolean =>
    !isScan(w) &&
    !isEmit(w) &&
    w.dtype === 'i32' &&
    (uses.of.get(w) ?? []).some((u) => u.user !== null && isEmit(u.user));
  const makeReady = (w: Work) => {
    const arm = arms.get(w) as Arm;
    const list = ready.get(arm) ?? [];
    ready.set(arm, list);
    // by position: keeps what was written together together, so that few values are alive at a time
    let at = list.length;
    while (at > 0 && position(list[at - 1]) > position(w)) at--;
    list.splice(at, 0, w);
  };
  /** The first by position, but what leaves no more numbers alive than there were comes before it. */
  const takeReady = (arm: Arm): Work | undefined => {
    const list = ready.get(arm) ?? [];
    const free = list.findIndex((w) => alive.isFree(w) || (across && isRow(w)));
    return list.splice(Math.max(free, 0), 1).at(0);
  };
  for (const w of block) if (missing.get(w) === 0) makeReady(w);

  const toItem = (w: Work): Item => {
    if (isEmit(w)) return { kind: 'store', emit: w };
    if (isScan(w)) {
      return { kind: 'loop', scan: w, carries: live.scans.get(w) ?? [], body: orderBlock(w, uses, live, across) };
    }
    return { kind: 'let', expr: w };
  };
  const lastReads = lastReadsOf(block, arms, needs);
  let done = 0;
  /** Everything ready in this arm, then the arms inside it that became ready, until nothing more is. */
  const fill = (arm: Arm): Item[] => {
    const items: Item[] = [];
    for (;;) {
      const next = takeReady(arm);
      if (next !== undefined) {
        items.push(toItem(next));
        alive.place(next);
        done++;
        for (const user of needs.get(next) as Work[]) {
          const left = (missing.get(user) as number) - 1;
          missing.set(user, left);
          if (left === 0) makeReady(user);
        }
        continue;
      }
      const inner = readyArmInside(arm, ready, lastReads);
      if (inner === null) return items;
      items.push({ kind: 'arm', mask: inner.mask as Expr, side: inner.side, body: fill(inner) });
    }
  };
  const items = fill(rootOf(arms, block));
  if (done !== block.length)
    throw new Error(`schedule: ${block.length - done} of ${block.length} nodes of a block were not placed`);
  return items;
}

function rootOf(arms: ReadonlyMap<Work, Arm>, block: readonly Work[]): Arm {
  let arm = block.length > 0 ? (arms.get(block[0]) as Arm) : ({ parent: null } as Arm);
  while (arm.parent !== null) arm = arm.parent;
  return arm;
}

/** By arm, the position of the last work outside of it that reads something of it. */
function lastReadsOf(
  block: readonly Work[],
  arms: ReadonlyMap<Work, Arm>,
  needs: ReadonlyMap<Work, readonly Work[]>,
): ReadonlyMap<Arm, number> {
  const last = new Map<Arm, number>();
  const isIn = (w: Work, arm: Arm) => {
    for (let a = arms.get(w) as Arm; a.depth >= arm.depth; a = a.parent as Arm) if (a === arm) return true;
    return false;
  };
  for (const w of block) {
    for (let a = arms.get(w) as Arm; a.parent !== null; a = a.parent) {
      for (const user of needs.get(w) as readonly Work[]) {
        if (!isIn(user, a)) last.set(a, Math.max(position(user), last.get(a) ?? 0));
      }
    }
  }
  return last;
}

/**
 * The arm directly inside `arm` with ready work of which all is read first, or null: of the sweeps through many assets,
 * the one whose cotangents the sums begin with, so that they need not wait.
 */
function readyArmInside(
  arm: Arm,
  ready: ReadonlyMap<Arm, readonly Work[]>,
  lastReads: ReadonlyMap<Arm, number>,
): Arm | null {
  let best: Arm | null = null;
  let first = Number.POSITIVE_INFINITY;
  for (const [candidate, list] of ready) {
    if (list.length === 0) continue;
    let child = candidate;
    while (child.parent !== null && child.parent !== arm) child = child.parent;
    if (child.parent !== arm) continue;
    const at = lastReads.get(child) ?? Number.POSITIVE_INFINITY;
    if (best === null || at < first) {
      best = child;
      first = at;
    }
  }
  return best;
}
