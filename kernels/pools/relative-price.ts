/**
 * Floor 3. Prices at which curves are set up: parameters that count in the outside price at a window's start or are taken as
 * they are, and the ends of ranges.
 */
import { type Expr, where } from '../../src/graph/index.js';
import type { Parameter } from '../../src/rollout/model.js';

/** What a price counts in that is not relative to that at the start. */
export const PAIR_PRICE = 'second asset per first';
export const CREDIT_PRICE = 'credits per unit';

/** The parameter with the unit that the setting makes it have. */
export const pricedIn = (p: Parameter, relative: boolean, absolute: string): Parameter =>
  relative ? p : { ...p, unit: absolute };

/** 1 above the range, −1 below it, 0 within. */
export const beyondEnds = (price: Expr, low: Expr, high: Expr): Expr =>
  where(price.less(low), -1, where(high.less(price), 1, 0));
