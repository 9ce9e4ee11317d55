/**
 * Floor 3. The likelihood of recorded prices under a generator, as a system over them: what a fit climbs, with exact
 * gradients by every parameter, on every target.
 *
 * With hidden regimes it is the filter (Hamilton 1989): b the law of the regime given the rows so far, A the moves,
 * ℓ_ij = ln of the row's density where regime i was followed by j,
 *
 *     joint_ij = b_i·A_ij·e^ℓ_ij,   ln L += ln Σ joint,   b_j ← Σ_i joint_ij/Σ joint
 *
 * A step first moves, then emits; before the first row each regime is as likely.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { maximum, sum } from '../../src/rollout/functions.js';
import type { ObjectiveModel, Row, System, SystemContext } from '../../src/rollout/model.js';
import type { Density, Generator, Hidden } from './generator.js';

type Seen = {
  /** ln L so far. */
  readonly total: Expr;
  /** The law of the regime; nothing without regimes. */
  readonly beliefs: readonly Expr[];
};

/** Of a lane's last row. */
export const likelihood: ObjectiveModel = {
  name: 'likelihood',
  doc: 'logarithm of the likelihood of the rows after the first ones that it is given',
  reads: ['logLikelihood'],
  every: 0,
  score: ({ last }) => last.logLikelihood[0],
};

/** What is known of one law of steps, or one a regime; null where a generator is known by its paths alone. */
function lawOf(generator: Generator, settings: Readonly<Record<string, number>>) {
  const hidden = generator.hidden?.(settings) ?? null;
  const density = hidden === null ? (generator.density?.(settings) ?? null) : hidden.density;
  return density === null ? null : { hidden, density };
}

/** The density of a generator's steps, of any regime; null where there is none in closed form. */
export const densityOf = (generator: Generator, settings: Readonly<Record<string, number>>): Density | null =>
  lawOf(generator, settings)?.density ?? null;

/** Rows before step t, none before the first. */
const before =
  (c: SystemContext, t: Expr) =>
  (back: number): Row =>
    c.at(back === 0 ? t : t.sub(back).maximum(0));

/** ℓ_ij of step t, row by row. */
function densities(c: SystemContext, hidden: Hidden, density: Density, t: Expr): Expr[][] {
  const within = Array.from({ length: hidden.regimes }, (_, k) => hidden.within(c, k));
  return within.map((from) => within.map((to) => density.log(before(c, t), to, from)));
}

/** The system whose parameters are those of the generator, under its name; null where no likelihood is in closed form. */
export function likelihoodOf(generator: Generator, settings: Readonly<Record<string, number>>): System<Seen> | null {
  const law = lawOf(generator, settings);
  if (law === null) return null;
  const { hidden, density } = law;
  const ofRegimes = {
    beliefs: 'chance of each regime, given the rows so far',
    densities: 'ln of the density of the row, from each regime to each',
  };
  return {
    name: generator.name,
    doc: `likelihood of prices under ${generator.doc}`,
    settings: generator.settings,
    parameters: generator.parameters,
    reads: ['prices', 'logs'],
    observes: { logLikelihood: 'ln of the likelihood so far', ...(hidden === null ? {} : ofRegimes) },
    run: (c) => {
      const all = Array.from({ length: hidden?.regimes ?? 0 }, (_, k) => k);
      return {
        init: () => ({ total: constant(0), beliefs: all.map(() => constant(1 / all.length)) }),
        step(state, { t }) {
          const next =
            hidden === null
              ? { total: state.total.add(density.log(before(c, t), c, c)), beliefs: [] }
              : filtered(state, hidden.moves(c), densities(c, hidden, density, t));
          if (density.depth === 1) return next;
          // the first move says where the momentum is, and nothing more
          const early = t.less(density.depth);
          return {
            total: where(early, state.total, next.total),
            beliefs: all.map((k) => where(early, state.beliefs[k], next.beliefs[k])),
          };
        },
        observe(state, _now, t) {
          const own = { logLikelihood: [state.total] };
          if (hidden === null) return own;
          const none = all.flatMap(() => all.map(() => constant(0)));
          const of = typeof t === 'number' ? none : densities(c, hidden, density, t).flat();
          return { ...own, beliefs: state.beliefs, densities: of };
        },
      };
    },
  };
}

/** A step of the filter; the largest density is taken out first. */
function filtered(state: Seen, moves: readonly (readonly Expr[])[], logs: readonly (readonly Expr[])[]): Seen {
  const top = maximum(logs.flat()).stopGradient();
  const joint = logs.map((row, i) => row.map((l, j) => state.beliefs[i].mul(moves[i][j]).mul(l.sub(top).exp())));
  const total = sum(joint.flat());
  return {
    total: state.total.add(top).add(total.log()),
    beliefs: logs.map((_, j) => sum(joint.map((row) => row[j])).div(total)),
  };
}
