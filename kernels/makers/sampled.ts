/**
 * Floor 3. A maker whose fills are drawn: one inventory, cash, the mid, step by step, by thinning with numbers that all
 * parameter sets of a scenario share.
 *
 * Draws of a step: 0 a sell order (fills the bid below its chance), 1 a buy order, 2 a taker, 3 the state. Of step 0: the
 * inventory and the state to start from.
 *
 * What a gradient of the mean takes beside the derivative along the path, by the estimator (∇ln P of the drawn outcomes: λ):
 *
 *     score             (J − b)·Σλₜ, b the mean of the other scenarios: by the roll-out itself, for every objective
 *     state-baseline    Σₜ λₜ·(reward from t on − Vₜ(state)), V exact: less noise, for the maker's objective alone
 *     all-actions       Σₜ ∂E[reward + V_{t+1} | state at t], over all that may happen in a step: least noise
 *     straight-through  fills count as drawn and differentiate as their chances: biased
 *     mean-field        fills are their chances, inventories real numbers: biased, and another objective
 */
import { constant, type Expr, integer, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import type { Row, SystemContext, SystemRun } from '../../src/rollout/model.js';
import { added, cashOf, identitiesOf, type Last, noneYet, type Sums, zero } from './accounts.js';
import type { Critic } from './critic.js';
import type { Fill, Market, MarketState, Side } from './market.js';
import type { Quotes, Seen } from './policies/policy.js';
import { at } from './read.js';

export type Estimator = 'score' | 'state-baseline' | 'all-actions' | 'straight-through' | 'mean-field';

export interface SampledOptions {
  readonly c: SystemContext;
  readonly market: Market;
  readonly quotes: (seen: Seen) => Quotes;
  readonly takes: boolean;
  readonly latency: number;
  readonly start: number | null;
  readonly moves: boolean;
  readonly elapsed: (t: Expr) => Expr;
  readonly estimator: Estimator;
  /** For the estimators that measure against it. */
  readonly critic: Critic | null;
}

type Lane = {
  readonly q: Expr;
  readonly state: Expr;
  readonly seenQ: Expr;
  readonly seenState: Expr;
  /** What drift and orders moved the mid by, beside the source. */
  readonly shift: Expr;
  /** ln P of what was drawn. */
  readonly likelihood: Expr;
  /** Of a recorded path alone: what trading paid and brought, kept apart from the sums that it has to agree with. */
  readonly cash: Expr;
  readonly sums: Sums;
  /** Of the last step. */
  readonly last: Last;
};

const indicator = (mask: Expr): Expr => where(mask, 1, 0);

/** One side of a step: a lot or none. */
export interface Drawn {
  readonly filled: Expr;
  readonly chance: Expr;
  /** Whether an order came. */
  readonly came: Expr;
  readonly logChance: Expr;
}

export function sampledRun(options: SampledOptions): SystemRun<Lane> {
  const { c, market, quotes, latency, moves, elapsed, estimator } = options;
  const scored = estimator === 'score';
  return {
    init: () => startOf(options),
    step(lane, { now, before, t }) {
      const seen = { q: lane.seenQ, state: lane.seenState, elapsed: elapsed(t) };
      const made = quotes(latency === 0 ? { ...seen, q: lane.q, state: lane.state } : seen);
      const here = market.in(lane.state);
      const bid = sideOf(options, here.bid, made.bid, lane.q.less(market.qMax - 0.5), c.uniform(t, 0));
      const ask = sideOf(options, here.ask, made.ask, lane.q.greater(market.qMin + 0.5), c.uniform(t, 1));
      const filled = lane.q.add(bid.filled).sub(ask.filled);
      const taken = takenOf(options, made, filled, t);
      const q = filled.add(taken.bought).sub(taken.sold);
      const shift = moveOf(market, here, bid, ask);
      const source = moves ? now.prices[0].sub(before.prices[0]) : zero();
      const captured = bid.filled.mul(made.bid.add(market.rebate)).add(ask.filled.mul(made.ask.add(market.rebate)));
      const inventoryPnl = q.mul(shift.add(source));
      const takerCost = taken.bought.add(taken.sold).mul(market.takerCost);
      const penalty = here.phi.mul(lane.q.square()).mul(market.dt);
      const pnl = captured.add(inventoryPnl).sub(takerCost);
      const { state, logChance: stateLog } = nextState(options, lane.state, t);
      const log = sum([bid.logChance, ask.logChance, taken.logChance, stateLog]);
      const likelihood = lane.likelihood.add(log);
      const score = estimated(options, lane, t, pnl.sub(penalty), log, likelihood);
      const last = {
        ...{ bid: made.bid, ask: made.ask, bidFills: bid.filled, askFills: ask.filled },
        ...{ takerBuys: taken.bought, takerSells: taken.sold, bidChance: bid.chance, askChance: ask.chance },
      };
      return {
        q,
        state,
        seenQ: lane.q,
        seenState: lane.state,
        shift: lane.shift.add(shift),
        likelihood,
        cash: c.recording ? lane.cash.add(cashOf(market, last, before.prices[0].add(lane.shift))) : lane.cash,
        sums: added(lane.sums, {
          captured,
          inventoryPnl,
          takerCost,
          penalty,
          pnl,
          score,
          traded: sum([bid.filled, ask.filled, taken.bought, taken.sold]),
        }),
        last,
      };
    },
    observe: ({ q, state, shift, cash, sums, last }, now): Row => ({
      ...Object.fromEntries([...Object.entries(sums), ...Object.entries(last)].map(([name, x]) => [name, [x]])),
      ...{ q: [q], state: [state], mid: [now.prices[0].add(shift)], cash: [cash] },
    }),
    identities: (from, to, { now, before }) =>
      identitiesOf(
        { ...from, q: [from.q], mid: [before.prices[0].add(from.shift)], last: [from.last] },
        { ...to, q: [to.q], mid: [now.prices[0].add(to.shift)], last: [to.last] },
      ),
    outcome: (_start, { q, likelihood }) => {
      const terminal = market.alpha.mul(q.square());
      // as rewards of the other steps are: by all that was drawn before
      if (estimator !== 'state-baseline') return { terminal: [terminal] };
      return { terminal: [withGradient(terminal, terminal.add(terminal.stopGradient().mul(likelihood)))] };
    },
    ...(scored ? { likelihood: ({ likelihood }: Lane) => likelihood } : {}),
  };
}

/** The value of x, the gradient of y. */
const withGradient = (x: Expr, y: Expr): Expr => x.stopGradient().add(y.sub(y.stopGradient()));

/** How many of the cumulative sums of a law lie at or below u: the index that u draws. */
export const drawFrom = (law: readonly Expr[], u: Expr): Expr => {
  let below: Expr = zero();
  const counted = law.slice(0, -1).map((p) => {
    below = below.add(p);
    return indicator(below.lessEqual(u));
  });
  return counted.length === 0 ? zero() : sum(counted).stopGradient();
};

function startOf({ c, market, start, critic }: SampledOptions): Lane {
  const width = market.qMax - market.qMin + 1;
  const evenly = Array.from({ length: width }, () => constant(1 / width));
  const first = integer(0);
  const q = start === null ? drawFrom(evenly, c.uniform(first, 0)).add(market.qMin) : constant(start);
  const state = market.states === 1 ? zero() : drawFrom(market.lasting, c.uniform(first, 1));
  const likelihood = market.states === 1 ? zero() : at(market.lasting, state, 0).log();
  const score =
    critic === null
      ? zero()
      : withGradient(zero(), likelihood.mul(critic.pick(critic.values(integer(1)), q, state).stopGradient()));
  // what is measured against V has the start in its first V
  const drawn = critic === null ? likelihood : zero();
  return { q, state, seenQ: q, seenState: state, shift: zero(), likelihood: drawn, ...noneYet(score) };
}

export function sideOf(
  { market, estimator }: Pick<SampledOptions, 'market' | 'estimator'>,
  side: Side,
  offset: Expr,
  open: Expr,
  u: Expr,
): Drawn {
  const fill = market.fill(side, offset);
  const chance = where(open, fill.chance, 0);
  const drawn = indicator(u.less(chance));
  const hit = drawn.greater(0.5);
  return {
    filled: {
      'mean-field': () => chance,
      'straight-through': () => withGradient(drawn, chance),
      score: () => drawn,
      'state-baseline': () => drawn,
      'all-actions': () => drawn,
    }[estimator](),
    chance,
    ...(side.jump === null
      ? { came: zero(), logChance: where(hit, fill.chance.log(), where(open, fill.logNone, 0)) }
      : cameOf(market, side, fill, chance, open, hit, u)),
  };
}

/** An order that came: it filled the quote, or did not reach it. */
function cameOf(market: Market, side: Side, fill: Fill, chance: Expr, open: Expr, hit: Expr, u: Expr) {
  const arrival = market.arrival(side);
  const came = hit.or(u.less(arrival));
  const missed = arrival.sub(chance);
  const none = where(missed.greater(0), constant(1).sub(arrival).log(), where(open, fill.logNone, 0));
  return { came: indicator(came), logChance: where(hit, fill.chance.log(), where(came, missed.log(), none)) };
}

function takenOf({ c, market, takes }: SampledOptions, { take }: Quotes, q: Expr, t: Expr) {
  if (!takes || take === null) return { bought: zero(), sold: zero(), logChance: zero() };
  const stays = take.mul(-market.dt).exp();
  const chance = constant(1).sub(stays);
  const [long, short] = [q.greater(0.5), q.less(-0.5)];
  const drawn = c.uniform(t, 2).less(chance);
  return {
    bought: indicator(short.and(drawn)),
    sold: indicator(long.and(drawn)),
    logChance: where(long.or(short), where(drawn, chance.log(), take.mul(-market.dt)), 0),
  };
}

/** What drift and orders move the mid by. */
export function moveOf(market: Market, here: MarketState, bid: Drawn, ask: Drawn): Expr {
  const drift = here.drift.mul(market.dt);
  if (here.bid.jump === null || here.ask.jump === null) return drift;
  return drift.sub(bid.came.mul(here.bid.jump)).add(ask.came.mul(here.ask.jump));
}

function nextState({ c, market }: SampledOptions, state: Expr, t: Expr) {
  if (market.states === 1) return { state, logChance: zero() };
  const row = market.moves[0].map((_, k) =>
    at(
      market.moves.map((from) => from[k]),
      state,
      0,
    ),
  );
  const next = drawFrom(row, c.uniform(t, 3));
  return { state: next, logChance: at(row, next, 0).log() };
}

/** A step's reward with the gradient that the estimator gives it. */
function estimated(
  { estimator, critic }: SampledOptions,
  lane: Lane,
  t: Expr,
  reward: Expr,
  log: Expr,
  likelihood: Expr,
): Expr {
  if (critic === null) return reward;
  const values = critic.values(t);
  const here = critic.pick(values, lane.q, lane.state);
  if (estimator === 'all-actions') return withGradient(reward, here);
  const towards = reward.stopGradient().mul(likelihood).sub(here.stopGradient().mul(log));
  return withGradient(reward, reward.add(towards));
}
