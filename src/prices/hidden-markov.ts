/**
 * Floor 1. Hidden Markov regimes: K of them, A_ij = P(z' = j | z = i), observations N(μ_k, σ_k²·I) of d numbers.
 * Filter and smoother (Rabiner 1989), most likely path (Viterbi 1967), a step of Baum and Welch, and the gradient of the
 * log-likelihood by Fisher's identity, which needs no differentiation through the recursion.
 */

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
const zeros = (n: number): number[] => new Array<number>(n).fill(0);

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
  /** And given those before it only. */
  readonly predicted: readonly number[][];
  readonly logLikelihood: number;
}

/** @param first law of the first observation's regime */
export function filter(model: HiddenMarkov, observations: Rows, first: Vector): Filtered {
  const beliefs: number[][] = [];
  const predicted: number[][] = [];
  let logLikelihood = 0;
  let prior: number[] = [...first];
  for (const x of observations) {
    const logs = logDensities(model, x);
    const top = Math.max(...logs);
    const joint = prior.map((p, k) => p * Math.exp(logs[k] - top));
    const total = sum(joint);
    logLikelihood += top + Math.log(total);
    predicted.push(prior);
    beliefs.push(joint.map((p) => p / total));
    prior = afterMove(model, beliefs[beliefs.length - 1]);
  }
  return { beliefs, predicted, logLikelihood };
}

export interface Smoothed extends Filtered {
  /** γ_t: the law of each regime given all observations: [T][K]. */
  readonly smoothed: readonly number[][];
  /** Σ_t ξ_t(i, j): expected moves: [K][K]. */
  readonly moves: readonly number[][];
}

/** ξ_t(i, j) = b_t(i)·A_ij·γ_{t+1}(j)/pred_{t+1}(j), γ_t(i) = Σ_j ξ_t(i, j). */
export function smoother(model: HiddenMarkov, observations: Rows, first: Vector): Smoothed {
  const filtered = filter(model, observations, first);
  const { beliefs, predicted } = filtered;
  const states = model.means.length;
  const moves = model.means.map(() => zeros(states));
  const smoothed: number[][] = [];
  let next = beliefs[beliefs.length - 1] ?? [];
  if (beliefs.length > 0) smoothed.push(next);
  for (let t = beliefs.length - 2; t >= 0; t--) {
    const now = zeros(states);
    for (let i = 0; i < states; i++) {
      for (let j = 0; j < states; j++) {
        const ahead = predicted[t + 1][j];
        const xi = ahead === 0 ? 0 : (beliefs[t][i] * model.transition[i][j] * next[j]) / ahead;
        moves[i][j] += xi;
        now[i] += xi;
      }
    }
    smoothed.push(now);
    next = now;
  }
  return { ...filtered, smoothed: smoothed.reverse(), moves };
}

/** The most likely path of regimes and the log of its joint probability with the observations. */
export function viterbi(
  model: HiddenMarkov,
  observations: Rows,
  first: Vector,
): { readonly path: number[]; readonly logProbability: number } {
  const lnA = model.transition.map((row) => row.map(Math.log));
  const back: number[][] = [];
  let score: number[] = [];
  observations.forEach((x, t) => {
    const logs = logDensities(model, x);
    if (t === 0) {
      score = logs.map((l, k) => Math.log(first[k]) + l);
      return;
    }
    const from = logs.map((_, j) =>
      score.reduce((best, s, i) => (s + lnA[i][j] > score[best] + lnA[best][j] ? i : best), 0),
    );
    back.push(from);
    score = logs.map((l, j) => score[from[j]] + lnA[from[j]][j] + l);
  });
  const last = score.reduce((best, s, k) => (s > score[best] ? k : best), 0);
  const path = [last];
  for (const from of back.reverse()) path.push(from[path[path.length - 1]]);
  return { path: path.reverse(), logProbability: score[last] };
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
