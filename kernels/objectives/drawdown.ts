/** Floor 3. Objectives of losses from the start and from the highest value so far, negated. */
import { constant, type Expr } from '../../src/graph/index.js';
import { EACH_STEP } from '../../src/rollout/clock.js';
import type { ObjectiveContext, ObjectiveModel } from '../../src/rollout/model.js';
import { DAY, foldValues, meanOverBlocks, startOf, VALUES } from './samples.js';

/** Minutes of a block. */
export const THIRTY_DAYS = 30 * DAY;

/** Drawdown 1 − v/top. */
const below = (top: Expr, v: Expr): Expr => v.div(top).neg().add(1);

/** [highest value so far, deepest drawdown so far] */
const deeper = ([top, fall]: readonly Expr[], v: Expr): Expr[] => {
  const high = top.maximum(v);
  return [high, fall.maximum(below(high, v))];
};

/** max over the samples of 1 − v_t/(running maximum) */
export const deepest = (c: ObjectiveContext): Expr => foldValues(c, [startOf(c), constant(0)] as Expr[], deeper)[1];

/** The same of each whole 30-day block, averaged; peaks start afresh in a block. */
export const meanDeepest = (c: ObjectiveContext): Expr =>
  meanOverBlocks(c, {
    minutes: THIRTY_DAYS,
    open: ({ value }) => [value[0], constant(0)] as Expr[],
    step: (carry, { value }) => deeper(carry, value[0]),
    figure: ([, fall]) => fall,
  });

/** min over steps of v_t/v_0 − 1; 0 if the value never falls below the start */
export const greatestDrawDown: ObjectiveModel = {
  name: 'greatest_draw_down',
  doc: 'deepest fall below the start value, negated',
  reads: VALUES,
  every: EACH_STEP,
  score: (c) =>
    foldValues(c, startOf(c), (least, v) => least.minimum(v))
      .div(startOf(c))
      .sub(1),
};

/** −max over steps of 1 − v_t/(running maximum) */
export const maxDrawDown: ObjectiveModel = {
  name: 'max_draw_down',
  doc: 'largest fall from a running maximum of the values, negated',
  reads: VALUES,
  every: EACH_STEP,
  score: (c) => deepest(c).neg(),
};

/** −max over days of 1 − v_t/(running maximum) */
export const drawdown: ObjectiveModel = {
  name: 'drawdown',
  doc: 'largest fall from a running maximum of the daily values, negated',
  reads: VALUES,
  every: DAY,
  score: (c) => deepest(c).neg(),
};

/** −mean over 30-day blocks of √mean(drawdown²) */
export const ulcer: ObjectiveModel = {
  name: 'ulcer',
  doc: 'root mean square drawdown of the steps, averaged over whole 30-day blocks, negated',
  reads: VALUES,
  every: EACH_STEP,
  rows: THIRTY_DAYS,
  score: (c) =>
    meanOverBlocks(c, {
      minutes: THIRTY_DAYS,
      open: ({ value }) => [value[0], constant(0)] as Expr[],
      step([top, squares], { value: [v] }) {
        const high = top.maximum(v);
        return [high, squares.add(below(high, v).square())];
      },
      figure: ([, squares], rows) => squares.div(rows).sqrt(),
    }).neg(),
};
