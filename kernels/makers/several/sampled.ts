/**
 * Floor 3. A maker of several assets whose fills are drawn, by the score of what was drawn. Draws of a step: 2i a sell order of
 * asset i, 2i + 1 a buy order. Of step 0: i the inventory of asset i to start from.
 */
import { constant, type Expr, integer } from '../../../src/graph/index.js';
import { sum } from '../../../src/rollout/functions.js';
import type { Row, SystemContext, SystemRun, Tick } from '../../../src/rollout/model.js';
import { added, cashOf, identitiesOf, LAST, type Last, noneYet, type Sums, zero } from '../accounts.js';
import { drawFrom, moveOf, sideOf } from '../sampled.js';
import type { Grid } from './grid.js';
import { quadraticForm, type SeveralMarket } from './market.js';
import type { SeveralQuotes } from './policies.js';

export interface SeveralSampled {
  readonly c: SystemContext;
  readonly market: SeveralMarket;
  readonly grid: Grid;
  readonly quotes: (q: readonly Expr[]) => SeveralQuotes;
  readonly start: number | null;
  readonly moves: boolean;
}

type Lane = {
  readonly q: readonly Expr[];
  /** What drift and orders moved each mid by, beside the source. */
  readonly shift: readonly Expr[];
  readonly likelihood: Expr;
  readonly cash: Expr;
  readonly sums: Sums;
  /** Of the last step, by asset. */
  readonly last: readonly Last[];
};

/** One asset of a step. */
function tradedBy(
  { c, market, grid }: SeveralSampled,
  lane: Lane,
  made: SeveralQuotes,
  { t, now, before }: Tick,
  i: number,
) {
  const one = market.each[i];
  const q = lane.q[i];
  const { qMin, qMax } = grid.limits[i];
  const here = one.in(constant(0));
  const how = { market: one, estimator: 'score' } as const;
  const bid = sideOf(how, here.bid, made.bid[i], q.less(qMax - 0.5), c.uniform(t, 2 * i));
  const ask = sideOf(how, here.ask, made.ask[i], q.greater(qMin + 0.5), c.uniform(t, 2 * i + 1));
  const after = q.add(bid.filled).sub(ask.filled);
  const shift = moveOf(one, here, bid, ask);
  const last: Last = {
    ...{ bid: made.bid[i], ask: made.ask[i], bidFills: bid.filled, askFills: ask.filled },
    ...{ takerBuys: zero(), takerSells: zero(), bidChance: bid.chance, askChance: ask.chance },
  };
  return {
    q: after,
    shift,
    last,
    moved: shift.add(now.prices[i].sub(before.prices[i])),
    captured: bid.filled.mul(made.bid[i].add(one.rebate)).add(ask.filled.mul(made.ask[i].add(one.rebate))),
    cash: c.recording ? cashOf(one, last, before.prices[i].add(lane.shift[i])) : zero(),
    log: bid.logChance.add(ask.logChance),
  };
}

export function severalSampled(options: SeveralSampled): SystemRun<Lane> {
  const { market, grid, quotes, moves } = options;
  const { dt } = market.each[0];
  const mids = (prices: readonly Expr[], { shift }: Lane) => shift.map((x, i) => prices[i].add(x));
  return {
    init: () => startOf(options),
    step(lane, tick) {
      const made = quotes(lane.q);
      const each = grid.limits.map((_, i) => tradedBy(options, lane, made, tick, i));
      const captured = sum(each.map((x) => x.captured));
      const inventoryPnl = sum(each.map((x) => x.q.mul(moves ? x.moved : x.shift)));
      const penalty = quadraticForm(market.risk, lane.q).mul(dt);
      const pnl = captured.add(inventoryPnl);
      return {
        q: each.map((x) => x.q),
        shift: each.map((x, i) => lane.shift[i].add(x.shift)),
        likelihood: lane.likelihood.add(sum(each.map((x) => x.log))),
        cash: lane.cash.add(sum(each.map((x) => x.cash))),
        sums: added(lane.sums, {
          ...{ captured, inventoryPnl, takerCost: zero(), penalty, pnl, score: pnl.sub(penalty) },
          traded: sum(each.flatMap((x) => [x.last.bidFills, x.last.askFills])),
        }),
        last: each.map((x) => x.last),
      };
    },
    observe: (lane, now): Row => ({
      ...Object.fromEntries(Object.entries(lane.sums).map(([name, x]) => [name, [x]])),
      ...Object.fromEntries(LAST.map((name) => [name, lane.last.map((x) => x[name])])),
      ...{ q: lane.q, state: [zero()], mid: mids(now.prices, lane), cash: [lane.cash] },
    }),
    identities: (from, to, { now, before }) =>
      identitiesOf({ ...from, mid: mids(before.prices, from) }, { ...to, mid: mids(now.prices, to) }),
    outcome: (_start, { q }) => ({ terminal: [quadraticForm(market.terminal, q)] }),
    likelihood: ({ likelihood }) => likelihood,
  };
}

function startOf({ c, grid, start }: SeveralSampled): Lane {
  const { cash, sums, last } = noneYet(zero());
  const q = grid.limits.map(({ qMin, qMax }, i) => {
    if (start !== null) return constant(start);
    const width = qMax - qMin + 1;
    const evenly = Array.from({ length: width }, () => constant(1 / width));
    return drawFrom(evenly, c.uniform(integer(0), i)).add(qMin);
  });
  return { q, shift: q.map(zero), likelihood: zero(), cash, sums, last: q.map(() => last) };
}
