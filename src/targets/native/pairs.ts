/**
 * Floor 1, native target. Two windows side by side in the halves of one vector: which programs allow it.
 *
 * Neighbouring windows go through the same steps at the same time and differ in the rows of series that they read. What they
 * trade does not: an arm is run where a lane of either window needs it, and costs no more than both would alone.
 */
import type { Expr, Live, Program } from '../../graph/index.js';
import { planned } from '../grouped/plan.js';
import type { Costs } from '../grouped/width.js';

/** The integers of a program that differ by window; null where anything but a row of what is read follows from one. */
export function varyingIntegers({ exprs, emits, scans }: Live): ReadonlySet<Expr> | null {
  const varying = new Set<Expr>();
  const all = [...exprs].sort((a, b) => a.id - b.id);
  for (const e of all) {
    const a = e.attr;
    const own = a !== null && 'input' in a && a.input.per === 'window';
    if (own || (e.dtype === 'i32' && e.args.some((x) => varying.has(x)))) varying.add(e);
  }
  for (const e of all) {
    // a number of a series as an integer would differ, too
    if (e.op === 'int') return null;
    if (!varying.has(e) && e.args.some((x) => varying.has(x)) && !reads(e)) return null;
  }
  const moves = [...emits].some((e) => varying.has(e.slot)) || [...scans.keys()].some((s) => varying.has(s.length));
  return moves ? null : varying;
}

/** Whether a node reads what every window may read at a row of its own. */
function reads({ attr }: Expr): boolean {
  return attr !== null && 'buffer' in attr && (attr.buffer.kind === 'series' || attr.buffer.kind === 'set');
}

/** What decides of the width of a program's vectors. */
export interface NativePlanned {
  readonly costs: Costs;
  /** Null where windows do not stand side by side. */
  readonly varying: ReadonlySet<Expr> | null;
}

const plans = new WeakMap<Program, NativePlanned>();

/** Made once a program. */
export function nativePlanned(program: Program): NativePlanned {
  const known = plans.get(program);
  if (known !== undefined) return known;
  const { plan, costs } = planned(program);
  const made = { costs, varying: varyingIntegers(plan.live) };
  plans.set(program, made);
  return made;
}
