/**
 * Floor 2½. One step of a pool: arbitrage, trades of others, the flow's earnings; with the parameters that stand in that
 * step, where they follow a series or a law.
 */
import { constant, type Expr, input, type Tree, where } from '../graph/index.js';
import { overBlocks } from '../rollout/bridge.js';
import { minutesOf } from '../rollout/clock.js';
import { choose, sum } from '../rollout/functions.js';
import type { ModelContext, Row, Tick } from '../rollout/model.js';
import { FIRST_INPUT } from '../rollout/names.js';
import { seriesKey } from '../rollout/recorded.js';
import { hasOrders, orderSeed } from './flow.js';
import { addArbitrage, emptyLedger, type Ledger, lossesOf, total, valuesAt } from './ledger.js';
import type { Minute, SeenMinute } from './model.js';
import { type OrderLane, type OrderTrace, outsideOf, startOrders, tradeOrders } from './orders.js';
import { isAmount, paidSeries, poolSeries, takenSeries } from './series.js';
import { arbitrageRows, clockOf, feeKey, type PoolSpec } from './spec.js';

/** The models of a pool inside a program, and the row that its windows start from. */
export interface PoolTrace {
  readonly spec: PoolSpec;
  readonly context: ModelContext;
  readonly feeLaw: ModelContext | null;
  readonly flow: ModelContext | null;
  /** The flow, where it is one of orders. */
  readonly orders: OrderTrace | null;
  readonly value: Expr;
  readonly first: Row;
  /** Rows from one arbitrage to the next. */
  readonly every: Expr;
}

/** What is carried from step to step. */
export interface Lane extends Ledger {
  readonly [key: string]: Tree;
  readonly state: Tree;
  /** The carry of the fee law; an empty list where there is none. */
  readonly law: Tree;
  /** Of a flow of orders; an empty list where there is none. */
  readonly orders: OrderLane | readonly [];
}

/** What of a tick a pool without epochs looks at. */
type Rows = Pick<Tick, 'now' | 'before' | 't'>;

export const startLane = (s: PoolTrace, state: Tree): Lane => ({
  state,
  ...emptyLedger(),
  law: s.feeLaw === null ? [] : lawOf(s).init(s.feeLaw),
  orders: s.orders === null ? [] : startOrders(s.orders, s.spec.pool, s.first, s.value),
});

function lawOf(s: PoolTrace) {
  if (!s.spec.feeLaw) throw new TypeError('rollout: this roll-out has no fee law');
  return s.spec.feeLaw;
}

const numberOf = (row: Row, series: string): Expr => row[seriesKey(series)][0];

/** The pool's parameters in a row: those that follow a series, and amounts as one of the first row's shares bears them. */
export function contextIn(s: PoolTrace, row: Row): ModelContext {
  const { parameters, supply } = poolSeries(s.spec);
  const declared = s.spec.pool.parameters(s.spec.settings);
  const value: Record<string, readonly Expr[]> = { ...s.context.value };
  for (const [key, name] of Object.entries(parameters)) value[key] = [numberOf(row, name)];
  if (supply !== null) {
    for (const key of Object.keys(declared).filter((k) => isAmount(declared[k]))) {
      value[key] = value[key].map((x) => x.mul(partOfSupply(s, row, supply)));
    }
  }
  return { ...s.context, value };
}

/** Shares of the first row over those of this one. */
const partOfSupply = (s: PoolTrace, row: Row, supply: string): Expr =>
  numberOf(s.first, supply).div(numberOf(row, supply));

/** `context` with the fee that the law makes of its own. */
function withLaw(s: PoolTrace, context: ModelContext, law: Tree): ModelContext {
  const key = feeKey(s.spec.pool, s.spec.pool.parameters(s.spec.settings));
  if (s.feeLaw === null || key === null) return context;
  const fee = lawOf(s).fee(s.feeLaw, context.value[key][0], law);
  return { ...context, value: { ...context.value, [key]: [fee] } };
}

/** A step: an arbitrage for each of the given weights in turn, recorded trades, then the flow's orders or earnings. */
export function minute(s: PoolTrace, lane: Lane, tick: Rows, weights: readonly (readonly Expr[])[]): Lane {
  const context = withLaw(s, contextIn(s, tick.now), lane.law);
  const { prices, activity } = tick.now;
  const now = { prices, weights: weights[weights.length - 1] };
  const arbitraged = (s.spec.blocks ? withBlocks : withArbitrage)(s, context, lane, tick, weights);
  const done = withOrders(s, context, withTrade(s, context, arbitraged, tick.now, now), tick, now);
  const next = {
    ...done,
    law: s.feeLaw === null ? [] : lawOf(s).step(s.feeLaw, lane.law, seenBy(s, lane, done, tick, now)),
  };
  const { pool, flow } = s.spec;
  if (flow === null || s.flow === null || hasOrders(flow)) return next;
  const { state, fees } = next;
  const order = pool.orderCost(context, state, now, flow.orderSize(s.flow));
  // buys and sells cancel; the pool earns fee·u·value, spread over its reserves pro rata
  const earned = order.fee.mul(flow.volume(s.flow, order.cost, activity[0]));
  const value = pool.value(context, state, prices);
  const income = earned.mul(value);
  return {
    ...next,
    state: pool.scale(state, earned.add(1)),
    fees: fees.add(income),
    earned: next.earned.add(income),
  };
}

/** The arbitrages of a step; none but in every `arbitrageEvery`-th. */
function withArbitrage(
  s: PoolTrace,
  context: ModelContext,
  lane: Lane,
  { now: { prices }, t }: Rows,
  weights: readonly (readonly Expr[])[],
): Lane {
  const { pool } = s.spec;
  let { state, fees } = lane;
  for (const w of weights) {
    const trade = pool.arbitrage(context, state, { prices, weights: w });
    state = trade.state;
    fees = fees.add(trade.fees);
  }
  const outsideFee = pool.outsideFee?.(context) ?? constant(0);
  const sums = addArbitrage(
    lane,
    pool.reserves(lane.state, context),
    pool.reserves(state, context),
    prices,
    outsideFee,
  );
  const orders = ordersArbitraged(s, context, lane.orders, prices);
  const next = withNoise(s, context, { ...lane, state, fees, ...sums, orders }, lane, prices);
  return arbitrageRows(s.spec) === 1 ? next : choose(t.mod(s.every).equal(0), next, lane);
}

/**
 * The arbitrages of a step's blocks: one in each, at the prices between its rows and the weights that have come so far.
 */
function withBlocks(
  s: PoolTrace,
  context: ModelContext,
  lane: Lane,
  { now, before, t }: Rows,
  weights: readonly (readonly Expr[])[],
): Lane {
  const { blocks, pool, settings } = s.spec;
  if (!blocks) throw new TypeError('rollout: this roll-out has no blocks');
  const clock = { interval: blocks.interval };
  // arbitrageurs come once a block, whose length is the clock of what they do
  const inner = { ...context, clock, settings: { ...settings, ...context.settings, arbitrageEvery: minutesOf(clock) } };
  const outsideFee = pool.outsideFee?.(context) ?? constant(0);
  const [from, to] = [weights[0], weights[weights.length - 1]];
  const { state, fees, lost, rebalancing, orders } = lane;
  const done = overBlocks<Pick<Lane, 'state' | 'fees' | 'lost' | 'rebalancing' | 'orders'>>({
    blocks,
    clock: clockOf(s.spec),
    row: input(FIRST_INPUT, 'window').add(t),
    before,
    now,
    init: { state, fees, lost, rebalancing, orders },
    block: (carry, prices, share) => {
      const w = weights.length === 1 ? to : to.map((x, i) => from[i].add(x.sub(from[i]).mul(share)));
      const trade = pool.arbitrage(inner, carry.state, { prices, weights: w });
      const [old, left] = [carry, trade].map((at) => pool.reserves(at.state, inner));
      const sums = addArbitrage(carry, old, left, prices, outsideFee);
      const others = ordersArbitraged(s, inner, carry.orders, prices);
      return { state: trade.state, fees: carry.fees.add(trade.fees), ...sums, orders: others };
    },
  });
  return withNoise(s, context, { ...lane, ...done }, lane, now.prices);
}

/**
 * Noise traders, who pay in noiseRatio times what arbitrageurs did: their fees, spread over the reserves pro rata,
 * R ← R·(1 + noiseRatio·fees/V).
 */
function withNoise(s: PoolTrace, context: ModelContext, lane: Lane, before: Lane, prices: readonly Expr[]): Lane {
  const { pool, settings } = s.spec;
  const ratio = pool.noiseRatio?.(settings) ?? 0;
  if (ratio === 0) return lane;
  const earned = lane.fees.sub(before.fees).mul(ratio);
  const share = where(earned.greater(0), earned.div(pool.value(context, lane.state, prices)), 0);
  return {
    ...lane,
    state: pool.scale(lane.state, share.add(1)),
    fees: lane.fees.add(earned),
    earned: lane.earned.add(earned),
  };
}

/** The trade that the dataset has in a row, if it has one. */
function withTrade(s: PoolTrace, context: ModelContext, lane: Lane, row: Row, m: Minute): Lane {
  const { trades, supply } = poolSeries(s.spec);
  const { swap } = s.spec.pool;
  if (!trades || swap === undefined) return lane;
  const whole = s.spec.assets.map((asset) => numberOf(row, paidSeries(asset)));
  const paid = supply === null ? whole : whole.map((x) => x.mul(partOfSupply(s, row, supply)));
  const taken = s.spec.assets.map((asset) => numberOf(row, takenSeries(asset)));
  const trade = swap(context, lane.state, m, { paid, taken });
  const [old, left] = [lane, trade].map((at) => s.spec.pool.reserves(at.state, context));
  const lost = total(lossesOf(old, left, m.prices));
  return { ...lane, state: trade.state, fees: lane.fees.add(trade.fees), earned: lane.earned.sub(lost) };
}

/** Arbitrageurs come to what else a flow of orders trades with whenever they come to the pool. */
function ordersArbitraged(
  { orders, spec: { pool } }: PoolTrace,
  context: ModelContext,
  lane: Lane['orders'],
  prices: readonly Expr[],
): Lane['orders'] {
  if (orders === null || !('own' in lane)) return lane;
  return { ...lane, own: orders.flow.arbitrage(orders.context, lane.own, outsideOf(pool, prices), context) };
}

function withOrders(s: PoolTrace, context: ModelContext, lane: Lane, { now, t }: Rows, m: Minute): Lane {
  if (s.orders === null || !('own' in lane.orders)) return lane;
  const { pool, settings } = s.spec;
  const step = { pool, context, value: s.value, seed: settings.orderSeed ?? orderSeed.default, row: now, t, minute: m };
  const done = tradeOrders(s.orders, lane.orders, lane.state, step);
  return {
    ...lane,
    state: done.state,
    orders: done.lane,
    fees: lane.fees.add(done.fees),
    earned: lane.earned.add(done.earned),
  };
}

/** What a fee law sees of a step. */
function seenBy(s: PoolTrace, lane: Lane, after: Lane, { now, before }: Rows, m: Minute): SeenMinute {
  const { pool } = s.spec;
  const r = now.logs.map((x, i) => x.sub(before.logs[i]));
  const pairs = r.flatMap((ri, i) => r.slice(i + 1).map((rj) => ri.sub(rj).square()));
  const squares = pairs.length === 0 ? [r[0].square()] : pairs;
  const reserves = pool.reserves(after.state, s.context);
  const moved = valuesAt(
    pool.reserves(lane.state, s.context).map((x, i) => reserves[i].sub(x).abs()),
    m.prices,
  );
  return {
    variance: sum(squares).mul(1 / squares.length),
    traded: sum(moved)
      .mul(0.5)
      .div(pool.value(s.context, after.state, m.prices)),
  };
}
