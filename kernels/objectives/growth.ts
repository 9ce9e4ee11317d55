/** Floor 3. Objectives of what the pool is worth in the end: its growth, and that beside what holding would have kept. */
import type { Expr } from '../../src/graph/index.js';
import type { ObjectiveContext, ObjectiveModel } from '../../src/rollout/model.js';
import { lastOf, startOf, stepsAYear, VALUES } from './samples.js';

/** (v_T/v_0)^(Y/N) − 1, Y the rows of a year and N those of the window; as exp(…) − 1, which loses no digits of small returns */
export const yearly = (c: ObjectiveContext): Expr =>
  lastOf(c)
    .div(startOf(c))
    .log()
    .mul(c.rows.float().reciprocal().mul(stepsAYear(c)))
    .expm1();

/** v_T/v_0 − 1 */
export const returns: ObjectiveModel = {
  name: 'returns',
  doc: 'growth of the pool value, v_T/v_0 − 1',
  reads: VALUES,
  every: 0,
  score: (c) => lastOf(c).div(startOf(c)).sub(1),
};

/** (v_T/v_0)^(Y/N) − 1 */
export const annualisedReturns: ObjectiveModel = {
  name: 'annualised_returns',
  doc: 'growth of the pool value, compounded to a year',
  reads: VALUES,
  every: 0,
  score: yearly,
};

/** v_T/Σ sg(R₀)·p_T − 1 */
export const returnsOverHodl: ObjectiveModel = {
  name: 'returns_over_hodl',
  doc: 'growth over holding the start reserves, v_T/Σ R₀p_T − 1',
  reads: ['value', 'hold'],
  every: 0,
  score: (c) => lastOf(c).div(c.last.hold[0]).sub(1),
};

/**
 * (v_T − v_0 − Σ_t R_{t−1}·(p_t − p_{t−1}))/v_0: what is left when the price moves of all that the pool held are hedged away.
 * Of the value that changes in a step, that is what others left less what arbitrageurs gained.
 */
export const hedgedReturns: ObjectiveModel = {
  name: 'hedged_returns',
  doc: 'growth of the pool value less that of what it held from step to step: its earnings, without the market',
  reads: ['value', 'earned', 'lost'],
  every: 0,
  score: (c) => c.last.earned[0].sub(c.last.lost[0]).div(startOf(c)),
};

/** v_T/Σ (v_0/(m·p_0))·p_T − 1 */
export const returnsOverUniformHodl: ObjectiveModel = {
  name: 'returns_over_uniform_hodl',
  doc: 'growth over holding the start value spread evenly over all that the pool holds',
  reads: ['value', 'uniform'],
  every: 0,
  score: (c) => lastOf(c).div(c.last.uniform[0]).sub(1),
};

/** max(v_T − Σ fees, 0)/Σ sg(R₀)·p_T − 1 */
export const il: ObjectiveModel = {
  name: 'il',
  doc: 'impermanent loss: growth over holding the start reserves, without what fees earned',
  reads: ['value', 'fees', 'hold'],
  every: 0,
  score: (c) => lastOf(c).sub(c.last.fees[0]).maximum(0).div(c.last.hold[0]).sub(1),
};
