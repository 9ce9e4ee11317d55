/** Floor 3. The control vector of the Hyperliquid HJB framework, and its heuristic with the parameters that are tuned. */
import { constant, type Expr, where } from '../../../src/graph/index.js';
import { inventoryRatio, riskMultiplier, type StateVector, urgency } from './state.js';

export type ControlVector<T = Expr> = {
  /** Offsets from the mid, basis points of it. */
  readonly askBps: T;
  readonly bidBps: T;
  /** Orders of one's own, units a second. */
  readonly takerSell: T;
  readonly takerBuy: T;
};

/** Offsets of both sides, nothing taken. */
export const symmetric = (halfSpreadBps: Expr): ControlVector => asymmetric(halfSpreadBps, halfSpreadBps);

/** In that order: ask, bid. */
export const asymmetric = (askBps: Expr, bidBps: Expr): ControlVector => ({
  askBps,
  bidBps,
  takerSell: constant(0),
  takerBuy: constant(0),
});

/** S(1 − bid/10⁴) and S(1 + ask/10⁴). */
export const quotePrices = ({ askBps, bidBps }: ControlVector, midPrice: Expr) => ({
  bid: midPrice.mul(bidBps.div(1e4).neg().add(1)),
  ask: midPrice.mul(askBps.div(1e4).add(1)),
});

/** 1 where nothing is negative and both offsets together are at least `least`, else 0. */
export const isValid = (c: ControlVector, least: Expr): Expr =>
  where(
    [c.askBps, c.bidBps, c.takerSell, c.takerBuy]
      .map((x) => x.greaterEqual(0))
      .reduce((all, one) => all.and(one), c.askBps.add(c.bidBps).greaterEqual(least)),
    1,
    0,
  );

/** What the framework tunes. */
export type Tuning<T = Expr> = {
  readonly skew: T;
  readonly adverse: T;
  readonly ema: T;
  readonly urgencyThreshold: T;
  readonly liquidationRate: T;
  readonly minSpreadRatio: T;
  readonly spreadScale: T;
};

export const defaultTuning: Tuning<number> = {
  skew: 0.5,
  adverse: 0.5,
  ema: 0.1,
  urgencyThreshold: 0.7,
  liquidationRate: 10,
  minSpreadRatio: 0.2,
  spreadScale: 100,
};

/** The framework's bounds; the scale has to be above 0. */
export const tuningBounds: Tuning<readonly [number, number]> = {
  skew: [0, 2],
  adverse: [0, 2],
  ema: [0, 1],
  urgencyThreshold: [0, 1],
  liquidationRate: [0, 100],
  minSpreadRatio: [0, 1],
  spreadScale: [Number.MIN_VALUE, Number.POSITIVE_INFINITY],
};

/**
 * `apply_state_adjustments`, from symmetric(base):
 *
 *     a = −μ̂·base·adverse widens the bid if it is above 0, else the ask by −a      (one side; none is tightened)
 *     both × (1 + ρ²);   ask −= r·base·skew, bid += r·base·skew;   each at least base·minSpreadRatio
 *     u = ρ³ above the threshold: (u − threshold)·liquidationRate on the side that reduces |Q|
 *
 * It reads neither Δ nor I but through μ̂, and no time.
 */
export function applyStateAdjustments(
  state: StateVector,
  baseBps: Expr,
  maxInventory: Expr,
  tuning: Tuning,
): ControlVector {
  const a = state.adverseSelection.neg().mul(baseBps).mul(tuning.adverse);
  const risk = riskMultiplier(state, maxInventory);
  const skew = inventoryRatio(state.inventory, maxInventory).mul(baseBps).mul(tuning.skew);
  const least = baseBps.mul(tuning.minSpreadRatio);
  const ask = baseBps.sub(a.minimum(0)).mul(risk).sub(skew).maximum(least);
  const bid = baseBps.add(a.maximum(0)).mul(risk).add(skew).maximum(least);
  const rate = liquidation(state, urgency(state, maxInventory), tuning.urgencyThreshold, tuning.liquidationRate);
  return { askBps: ask, bidBps: bid, ...rate };
}

/** (u − threshold)·rate where u is above it, on the side that reduces |Q|. */
export function liquidation(state: StateVector, u: Expr, threshold: Expr | number, rate: Expr | number) {
  const wanted = where(u.greater(threshold), u.sub(threshold).mul(rate), 0);
  return {
    takerSell: where(state.inventory.greater(0), wanted, 0),
    takerBuy: where(state.inventory.less(0), wanted, 0),
  };
}
