/**
 * Floor 3. Quotes as a table over the inventory: an offset of the bid for every q below qMax, of the ask for every q above
 * qMin; a table for each state of the market, and for each of `knots` times evenly spaced from the start to the end, linear
 * between them. Tied: δᵃ(q) = δᵇ(−q), in the state that mirrors it.
 */
import type { Expr } from '../../../src/graph/index.js';
import type { Parameter } from '../../../src/rollout/model.js';
import { between } from '../read.js';
import { type Policy, trained } from './policy.js';

type Settings = Readonly<Record<string, number>>;

const count = (n: number) => Array.from({ length: n }, (_, i) => i);

const nameOf = (side: 'bid' | 'ask', s: Settings, state: number, knot: number): string =>
  `${side}${s.states > 1 ? `_s${state}` : ''}${s.knots > 1 ? `_t${knot}` : ''}`;

const labels = (first: number, last: number): string[] => count(last - first + 1).map((i) => `q${first + i}`);

function tables(s: Settings): Record<string, Parameter> {
  const of = (side: 'bid' | 'ask', shape: readonly string[]) =>
    count(s.states).flatMap((j) =>
      count(s.knots).map((k) => {
        const where = `${s.states > 1 ? `, state ${j}` : ''}${s.knots > 1 ? `, time ${k} of ${s.knots - 1}` : ''}`;
        const doc = `offset of the ${side} by inventory${where}`;
        return [nameOf(side, s, j, k), trained({ shape, unit: 'money', default: 0.5, doc })] as const;
      }),
    );
  const bids = of('bid', labels(s.qMin, s.qMax - 1));
  return Object.fromEntries(s.tied === 1 ? bids : [...bids, ...of('ask', labels(s.qMin + 1, s.qMax))]);
}

export const table: Policy = {
  name: 'table',
  doc: 'an offset of each side for every inventory, state and time',
  settings: {
    knots: { default: 1, range: [1, 64], whole: true, doc: 'times of the table; 1: the same at all times' },
    tied: {
      default: 0,
      range: [0, 1],
      whole: true,
      choices: { no: 0, yes: 1 },
      doc: 'whether the ask at q is the bid at −q of the mirrored state: half as many numbers',
    },
  },
  takes: false,
  parameters: tables,
  run: ({ value, settings: s, read }) => {
    const over = (side: 'bid' | 'ask', q: Expr, state: Expr, elapsed: Expr, first: number): Expr => {
      const byTime = (j: number) => {
        const at = count(s.knots).map((k) => read(value[nameOf(side, s, j, k)], q, first));
        return s.knots === 1 ? at[0] : between(at, elapsed.mul(s.knots - 1), 0);
      };
      return read(count(s.states).map(byTime), state, 0);
    };
    return ({ q, state, elapsed }) => ({
      bid: over('bid', q, state, elapsed, s.qMin),
      ask:
        s.tied === 1
          ? over('bid', q.neg(), state.neg().add(s.states - 1), elapsed, s.qMin)
          : over('ask', q, state, elapsed, s.qMin + 1),
      take: null,
    });
  },
};
