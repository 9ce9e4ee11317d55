/**
 * Floor 1. Likelihoods of diffusions in closed form, and the parameters that maximise them: starts of a fit, and checks of one.
 * All take equally spaced observations, dt apart.
 */
import { UserError } from '../errors.js';

const LN_2PI = Math.log(2 * Math.PI);

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

/** Σ over the observations of −ln of a normal density. */
const surprise = (errors: readonly number[], variance: number): number =>
  errors.reduce((sum, e) => sum + (e * e) / variance, 0) / 2 + (errors.length / 2) * (LN_2PI + Math.log(variance));

/** ln S_{t+1} − ln S_t. */
export const logReturns = (prices: readonly number[]): number[] =>
  prices.slice(1).map((p, i) => Math.log(p / prices[i]));

function enough(xs: readonly number[], least: number): void {
  if (xs.length >= least) return;
  throw new UserError(`fit: at least ${least} observations were expected, got ${xs.length}; give more`);
}

export interface Gbm {
  readonly mu: number;
  readonly sigma: number;
}

/** σ̂² = var(Δln S)/dt, μ̂ = mean/dt + σ̂²/2. */
export function fitGbm(prices: readonly number[], dt: number): Gbm {
  enough(prices, 3);
  const returns = logReturns(prices);
  const centre = mean(returns);
  const variance = mean(returns.map((r) => (r - centre) ** 2)) / dt;
  return { mu: centre / dt + variance / 2, sigma: Math.sqrt(variance) };
}

/** −ln of the likelihood of the log returns, and its gradient. */
export function gbmSurprise(
  prices: readonly number[],
  dt: number,
  { mu, sigma }: Gbm,
): { value: number; gradient: Gbm } {
  const variance = sigma * sigma * dt;
  const errors = logReturns(prices).map((r) => r - (mu - (sigma * sigma) / 2) * dt);
  const [sum, squares] = [errors.reduce((a, e) => a + e, 0), errors.reduce((a, e) => a + e * e, 0)];
  return {
    value: surprise(errors, variance),
    gradient: {
      mu: -(sum * dt) / variance,
      sigma: errors.length / sigma - squares / (variance * sigma) + (sum * sigma * dt) / variance,
    },
  };
}

export interface Ou {
  readonly kappa: number;
  readonly theta: number;
  readonly sigma: number;
}

/** x' on x by least squares: b = e^−κdt, θ̂ = a/(1 − b), σ̂² = v·2κ̂/(1 − b²). Throws UserError where b ≤ 0 or b ≥ 1. */
export function fitOu(xs: readonly number[], dt: number): Ou {
  enough(xs, 4);
  const [from, to] = [xs.slice(0, -1), xs.slice(1)];
  const [mf, mt] = [mean(from), mean(to)];
  const b = mean(from.map((x, i) => (x - mf) * (to[i] - mt))) / mean(from.map((x) => (x - mf) ** 2));
  if (!(b > 0 && b < 1)) {
    throw new UserError(
      `fit: no mean reversion on this step: e^−κdt is estimated as ${b}, expected within (0, 1); take ${b < 0 ? 'a shorter step' : 'more data, or gbm'}`,
    );
  }
  const a = mt - b * mf;
  const kappa = -Math.log(b) / dt;
  const left = mean(from.map((x, i) => (to[i] - a - b * x) ** 2));
  return { kappa, theta: a / (1 - b), sigma: Math.sqrt((left * 2 * kappa) / (1 - b * b)) };
}

/** −ln of the likelihood of all but the first, given the first. */
export function ouSurprise(xs: readonly number[], dt: number, { kappa, theta, sigma }: Ou): number {
  const keep = Math.exp(-kappa * dt);
  const errors = xs.slice(1).map((x, i) => x - theta - (xs[i] - theta) * keep);
  return surprise(errors, ((sigma * sigma) / (2 * kappa)) * -Math.expm1(-2 * kappa * dt));
}

export interface Merton {
  readonly mu: number;
  readonly sigma: number;
  readonly intensity: number;
  readonly jumpMean: number;
  readonly jumpSd: number;
}

const mertonDrift = ({ mu, sigma, intensity, jumpMean, jumpSd }: Merton): number =>
  mu - (sigma * sigma) / 2 - intensity * Math.expm1(jumpMean + (jumpSd * jumpSd) / 2);

/** The first four cumulants of a step's log return. */
export function mertonCumulants(m: Merton, dt: number): number[] {
  const events = m.intensity * dt;
  const [mu2, s2] = [m.jumpMean ** 2, m.jumpSd ** 2];
  return [
    mertonDrift(m) * dt + events * m.jumpMean,
    m.sigma ** 2 * dt + events * (mu2 + s2),
    events * (m.jumpMean ** 3 + 3 * m.jumpMean * s2),
    events * (mu2 * mu2 + 6 * mu2 * s2 + 3 * s2 * s2),
  ];
}

/** Components of the mixture: counts whose Poisson weight is above 1e-17 of the largest, at least 40. */
const componentsOf = (events: number): number => Math.ceil(Math.max(40, events + 12 * Math.sqrt(events) + 20));

/**
 * −ln of the likelihood of the log returns, a Poisson mixture of normals, and its gradient. Unbounded as the sd of a jump
 * goes to 0 with one observation in a component: bound it from below in a fit.
 */
export function mertonSurprise(prices: readonly number[], dt: number, m: Merton): { value: number; gradient: Merton } {
  const total = { value: 0, mu: 0, sigma: 0, intensity: 0, jumpMean: 0, jumpSd: 0 };
  for (const r of logReturns(prices)) addReturn(total, r, dt, m);
  const { value, ...gradient } = total;
  return { value, gradient };
}

function addReturn(
  total: { value: number } & { -readonly [K in keyof Merton]: number },
  r: number,
  dt: number,
  m: Merton,
) {
  const { sigma, intensity, jumpMean, jumpSd } = m;
  const events = intensity * dt;
  const growth = Math.exp(jumpMean + (jumpSd * jumpSd) / 2);
  let lnWeight = -events;
  const parts = Array.from({ length: componentsOf(events) }, (_, n) => {
    if (n > 0) lnWeight += Math.log(events / n);
    const variance = sigma * sigma * dt + n * jumpSd * jumpSd;
    const error = r - mertonDrift(m) * dt - n * jumpMean;
    return { n, variance, error, ln: lnWeight - (LN_2PI + Math.log(variance) + (error * error) / variance) / 2 };
  });
  const top = Math.max(...parts.map((p) => p.ln));
  const sum = parts.reduce((s, p) => s + Math.exp(p.ln - top), 0);
  total.value -= top + Math.log(sum);
  for (const { n, variance, error, ln } of parts) {
    const share = Math.exp(ln - top) / sum;
    // by the component's mean and by its variance
    const byMean = (share * error) / variance;
    const byVariance = (share * ((error * error) / variance - 1)) / (2 * variance);
    total.mu -= byMean * dt;
    total.sigma -= 2 * byVariance * sigma * dt - byMean * sigma * dt;
    total.intensity -= share * (n / intensity - dt) - byMean * (growth - 1) * dt;
    total.jumpMean -= byMean * (n - events * growth);
    total.jumpSd -= 2 * byVariance * n * jumpSd - byMean * events * growth * jumpSd;
  }
}
