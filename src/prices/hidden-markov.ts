/**
 * Floor 1. Hidden Markov regimes: K of them, A_ij = P(z' = j | z = i), observations N(μ_k, σ_k²·I) of d numbers.
 * Filter, smoother and most likely path (chain.ts), a step of Baum and Welch, and the gradient of the log-likelihood by
 * Fisher's identity, which needs no differentiation through the recursion.
 */
import { filterChain, likeliestPath, type Seen, smoothChain } from './chain.js';

type Vector = readonly number[];
type Rows = readonly Vector[];

export interface HiddenMarkov {
  /** Rows sum to 1: [K][K]. */
  readonly transition: Rows;
  /** [K][d]. */
  readonly means: Rows;
  /** [K]. */
  readonly variances: Vector;
}

const sum = (xs: Vector): number => xs.reduce((a, b) => a + b, 0);

/** Aᵀb: the law of the regime after a move from one of law b. */
export const afterMove = ({ transition }: Pick<HiddenMarkov, 'transition'>, b: Vector): number[] =>
  transition.map((_, j) => sum(b.map((p, i) => p * transition[i][j])));

const squaredDistance = (x: Vector, y: Vector): number => x.reduce((s, v, i) => s + (v - y[i]) ** 2, 0);

/** ℓ_k = −|x − μ_k|²/(2σ_k²) − (d/2)·ln 2πσ_k². */
const logDensities = ({ means, variances }: HiddenMarkov, x: Vector): number[] =>
  means.map(
    (m, k) => -squaredDistance(x, m) / (2 * variances[k]) - (x.length / 2) * Math.log(2 * Math.PI * variances[k]),
  );

export interface Filtered {
  /** The law of each regime given all observations up to it: [T][K]. */
  readonly beliefs: readonly number[][];
  readonly logLikelihood: number;
}

/** The chain over ℓ_k of each observation; no move comes before the first. */
function seenBy(model: HiddenMarkov, observations: Rows, first: Vector): Seen {
  const states = model.means.length;
  const densities = new Float64Array(observations.length * states * states);
  observations.forEach((x, t) => {
    const logs = logDensities(model, x);
    for (let i = 0; i < states; i++) densities.set(logs, (t * states + i) * states);
  });
  const prior = first.map((p, i) => first.map((_, j) => (i === j ? p : 0)));
  return { transition: model.transition, prior, densities };
}

const rowsOf = (flat: Float64Array, states: number): number[][] =>
  Array.from({ length: flat.length / states }, (_, t) => Array.from(flat.subarray(t * states, (t + 1) * states)));

/** @param first law of the first observation's regime */
export function filter(model: HiddenMarkov, observations: Rows, first: Vector): Filtered {
  const { beliefs, logLikelihood } = filterChain(seenBy(model, observations, first));
  return { beliefs: rowsOf(beliefs, model.means.length), logLikelihood };
}

export interface Smoothed extends Filtered {
  /** γ_t: the law of each regime given all observations: [T][K]. */
  readonly smoothed: readonly number[][];
  /** Σ_t ξ_t(i, j): expected moves: [K][K]. */
  readonly moves: readonly number[][];
}

export function smoother(model: HiddenMarkov, observations: Rows, first: Vector): Smoothed {
  const { beliefs, smoothed, moves, logLikelihood } = smoothChain(seenBy(model, observations, first));
  const states = model.means.length;
  return { beliefs: rowsOf(beliefs, states), smoothed: rowsOf(smoothed, states), moves, logLikelihood };
}

/** The most likely path of regimes and the log of its joint probability with the observations. */
export function viterbi(
  model: HiddenMarkov,
  observations: Rows,
  first: Vector,
): { readonly path: number[]; readonly logProbability: number } {
  const { path, logProbability } = likeliestPath(seenBy(model, observations, first));
  return { path: Array.from(path), logProbability };
}

/** One step of expectation and maximisation; the likelihood never falls. `first` becomes γ₁. */
export function baumWelch(
  model: HiddenMarkov,
  observations: Rows,
  first: Vector,
): { readonly model: HiddenMarkov; readonly first: number[]; readonly logLikelihood: number } {
  const { smoothed, moves, logLikelihood } = smoother(model, observations, first);
  const d = observations[0].length;
  const weight = model.means.map((_, k) => sum(smoothed.map((g) => g[k])));
  const means = model.means.map((_, k) =>
    Array.from({ length: d }, (_x, i) => sum(observations.map((x, t) => smoothed[t][k] * x[i])) / weight[k]),
  );
  const variances = means.map(
    (m, k) => sum(observations.map((x, t) => smoothed[t][k] * squaredDistance(x, m))) / (d * weight[k]),
  );
  const transition = moves.map((row) => row.map((x) => x / sum(row)));
  return { model: { transition, means, variances }, first: smoothed[0], logLikelihood };
}

/** The gradient of the log-likelihood by means, ln σ and logits of the transition's rows. */
export function logLikelihoodGradient(
  model: HiddenMarkov,
  observations: Rows,
  first: Vector,
): { readonly means: number[][]; readonly logSd: number[]; readonly transitionLogits: number[][] } {
  const { smoothed, moves } = smoother(model, observations, first);
  const d = observations[0].length;
  const over = (k: number, f: (x: Vector) => number) => sum(observations.map((x, t) => smoothed[t][k] * f(x)));
  return {
    means: model.means.map((m, k) => m.map((mu, i) => over(k, (x) => (x[i] - mu) / model.variances[k]))),
    logSd: model.means.map((m, k) => over(k, (x) => squaredDistance(x, m) / model.variances[k] - d)),
    transitionLogits: moves.map((row, i) => row.map((x, j) => x - model.transition[i][j] * sum(row))),
  };
}
