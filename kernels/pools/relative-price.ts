/**
 * Floor 3. Prices at which curves are set up: parameters that count in the outside price at a window's start or are taken as
 * they are, and the ends of ranges.
 */
import { type Expr, where } from '../../src/graph/index.js';
import type { Used } from '../../src/pools/model.js';
import type { Parameter } from '../../src/rollout/model.js';

/** What a price counts in that is not relative to that at the start. */
export const PAIR_PRICE = 'second asset per first';
export const CREDIT_PRICE = 'credits per unit';

/** The parameter with the unit that the setting makes it have. */
export const pricedIn = (p: Parameter, relative: boolean, absolute: string): Parameter =>
  relative ? p : { ...p, unit: absolute };

/** Prices in plain numbers at which a curve is set up: relative to those outside, or as they are. */
export const usedPrices = (prices: readonly number[], relative: boolean, outside: readonly number[]): number[] =>
  prices.map((p, i) => (relative ? p * outside[i] : p));

/** The same of a pair: of the first asset in units of the second. */
export const usedPairPrice = (
  [price]: readonly number[],
  relative: boolean,
  [first, second]: readonly number[],
): number => (relative ? price * (first / second) : price);

/** The ends of a range around a price whose ratio is `ratio`. */
export const usedRange = (middle: number, ratio: number): Used => ({
  low: { value: [middle / Math.sqrt(ratio)], unit: PAIR_PRICE },
  high: { value: [middle * Math.sqrt(ratio)], unit: PAIR_PRICE },
});

/** 1 above the range, −1 below it, 0 within. */
export const beyondEnds = (price: Expr, low: Expr, high: Expr): Expr =>
  where(price.less(low), -1, where(high.less(price), 1, 0));
