/**
 * Floor 3. One inventory in one state of the market, over a step: what may happen to it, how likely, and what it brings.
 *
 * Both sides may fill, independently, a lot each; after that a taker may bring the inventory a lot towards 0. Mid moves come
 * last: money is made or lost on the inventory after the step's trades.
 *
 *     gain     nᵇ(δᵇ + r) + nᵃ(δᵃ + r) − c·taken + q′·E[ΔS | fills],   penalty φq²dt with q at the start
 */
import { constant, type Expr } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import type { Market, Side } from './market.js';
import type { Quotes } from './policies/policy.js';

/** One of the things that may happen. */
export interface Outcome {
  readonly chance: Expr;
  /** Inventory afterwards. */
  readonly q: number;
  readonly gain: Expr;
}

export interface Cell {
  readonly q: number;
  readonly state: number;
  readonly outcomes: readonly Outcome[];
  /** What a step brings, less the penalty; the gain alone. */
  readonly reward: Expr;
  readonly gain: Expr;
}

/** What a side does in a step: whether it fills, how likely, and the chance that an order of it came, given that. */
interface Leg {
  readonly filled: boolean;
  readonly chance: Expr;
  readonly came: Expr | null;
}

function legsOf(market: Market, side: Side, offset: Expr, open: boolean): Leg[] {
  const arrival = side.jump === null ? null : market.arrival(side);
  const none = constant(1);
  if (!open) return [{ filled: false, chance: none, came: arrival }];
  const { chance } = market.fill(side, offset);
  const missed = none.sub(chance);
  return [
    // an order that came and did not reach the quote: none where the quote is met by every order
    { filled: false, chance: missed, came: arrival === null ? null : arrival.sub(chance).maximum(0).div(missed) },
    { filled: true, chance, came: arrival === null ? null : none },
  ];
}

export function cellOf(market: Market, q: number, state: number, quotes: Quotes): Cell {
  const here = market.in(constant(state));
  const outcomes: Outcome[] = [];
  for (const bid of legsOf(market, here.bid, quotes.bid, q < market.qMax)) {
    for (const ask of legsOf(market, here.ask, quotes.ask, q > market.qMin)) {
      const after = q + Number(bid.filled) - Number(ask.filled);
      const captured = [
        ...(bid.filled ? [quotes.bid.add(market.rebate)] : []),
        ...(ask.filled ? [quotes.ask.add(market.rebate)] : []),
      ];
      const jumps = [
        ...(bid.came === null || here.bid.jump === null ? [] : [bid.came.mul(here.bid.jump).neg()]),
        ...(ask.came === null || here.ask.jump === null ? [] : [ask.came.mul(here.ask.jump)]),
      ];
      const moved = sum([here.drift.mul(market.dt), ...jumps]);
      const chance = bid.chance.mul(ask.chance);
      const at = (end: number, taken: number, share: Expr) => {
        const cost = taken === 0 ? [] : [market.takerCost.neg()];
        outcomes.push({ chance: share, q: end, gain: sum([moved.mul(end), ...captured, ...cost]) });
      };
      if (quotes.take === null || after === 0) at(after, 0, chance);
      else {
        const stays = quotes.take.mul(-market.dt).exp();
        at(after, 0, chance.mul(stays));
        at(after - Math.sign(after), 1, chance.mul(constant(1).sub(stays)));
      }
    }
  }
  const gain = sum(outcomes.map((o) => o.chance.mul(o.gain)));
  return { q, state, outcomes, gain, reward: gain.sub(here.phi.mul(q * q * market.dt)) };
}

/** Chances by inventory afterwards. */
export function movesOf({ outcomes }: Cell): ReadonlyMap<number, Expr> {
  const moves = new Map<number, Expr>();
  for (const { q, chance } of outcomes) {
    const before = moves.get(q);
    moves.set(q, before === undefined ? chance : before.add(chance));
  }
  return moves;
}
