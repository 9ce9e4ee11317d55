/** Floor 3. What objectives make of the samples of a window's values: mean and deviation of changes, and whole blocks. */
import { constant, type Expr, type Tree, where } from '../../src/graph/index.js';
import { minutesOf } from '../../src/rollout/clock.js';
import { choose } from '../../src/rollout/functions.js';
import type { ObjectiveContext, Row } from '../../src/rollout/model.js';

export const DAY = 1440;
export const WEEK = 7 * DAY;
const YEAR = 365 * DAY;

/** Steps of a year, which need be no whole number. */
export const stepsAYear = ({ clock }: ObjectiveContext): number => YEAR / minutesOf(clock);

/** v_0, v_T. */
export const startOf = ({ first }: ObjectiveContext): Expr => first.value[0];
export const lastOf = ({ last }: ObjectiveContext): Expr => last.value[0];

/** What an objective of the values at its samples reads. */
export const VALUES = ['value'] as const;

/** Folds a carry over the values v_1 … v_m. */
export const foldValues = <T extends Tree>(c: ObjectiveContext, init: T, step: (carry: T, v: Expr, t: Expr) => T): T =>
  c.fold(init, (carry, { value }, t) => step(carry, value[0], t));

/** v_t/v_{t−1} − 1 */
export const simpleReturn = (now: Expr, before: Expr): Expr => now.div(before).sub(1);

/** How a change is made of two samples, and what of a sample it is made of. */
export interface Change {
  readonly of: (value: Expr) => Expr;
  readonly between: (now: Expr, before: Expr) => Expr;
}

export const SIMPLE: Change = { of: (v) => v, between: simpleReturn };

export interface Moments {
  readonly mean: Expr;
  /** Of the population. */
  readonly deviation: Expr;
}

/** Mean and deviation of the changes (Welford's recurrence, which does not cancel). */
export function moments(c: ObjectiveContext, { of, between }: Change): Moments {
  const zero = constant(0);
  const [, mean, squares] = foldValues(c, [of(startOf(c)), zero, zero] as Expr[], ([before, average, sum], v, t) => {
    const now = of(v);
    const x = between(now, before);
    const d = x.sub(average);
    const next = average.add(d.div(t.float().add(1)));
    return [now, next, sum.add(d.mul(x.sub(next)))];
  });
  return { mean, deviation: squares.div(c.samples.float()).sqrt() };
}

/** A carry within a block of rows, and the figure that it ends with. */
export interface Block<T extends Tree> {
  /** How long it is. */
  readonly minutes: number;
  /** The carry of a block's first row. */
  readonly open: (sample: Row) => T;
  /** The carry of its k-th row, k from 1. */
  readonly step: (carry: T, sample: Row, k: Expr) => T;
  /** Of a block of so many rows. */
  readonly figure: (carry: T, rows: number) => Expr;
}

/** The mean of the figures of whole blocks, one after another from the window's first row; samples are of every row. */
export function meanOverBlocks<T extends Tree>(c: ObjectiveContext, { minutes, open, step, figure }: Block<T>): Expr {
  const rows = c.rowsOf(minutes);
  const init: { carry: Tree; total: Expr } = { carry: open(c.first), total: constant(0) };
  const { total } = c.fold(init, ({ carry, total: sum }, sample, t) => {
    const row = t.add(1);
    const k = row.mod(rows);
    const next = choose(k.equal(0), open(sample), step(carry as T, sample, k));
    const ends = row.add(1).mod(rows).equal(0);
    return { carry: next, total: sum.add(where(ends, figure(next, rows), 0)) };
  });
  return total.div(c.rows.div(rows).float());
}
