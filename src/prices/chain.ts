/**
 * Floor 1. A hidden Markov chain seen through densities: filter (Hamilton 1989), smoother (Kim 1994), most likely path
 * (Viterbi 1967). What is emitted may depend on the regime before it too: ℓ_t(i, j) = ln of the density of observation t where
 * regime j came after i.
 *
 *     J_t(i, j) ∝ b_{t−1}(i)·A_ij·e^ℓ_t(i, j),   b_t(j) = Σ_i J_t(i, j),   ln L = Σ ln Σ
 *     ξ_t(i, j) = J_t(i, j)·γ_t(j)/b_t(j),   γ_{t−1}(i) = Σ_j ξ_t(i, j)
 */

type Rows = readonly (readonly number[])[];

export interface Seen {
  /** A_ij = P(to j | from i). */
  readonly transition: Rows;
  /** The law of the regimes before the first observation and at it: b(i)·A_ij where a move comes first. */
  readonly prior: Rows;
  /** ℓ, [T][K][K]. */
  readonly densities: Float64Array;
}

export interface Filtered {
  /** The law of each regime given all observations up to it: [T][K]. */
  readonly beliefs: Float64Array;
  /** J, [T][K][K]. */
  readonly joint: Float64Array;
  readonly logLikelihood: number;
}

export function filterChain({ transition, prior, densities }: Seen): Filtered {
  const states = transition.length;
  const pairs = states * states;
  const steps = densities.length / pairs;
  const [beliefs, joint] = [new Float64Array(steps * states), new Float64Array(densities.length)];
  const [moves, first] = [Float64Array.from(transition.flat()), Float64Array.from(prior.flat())];
  let logLikelihood = 0;
  for (let t = 0; t < steps; t++) {
    const at = t * pairs;
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < pairs; k++) top = Math.max(top, densities[at + k]);
    let total = 0;
    for (let k = 0; k < pairs; k++) {
      const before = t === 0 ? first[k] : beliefs[(t - 1) * states + Math.floor(k / states)] * moves[k];
      joint[at + k] = before * Math.exp(densities[at + k] - top);
      total += joint[at + k];
    }
    logLikelihood += top + Math.log(total);
    for (let k = 0; k < pairs; k++) {
      joint[at + k] /= total;
      beliefs[t * states + (k % states)] += joint[at + k];
    }
  }
  return { beliefs, joint, logLikelihood };
}

export interface Smoothed extends Filtered {
  /** γ_t: the law of each regime given all observations: [T][K]. */
  readonly smoothed: Float64Array;
  /** Σ_{t ≥ 1} ξ_t(i, j): expected moves between observations; and ξ_0, those of the prior. [K][K] */
  readonly moves: number[][];
  readonly first: number[][];
}

export function smoothChain(seen: Seen): Smoothed {
  const filtered = filterChain(seen);
  const { beliefs, joint } = filtered;
  const states = seen.transition.length;
  const steps = beliefs.length / states;
  const smoothed = new Float64Array(beliefs.length);
  smoothed.set(beliefs.subarray((steps - 1) * states), (steps - 1) * states);
  const zeros = () => seen.transition.map((row) => row.map(() => 0));
  const [moves, first] = [zeros(), zeros()];
  for (let t = steps - 1; t >= 0; t--) {
    const into = t === 0 ? first : moves;
    for (let i = 0; i < states; i++) {
      for (let j = 0; j < states; j++) {
        const known = beliefs[t * states + j];
        if (known === 0) continue;
        const xi = (joint[(t * states + i) * states + j] * smoothed[t * states + j]) / known;
        into[i][j] += xi;
        if (t > 0) smoothed[(t - 1) * states + i] += xi;
      }
    }
  }
  return { ...filtered, smoothed, moves, first };
}

/** The most likely path of regimes, and the log of its joint probability with the observations. */
export function likeliestPath({ transition, prior, densities }: Seen): {
  readonly path: Int32Array;
  readonly logProbability: number;
} {
  const states = transition.length;
  const pairs = states * states;
  const steps = densities.length / pairs;
  const [lnA, lnPrior] = [transition, prior].map((m) => Float64Array.from(m.flat(), Math.log));
  const back = new Int32Array(steps * states);
  let score = new Float64Array(states);
  for (let t = 0; t < steps; t++) {
    const next = new Float64Array(states).fill(Number.NEGATIVE_INFINITY);
    for (let j = 0; j < states; j++) {
      for (let i = 0; i < states; i++) {
        const k = i * states + j;
        const of = (t === 0 ? lnPrior[k] : score[i] + lnA[k]) + densities[t * pairs + k];
        if (of > next[j]) {
          next[j] = of;
          back[t * states + j] = i;
        }
      }
    }
    score = next;
  }
  const path = new Int32Array(steps);
  path[steps - 1] = score.reduce((best, s, k) => (s > score[best] ? k : best), 0);
  const logProbability = score[path[steps - 1]];
  for (let t = steps - 1; t > 0; t--) path[t - 1] = back[t * states + path[t]];
  return { path, logProbability };
}
