/** Floor 3. Objectives and penalties: higher is better. Daily samples, population standard deviation, 365 days a year. */
import { constant, type Expr } from '../../src/graph/index.js';
import type { ObjectiveContext, ObjectiveModel } from '../../src/rollout/model.js';

const DAY = 1440;

/** v_T/v_0 − 1 */
export const returns: ObjectiveModel = {
  name: 'returns',
  doc: 'growth of the pool value, v_T/v_0 − 1',
  every: 0,
  score: (c) => c.last.div(c.start).sub(1),
};

/** v_T/Σ sg(R₀)·p_T − 1 */
export const returnsOverHodl: ObjectiveModel = {
  name: 'returns_over_hodl',
  doc: 'growth over holding the start reserves, v_T/Σ R₀p_T − 1',
  every: 0,
  score: (c) => c.last.div(c.hold).sub(1),
};

/** Running count, mean and Σ(x − mean)² of ln v_t − ln v_{t−1} (Welford's recurrence, which does not cancel). */
function dailyLogReturns(c: ObjectiveContext): { mean: Expr; spread: Expr } {
  const log = (v: Expr) => v.add(1e-12).log();
  const zero = constant(0);
  const [, mean, m2] = c.fold([log(c.start), zero, zero] as Expr[], ([before, average, squares], v, t) => {
    const now = log(v);
    const d = now.sub(before).sub(average);
    const next = average.add(d.div(t.float().add(1)));
    return [now, next, squares.add(d.mul(now.sub(before).sub(next)))];
  });
  return { mean, spread: m2.div(c.samples.float()).sqrt() };
}

/** √365·mean/(std + 1e-8) of the daily differences of ln(v + 1e-12) */
export const dailyLogSharpe: ObjectiveModel = {
  name: 'daily_log_sharpe',
  doc: 'annualised Sharpe ratio of daily logarithmic returns',
  every: DAY,
  score(c) {
    const { mean, spread } = dailyLogReturns(c);
    return mean.div(spread.add(1e-8)).mul(Math.sqrt(365));
  },
};

/** −max over days of 1 − v_t/(running maximum) */
export const drawdown: ObjectiveModel = {
  name: 'drawdown',
  doc: 'largest fall from a running maximum of the daily values, negated',
  every: DAY,
  score(c) {
    const [, worst] = c.fold([c.start, constant(0)] as Expr[], ([top, fall], v) => {
      const high = top.maximum(v);
      return [high, fall.maximum(v.div(high).neg().add(1))];
    });
    return worst.neg();
  },
};

/** −mean over rule steps of Σ|Δw| */
export const turnover: ObjectiveModel = {
  name: 'turnover',
  doc: 'sum of absolute weight changes a rule step, averaged and negated',
  every: 0,
  needsRule: true,
  score: (c) => c.turnover.neg(),
};
