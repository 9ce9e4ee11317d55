/**
 * Floor 0. Which steps an adjoint scan has to visit: in a step in which nobody trades, cotangents pass as they are, so that
 * going back from trade to trade gives the same.
 */
import type { Expr, Scan } from './expr.js';

/** Whether a step of `r` in which none of the masks holds leaves every carry as it is, but for the sign of a zero, and does nothing else. */
export function isQuiet(r: Scan, masks: ReadonlyMap<Expr, Expr>): boolean {
  const stores = r.emits.some((e) => !e.ghost && !(e.when !== null && masks.has(e.when)));
  if (stores || r.scans.length > 0) return false;
  const known = new Map<Expr, Expr | 0>();
  const of = (e: Expr): Expr | 0 => {
    const found = known.get(e);
    if (found !== undefined) return found;
    const made = withoutMasks(e, masks, of);
    known.set(e, made);
    return made;
  };
  return r.next.every((next, i) => of(next) === r.carries[i]);
}

/** What a node is where none of the masks holds: another node, or 0. */
function withoutMasks(e: Expr, masks: ReadonlyMap<Expr, Expr>, of: (e: Expr) => Expr | 0): Expr | 0 {
  const [x, y, z] = e.args;
  switch (e.op) {
    case 'where':
    case 'choose':
      if (masks.has(x)) return of(z);
      return of(y) === of(z) ? of(y) : e;
    case 'add':
      if (of(x) === 0) return of(y);
      return of(y) === 0 ? of(x) : e;
    case 'sub':
      return of(y) === 0 ? of(x) : e;
    case 'mul':
      return of(x) === 0 || of(y) === 0 ? 0 : e;
    case 'neg':
      return of(x) === 0 ? 0 : e;
    default:
      return e.constant === 0 ? 0 : e;
  }
}
