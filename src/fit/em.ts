/**
 * Floor 5. Regimes of geometric Brownian motion by expectation and maximisation (Baum and Welch): each with a drift, a
 * volatility and correlations of its own, so that returns of a regime are normal with any mean and covariance. The same
 * likelihood that fitByLikelihood climbs: before the first row each regime is as likely, and a step first moves.
 */
import { partialOf } from '../../kernels/prices/index.js';
import { UserError } from '../errors.js';
import { type Smoothed, smoothChain } from '../prices/chain.js';
import { logReturns } from '../prices/diffusions.js';
import { cholesky, solved } from './linear.js';
import type { Recorded, Values } from './starts.js';

type Matrix = readonly (readonly number[])[];

interface Law {
  readonly transition: Matrix;
  /** Of a step's log returns, regime by regime. */
  readonly means: Matrix;
  readonly covariances: readonly Matrix[];
}

export interface EmOptions {
  readonly iterations: number;
  readonly onStep?: (step: { readonly iteration: number; readonly value: number }) => void;
}

export interface EmResult {
  readonly values: Values;
  readonly logLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** A step that changes no number by more than this share counts as none. */
const STILL = 1e-10;
/** A step is told of every so many. */
const TELL = 50;

/** From values by key, `mu_0`, `sigma_1` …, to those of the highest likelihood near them. */
export function fitByEm(data: Recorded, start: Values, regimes: number, { iterations, onStep }: EmOptions): EmResult {
  const returns = transposed(data.prices.map(logReturns));
  let law = lawOf(start, regimes, data.dt);
  for (let iteration = 1; ; iteration++) {
    const seen = smoothChain(seenBy(law, returns));
    const next = maximised(seen, returns, regimes);
    const change = distance(law, next);
    if (iteration % TELL === 0) onStep?.({ iteration, value: seen.logLikelihood });
    const done = change < STILL;
    law = next;
    if (done || iteration >= iterations) {
      const { logLikelihood } = seen;
      return { values: valuesOf(law, start, data.dt), logLikelihood, iterations: iteration, converged: done };
    }
  }
}

const transposed = (columns: Matrix): number[][] => columns[0].map((_, t) => columns.map((c) => c[t]));

function seenBy({ transition, means, covariances }: Law, returns: Matrix) {
  const states = means.length;
  const laws = means.map((mean, k) => {
    const l = cholesky(covariances[k]);
    if (l === null) {
      throw new UserError(
        `regimes: a regime with at least as many rows as assets was expected, got one (${k}) that has shrunk to fewer; take fewer regimes, or fewer assets`,
      );
    }
    const half = l.reduce((s, row, i) => s + Math.log(row[i]), 0) + (mean.length / 2) * Math.log(2 * Math.PI);
    return { mean, l, half };
  });
  const densities = new Float64Array(returns.length * states * states);
  returns.forEach((x, t) => {
    laws.forEach(({ mean, l, half }, k) => {
      const off = x.map((v, i) => v - mean[i]);
      const whitened = solved(l, off);
      const log = -off.reduce((s, v, i) => s + v * whitened[i], 0) / 2 - half;
      for (let i = 0; i < states; i++) densities[(t * states + i) * states + k] = log;
    });
  });
  const prior = transition.map((row) => row.map((p) => p / states));
  return { transition, prior, densities };
}

/** A = Σξ/Σγ, with the move before the first row; means and covariances weighted by γ. */
function maximised({ smoothed, moves, first }: Smoothed, returns: Matrix, states: number): Law {
  const d = returns[0].length;
  const transition = moves.map((row, i) => {
    const counts = row.map((x, j) => x + first[i][j]);
    const total = counts.reduce((a, b) => a + b, 0);
    return counts.map((x) => x / total);
  });
  const all = Array.from({ length: states }, (_, k) => k);
  const weight = all.map((k) => returns.reduce((s, _x, t) => s + smoothed[t * states + k], 0));
  const means = all.map((k) =>
    Array.from(
      { length: d },
      (_, i) => returns.reduce((s, x, t) => s + smoothed[t * states + k] * x[i], 0) / weight[k],
    ),
  );
  const covariances = all.map((k) =>
    Array.from({ length: d }, (_, i) =>
      Array.from(
        { length: d },
        (_x, j) =>
          returns.reduce((s, x, t) => s + smoothed[t * states + k] * (x[i] - means[k][i]) * (x[j] - means[k][j]), 0) /
          weight[k],
      ),
    ),
  );
  return { transition, means, covariances };
}

/** The largest change of a number, in units of its own: of means in standard deviations. */
function distance(a: Law, b: Law): number {
  let most = 0;
  a.means.forEach((mean, k) => {
    mean.forEach((x, i) => {
      most = Math.max(most, Math.abs(x - b.means[k][i]) / Math.sqrt(b.covariances[k][i][i]));
      a.covariances[k][i].forEach((c, j) => {
        const size = Math.sqrt(b.covariances[k][i][i] * b.covariances[k][j][j]);
        most = Math.max(most, Math.abs(c - b.covariances[k][i][j]) / size);
      });
    });
    a.transition[k].forEach((p, j) => {
      most = Math.max(most, Math.abs(p - b.transition[k][j]));
    });
  });
  return most;
}

function lawOf(start: Values, regimes: number, dt: number): Law {
  const all = Array.from({ length: regimes }, (_, k) => k);
  const e = all.map((i) => all.map((j) => Math.exp(start[`logit_${i}_${j}`][0])));
  const transition = e.map((row) => row.map((x) => x / row.reduce((a, b) => a + b, 0)));
  const sigma = all.map((k) => start[`sigma_${k}`]);
  return {
    transition,
    means: all.map((k) => start[`mu_${k}`].map((m, i) => (m - sigma[k][i] ** 2 / 2) * dt)),
    covariances: all.map((k) => {
      const l = factorOf(start[`correlation_${k}`] ?? [], sigma[k].length);
      return l.map((row, i) =>
        l.map((other, j) => row.reduce((s, x, m) => s + x * (other[m] ?? 0), 0) * sigma[k][i] * sigma[k][j] * dt),
      );
    }),
  };
}

/** Rows of the Cholesky factor of partial correlations, as gbm has them; of length n each. */
function factorOf(partial: readonly number[], n: number): number[][] {
  let at = 0;
  return Array.from({ length: n }, (_, i) => {
    let left = 1;
    const row = Array.from({ length: n }, () => 0);
    for (let j = 0; j < i; j++) {
      row[j] = partial[at++] * Math.sqrt(left);
      left -= row[j] ** 2;
    }
    row[i] = Math.sqrt(left);
    return row;
  });
}

function valuesOf({ transition, means, covariances }: Law, start: Values, dt: number): Values {
  const own = means.flatMap((mean, k): [string, readonly number[]][] => {
    const variances = covariances[k].map((row, i) => row[i] / dt);
    const sds = covariances[k].map((row, i) => Math.sqrt(row[i]));
    const correlations = covariances[k].map((row, i) =>
      row.map((_, j) => (i === j ? 1 : covariances[k][Math.max(i, j)][Math.min(i, j)] / (sds[i] * sds[j]))),
    );
    return [
      [`mu_${k}`, mean.map((m, i) => m / dt + variances[i] / 2)],
      [`sigma_${k}`, variances.map(Math.sqrt)],
      [`correlation_${k}`, partialOf(correlations)],
      // one of each row is held, as only differences count
      ...transition[k].map((p, j): [string, readonly number[]] => [
        `logit_${k}_${j}`,
        [start[`logit_${k}_${k}`][0] + Math.log(Math.max(p, 1e-20) / transition[k][k])],
      ]),
    ];
  });
  return { ...start, ...Object.fromEntries(own.filter(([key]) => Object.hasOwn(start, key))) };
}
