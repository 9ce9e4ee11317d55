/** Floor 3. What a maker is trained for. */
import { constant, where } from '../../src/graph/index.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';

/** Money made less the penalties of inventory, on the way and at the end: E[x_T + q_T S_T − αq_T² − ∫φq²dt]. */
export const makerObjective: ObjectiveModel = {
  name: 'maker_objective',
  doc: 'money made, less the penalties of the inventory on the way and at the end',
  reads: ['score', 'terminal'],
  every: 0,
  rows: 0,
  score: ({ last }) => last.score[0].sub(last.terminal[0]),
};

/** Money made, and no more. */
export const makerPnl: ObjectiveModel = {
  name: 'maker_pnl',
  doc: 'money made',
  reads: ['pnl'],
  every: 0,
  rows: 0,
  score: ({ last }) => last.pnl[0],
};

/** A step, however short. */
const EVERY_STEP = 1e-9;

/** Mean over standard deviation (of the population) of the steps' PnL; 0 where nothing happens. */
export const makerSharpe: ObjectiveModel = {
  name: 'maker_sharpe',
  doc: 'mean of the money made in a step over its standard deviation, not annualised',
  reads: ['pnl'],
  every: EVERY_STEP,
  score: ({ first, samples, fold }) => {
    const zero = constant(0);
    const { sum, squares } = fold({ sum: zero, squares: zero, before: first.pnl[0] }, (carry, { pnl }) => {
      const made = pnl[0].sub(carry.before);
      return { sum: carry.sum.add(made), squares: carry.squares.add(made.square()), before: pnl[0] };
    });
    const count = samples.float();
    const mean = sum.div(count);
    const variance = squares.div(count).sub(mean.square()).maximum(0);
    return where(variance.greater(0), mean.div(variance.sqrt()), 0);
  },
};

/** Lots traded, as a penalty. */
export const makerTurnover: ObjectiveModel = {
  name: 'maker_turnover',
  doc: 'minus the lots bought and sold',
  reads: ['traded'],
  every: 0,
  rows: 0,
  score: ({ last }) => last.traded[0].neg(),
};

export const makerObjectives: readonly ObjectiveModel[] = [makerObjective, makerPnl, makerSharpe, makerTurnover];
