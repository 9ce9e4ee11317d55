/** Hidden Markov regimes: filter, smoother, most likely path, fit and gradient, on sequences drawn from known models. */
import { describe, expect, it } from 'vitest';
import {
  afterMove,
  baumWelch,
  filter,
  type HiddenMarkov,
  logLikelihoodGradient,
  smoother,
  viterbi,
} from '../../src/prices/hidden-markov.js';
import { derivative } from '../differences.js';
import { drawn } from '../systems/draws.js';

/** Four regimes seen through five numbers: the model of the crate hanzo-hmm. */
const four: HiddenMarkov = {
  transition: [
    [0.7, 0.2, 0.05, 0.05],
    [0.1, 0.8, 0.05, 0.05],
    [0.05, 0.05, 0.7, 0.2],
    [0.25, 0.25, 0.1, 0.4],
  ],
  means: [
    [0.8, 0.3, 0.6, 0.4, 0.9],
    [0.2, 0.7, 0.9, 0.8, 0.2],
    [0.1, 0.5, 0.5, 0.9, 0.1],
    [0.5, 0.5, 0.7, 0.6, 0.5],
  ],
  variances: [0.1, 0.02, 0.05, 0.08],
};
const FOUR_FIRST = [0.25, 0.25, 0.25, 0.25];

const two: HiddenMarkov = {
  transition: [
    [0.8, 0.2],
    [0.3, 0.7],
  ],
  means: [[-0.3], [0.6]],
  variances: [0.3, 1],
};

/** Regimes, moved to before each observation, and what was observed. */
function sample(model: HiddenMarkov, steps: number, lane: number) {
  const d = model.means[0].length;
  const { uniform, normal } = drawn(3, lane, steps, d + 1);
  let z = 0;
  const regimes: number[] = [];
  const observations: number[][] = [];
  for (let t = 0; t < steps; t++) {
    let below = 0;
    const sums = model.transition[z].map((p) => {
      below += p;
      return below;
    });
    z = sums.slice(0, -1).filter((c) => c <= uniform(t, d)).length;
    regimes.push(z);
    observations.push(model.means[z].map((m, i) => m + Math.sqrt(model.variances[z]) * normal(t, i)));
  }
  return { regimes, observations };
}

const argmax = (xs: readonly number[]) => xs.reduce((best, x, i) => (x > xs[best] ? i : best), 0);

describe('the filter', () => {
  it('tells more than nine regimes of ten of the model of four, and the smoother more', () => {
    let [right, smoothed, total] = [0, 0, 0];
    for (let lane = 0; lane < 5; lane++) {
      const { regimes, observations } = sample(four, 1000, lane);
      const s = smoother(four, observations, FOUR_FIRST);
      right += s.beliefs.filter((b, t) => argmax(b) === regimes[t]).length;
      smoothed += s.smoothed.filter((b, t) => argmax(b) === regimes[t]).length;
      total += regimes.length;
    }
    expect(right / total).toBeGreaterThanOrEqual(0.9);
    expect(smoothed).toBeGreaterThan(right);
  });

  it('gives laws, and ends where the smoother begins', () => {
    const { observations } = sample(four, 200, 0);
    const s = smoother(four, observations, FOUR_FIRST);
    for (const b of [...s.beliefs, ...s.smoothed]) expect(b.reduce((a, x) => a + x, 0)).toBeCloseTo(1, 12);
    expect(s.smoothed.at(-1)).toEqual(s.beliefs.at(-1));
  });

  it('bears observations far from every mean', () => {
    const { beliefs, logLikelihood } = filter(two, [[1e3], [0]], [0.5, 0.5]);
    expect(beliefs[0]).toEqual([0, 1]);
    expect(Number.isFinite(logLikelihood)).toBe(true);
  });
});

describe('beside all paths of a short sequence', () => {
  const { observations } = sample(two, 8, 4);
  const first = afterMove(two, [0.6, 0.4]);
  const density = (z: number, [x]: readonly number[]) =>
    Math.exp(-((x - two.means[z][0]) ** 2) / (2 * two.variances[z])) / Math.sqrt(2 * Math.PI * two.variances[z]);
  const paths = Array.from({ length: 2 ** 8 }, (_, n) => {
    const path = Array.from({ length: 8 }, (_x, t) => (n >> t) & 1);
    const p = path.reduce(
      (product, z, t) => product * (t === 0 ? first[z] : two.transition[path[t - 1]][z]) * density(z, observations[t]),
      1,
    );
    return { path, p };
  });
  const total = paths.reduce((sum, { p }) => sum + p, 0);

  it('likelihood, smoother and most likely path are right', () => {
    const s = smoother(two, observations, first);
    expect(s.logLikelihood).toBeCloseTo(Math.log(total), 11);
    s.smoothed.forEach((law, t) => {
      const in1 = paths.filter(({ path }) => path[t] === 1).reduce((sum, { p }) => sum + p, 0) / total;
      expect(law[1]).toBeCloseTo(in1, 11);
    });
    const best = paths.reduce((a, b) => (b.p > a.p ? b : a));
    const found = viterbi(two, observations, first);
    expect(found.path).toEqual(best.path);
    expect(found.logProbability).toBeCloseTo(Math.log(best.p), 11);
  });
});

describe('the fit', () => {
  const { observations } = sample(two, 400, 1);
  const start: HiddenMarkov = {
    transition: [
      [0.6, 0.4],
      [0.4, 0.6],
    ],
    means: [[-1], [1]],
    variances: [1, 1],
  };

  it('never lowers the likelihood, and ends where the gradient vanishes', () => {
    let now = { model: start, first: [0.5, 0.5], logLikelihood: Number.NEGATIVE_INFINITY };
    for (let i = 0; i < 3000; i++) {
      const next = baumWelch(now.model, observations, now.first);
      expect(next.logLikelihood).toBeGreaterThanOrEqual(now.logLikelihood - 1e-9);
      now = next;
    }
    const { means, logSd, transitionLogits } = logLikelihoodGradient(now.model, observations, now.first);
    for (const g of [means, transitionLogits].flat(2).concat(logSd)) expect(Math.abs(g)).toBeLessThan(1e-4);
  });

  it('has the gradient that central differences find', () => {
    const first = [0.4, 0.6];
    const gradient = logLikelihoodGradient(start, observations, first);
    const likelihood = (model: HiddenMarkov) => filter(model, observations, first).logLikelihood;
    const softmax = (xs: number[]) => xs.map((x) => Math.exp(x) / xs.reduce((a, y) => a + Math.exp(y), 0));
    const changed = (xs: readonly number[], k: number, x: number) => xs.map((y, i) => (i === k ? x : y));
    for (const k of [0, 1]) {
      const byMean = (m: number) => likelihood({ ...start, means: start.means.map((x, i) => (i === k ? [m] : x)) });
      expect(gradient.means[k][0]).toBeCloseTo(derivative(byMean, start.means[k][0]), 4);
      const bySd = (s: number) => likelihood({ ...start, variances: changed(start.variances, k, Math.exp(2 * s)) });
      expect(gradient.logSd[k]).toBeCloseTo(derivative(bySd, 0), 4);
      for (const j of [0, 1]) {
        const logits = start.transition[k].map(Math.log);
        const byLogit = (x: number) =>
          likelihood({
            ...start,
            transition: start.transition.map((row, i) => (i === k ? softmax(changed(logits, j, x)) : row)),
          });
        expect(gradient.transitionLogits[k][j]).toBeCloseTo(derivative(byLogit, logits[j]), 4);
      }
    }
  });
});
