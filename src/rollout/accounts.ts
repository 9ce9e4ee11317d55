/**
 * Floor 2. What arbitrage does to a pool, minute by minute: the accounts that a lane keeps beside its state.
 *
 * With reserves R before a minute's arbitrage and R′ after it, at the minute's prices p, a portfolio that makes the same
 * changes outside loses nothing; the pool loses Σ p·(R − R′), what arbitrageurs gain net of the fees that stay (Milionis
 * et al. 2022, loss-versus-rebalancing, exact for each step). Outside, those changes would cost Σ τ/2·p·|R′ − R|.
 */
import { constant, type Expr } from '../graph/index.js';
import { sum } from './functions.js';

export interface Accounts {
  /** Fees earned so far, in the numéraire. */
  readonly fees: Expr;
  /** Σ p·(R − R′) so far. */
  readonly lost: Expr;
  /** Σ p·|R′ − R| so far. */
  readonly traded: Expr;
}

export const opened = (): { fees: Expr; lost: Expr; traded: Expr } => ({
  fees: constant(0),
  lost: constant(0),
  traded: constant(0),
});

/** Reserves at prices, one by one: those beyond the assets are the numéraire. */
export const priced = (reserves: readonly Expr[], prices: readonly Expr[]): Expr[] =>
  reserves.map((r, i) => (i < prices.length ? r.mul(prices[i]) : r));

/** The sum; 0 of nothing. */
export const total = (xs: readonly Expr[]): Expr => (xs.length === 0 ? constant(0) : sum(xs));

/** Enters the changes of one minute's arbitrage. */
export function entered(
  { lost, traded }: Pick<Accounts, 'lost' | 'traded'>,
  before: readonly Expr[],
  after: readonly Expr[],
  prices: readonly Expr[],
): { lost: Expr; traded: Expr } {
  const given = priced(
    before.map((r, i) => r.sub(after[i])),
    prices,
  );
  return { lost: lost.add(total(given)), traded: traded.add(total(given.map((x) => x.abs()))) };
}
