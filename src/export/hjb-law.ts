/** Floor 5. The law of a trained maker as a table: what its policy quotes in every state, at every inventory and time. */

import { policies } from '../../kernels/makers/policies/index.js';
import { at } from '../../kernels/makers/read.js';
import { constant } from '../graph/index.js';
import { lanewise } from '../targets/lanewise.js';

export interface QuoteTable {
  /** Lots, ascending. */
  readonly inventories: readonly number[];
  /** Shares of the time that is gone, ascending; [0] where the law is the same at all times. */
  readonly elapsed: readonly number[];
  /** Offsets in money [state][elapsed][inventory]; null at a limit of the inventory. */
  readonly bid: readonly (readonly (readonly (number | null)[])[])[];
  readonly ask: readonly (readonly (readonly (number | null)[])[])[];
  /** Lots a second that are taken towards no inventory. */
  readonly take: readonly (readonly (readonly number[])[])[];
}

/**
 * @param value the parameters of the system by their own names
 * @param settings those of the system
 */
export function tableOf(
  value: Readonly<Record<string, readonly number[]>>,
  settings: Readonly<Record<string, number>>,
): QuoteTable {
  const { qMin, qMax, states, leastOffset, knots = 1 } = settings;
  const policy = policies[settings.policy];
  const quotes = lanewise('quotes of a policy', { q: 0, state: 0, elapsed: 0 }, (seen) => {
    const constants = Object.fromEntries(Object.entries(value).map(([key, xs]) => [key, xs.map((x) => constant(x))]));
    const { bid, ask, take } = policy.run({ value: constants, settings, read: at })(seen);
    return { bid, ask, take: take ?? constant(0) };
  });
  const list = (n: number) => Array.from({ length: n }, (_, i) => i);
  const inventories = list(qMax - qMin + 1).map((i) => qMin + i);
  const elapsed = list(knots).map((k) => (knots > 1 ? k / (knots - 1) : 0));
  const each = <T>(pick: (quote: { bid: number; ask: number; take: number }, q: number) => T): T[][][] =>
    list(states).map((state) =>
      elapsed.map((share) => inventories.map((q) => pick(quotes.of({ q, state, elapsed: share }), q))),
    );
  return {
    inventories,
    elapsed,
    bid: each(({ bid }, q) => (q < qMax ? Math.max(bid, leastOffset) : null)),
    ask: each(({ ask }, q) => (q > qMin ? Math.max(ask, leastOffset) : null)),
    take: each(({ take }) => take),
  };
}
