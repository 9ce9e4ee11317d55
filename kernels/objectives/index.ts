/** Floor 3. All objectives, by family. Each may also be a penalty: higher is better for every one of them. */
import type { ObjectiveModel } from '../../src/rollout/model.js';
import { drawdown, greatestDrawDown, maxDrawDown, ulcer } from './drawdown.js';
import { annualisedReturns, hedgedReturns, il, returns, returnsOverHodl, returnsOverUniformHodl } from './growth.js';
import { clientCost, fillRate, lpHedgedReturn } from './market.js';
import { capitalEfficiency, priceStability, trackingError } from './quotes.js';
import { calmar, dailyLogSharpe, dailySharpe, sharpe, sortino, sterling } from './ratio.js';
import { tails } from './tail.js';
import { feeRevenueOverValue, lvr, rvr, turnover } from './trading.js';

export const objectives: readonly ObjectiveModel[] = [
  returns,
  annualisedReturns,
  returnsOverHodl,
  returnsOverUniformHodl,
  hedgedReturns,
  il,
  sharpe,
  dailySharpe,
  dailyLogSharpe,
  sortino,
  calmar,
  sterling,
  greatestDrawDown,
  maxDrawDown,
  drawdown,
  ulcer,
  ...tails,
  feeRevenueOverValue,
  lvr,
  rvr,
  priceStability,
  trackingError,
  capitalEfficiency,
  turnover,
  lpHedgedReturn,
  clientCost,
  fillRate,
];
