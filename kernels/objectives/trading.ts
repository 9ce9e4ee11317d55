/** Floor 3. Objectives of what is traded and earned by it. */
import type { ObjectiveModel } from '../../src/rollout/model.js';
import { startOf } from './samples.js';

/** Σ fees/v_0 */
export const feeRevenueOverValue: ObjectiveModel = {
  name: 'fee_revenue_over_value',
  doc: 'fees earned over the start value',
  reads: ['value', 'fees'],
  every: 0,
  score: (c) => c.last.fees[0].div(startOf(c)),
};

/** −Σ over steps of Σ p·(R − R′)/v_0: loss-versus-rebalancing (Milionis et al. 2022), exact for each step */
export const lvr: ObjectiveModel = {
  name: 'lvr',
  doc: 'loss to arbitrageurs, net of fees, over the start value, negated',
  reads: ['value', 'lost'],
  every: 0,
  score: (c) => c.last.lost[0].div(startOf(c)).neg(),
};

/** −Σ over steps of (Σ p·(R − R′) − Σ τ/2·p·|R′ − R|)/v_0 (Willetts and Harrington 2024) */
export const rvr: ObjectiveModel = {
  name: 'rvr',
  doc: 'the same against a portfolio that pays the outside fee for its trades',
  reads: ['value', 'lost', 'rebalancing'],
  every: 0,
  score: (c) => c.last.rebalancing[0].sub(c.last.lost[0]).div(startOf(c)),
};

/** −mean over rule steps of Σ|Δw| */
export const turnover: ObjectiveModel = {
  name: 'turnover',
  doc: 'sum of absolute weight changes a rule step, averaged and negated',
  reads: ['turnover'],
  every: 0,
  score: (c) => c.last.turnover[0].neg(),
};
