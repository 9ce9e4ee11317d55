/**
 * Floor 4. Bid-ask bounce: closes that jump between buyers' and sellers' prices, and prices without it.
 *
 * Roll (1984), "A Simple Implicit Measure of the Effective Bid-Ask Spread in an Efficient Market", Journal of Finance 39:
 * a close is the efficient price, a random walk of steps u, plus or minus half of the spread s, either side as likely:
 *
 *     ln p_t = m_t ± s/2,  m_t = m_{t−1} + u_t     ⇒     cov(r_t, r_{t+1}) = −s²/4,  s = 2·√(−cov₁)
 */
import type { Closes } from './closes.js';

export interface Bounce {
  /** First-order autocorrelation of the returns from one recorded row to the next; null where nothing moves. */
  readonly autocorrelation: number | null;
  /** Its standard error where there is none, for returns of changing variance. */
  readonly standardError: number | null;
  /** The spread that it implies, a fraction of the price: 2·√(−cov₁), 0 where cov₁ ≥ 0. */
  readonly spread: number;
  /** Whether it is more than chance, and enough to matter. */
  readonly found: boolean;
}

/** So many standard errors below 0 are no chance. */
const ERRORS = 3;
/** The bounce is −2ρ of the variance of returns: from a tenth on a pool trades on it. */
const LEAST_AUTOCORRELATION = -0.05;
/** A hundredth of a basis point. Smaller ones are the last digits of the prices, whose rounding jumps like a bounce. */
const LEAST_SPREAD = 1e-6;
/** Fewest returns whose covariance says something. */
const LEAST_RETURNS = 100;
/** Samples have autocorrelations beyond the −½ that bounce alone has; nearer to it the filter would stand still. */
const LARGEST = 0.499;

/**
 * ρ = Σ (r_t − r̄)(r_{t+1} − r̄)/Σ (r_t − r̄)². Its standard error under ρ = 0 allows for variance that changes:
 * √Σ (r_t − r̄)²(r_{t+1} − r̄)²/Σ (r_t − r̄)² (White; Lo and MacKinlay 1988), 1/√n where it does not.
 */
export function bounceOf({ logs }: Closes): Bounce {
  const n = logs.length - 1;
  const none = { autocorrelation: null, standardError: null, spread: 0, found: false };
  if (n < 2) return none;
  const mean = (logs[n] - logs[0]) / n;
  let [variance, covariance, squares] = [0, 0, 0];
  let last = 0;
  for (let i = 1; i <= n; i++) {
    const r = logs[i] - logs[i - 1] - mean;
    variance += r * r;
    covariance += r * last;
    squares += r * last * (r * last);
    last = r;
  }
  if (!(variance > 0)) return none;
  const autocorrelation = covariance / variance;
  const standardError = Math.sqrt(squares) / variance;
  const beyond = autocorrelation < -ERRORS * standardError && autocorrelation <= LEAST_AUTOCORRELATION;
  const spread = covariance < 0 ? 2 * Math.sqrt(-covariance / n) : 0;
  return { autocorrelation, standardError, spread, found: n >= LEAST_RETURNS && beyond && spread >= LEAST_SPREAD };
}

/**
 * The gain of the filter that takes the bounce out. Under Roll's model returns are a moving average, r_t = e_t − θe_{t−1},
 * of ρ = −θ/(1 + θ²); the Kalman filter of m in its steady state is an exponential average (Muth 1960)
 *
 *     m_t = m_{t−1} + (1 − θ)(ln p_t − m_{t−1}),   θ = (1 − √(1 − 4ρ²))/(2|ρ|)
 *
 * Its changes are (1 − θ)e_t: uncorrelated, and of the variance of u. It looks at no later price, but for ρ itself.
 */
export function bounceGain(autocorrelation: number): number {
  const rho = Math.min(-autocorrelation, LARGEST);
  return rho <= 0 ? 1 : 1 - (1 - Math.sqrt(1 - 4 * rho * rho)) / (2 * rho);
}
