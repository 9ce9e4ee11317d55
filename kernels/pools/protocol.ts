/**
 * Floor 3. What becomes of a trade: its fees, shared with a protocol whose part leaves the pool, and the trading of others
 * that comes with an arbitrage.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { dot } from '../../src/rollout/functions.js';
import type { ModelContext, Settings } from '../../src/rollout/model.js';
import type { Arbitrage } from './arbitrageur.js';
import type { Reserves } from './geometric.js';

export const protocolSettings: Settings = {
  protocolShare: {
    default: 0,
    range: [0, 1],
    doc: 'share of every fee that goes to a protocol instead of staying in the pool',
  },
};

export const noiseSettings: Settings = {
  noiseRatio: {
    default: 0,
    range: [0, 1000],
    doc: 'volume of noise traders for each unit that arbitrageurs pay in: they pay the fee and leave prices as they are',
  },
};

/** What the pool keeps of a fee. */
export const keptFee = ({ settings }: ModelContext, fee: Expr): Expr =>
  settings.protocolShare > 0 ? fee.mul(1 - settings.protocolShare) : fee;

/**
 * The pool after an arbitrage and what it keeps of the fees: of each Δᵢ paid in, fee·protocolShare·Δᵢ is taken out again.
 * Noise traders then pay fees on noiseRatio times what was paid in, spread over the reserves pro rata:
 *
 *     R ← R·(1 + noiseRatio·(1 − γ̃)·Σ Δ⁺p/Σ Rp),   1 − γ̃ = fee·(1 − protocolShare)
 */
export function settled(
  c: ModelContext,
  trade: Arbitrage,
  fee: Expr,
  prices: readonly Expr[],
): { state: Reserves; fees: Expr } {
  const { reserves, paidIn, fees } = trade;
  const { protocolShare, noiseRatio } = c.settings;
  const shared = () => reserves.map((r, i) => r.sub(paidIn[i].mul(fee.mul(protocolShare))));
  const left = protocolShare > 0 ? shared() : reserves;
  const kept = keptFee(c, fees);
  if (!(noiseRatio > 0)) return { state: left, fees: kept };
  const earned = kept.mul(noiseRatio);
  const factor = where(trade.trades, earned.div(dot(left, prices)), 0).add(1);
  return { state: left.map((r) => r.mul(factor)), fees: kept.add(earned) };
}
