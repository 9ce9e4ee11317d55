/**
 * Floor 2½. What others do to a pool, minute by minute: the sums that a lane keeps beside its state.
 *
 * With reserves R before a minute's arbitrage and R′ after it, at the minute's prices p, a portfolio that makes the same
 * changes outside loses nothing; the pool loses Σ p·(R − R′), what arbitrageurs gain net of the fees that stay (Milionis
 * et al. 2022, loss-versus-rebalancing, exact for each step). Outside, those changes would cost Σ τ/2·p·|R′ − R|.
 */
import { constant, type Expr } from '../graph/index.js';
import { sum } from '../rollout/functions.js';
import type { Row } from '../rollout/model.js';

export interface Ledger {
  /** Fees earned so far, in the numéraire. */
  readonly fees: Expr;
  /** Σ p·(R − R′) so far. */
  readonly lost: Expr;
  /** Σ τ/2·p·|R′ − R| so far. */
  readonly rebalancing: Expr;
  /** What all others than arbitrageurs left in the pool so far: flows, noise traders, recorded trades. */
  readonly earned: Expr;
}

export const emptyLedger = (): { [key in keyof Ledger]: Expr } => ({
  fees: constant(0),
  lost: constant(0),
  rebalancing: constant(0),
  earned: constant(0),
});

/** Reserves at prices, one by one: those beyond the assets are the numéraire. */
export const valuesAt = (reserves: readonly Expr[], prices: readonly Expr[]): Expr[] =>
  reserves.map((r, i) => (i < prices.length ? r.mul(prices[i]) : r));

/** The sum; 0 of nothing. */
export const total = (xs: readonly Expr[]): Expr => (xs.length === 0 ? constant(0) : sum(xs));

/** Σ p·(R − R′) of a trade, part by part. */
export const lossesOf = (before: readonly Expr[], after: readonly Expr[], prices: readonly Expr[]): Expr[] =>
  valuesAt(
    before.map((r, i) => r.sub(after[i])),
    prices,
  );

/** Adds the changes of one minute's arbitrage; `outsideFee` is the τ of that minute. */
export function addArbitrage(
  { lost, rebalancing }: Pick<Ledger, 'lost' | 'rebalancing'>,
  before: readonly Expr[],
  after: readonly Expr[],
  prices: readonly Expr[],
  outsideFee: Expr,
): { lost: Expr; rebalancing: Expr } {
  const parts = lossesOf(before, after, prices);
  const moved = total(parts.map((x) => x.abs()));
  return { lost: lost.add(total(parts)), rebalancing: rebalancing.add(moved.mul(outsideFee.mul(0.5))) };
}

/** A ledger as what is observed. */
export const ledgerRow = ({ fees, lost, rebalancing, earned }: Ledger): Row => ({
  fees: [fees],
  lost: [lost],
  rebalancing: [rebalancing],
  earned: [earned],
});
