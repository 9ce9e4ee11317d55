/**
 * Floor 3. Objectives of the worst daily and weekly returns: quantiles and means of a tail.
 *
 * Both are sums of the ordered returns x_(0) ≤ x_(1) ≤ … with weights that add up to 1. With C(k) the weight of the k
 * smallest, h = q(n − 1) and Q = max(qn, 1):
 *
 *     quantile (rank h, linear between neighbours)   C(k) = clip(k − h, 0, 1)
 *     mean of the worst share q                      C(k) = min(k/Q, 1)
 *
 * (the latter is Rockafellar and Uryasev 2002, eq. 25). Nothing is sorted: a return with `less` smaller ones and `same`
 * equal ones, itself among them, has the weight (C(less + same) − C(less))/same. Ranks have no gradient, so the gradient
 * is that weight: it flows to the order statistics, and returns that tie have equal parts of it.
 */
import { type Buffer, buffer, constant, type Expr, emit, load, scan, where } from '../../src/graph/index.js';
import { clip } from '../../src/rollout/functions.js';
import type { ObjectiveContext, ObjectiveModel } from '../../src/rollout/model.js';
import { DAY, foldValues, simpleReturn, startOf, VALUES, WEEK } from './samples.js';

/** The returns from sample to sample, as a stream of their own: each is compared with all. */
function returnsOf(c: ObjectiveContext): Buffer {
  const stream = buffer('tape', 'returns', 1, { rows: c.samples });
  foldValues(c, startOf(c), (before, v, t) => {
    emit(stream, 0, simpleReturn(v, before), t);
    return v;
  });
  return stream;
}

/** How many returns are smaller than x, and how many equal. */
function rankOf(x: Expr, stream: Buffer, n: Expr): { less: Expr; same: Expr } {
  return scan({
    name: 'rank',
    length: n,
    init: { less: constant(0), same: constant(0) },
    body({ less, same }, j) {
      const y = load(stream, 0, j).stopGradient();
      const smaller = y.less(x);
      return {
        less: less.add(where(smaller, 1, 0)),
        same: same.add(where(smaller.or(x.less(y)), 0, 1)),
      };
    },
  });
}

/** Σ weight·return, from the weight `upTo(k)` of the k smallest of n. */
function ordered(c: ObjectiveContext, upTo: (k: Expr, n: Expr) => Expr): Expr {
  const stream = returnsOf(c);
  const n = c.samples.float();
  return scan({
    name: 'ordered',
    length: c.samples,
    init: constant(0) as Expr,
    body(total, i) {
      const x = load(stream, 0, i);
      const { less, same } = rankOf(x.stopGradient(), stream, c.samples);
      const weight = upTo(less.add(same), n).sub(upTo(less, n)).div(same);
      return total.add(x.mul(weight));
    },
  });
}

const PERIODS = { daily: DAY, weekly: WEEK };

/** The q-quantile of the returns of a period, q = 1 − percent/100: x at rank q(n − 1) */
function valueAtRisk(period: 'daily' | 'weekly', percent: 95 | 99): ObjectiveModel {
  const q = (100 - percent) / 100;
  return {
    name: `var_${period}_${percent}`,
    doc: `the ${period} return that ${percent} % of ${period} returns exceed`,
    reads: VALUES,
    every: PERIODS[period],
    score: (c) => ordered(c, (k, n) => clip(k.sub(n.sub(1).mul(q)), 0, 1)),
  };
}

/** The mean of the worst share q = 1 − percent/100 of the returns of a period; the smallest where that is less than one */
function conditionalValueAtRisk(period: 'daily' | 'weekly', percent: 95 | 99): ObjectiveModel {
  const q = (100 - percent) / 100;
  return {
    name: `cvar_${period}_${percent}`,
    doc: `mean of the worst ${100 - percent} % of ${period} returns`,
    reads: VALUES,
    every: PERIODS[period],
    score: (c) => ordered(c, (k, n) => k.div(n.mul(q).maximum(1)).minimum(1)),
  };
}

const CASES = (['daily', 'weekly'] as const).flatMap((period) => ([95, 99] as const).map((p) => [period, p] as const));

export const tails: readonly ObjectiveModel[] = [
  ...CASES.map(([period, percent]) => valueAtRisk(period, percent)),
  ...CASES.map(([period, percent]) => conditionalValueAtRisk(period, percent)),
];
