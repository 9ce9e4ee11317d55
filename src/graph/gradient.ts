/** Floor 0. The derivative of an expression as an expression, where a model needs one in its own step: a force, for one. */
import { derivatives } from './derivatives.js';
import { constant, type Expr } from './expr.js';
import { where } from './language.js';

/**
 * ∂y/∂x for each x of `wrt`, by the rules of derivatives.ts, from the result backwards. What is computed of no x is constant.
 * Throws TypeError where y is made by a scan after them.
 */
export function gradientOf(y: Expr, wrt: readonly Expr[]): Expr[] {
  const cotangents = new Map<Expr, Expr>([[y, constant(1)]]);
  for (const e of between(y, new Set(wrt))) {
    const g = cotangents.get(e);
    if (g === undefined) continue;
    pullBack(e, g).forEach((c, i) => {
      if (c === null) return;
      const known = cotangents.get(e.args[i]);
      cotangents.set(e.args[i], known === undefined ? c : known.add(c));
    });
  }
  return wrt.map((x) => cotangents.get(x) ?? constant(0));
}

/** What y is computed of, down to the ends; users before what they use. What is older than the ends is computed of none. */
function between(y: Expr, ends: ReadonlySet<Expr>): Expr[] {
  const seen = new Set<Expr>();
  const oldest = Math.min(...[...ends].map((e) => e.id));
  const visit = (e: Expr): void => {
    if (seen.has(e) || ends.has(e) || e.id < oldest) return;
    if (e.op === 'out') throw new TypeError('graph: the gradient of an expression cannot go through a scan');
    seen.add(e);
    for (const arg of e.args) visit(arg);
  };
  visit(y);
  return [...seen].sort((a, b) => b.id - a.id);
}

/** Cotangents of the arguments; of a choice, the arm that was not taken has 0. */
function pullBack(e: Expr, g: Expr): readonly (Expr | null)[] {
  if (e.op === 'where' || e.op === 'choose') return [null, where(e.args[0], g, 0), where(e.args[0], 0, g)];
  return derivatives[e.op]?.(g, e, e.args[0], e.args[1], e.args[2]) ?? [];
}
