/** Floor 3, compute market. One leg of an arbitrage. */
import type { Expr } from '../../src/graph/index.js';

/** What is done with one pool; nothing where the amount is 0. */
export interface Leg {
  readonly buys: Expr;
  readonly sells: Expr;
  /** r: effective compute bought or, gross, sold. */
  readonly amount: Expr;
  /** What the curve takes, or (below 0) gives; credits. */
  readonly dy: Expr;
  /** What a buyer pays, fees and all. */
  readonly gross: Expr;
  /** What a seller loses of what comes in. */
  readonly fee: Expr;
}
