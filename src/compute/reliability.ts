/** Floor 1, compute market. What is known of a worker from α passed and β failed parts, and what one more would tell. */

export const mean = (alpha: number, beta: number): number => alpha / (alpha + beta);

export const variance = (alpha: number, beta: number): number =>
  (alpha * beta) / ((alpha + beta) ** 2 * (alpha + beta + 1));

/** From here on the asymptotic series is exact to rounding. */
const LARGE = 12;

/** ψ(x) = d ln Γ/dx for x > 0: ψ(x) = ψ(x + 1) − 1/x up to where ln x − 1/2x − Σ B_2k/(2k·x^2k) holds. */
export function digamma(x: number): number {
  let [sum, at] = [0, x];
  while (at < LARGE) sum -= 1 / at++;
  const s = 1 / (at * at);
  const series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - (s * 691) / 32760)))));
  return sum + Math.log(at) - 1 / (2 * at) - series;
}

const entropy = (q: number): number => (q <= 0 || q >= 1 ? 0 : -q * Math.log(q) - (1 - q) * Math.log(1 - q));

/**
 * Nats that one attestation tells: H(q̂) − E[H(q)], q ~ Beta(α, β),
 * E[H] = −[αψ(α + 1) + βψ(β + 1)]/(α + β) + ψ(α + β + 1).
 */
export const informationGain = (alpha: number, beta: number): number =>
  entropy(mean(alpha, beta)) +
  (alpha * digamma(alpha + 1) + beta * digamma(beta + 1)) / (alpha + beta) -
  digamma(alpha + beta + 1);

const normalised = (xs: readonly number[]): number[] => {
  const sum = xs.reduce((a, b) => a + b, 0);
  return xs.map((x) => x / sum);
};

/** η ∝ q/(1 − q), as the paper prints it. */
export const oddsWeights = (q: readonly number[]): number[] => normalised(q.map((x) => x / (1 - x)));

/** η ∝ ln(q/(1 − q)): the best weights of independent yes-or-no experts. */
export const logOddsWeights = (q: readonly number[]): number[] => normalised(q.map((x) => Math.log(x / (1 - x))));

/**
 * How often a vote of independent yes-or-no experts by weight is right, over all 2ⁿ outcomes; a tie is right half of the time.
 * @param q How often each expert is right.
 */
export function panelAccuracy(q: readonly number[], weights: readonly number[]): number {
  let right = 0;
  for (let outcome = 0; outcome < 2 ** q.length; outcome++) {
    let [chance, margin] = [1, 0];
    q.forEach((p, k) => {
      const isRight = (outcome >> k) % 2 === 1;
      chance *= isRight ? p : 1 - p;
      margin += isRight ? weights[k] : -weights[k];
    });
    right += chance * (Math.abs(margin) < 1e-12 ? 0.5 : Number(margin > 0));
  }
  return right;
}

/** ZIP-002: σ(ΔI + ΔU/2 − cost/10). */
export const poaiQuality = (information: number, utility: number, cost: number): number =>
  1 / (1 + Math.exp(-(information + 0.5 * utility - 0.1 * cost)));
