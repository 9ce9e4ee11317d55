/**
 * Floor 1, for the targets that work on groups of vectors (wasm, native). Choices between what an arm computed and
 * what was there before: `where(m, a, b)` with a of the arm of m. The choice's local takes b before the arm and the choice at
 * its end, so that a step in which the arm is skipped does nothing for it: compilers keep both in one register.
 */
import { definedBy, type Expr, type Item, placeOf } from '../../graph/index.js';

type ArmItem = Extract<Item, { kind: 'arm' }>;

/** By arm, the choices that are made at its end. */
export type Merges = ReadonlyMap<ArmItem, readonly Expr[]>;

/** Those of a list of items, and of all lists inside. */
export function mergesOf(items: readonly Item[], merges = new Map<ArmItem, Expr[]>()): Merges {
  /** Where in the items something gets its value. */
  const at = new Map<Expr, number>();
  items.forEach((item, i) => {
    for (const e of definedBy([item])) at.set(e, i);
    if (item.kind === 'arm' || item.kind === 'loop') mergesOf(item.body, merges);
  });
  for (const item of items) {
    if (item.kind !== 'let' || (item.expr.op !== 'where' && item.expr.op !== 'choose')) continue;
    const arm = armOf(item.expr, items, at);
    if (arm !== null) merges.set(arm, [...(merges.get(arm) ?? []), item.expr]);
  }
  return merges;
}

/** The arm in which one side of a choice is computed, where the other side is there before it. */
function armOf(
  { args: [mask, ...sides] }: Expr,
  items: readonly Item[],
  at: ReadonlyMap<Expr, number>,
): ArmItem | null {
  /** Before all of them, what does not get its value here. */
  const placeIn = (e: Expr) => {
    const place = placeOf(e);
    return (place === null ? undefined : at.get(place)) ?? -1;
  };
  for (const [i, inside] of sides.entries()) {
    const place = placeIn(inside);
    const arm = items[place];
    const isArm = arm?.kind === 'arm' && arm.mask === mask && arm.side === (i === 0);
    if (isArm && placeIn(sides[1 - i]) < place) return arm;
  }
  return null;
}
