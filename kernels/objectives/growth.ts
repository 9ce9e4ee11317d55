/** Floor 3. Objectives of what the pool is worth in the end: its growth, and that beside what holding would have kept. */
import type { Expr } from '../../src/graph/index.js';
import type { ObjectiveContext, ObjectiveModel } from '../../src/rollout/model.js';

const MINUTES_A_YEAR = 365 * 1440;

/** (v_T/v_0)^(525600/N) − 1, N the rows of the window; as exp(…) − 1, which loses no digits of small returns */
export const yearly = (c: ObjectiveContext): Expr =>
  c.last.div(c.start).log().mul(c.rows.float().reciprocal().mul(MINUTES_A_YEAR)).expm1();

/** v_T/v_0 − 1 */
export const returns: ObjectiveModel = {
  name: 'returns',
  doc: 'growth of the pool value, v_T/v_0 − 1',
  every: 0,
  score: (c) => c.last.div(c.start).sub(1),
};

/** (v_T/v_0)^(525600/N) − 1 */
export const annualisedReturns: ObjectiveModel = {
  name: 'annualised_returns',
  doc: 'growth of the pool value, compounded to a year',
  every: 0,
  score: yearly,
};

/** v_T/Σ sg(R₀)·p_T − 1 */
export const returnsOverHodl: ObjectiveModel = {
  name: 'returns_over_hodl',
  doc: 'growth over holding the start reserves, v_T/Σ R₀p_T − 1',
  every: 0,
  score: (c) => c.last.div(c.hold).sub(1),
};

/**
 * (v_T − v_0 − Σ_t R_{t−1}·(p_t − p_{t−1}))/v_0: what is left when the price moves of all that the pool held are hedged away.
 * Of the value that changes in a minute, that is what others left less what arbitrageurs gained.
 */
export const hedgedReturns: ObjectiveModel = {
  name: 'hedged_returns',
  doc: 'growth of the pool value less that of what it held from minute to minute: its earnings, without the market',
  every: 0,
  everyMinute: true,
  score: (c) => c.earned.sub(c.lost).div(c.start),
};

/** v_T/Σ (v_0/(m·p_0))·p_T − 1 */
export const returnsOverUniformHodl: ObjectiveModel = {
  name: 'returns_over_uniform_hodl',
  doc: 'growth over holding the start value spread evenly over all that the pool holds',
  every: 0,
  score: (c) => c.last.div(c.uniform).sub(1),
};

/** max(v_T − Σ fees, 0)/Σ sg(R₀)·p_T − 1 */
export const il: ObjectiveModel = {
  name: 'il',
  doc: 'impermanent loss: growth over holding the start reserves, without what fees earned',
  every: 0,
  score: (c) => c.last.sub(c.fees).maximum(0).div(c.hold).sub(1),
};
