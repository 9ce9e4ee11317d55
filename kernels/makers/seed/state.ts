/**
 * Floor 3. The state vector of the Hyperliquid HJB framework (HJB_FRAMEWORK.md of trudumb/hyperliquid at 1f95c03, MIT): what
 * the maker sees, how an observation changes it, and what is derived of it. Its behaviour is kept, traps and all; the sound
 * model is in src/makers.
 */
import { type Expr, where } from '../../../src/graph/index.js';
import { clip } from '../../../src/rollout/functions.js';

/** T is number, or Expr within a program. */
export type StateVector<T = Expr> = {
  /** S. */
  readonly midPrice: T;
  /** Q, units. */
  readonly inventory: T;
  /** μ̂, a moving average of 2I − 1 that spreads scale down; no drift of a price. */
  readonly adverseSelection: T;
  /** Δ, full spread of the market, basis points of the mid. */
  readonly spreadBps: T;
  /** I = bid volume/(bid + ask volume), 0 to 1. */
  readonly imbalance: T;
};

/** A new state: all 0, so a book with sellers only until the first observation of one. */
export const emptyState: StateVector<number> = {
  midPrice: 0,
  inventory: 0,
  adverseSelection: 0,
  spreadBps: 0,
  imbalance: 0,
};

export type Observation<T = Expr> = {
  readonly midPrice: T;
  readonly inventory: T;
  readonly spreadBps: T;
  /** 1 where there is a spread to see, else 0. */
  readonly seesSpread: T;
  /** (bid − ask)/(bid + ask) volume, −1 to 1. */
  readonly bookImbalance: T;
  /** 1 where there is a book to see, else 0. */
  readonly seesBook: T;
};

/** An observation of plain numbers; null is what was not seen. */
export const observed = (o: {
  readonly midPrice: number;
  readonly inventory: number;
  readonly spreadBps: number | null;
  readonly bookImbalance: number | null;
}): Observation<number> => ({
  midPrice: o.midPrice,
  inventory: o.inventory,
  spreadBps: o.spreadBps ?? 0,
  seesSpread: o.spreadBps === null ? 0 : 1,
  bookImbalance: o.bookImbalance ?? 0,
  seesBook: o.bookImbalance === null ? 0 : 1,
});

/**
 * S, Q and Δ as observed; with a book I = (b + 1)/2 and
 *
 *     μ̂ ← ema·2(I − ½)·scale + (1 − ema)μ̂,   scale = 1/(1 + Δ/spreadScale) if Δ > 0, else 1
 */
export function update(
  state: StateVector,
  seen: Observation,
  { ema, spreadScale }: { readonly ema: Expr; readonly spreadScale: Expr },
): StateVector {
  const spreadBps = where(seen.seesSpread.greater(0), seen.spreadBps, state.spreadBps);
  const book = seen.seesBook.greater(0);
  const imbalance = where(book, seen.bookImbalance.add(1).mul(0.5), state.imbalance);
  const scale = where(spreadBps.greater(0), spreadBps.div(spreadScale).add(1).reciprocal(), 1);
  const signal = imbalance.sub(0.5).mul(2).mul(scale);
  const smoothed = ema.mul(signal).add(ema.neg().add(1).mul(state.adverseSelection));
  return {
    midPrice: seen.midPrice,
    inventory: seen.inventory,
    adverseSelection: where(book, smoothed, state.adverseSelection),
    spreadBps,
    imbalance,
  };
}

/** |Q|/Qmax, at most 1; 0 where there is no limit. */
const fullness = (q: Expr, most: Expr): Expr =>
  where(
    most.greater(0),
    q
      .abs()
      .div(where(most.greater(0), most, 1))
      .minimum(1),
    0,
  );

/** Q/Qmax between −1 and 1; 0 where there is no limit. */
export const inventoryRatio = (q: Expr, most: Expr): Expr =>
  where(most.greater(0), clip(q.div(where(most.greater(0), most, 1)), -1, 1), 0);

/** 1 + ρ² */
export const riskMultiplier = (state: StateVector, maxInventory: Expr): Expr =>
  fullness(state.inventory, maxInventory).square().add(1);

/** ρ³ */
export function urgency(state: StateVector, maxInventory: Expr): Expr {
  const rho = fullness(state.inventory, maxInventory);
  return rho.square().mul(rho);
}

/** 1 where 0 < Δ < the widest spread and .1 < I < .9, else 0. */
export const favourable = ({ spreadBps, imbalance }: StateVector, maxSpreadBps: Expr): Expr =>
  where(
    spreadBps.greater(0).and(spreadBps.less(maxSpreadBps)).and(imbalance.greater(0.1)).and(imbalance.less(0.9)),
    1,
    0,
  );
