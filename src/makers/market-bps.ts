/**
 * Floor 1. A market as the Hyperliquid HJB framework states it, in basis points of a mid, as the sound problem in money: fills
 * at λ₀·2(1 − I)·e^{−β·max(δ − Δ/2, 0)} a second for bids, 2I for asks, and takers at Δ/2 and a fee.
 */
import type { SingleAsset } from './problem.js';

export interface MarketInBps {
  readonly midPrice: number;
  /** Full spread Δ. */
  readonly spreadBps: number;
  /** Bid volume over all volume. */
  readonly imbalance: number;
  /** λ₀, fills a second at the best quotes. */
  readonly lambdaBase: number;
  /** Decay, per basis point. */
  readonly beta: number;
  /** Penalty φq² a second. */
  readonly phi: number;
  /** Whole units. */
  readonly maxInventory: number;
  /** Orders of one's own; none where absent. */
  readonly taker?: { readonly feeBps: number; readonly rate: number };
}

/** Money of one basis point. */
export const basisPoint = (midPrice: number): number => midPrice * 1e-4;

/** λ₀e^{−β(δ − Δ/2)} with the floor Δ/2 under δ is λe^{−κδ} with λ = λ₀e^{βΔ/2}: inside the spread the rate is flat. */
export function fromBps(m: MarketInBps): SingleAsset {
  const bp = basisPoint(m.midPrice);
  const half = m.spreadBps / 2;
  const kappa = m.beta / bp;
  const lambda = m.lambdaBase * 2 * Math.exp(m.beta * half);
  return {
    qMin: -m.maxInventory,
    qMax: m.maxInventory,
    alpha: 0,
    states: [
      {
        lambdaBid: lambda * (1 - m.imbalance),
        lambdaAsk: lambda * m.imbalance,
        kappaBid: kappa,
        kappaAsk: kappa,
        phi: m.phi,
        drift: 0,
        jumpBid: 0,
        jumpAsk: 0,
      },
    ],
    generator: [[0]],
    minOffset: half * bp,
    ...(m.taker === undefined ? {} : { taker: { rate: m.taker.rate, cost: (half + m.taker.feeBps) * bp } }),
  };
}
