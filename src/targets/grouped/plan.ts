/**
 * Floor 1, for the targets that work on groups of vectors (wasm, native). How a program is done: its schedule,
 * which loops visit but some steps, and what groups of several vectors would cost.
 */
import { lower, type Program, type Schedule, schedule, sink } from '../../graph/index.js';
import { type VisitedLoops, visitedLoops } from './visits.js';
import { type Costs, costsOf } from './width.js';

export interface Planned {
  readonly plan: Schedule;
  readonly costs: Costs;
  readonly visited: VisitedLoops;
}

const plans = new WeakMap<Program, Planned>();

/** Made once a program. */
export function planned(program: Program): Planned {
  const known = plans.get(program);
  if (known !== undefined) return known;
  const plan = schedule(sink(lower(program)), { across: true });
  const made = { plan, costs: costsOf(plan), visited: visitedLoops(plan) };
  plans.set(program, made);
  return made;
}
