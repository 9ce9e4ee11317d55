/**
 * Floor 0. Arms: which nodes are only ever used through one side of a choice.
 *
 * A node whose every use goes through the same side of `where(mask, …)` (or of a uniform `choose`, or into a store with
 * a `when`) belongs to that arm; arms nest. Targets skip an arm that no lane needs; the adjoint masks what leaves one.
 */
import type { Emit, Expr, Scan } from './expr.js';
import { opCost } from './ops.js';
import { isEmit, isScan, position, type Uses, WHEN, type Work } from './uses.js';

export interface Arm {
  readonly parent: Arm | null;
  /** null for the block itself, which always runs. */
  readonly mask: Expr | null;
  readonly side: boolean;
  readonly depth: number;
}

/** The arms of a block, interned so that equal arms are one object. */
class ArmTree {
  readonly root: Arm = { parent: null, mask: null, side: true, depth: 0 };
  private readonly inside = new Map<Arm, Map<string, Arm>>();

  child(parent: Arm, mask: Expr, side: boolean): Arm {
    // inside an arm on the same mask and side nothing is gained by asking again
    for (let a: Arm | null = parent; a !== null; a = a.parent) if (a.mask === mask && a.side === side) return parent;
    const children = this.inside.get(parent) ?? new Map<string, Arm>();
    this.inside.set(parent, children);
    const key = `${mask.id}.${side}`;
    const found = children.get(key);
    if (found !== undefined) return found;
    const made = { parent, mask, side, depth: parent.depth + 1 };
    children.set(key, made);
    return made;
  }

  /** The innermost arm that contains both; `across`: that of the choices that both have, wherever they stand among others. */
  common(a: Arm, b: Arm, across: boolean): Arm {
    if (across) {
      const inB = (x: Arm) => chainOf(b).some((y) => y.mask === x.mask && y.side === x.side);
      return chainOf(a)
        .filter(inB)
        .reduce((arm, x) => this.child(arm, x.mask as Expr, x.side), this.root);
    }
    let x = a;
    let y = b;
    while (x !== y) {
      if (x.depth >= y.depth) x = x.parent as Arm;
      else y = y.parent as Arm;
    }
    return x;
  }
}

/** The arms around an arm and itself, outermost first, without the block. */
function chainOf(arm: Arm): Arm[] {
  return arm.parent === null ? [] : [...chainOf(arm.parent), arm];
}

/** The arm through which `user` (at `arm`) uses its argument. */
function armOfUse(tree: ArmTree, user: Work, argument: number, arm: Arm): Arm {
  if (isScan(user)) return arm;
  if (isEmit(user)) return argument === WHEN ? tree.root : arm;
  if ((user.op === 'where' || user.op === 'choose') && argument > 0) {
    return tree.child(arm, user.args[0], argument === 1);
  }
  return arm;
}

function armOfStore(tree: ArmTree, { when }: Emit): Arm {
  if (when === null) return tree.root;
  const isOtherSide = when.op === 'not' || when.op === 'cnot';
  return tree.child(tree.root, isOtherSide ? when.args[0] : when, !isOtherSide);
}

/** The arm of every work of a block (given in order of position); `across`: as for ArmTree.common, and choices float. */
export function armsOf(block: readonly Work[], uses: Uses, across = false): Map<Work, Arm> {
  const tree = new ArmTree();
  const arms = new Map<Work, Arm>();
  for (let i = block.length - 1; i >= 0; i--) {
    const work = block[i];
    if (isEmit(work)) {
      arms.set(work, armOfStore(tree, work));
      continue;
    }
    let arm: Arm | null = isScan(work) && storesOutside(work) ? tree.root : null;
    for (const { user, argument } of uses.of.get(work) ?? []) {
      const at = user === null ? tree.root : armOfUse(tree, user, argument, arms.get(user) as Arm);
      arm = arm === null ? at : tree.common(arm, at, across);
    }
    arms.set(work, arm ?? tree.root);
  }
  return across ? floated(tree, arms) : arms;
}

/**
 * Without arms of nothing but choices, each of a number and that number plus something: the choices cost nothing where they
 * stand beside the arm in which that something is added (see wasm/merges.ts).
 */
function floated(tree: ArmTree, arms: Map<Work, Arm>): Map<Work, Arm> {
  const within = new Map<Arm, number>();
  const choices = new Map<Arm, number>();
  for (const [work, arm] of arms) {
    const isChoice = !isScan(work) && !isEmit(work) && work.op === 'where';
    for (let a: Arm | null = arm; a !== null; a = a.parent) {
      const cost = isChoice && a === arm ? 0 : workCost(work, a) + (a === arm ? 1000 : 0);
      within.set(a, (within.get(a) ?? 0) + cost);
    }
    if (isChoice) choices.set(arm, (choices.get(arm) ?? 0) + 1);
  }
  const settle = (arm: Arm): Arm => {
    if (arm.parent === null) return arm;
    const isIdle = arm.mask?.dtype === 'bool' && (within.get(arm) ?? 0) <= (choices.get(arm) ?? 0);
    const parent = settle(arm.parent);
    return isIdle ? parent : tree.child(parent, arm.mask as Expr, arm.side);
  };
  return new Map([...arms].map(([work, arm]) => [work, settle(arm)]));
}

/** Whether a scan stores to the program's outputs: then it must run. */
function storesOutside(scan: Scan): boolean {
  return scan.emits.some((e) => !e.ghost && e.buffer.kind === 'output') || scan.scans.some(storesOutside);
}

/** Below this many additions a branch costs more than it saves. */
const WORTH_A_BRANCH = 8;

/** Moves what lies in arms too cheap to branch for into the arm around. Loads under a uniform condition stay guarded. */
export function dissolveCheapArms(block: readonly Work[], arms: ReadonlyMap<Work, Arm>): Map<Work, Arm> {
  const cost = new Map<Arm, number>();
  for (const work of block) {
    for (let a: Arm | null = arms.get(work) as Arm; a !== null; a = a.parent) {
      cost.set(a, (cost.get(a) ?? 0) + workCost(work, a));
    }
  }
  const settle = (arm: Arm): Arm => {
    if (arm.parent === null) return arm;
    return (cost.get(arm) ?? 0) < WORTH_A_BRANCH ? settle(arm.parent) : arm;
  };
  return new Map([...arms].sort((a, b) => position(a[0]) - position(b[0])).map(([w, a]) => [w, settle(a)]));
}

function workCost(work: Work, arm: Arm): number {
  const guarded = arm.mask?.dtype === 'cond';
  if (isScan(work)) return 1000;
  if (isEmit(work)) return guarded ? 1000 : 1;
  if (work.op === 'load') return guarded ? 1000 : 1;
  return opCost(work.op);
}
