/**
 * Floor 3. A law of fees that sees the trades of its own pool and nothing else: what a contract can do on a chain.
 *
 * It keeps numbers by name (with both fees at most 32) and sets both fees after every trade, for the next one.
 */
import type { Expr } from '../../src/graph/index.js';
import type { ModelContext, Parameters } from '../../src/rollout/model.js';
import type { Fees, Reserves } from './pools.js';

/** What is remembered from trade to trade, each a number. */
export type Memory = Readonly<Record<string, Expr>>;

/** Fees, and the memory that they stand beside. */
export interface Quote extends Fees {
  readonly memory: Memory;
}

/** What is seen of a trade: amounts with fees, reserves after it. */
export interface SeenTrade {
  /** Mask: the pool bought X. */
  readonly buysX: Expr;
  readonly x: Expr;
  readonly y: Expr;
  /** The step, from 0; a float64. */
  readonly step: Expr;
  readonly reserves: Reserves;
}

export interface FeeLaw {
  readonly name: string;
  readonly doc: string;
  readonly parameters: Parameters;
  start(c: ModelContext, reserves: Reserves): Quote;
  /** The quote for the next trade, from that for this one. */
  after(c: ModelContext, quote: Quote, trade: SeenTrade): Quote;
  /** Fees of a law that sees the price outside as no pool can: a bound for those that do not. Left out: it does not. */
  knowing?(c: ModelContext, reserves: Reserves, price: Expr): Fees;
}

/** Numbers that a pool of the challenge may keep, both fees among them. */
export const MOST_MEMORY = 32;

/** The greatest fee. */
export const MOST_FEE = 0.1;
