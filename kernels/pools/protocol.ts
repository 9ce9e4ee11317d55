/**
 * Floor 3. What becomes of a trade with a geometric-mean pool: its fees, shared with a protocol whose part leaves the pool,
 * and the trading of others that comes with an arbitrage.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { dot, sum } from '../../src/rollout/functions.js';
import type { Minute, ModelContext, Order, Settings } from '../../src/rollout/model.js';
import type { Arbitrage, Reserves } from './geometric.js';

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

/**
 * Somebody's trade of one or more assets for another: the invariant sees γ of what is paid in, γ = 1 − fee, so that
 *
 *     g = Σ wᵢ ln(1 + γΔᵢ/Rᵢ) over what is paid in,   R′ⱼ = Rⱼ·e^(−g/wⱼ) of what is taken out.
 */
export function swapped(
  c: ModelContext,
  reserves: Reserves,
  { prices, weights }: Minute,
  { paid, taken }: Order,
  fee: Expr,
): { state: Reserves; fees: Expr } {
  const any = sum(paid).greater(0);
  const gamma = fee.neg().add(1);
  const growth = dot(
    weights,
    paid.map((x, i) => gamma.mul(x).div(reserves[i]).add(1).log()),
  );
  const left = taken.map((t, j) => growth.mul(t).div(weights[j]).neg().exp());
  const kept = keptFee(c, fee);
  // what the protocol takes of the fee is not paid into the pool
  const stays = fee.sub(kept).neg().add(1);
  return {
    state: reserves.map((r, i) => where(any, r.mul(left[i]).add(paid[i].mul(stays)), r)),
    fees: where(any, dot(paid, prices).mul(kept), 0),
  };
}
