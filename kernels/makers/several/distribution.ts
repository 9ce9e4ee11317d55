/**
 * Floor 3. The exact roll-out of a maker of several assets: the law π of all combinations of inventories, step by step. Given
 * the quotes the assets fill independently, so
 *
 *     π′(q + Σ dᵢ) = Σ π(q)·Πᵢ pᵢ(dᵢ | q), dᵢ = −1, 0, 1;   reward(q) = Σᵢ gainᵢ(q) − qᵀRq·dt
 */
import { constant, type Expr } from '../../../src/graph/index.js';
import { dot, sum } from '../../../src/rollout/functions.js';
import type { Row, SystemRun } from '../../../src/rollout/model.js';
import { cellOf, movesOf } from '../cell.js';
import type { Grid } from './grid.js';
import { quadraticForm, type SeveralMarket } from './market.js';
import type { SeveralQuotes } from './policies.js';

type Law = { readonly mass: readonly Expr[]; readonly score: Expr; readonly pnl: Expr };

export interface SeveralDistribution {
  readonly market: SeveralMarket;
  readonly grid: Grid;
  readonly quotes: (q: readonly Expr[]) => SeveralQuotes;
  /** The inventory of each to start from; null: every combination is as likely. */
  readonly start: number | null;
  /** Whether moves of the source's prices count. */
  readonly moves: boolean;
}

/** What a place leads to, and what it earns in a step. */
interface Cell {
  /** Chances by index of the place afterwards. */
  readonly to: ReadonlyMap<number, Expr>;
  readonly gain: Expr;
  readonly penalty: Expr;
}

function cellAt({ market, grid, quotes }: SeveralDistribution, q: readonly number[]): Cell {
  const made = quotes(q.map((x) => constant(x)));
  const cells = market.each.map((one, i) => cellOf(one, q[i], 0, { bid: made.bid[i], ask: made.ask[i], take: null }));
  let reached: { readonly q: readonly number[]; readonly chance: Expr }[] = [{ q: [], chance: constant(1) }];
  for (const cell of cells) {
    const moves = [...movesOf(cell)];
    reached = reached.flatMap((r) =>
      moves.map(([to, chance]) => ({ q: [...r.q, to], chance: r.q.length === 0 ? chance : r.chance.mul(chance) })),
    );
  }
  return {
    to: new Map(reached.map((r) => [grid.indexOf(r.q), r.chance])),
    gain: sum(cells.map((c) => c.gain)),
    penalty: quadraticForm(market.risk, q).mul(market.each[0].dt),
  };
}

export function severalDistribution(options: SeveralDistribution): SystemRun<Law> {
  const { market, grid, start, moves } = options;
  const { places } = grid;
  const first = grid.limits.map(() => start ?? 0);
  const from = grid.indexOf(first);
  const held = (mass: readonly Expr[], asset: number) => sum(mass.map((x, i) => x.mul(places[i][asset])));
  return {
    init: () => ({
      mass: places.map((_, i) => constant(start === null ? 1 / places.length : Number(i === from))),
      score: constant(0),
      pnl: constant(0),
    }),
    step({ mass, score, pnl }, { now, before }) {
      const cells = places.map((q) => cellAt(options, q));
      const next: Expr[][] = places.map(() => []);
      cells.forEach(({ to }, i) => {
        for (const [place, chance] of to) next[place].push(mass[i].mul(chance));
      });
      const after = next.map((parts) => sum(parts));
      const gain = dot(
        mass,
        cells.map((c) => c.gain),
      );
      const penalty = dot(
        mass,
        cells.map((c) => c.penalty),
      );
      const moved = moves
        ? sum(grid.limits.map((_, i) => held(after, i).mul(now.prices[i].sub(before.prices[i]))))
        : constant(0);
      return {
        mass: after,
        score: score.add(gain).sub(penalty).add(moved),
        pnl: pnl.add(gain).add(moved),
      };
    },
    observe: ({ mass, score, pnl }): Row => ({
      score: [score],
      pnl: [pnl],
      q: grid.limits.map((_, i) => held(mass, i)),
    }),
    outcome: (_start, { mass }) => ({
      terminal: [sum(mass.map((x, i) => x.mul(quadraticForm(market.terminal, places[i]))))],
    }),
  };
}
