/** Floor 2½. How a pool is carried through the legs of its weights: with fees, or by a closed form without. */
import type { Expr, Tree } from '../graph/index.js';
import type { Row, SystemContext, SystemRun, Tick } from '../rollout/model.js';
import type { Holding } from './accounts.js';
import type { PoolTrace } from './minute.js';
import type { Leg } from './model.js';

/** What every run of a pool shares. */
export interface Shared extends PoolTrace {
  readonly c: SystemContext;
}

export interface Walk<L extends Tree> {
  /** The pool at the first row, and the lane there. */
  readonly start: Tree;
  readonly init: L;
  step(lane: L, tick: Tick<Leg>, before: readonly Expr[], now: readonly Expr[]): L;
  /** `weights`: those of the step; none where it is not told. */
  observe(lane: L, now: Row, weights: readonly Expr[]): Row;
  /** The lane as steps of a leg carry it, and as it is between legs, after the last weights; left out: they are the same. */
  readonly inLeg?: {
    open(lane: L, start: readonly Expr[]): L;
    close(lane: L, end: readonly Expr[]): L;
  };
  leap?(lane: L, leg: Leg, before: Expr, length: Expr): L;
  /** What it holds in a row, at the weights there. */
  holding(lane: L, row: Row, weights: readonly Expr[]): Holding;
  /** What `observe` gives by way of something else, and that at the first row. */
  readonly derived?: SystemRun['derived'];
  readonly opening?: Row;
}
