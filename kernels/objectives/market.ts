/** Floor 3. Objectives of a compute market: what those who provide liquidity gain, what clients pay and whether they are served. */
import { sum } from '../../src/rollout/functions.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';

/** Σ(ΔΘ + P·ΔΨ)/v_0: what is gained beside the moves of outside prices, as one who hedges them has it. */
export const lpHedgedReturn: ObjectiveModel = {
  name: 'lp_hedged_return',
  doc: 'gain of a market’s liquidity beside the moves of outside prices, over its worth at the start',
  reads: ['value', 'hedged'],
  every: 0,
  score: ({ first, last }) => last.hedged[0].div(first.value[0]),
};

/** −(Σ quoted gross/Σ P_ref·r − 1): fees and the slippage of each job. */
export const clientCost: ObjectiveModel = {
  name: 'client_cost',
  doc: 'what a market’s clients pay over the reference prices, fees and slippage, negated',
  reads: ['quoted', 'worth'],
  every: 0,
  score: ({ last }) => last.quoted[0].div(last.worth[0]).sub(1).neg(),
};

/** Σ filled/Σ wanted, over all classes. */
export const fillRate: ObjectiveModel = {
  name: 'fill_rate',
  doc: 'jobs filled of those wanted',
  reads: ['filled', 'wanted'],
  every: 0,
  score: ({ last }) => sum(last.filled).div(sum(last.wanted)),
};
