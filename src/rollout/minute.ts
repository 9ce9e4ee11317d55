/**
 * Floor 2. One minute of a pool: arbitrage, trades of others, the flow's earnings; with the parameters that stand in that
 * minute, where they follow a series or a law.
 */
import { constant, type Expr, type Operand, type Tree, where } from '../graph/index.js';
import { type Accounts, entered, given, opened, priced, total } from './accounts.js';
import { choose, sum } from './functions.js';
import type { Minute, ModelContext, SeenMinute } from './model.js';
import type { PoolTrace } from './pool-program.js';
import { isAmount, paidSeries, poolSeries, takenSeries } from './series.js';
import { feeKey } from './spec.js';

/** What is carried from minute to minute. */
export interface Lane extends Accounts {
  readonly [key: string]: Tree;
  readonly state: Tree;
  /** The carry of the fee law; an empty list where there is none. */
  readonly law: Tree;
}

export const startLane = (s: PoolTrace, state: Tree): Lane => ({
  state,
  ...opened(),
  law: s.feeLaw === null ? [] : lawOf(s).init(s.feeLaw),
});

function lawOf(s: PoolTrace) {
  if (!s.spec.feeLaw) throw new TypeError('rollout: this roll-out has no fee law');
  return s.spec.feeLaw;
}

/** The pool's parameters in minute t: those that follow a series, and amounts as one of the first minute's shares bears them. */
export function contextAt(s: PoolTrace, t: Operand): ModelContext {
  const { parameters, supply } = poolSeries(s.spec);
  const declared = s.spec.pool.parameters(s.spec.settings);
  const value: Record<string, readonly Expr[]> = { ...s.context.value };
  for (const [key, name] of Object.entries(parameters)) value[key] = [s.market.further(name, t)];
  if (supply !== null) {
    for (const key of Object.keys(declared).filter((k) => isAmount(declared[k]))) {
      value[key] = value[key].map((x) => x.mul(partOfSupply(s, t, supply)));
    }
  }
  return { ...s.context, value };
}

/** Shares of the first minute over those of minute t. */
const partOfSupply = (s: PoolTrace, t: Operand, supply: string): Expr =>
  s.market.further(supply, 0).div(s.market.further(supply, t));

/** `context` with the fee that the law makes of its own. */
function withLaw(s: PoolTrace, context: ModelContext, law: Tree): ModelContext {
  const key = feeKey(s.spec.pool.parameters(s.spec.settings));
  if (s.feeLaw === null || key === null) return context;
  const fee = lawOf(s).fee(s.feeLaw, context.value[key][0], law);
  return { ...context, value: { ...context.value, [key]: [fee] } };
}

/** Minute t: an arbitrage for each of the given weights in turn, recorded trades, then the flow's earnings. */
export function minute(s: PoolTrace, lane: Lane, t: Expr, weights: readonly (readonly Expr[])[]): Lane {
  const context = withLaw(s, contextAt(s, t), lane.law);
  const prices = s.market.prices(t);
  const now = { prices, weights: weights[weights.length - 1] };
  const done = traded(s, context, arbitraged(s, context, lane, t, prices, weights), t, now);
  const next = {
    ...done,
    law: s.feeLaw === null ? [] : lawOf(s).step(s.feeLaw, lane.law, seen(s, lane, done, t, now)),
  };
  if (s.spec.flow === null || s.flow === null) return next;
  const { pool } = s.spec;
  const { state, fees } = next;
  const order = pool.orderCost(context, state, now, s.spec.flow.orderSize(s.flow));
  // buys and sells cancel; the pool earns fee·u·value, spread over its reserves pro rata
  const earned = order.fee.mul(s.spec.flow.volume(s.flow, order.cost, s.market.activity(t)));
  const value = pool.value(context, state, prices);
  const income = earned.mul(value);
  return {
    ...next,
    state: pool.scale(state, earned.add(1)),
    fees: fees.add(income),
    earned: next.earned.add(income),
  };
}

/** The arbitrages of minute t; none but in every `arbitrageEvery`-th minute. */
function arbitraged(
  s: PoolTrace,
  context: ModelContext,
  lane: Lane,
  t: Expr,
  prices: readonly Expr[],
  weights: readonly (readonly Expr[])[],
): Lane {
  const { pool } = s.spec;
  let { state, fees } = lane;
  for (const w of weights) {
    const trade = pool.arbitrage(context, state, { prices, weights: w });
    state = trade.state;
    fees = fees.add(trade.fees);
  }
  const [outsideFee] = context.value.outsideFee ?? [constant(0)];
  const accounts = entered(lane, pool.reserves(lane.state), pool.reserves(state), prices, outsideFee);
  const next = withNoise(s, context, { ...lane, state, fees, ...accounts }, lane, prices);
  const every = s.spec.settings.arbitrageEvery ?? 1;
  return every === 1 ? next : choose(t.mod(every).equal(0), next, lane);
}

/**
 * Noise traders, who pay in noiseRatio times what arbitrageurs did: their fees, spread over the reserves pro rata,
 * R ← R·(1 + noiseRatio·fees/V).
 */
function withNoise(s: PoolTrace, context: ModelContext, lane: Lane, before: Lane, prices: readonly Expr[]): Lane {
  const ratio = s.spec.settings.noiseRatio ?? 0;
  if (ratio === 0) return lane;
  const { pool } = s.spec;
  const earned = lane.fees.sub(before.fees).mul(ratio);
  const share = where(earned.greater(0), earned.div(pool.value(context, lane.state, prices)), 0);
  return {
    ...lane,
    state: pool.scale(lane.state, share.add(1)),
    fees: lane.fees.add(earned),
    earned: lane.earned.add(earned),
  };
}

/** The trade that the dataset has in minute t, if it has one. */
function traded(s: PoolTrace, context: ModelContext, lane: Lane, t: Expr, m: Minute): Lane {
  const { trades, supply } = poolSeries(s.spec);
  const { swap } = s.spec.pool;
  if (!trades || swap === undefined) return lane;
  const whole = s.spec.assets.map((asset) => s.market.further(paidSeries(asset), t));
  const paid = supply === null ? whole : whole.map((x) => x.mul(partOfSupply(s, t, supply)));
  const taken = s.spec.assets.map((asset) => s.market.further(takenSeries(asset), t));
  const trade = swap(context, lane.state, m, { paid, taken });
  const { reserves } = s.spec.pool;
  const lost = total(given(reserves(lane.state), reserves(trade.state), m.prices));
  return { ...lane, state: trade.state, fees: lane.fees.add(trade.fees), earned: lane.earned.sub(lost) };
}

/** What a fee law sees of minute t. */
function seen(s: PoolTrace, before: Lane, after: Lane, t: Expr, m: Minute): SeenMinute {
  const { pool } = s.spec;
  const [now, last] = [s.market.logs(t), s.market.logs(t.sub(1))];
  const r = now.map((x, i) => x.sub(last[i]));
  const pairs = r.flatMap((ri, i) => r.slice(i + 1).map((rj) => ri.sub(rj).square()));
  const squares = pairs.length === 0 ? [r[0].square()] : pairs;
  const reserves = pool.reserves(after.state);
  const moved = priced(
    pool.reserves(before.state).map((x, i) => reserves[i].sub(x).abs()),
    m.prices,
  );
  return {
    variance: sum(squares).mul(1 / squares.length),
    traded: sum(moved)
      .mul(0.5)
      .div(pool.value(s.context, after.state, m.prices)),
  };
}
