/** Floor 2½. Orders of a flow, which go through the pool and move its reserves: a step of them, and what is kept of them. */
import { constant, draw, type Expr, input, integer, type Tree } from '../graph/index.js';
import type { ModelContext, Row } from '../rollout/model.js';
import { FIRST_INPUT } from '../rollout/names.js';
import { hasOrders, type Markets, type OrderFlow, type Outside } from './flow.js';
import { lossesOf, total } from './ledger.js';
import type { Minute, PoolModel } from './model.js';
import type { PoolSpec } from './spec.js';

/** What a lane keeps of a flow of orders. */
export interface OrderLane {
  readonly [key: string]: Tree;
  readonly own: Tree;
  /** Value of all orders so far, and of what of them came to the pool. */
  readonly offered: Expr;
  readonly routed: Expr;
}

/** A flow of orders inside a program. */
export interface OrderTrace {
  readonly flow: OrderFlow;
  readonly context: ModelContext;
}

export const orderFlow = ({ flow }: Pick<PoolSpec, 'flow'>, context: ModelContext | null): OrderTrace | null =>
  flow !== null && context !== null && hasOrders(flow) ? { flow, context } : null;

/** Neighbours in the order of the assets, the last and the first among them; each asset and the numéraire where that is traded for. */
function marketsOf(pool: PoolModel, n: number): Markets {
  const assets = Array.from({ length: n }, (_, i) => i);
  if (pool.numeraire === true) return assets.map((i) => [i, n]);
  return (n === 2 ? [0] : assets).map((i) => [i, (i + 1) % n]);
}

export const outsideOf = (pool: PoolModel, prices: readonly Expr[]): Outside => ({
  prices,
  markets: marketsOf(pool, prices.length),
});

export const startOrders = ({ flow, context }: OrderTrace, pool: PoolModel, first: Row, value: Expr): OrderLane => ({
  own: flow.init(context, { ...outsideOf(pool, first.prices), value }),
  offered: constant(0),
  routed: constant(0),
});

/** Draws of orders have numbers of their own beside those of blocks. */
const FIRST_DRAW = 1024;

interface Step {
  readonly pool: PoolModel;
  readonly context: ModelContext;
  /** Value of the pool at the first row. */
  readonly value: Expr;
  readonly seed: number;
  readonly row: Row;
  readonly t: Expr;
  readonly minute: Minute;
}

/** The pool and the flow after a step's orders, the fees that stay of them, and what the pool is worth more for them. */
export function tradeOrders(
  { flow, context }: OrderTrace,
  lane: OrderLane,
  state: Tree,
  { pool, context: own, value, seed, row, t, minute }: Step,
): { readonly lane: OrderLane; readonly state: Tree; readonly fees: Expr; readonly earned: Expr } {
  const { prices } = minute;
  const offer = pool.offer?.bind(pool);
  if (offer === undefined) throw new TypeError(`rollout: ${pool.name} has no offer`);
  const at = input(FIRST_INPUT, 'window').add(t);
  const done = flow.trade(
    context,
    lane.own,
    { state, offer: (s, direction) => offer(own, s, minute, direction) },
    {
      ...outsideOf(pool, prices),
      value,
      activity: row.activity[0],
      uniform: (j, k) => draw(integer(seed), j, at, FIRST_DRAW + k),
    },
  );
  return {
    lane: { own: done.state, offered: lane.offered.add(done.offered), routed: lane.routed.add(done.routed) },
    state: done.pool,
    fees: done.fees,
    earned: total(lossesOf(pool.reserves(state, own), pool.reserves(done.pool, own), prices)).neg(),
  };
}
