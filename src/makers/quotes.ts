/** Floor 1. Quotes as tables by state: read off the values of a problem, or laid into a policy. */
import type { Policy } from './long-run.js';
import { bestOffset, type Problem, reserve } from './problem.js';

/** One offset a state; null where there is no such quote. */
export type Offsets = readonly (number | null)[];

export interface Sides {
  readonly bid: Offsets;
  readonly ask: Offsets;
}

/** The best offsets for an h, of one asset. */
export function offsetsBySide(problem: Problem, h: ArrayLike<number>, asset = 0): Sides {
  const of = (side: 'bid' | 'ask') =>
    problem.quotes.map((quotes, i) => {
      const quote = quotes.find((q) => q.side === side && q.asset === asset);
      return quote === undefined ? null : bestOffset(quote, reserve(quote, i, h));
    });
  return { bid: of('bid'), ask: of('ask') };
}

/**
 * The policy that quotes the offsets of a table (of the one asset) and sends the orders of another, `taking`, units a unit
 * of time by state. Throws RangeError where the problem has a quote and the table none.
 */
export function tablePolicy(
  problem: Problem,
  table: Sides,
  taking?: { buy: readonly number[]; sell: readonly number[] },
): Policy {
  return {
    offsets: problem.quotes.map((quotes, i) =>
      quotes.map(({ side }) => {
        const offset = table[side][i];
        if (offset === null || offset === undefined) {
          throw new RangeError(`a table of quotes was expected to have a ${side} in state ${i}, got none`);
        }
        return offset;
      }),
    ),
    taking: problem.takes.map((takes, i) => takes.map(({ side }) => taking?.[side][i] ?? 0)),
  };
}
