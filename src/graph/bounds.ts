/** Floor 0. Bounds of clock integers, known at the root: how many rows the slots of a loop reach. */
import { type Expr, integer, make } from './expr.js';
import { type OpName, ops } from './ops.js';

type Side = 'upper' | 'lower';
type Rule = (e: Expr, side: Side) => Expr;

const other = (side: Side): Side => (side === 'upper' ? 'lower' : 'upper');

const rules: Partial<Record<OpName, Rule>> = {
  counter: (e, side) => (side === 'lower' ? integer(0) : counterScan(e).bound.sub(1)),
  iadd: (e, side) => {
    const [x, y] = e.args;
    const tight = side === 'upper' ? (sumBelow(x, y) ?? sumBelow(y, x)) : null;
    return tight ?? bound(x, side).add(bound(y, side));
  },
  isub: ({ args: [x, y] }, side) => bound(x, side).sub(bound(y, other(side))),
  // factors are non-negative but for constants
  imul: ({ args: [x, y] }, side) => {
    const negative = (z: Expr) => z.constant !== undefined && z.constant < 0;
    return bound(x, negative(y) ? other(side) : side).mul(bound(y, negative(x) ? other(side) : side));
  },
  idiv: ({ args: [x, y] }, side) => bound(x, side).div(bound(y, other(side))),
  imod: ({ args: [x, y] }, side) => (side === 'lower' ? integer(0) : bound(x, side).minimum(bound(y, side).sub(1))),
  imin: ({ args: [x, y] }, side) => bound(x, side).minimum(bound(y, side)),
  imax: ({ args: [x, y] }, side) => bound(x, side).maximum(bound(y, side)),
};

/** An integer of the root that `e` never exceeds (upper) or never falls below (lower). */
export function bound(e: Expr, side: Side): Expr {
  if (e.region.parent === null) return e;
  const rule = rules[e.op];
  if (rule === undefined || ops[e.op].result !== 'i32') throw new Error(`bounds: ${e.op} is no clock integer`);
  return rule(e, side);
}

/** start + t < total, where the steps of t's scan are min(total − start, …): chunks of a longer loop. */
function sumBelow(start: Expr, t: Expr): Expr | null {
  if (t.op !== 'counter') return null;
  const { length } = counterScan(t);
  for (const e of length.op === 'imin' ? length.args : [length]) {
    if (e.op === 'isub' && e.args[1] === start) return bound(make('iadd', [e.args[0], integer(-1)]), 'upper');
  }
  return null;
}

function counterScan(e: Expr) {
  if (e.attr === null || !('scan' in e.attr)) throw new Error(`bounds: ${e.op} belongs to no scan`);
  return e.attr.scan;
}

/** The counters that an integer depends on. */
export function clocksOf(e: Expr): Set<Expr> {
  if (e.op === 'counter') return new Set([e]);
  return new Set(e.args.flatMap((a) => [...clocksOf(a)]));
}
