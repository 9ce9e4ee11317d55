/**
 * Floor 3. What every inventory is worth at every step, exactly: the sampled estimators measure what was drawn against it.
 *
 *     V_N = −αq²,   Vₜ(q, j) = reward(q, j) + Σ chance·Σₖ P(j → k)V_{t+1}(q′, k)
 *
 * Computed backwards before the lane runs, without a gradient. Prices of the source have no part in it.
 */
import { buffer, constant, type Expr, emit, load, scan } from '../../src/graph/index.js';
import { dot, sum } from '../../src/rollout/functions.js';
import { type Cell, cellOf, movesOf } from './cell.js';
import type { Market } from './market.js';
import type { Quotes, Seen } from './policies/policy.js';
import { at } from './read.js';

const count = (n: number) => Array.from({ length: n }, (_, i) => i);

export interface Critic {
  /** The value of every cell before step t, given what steps after it are worth: with a gradient by this step's quotes. */
  readonly values: (t: Expr) => readonly Expr[];
  /** That of a lane's inventory and state. */
  readonly pick: (values: readonly Expr[], q: Expr, state: Expr) => Expr;
}

/** @param steps of the roll-out; an integer */
export function criticOf(
  market: Market,
  quotes: (seen: Seen) => Quotes,
  elapsed: (t: Expr) => Expr,
  steps: Expr,
): Critic {
  const width = market.qMax - market.qMin + 1;
  const cells = (t: Expr): Cell[] =>
    count(market.states).flatMap((state) =>
      count(width).map((i) => {
        const q = market.qMin + i;
        const seen = { q: constant(q), state: constant(state), elapsed: elapsed(t) };
        return cellOf(market, q, state, quotes(seen));
      }),
    );
  /** V before a step from V after it. */
  const back = (at: readonly Cell[], next: readonly Expr[]): Expr[] => {
    // first over the moves of the state
    const worth = count(market.states).map((j) =>
      count(width).map((i) =>
        dot(
          market.moves[j],
          count(market.states).map((k) => next[k * width + i]),
        ),
      ),
    );
    return at.map((cell) =>
      sum([cell.reward, ...[...movesOf(cell)].map(([q, chance]) => chance.mul(worth[cell.state][q - market.qMin]))]),
    );
  };
  const tape = buffer('tape', 'worth', market.states * width, { rows: steps });
  scan<readonly Expr[]>({
    name: 'critic',
    length: steps,
    reverse: true,
    init: count(market.states * width).map((i) => market.alpha.mul(-((market.qMin + (i % width)) ** 2)).stopGradient()),
    body: (next, t) => {
      for (const [i, x] of next.entries()) emit(tape, i, x, t);
      return back(cells(t.add(1)), next).map((x) => x.stopGradient());
    },
  });
  return {
    values: (t) => {
      const next = count(market.states * width).map((i) => load(tape, i, t.sub(1)).stopGradient());
      return back(cells(t), next);
    },
    pick: (values, q, state) =>
      at(
        count(market.states).map((j) => at(values.slice(j * width, (j + 1) * width), q, market.qMin)),
        state,
        0,
      ),
  };
}
