/**
 * Floor 1, for the targets that work on groups of vectors (wasm, native). How a program is done: its schedule,
 * which loops visit but some steps, and what groups of several vectors would cost.
 */
import { fingerprint, lower, type Program, type Schedule, schedule, sink } from '../../graph/index.js';
import { type VisitedLoops, visitedLoops } from './visits.js';
import { type Costs, costsOf } from './width.js';

export interface Planned {
  readonly plan: Schedule;
  readonly costs: Costs;
  readonly visited: VisitedLoops;
}

const plans = new WeakMap<Program, Planned>();

/** Of the last programs, by what they are: one job after another traces the same ones. The one that was asked for last is last. */
const recent = new Map<string, Planned>();
const MOST_RECENT = 16;

/** Made once a program. */
export function planned(program: Program): Planned {
  const known = plans.get(program);
  if (known !== undefined) return known;
  const text = fingerprint(program);
  const made = recent.get(text) ?? plannedAnew(program);
  plans.set(program, made);
  recent.delete(text);
  recent.set(text, made);
  const [oldest] = recent.keys();
  if (recent.size > MOST_RECENT) recent.delete(oldest);
  return made;
}

function plannedAnew(program: Program): Planned {
  const plan = schedule(sink(lower(program)), { across: true });
  return { plan, costs: costsOf(plan), visited: visitedLoops(plan) };
}
