/**
 * Floor 1, compute market. A market small enough for exact values: Poisson(m) potential jobs of one size buy from one pool, each
 * accepting with A = min(1, (C/w)^−ε) at the quote of the moment; fees stay in the pool. What estimators of gradients are tested
 * against. State k: k jobs were accepted.
 */
import { costSlopes, type Venue } from './curve.js';
import { afterBuying, buyAlone } from './trades.js';

export interface SmallMarket {
  readonly pool: Venue;
  readonly jobSize: number;
  readonly elasticity: number;
  readonly limit: number;
  readonly outsidePrice: number;
  readonly arrivals: number;
  readonly marketFee: number;
  readonly riskFee: number;
  /** Payoff P·x + y − a(x − Ψ₀)². */
  readonly riskAversion: number;
}

/** States beyond this many standard deviations have no weight. */
const REACH = 12;

interface State {
  readonly accepts: number;
  readonly acceptsSlope: number;
  readonly payoff: number;
  readonly payoffSlope: number;
}

/** Acceptance and payoff of each state, with their slopes by the market fee. */
export function statesOf(m: SmallMarket, count: number): State[] {
  let [pool, dTheta] = [m.pool, 0];
  return Array.from({ length: count }, () => {
    const { effective, fee, gross } = buyAlone(pool, m.jobSize, { market: m.marketFee, risk: m.riskFee });
    const dGross = (costSlopes(pool, m.jobSize).byTheta * dTheta + effective / (1 - fee)) / (1 - fee);
    const cost = gross / (m.outsidePrice * m.jobSize);
    const willing = (cost / m.limit) ** -m.elasticity;
    const state = {
      accepts: Math.min(1, willing),
      acceptsSlope: willing < 1 ? (-m.elasticity * willing * dGross) / gross : 0,
      payoff: m.outsidePrice * pool.psi + pool.theta - m.riskAversion * (pool.psi - m.pool.psi) ** 2,
      payoffSlope: dTheta,
    };
    pool = afterBuying(pool, m.jobSize, gross);
    dTheta += dGross;
    return state;
  });
}

/** The mean payoff and its slope by the market fee, over the number of arrivals and of those accepted. */
export function exactValue(m: SmallMarket): { value: number; slope: number } {
  const most = Math.ceil(m.arrivals + REACH * Math.sqrt(m.arrivals) + REACH);
  const fits = Math.floor((m.pool.psi * (1 - 1e-9)) / m.jobSize);
  const states = statesOf(m, Math.min(most, fits) + 1);
  let p = states.map((_, k): number => (k === 0 ? 1 : 0));
  let dp = states.map(() => 0);
  let weight = Math.exp(-m.arrivals);
  let [value, slope] = [0, 0];
  for (let n = 0; n <= most; n++) {
    states.forEach((s, k) => {
      value += weight * p[k] * s.payoff;
      slope += weight * (dp[k] * s.payoff + p[k] * s.payoffSlope);
    });
    // the last state stays
    const accepts = (k: number) => (k < states.length - 1 ? states[k].accepts : 0);
    const slopes = (k: number) => (k < states.length - 1 ? states[k].acceptsSlope : 0);
    const next = p.map((x, k) => x * (1 - accepts(k)) + (k > 0 ? p[k - 1] * accepts(k - 1) : 0));
    dp = dp.map((x, k) => {
      const came = k > 0 ? dp[k - 1] * accepts(k - 1) + p[k - 1] * slopes(k - 1) : 0;
      return x * (1 - accepts(k)) - p[k] * slopes(k) + came;
    });
    p = next;
    weight *= m.arrivals / (n + 1);
  }
  return { value, slope };
}
