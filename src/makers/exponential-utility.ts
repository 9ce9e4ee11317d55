/**
 * Floor 1. Makers of exponential utility, E[−e^{−γ(x + qS − αq²)}]: the optimum of Guéant, Lehalle and Fernandez-Tapia
 * (Dealing with the inventory risk, 2013), its closed form, and the older law of Avellaneda and Stoikov (2008).
 *
 *     v̇ = (aq² − kμq)v − η(v_{q−1} + v_{q+1}),   v(T) = e^{−kαq²},   a = kγσ²/2,   η = A(1 + γ/k)^{−(1 + k/γ)}
 *     δᵇ = base + ln(v_q/v_{q+1})/k,   δᵃ = base + ln(v_q/v_{q−1})/k,   base = ln(1 + γ/k)/γ
 *
 * With v = e^{kh} this is the linear problem of problem.ts with λ = ηe, κ = k, φ = γσ²/2, and base in place of 1/κ.
 */
import { logExponential } from './exponential.js';
import type { SingleAsset } from './problem.js';

export interface ExponentialUtility {
  /** Orders a unit of time on each side that would fill an offset of 0. */
  readonly A: number;
  /** Their decay, per unit of money. */
  readonly k: number;
  /** Money per √time and lot. */
  readonly sigma: number;
  readonly gamma: number;
  readonly qMax: number;
  readonly drift?: number;
  readonly alpha?: number;
}

/** ln(1 + γ/k)/γ; 1/k for γ → 0. */
export const baseOffset = ({ gamma, k }: Pick<ExponentialUtility, 'gamma' | 'k'>): number =>
  gamma === 0 ? 1 / k : Math.log1p(gamma / k) / gamma;

/** (1 + γ/k)^{1 + k/γ} by log1p: a plain power loses digits for small γ; e for γ → 0. */
const power = ({ gamma, k }: Pick<ExponentialUtility, 'gamma' | 'k'>): number =>
  gamma === 0 ? Math.E : Math.exp((1 + k / gamma) * Math.log1p(gamma / k));

/** The linear problem whose h gives v = e^{kh}. */
export function linearEquivalent(market: ExponentialUtility): SingleAsset {
  const { A, k, sigma, gamma, qMax, drift = 0, alpha = 0 } = market;
  const lambda = (A / power(market)) * Math.E;
  return {
    qMin: -qMax,
    qMax,
    alpha,
    states: [
      {
        lambdaBid: lambda,
        lambdaAsk: lambda,
        kappaBid: k,
        kappaAsk: k,
        phi: (gamma * sigma * sigma) / 2,
        drift,
        jumpBid: 0,
        jumpAsk: 0,
      },
    ],
    generator: [[0]],
  };
}

/** Offsets by inventory from h of the linear problem; null at the limits. */
export function utilityOffsets(market: ExponentialUtility, h: ArrayLike<number>) {
  const base = baseOffset(market);
  const n = 2 * market.qMax + 1;
  return {
    bid: Array.from({ length: n }, (_, i) => (i < n - 1 ? base + h[i] - h[i + 1] : null)),
    ask: Array.from({ length: n }, (_, i) => (i > 0 ? base + h[i] - h[i - 1] : null)),
  };
}

/** The closed form far from the end: δ ≈ base ± (2q ± 1)/2·slope, slope = √(σ²γ/(2kA)·(1 + γ/k)^{1 + k/γ}). */
export function utilityClosedForm(market: ExponentialUtility): { readonly base: number; readonly slope: number } {
  const { A, k, sigma, gamma } = market;
  return {
    base: baseOffset(market),
    slope: Math.sqrt(((sigma * sigma * gamma) / (2 * k * A)) * power(market)),
  };
}

/** Avellaneda and Stoikov: reservation price r = s − qγσ²τ, spread γσ²τ + (2/γ)ln(1 + γ/k); offsets from the mid s. */
export function avellanedaStoikov(
  { gamma, k, sigma }: Pick<ExponentialUtility, 'gamma' | 'k' | 'sigma'>,
  q: number,
  tau: number,
) {
  const risk = gamma * sigma * sigma * tau;
  const reservationShift = -q * risk || 0;
  const spread = risk + 2 * baseOffset({ gamma, k });
  return { reservationShift, spread, bid: spread / 2 - reservationShift, ask: spread / 2 + reservationShift };
}

/** Growth of a logarithm counts as settled when it changes by less, relative to its size. */
const SETTLED = 1e-12;

/**
 * What the certainty equivalent of any law grows by, a unit of time, in the long run: with w = E[e^{−γ(wealth − now)}],
 *
 *     w′ = (γ²σ²q²/2 − γμq − Σλ(δ))w_q + Σ λ(δ)e^{−γδ}w_{q±1},   λ(δ) = Ae^{−kδ},   growth = −(ln w)′/γ
 */
export function utilityGrowth(
  market: ExponentialUtility,
  law: { readonly bid: (q: number) => number; readonly ask: (q: number) => number },
): number {
  const { A, k, sigma, gamma, qMax, drift = 0 } = market;
  const rows = Array.from({ length: 2 * qMax + 1 }, (_, i) => {
    const q = i - qMax;
    const sides = [
      ...(q < qMax ? [{ to: i + 1, offset: law.bid(q) }] : []),
      ...(q > -qMax ? [{ to: i - 1, offset: law.ask(q) }] : []),
    ].map(({ to, offset }) => ({ to, rate: A * Math.exp(-k * offset), factor: Math.exp(-gamma * offset) }));
    return {
      diagonal: (gamma * sigma * q) ** 2 / 2 - gamma * drift * q - sides.reduce((sum, s) => sum + s.rate, 0),
      others: sides.map(({ to, rate, factor }) => ({ to, rate: rate * factor })),
    };
  });
  const middle = qMax;
  let logs: Float64Array = new Float64Array(rows.length);
  let last = Number.NaN;
  for (let step = 1; step < 1e7; step *= 2) {
    const found = logExponential(rows, logs, [step]);
    if (found === null) break;
    const growth = -(found[0][middle] - logs[middle]) / (gamma * step);
    if (Math.abs(growth - last) <= SETTLED * Math.abs(growth)) return growth;
    last = growth;
    logs = found[0].map((x) => x - found[0][middle]);
  }
  return last;
}
