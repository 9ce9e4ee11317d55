/** Floor 3. Objectives of growth for its risk. A year has 365 days; deviations are those of the population. */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { EACH_STEP, minutesOf } from '../../src/rollout/clock.js';
import type { ObjectiveContext, ObjectiveModel } from '../../src/rollout/model.js';
import { deepest, meanDeepest, THIRTY_DAYS } from './drawdown.js';
import { yearly } from './growth.js';
import { isRounding } from './rounding.js';
import {
  DAY,
  foldValues,
  type Moments,
  moments,
  SIMPLE,
  simpleReturn,
  startOf,
  stepsAYear,
  VALUES,
} from './samples.js';

/** A basis point. Losses below it count as it, so that a window without one does not outweigh all others. */
const LEAST_LOSS = 1e-4;

/** mean/risk of returns over `minutes`; 0, without a gradient, where the deviation is of rounding size: the metric is null there */
const ratio = ({ mean, deviation }: Moments, minutes: number, risk = deviation): Expr =>
  where(isRounding(deviation, mean, minutes), 0, mean.div(risk));

/** Minutes between samples, which are of whole steps. */
const period = (c: ObjectiveContext, every: number): number => minutesOf(c.clock, c.rowsOf(every));

/** The root of the samples of a year. */
const yearOf = (c: ObjectiveContext, every: number): number => Math.sqrt(stepsAYear(c) / c.rowsOf(every));

/** √periods·mean/std of simple returns, `periods` of them a year */
function sharpeOf(name: string, doc: string, every: number): ObjectiveModel {
  return {
    name,
    doc,
    reads: VALUES,
    every,
    score: (c) => ratio(moments(c, SIMPLE), period(c, every)).mul(yearOf(c, every)),
  };
}

/** √(steps a year)·mean/std of the returns from step to step */
export const sharpe = sharpeOf('sharpe', 'annualised Sharpe ratio of the returns from step to step', EACH_STEP);

/** √365·mean/std of the daily returns */
export const dailySharpe = sharpeOf('daily_sharpe', 'annualised Sharpe ratio of daily returns', DAY);

/** √365·mean/(std + 1e-8) of the daily differences of ln(v + 1e-12) */
export const dailyLogSharpe: ObjectiveModel = {
  name: 'daily_log_sharpe',
  doc: 'annualised Sharpe ratio of daily logarithmic returns',
  reads: VALUES,
  every: DAY,
  score(c) {
    const found = moments(c, {
      of: (v) => v.add(1e-12).log(),
      between: (now, before) => now.sub(before),
    });
    return ratio(found, period(c, DAY), found.deviation.add(1e-8)).mul(yearOf(c, DAY));
  },
};

/** √365·mean(r)/max(√mean(min(r, 0)²), 1e-4) of the daily returns r */
export const sortino: ObjectiveModel = {
  name: 'sortino',
  doc: 'annualised mean of daily returns over their downside deviation',
  reads: VALUES,
  every: DAY,
  score(c) {
    const [, total, squares] = foldValues(
      c,
      [startOf(c), constant(0), constant(0)] as Expr[],
      ([before, sum, down], v) => {
        const r = simpleReturn(v, before);
        return [v, sum.add(r), down.add(r.minimum(0).square())];
      },
    );
    const days = c.samples.float();
    return total.div(days).div(squares.div(days).sqrt().maximum(LEAST_LOSS)).mul(yearOf(c, DAY));
  },
};

/** annualised return/max(maximum drawdown, 1e-4) */
export const calmar: ObjectiveModel = {
  name: 'calmar',
  doc: 'annualised return over the maximum drawdown',
  reads: VALUES,
  every: EACH_STEP,
  score: (c) => yearly(c).div(deepest(c).maximum(LEAST_LOSS)),
};

/** annualised return/max(mean over 30-day blocks of the maximum drawdown, 1e-4) */
export const sterling: ObjectiveModel = {
  name: 'sterling',
  doc: 'annualised return over the mean of the maximum drawdowns of whole 30-day blocks',
  reads: VALUES,
  every: EACH_STEP,
  rows: THIRTY_DAYS,
  score: (c) => yearly(c).div(meanDeepest(c).maximum(LEAST_LOSS)),
};
