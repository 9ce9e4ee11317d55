/**
 * Floor 3. Hidden Markov regimes of any generator: its parameters are tables over a regime z(t) of K.
 *
 * P(z' = j | z = i) = A_ij = softmax_j of the row's logits. A step first moves, z' the number of cumulative sums of row z
 * that are ≤ u, then steps with the parameters of z'. A move has no gradient along a path: that of A is the score term. Draws: those of the generator, then one for
 * the move: of a generator of m draws a step, draw m.
 */
import { constant, type Expr, type Tree, where } from '../../src/graph/index.js';
import { softmax, sum } from '../../src/rollout/functions.js';
import type { Parameter, Parameters, SourceContext } from '../../src/rollout/model.js';
import { logOrNone } from './density.js';
import { type Generator, real } from './generator.js';

type Hidden<S extends Tree> = {
  readonly regime: Expr;
  /** ln P of the moves so far. */
  readonly lnP: Expr;
  readonly inner: S;
};

type Row = readonly Expr[];

const logitName = (from: number, to: number) => `logit_${from}_${to}`;
const tableName = (key: string, regime: number) => `${key}_${regime}`;

/** Logits whose softmax stays in a regime with nine chances of ten. */
const stays = (from: number, to: number, regimes: number) => (from === to ? Math.log(9 * (regimes - 1)) : 0);

/** K parameters of one, and K² logits; what does not vary stays one. */
function tables(
  inner: Parameters,
  regimes: number,
  varies: (key: string, p: Parameter) => boolean,
  inRegime: (key: string, regime: number) => boolean,
): Parameters {
  const all = Array.from({ length: regimes }, (_, k) => k);
  const logit = (i: number, j: number) =>
    real({
      range: [-50, 50],
      unit: '1',
      default: stays(i, j, regimes),
      doc: `ln P(from regime ${i} to regime ${j}), up to a constant of the row`,
    });
  return Object.fromEntries([
    ...Object.entries(inner).flatMap(([key, p]) =>
      varies(key, p)
        ? all
            .filter((k) => inRegime(key, k))
            .map((k) => [tableName(key, k), { ...p, doc: `${p.doc}, in regime ${k}` }] as const)
        : [[key, p] as const],
    ),
    ...all.flatMap((i) => all.map((j) => [logitName(i, j), logit(i, j)] as const)),
  ]);
}

/** The row of a table that belongs to a regime. */
const pick = (rows: readonly Row[], regime: Expr): Row =>
  rows.reduceRight((later, row, k) => row.map((x, i) => where(regime.lessEqual(k), x, later[i])));

/** The rows of a parameter by regime; one that a regime does not have is that of another, and not looked at. */
function rowsOf(key: string, table: Readonly<Record<string, Row>>, regimes: number): readonly Row[] {
  const rows = Array.from({ length: regimes }, (_, k): Row | undefined => table[tableName(key, k)]);
  const some = rows.find((row) => row !== undefined) as Row;
  return rows.map((row) => row ?? some);
}

/** The numbers of a generator's parameters from the tables, those that vary as `choose` says; and the regime. */
const inRegime = (
  names: readonly string[],
  table: Readonly<Record<string, Row>>,
  regimes: number,
  regime: Expr,
  choose: (rows: readonly Row[]) => Row,
): Record<string, Row> => ({
  ...Object.fromEntries(names.map((key) => [key, table[key] ?? choose(rowsOf(key, table, regimes))])),
  regime: [regime],
});

/** A, row by row. */
function movesOf(c: Pick<SourceContext, 'value'>, regimes: number): Expr[][] {
  const all = Array.from({ length: regimes }, (_, k) => k);
  return all.map((i) => softmax(all.map((j) => c.value[logitName(i, j)][0])));
}

/** The regime after z: how many cumulative sums of row z of A are ≤ u; and ln of its chance. */
function moved(c: SourceContext, regimes: number, z: Expr, u: Expr): { readonly next: Expr; readonly lnP: Expr } {
  const row = pick(movesOf(c, regimes), z);
  const below = Array.from({ length: regimes - 1 }, (_, k) =>
    where(sum(row.slice(0, k + 1)).lessEqual(u), constant(1), 0),
  );
  const next = sum(below).stopGradient();
  const [chance] = pick(
    row.map((p) => [p]),
    next,
  );
  return { next, lnP: logOrNone(chance) };
}

/**
 * A generator whose parameters of the names `varying` (left out: all scalars) are tables over `regimes` ≥ 2 regimes:
 * `k` becomes `k_0`, `k_1` … The setting `firstRegime` is the regime before the first step.
 */
export function withRegimes<S extends Tree>(
  generator: Generator<S>,
  regimes: number,
  varying?: readonly string[],
): Generator<Hidden<S>> {
  const varies = (key: string, p: Parameter) => varying?.includes(key) ?? p.shape === 'scalar';
  return {
    ...generator,
    name: `${generator.name}-regimes`,
    doc: `${generator.doc}, with ${regimes} hidden regimes`,
    settings: {
      ...generator.settings,
      firstRegime: {
        default: 0,
        range: [0, regimes - 1],
        whole: true,
        doc: 'regime before the first step, from 0',
      },
    },
    parameters: (settings) =>
      tables(generator.parameters(settings), regimes, varies, generator.inRegime ?? (() => true)),
    rows: { ...generator.rows, regime: 'the hidden regime, from 0' },
    draws: (n) => generator.draws(n) + 1,
    check: (values, clock, settings) =>
      Array.from({ length: regimes }, (_, k) => {
        const own = Object.keys(generator.parameters(settings));
        const inIt = Object.fromEntries(own.map((key) => [key, values[key] ?? values[tableName(key, k)] ?? []]));
        return generator.check?.({ ...inIt, regime: [k] }, clock, settings) ?? [];
      }).flat(),
    reported: generator.reported && (() => withRegimes((generator.reported as () => Generator)(), regimes, varying)),
    density: () => null,
    hidden: (settings) => ({
      regimes,
      density: generator.density?.(settings) ?? null,
      moves: (c) => movesOf(c, regimes),
      within: (c, k) => {
        const of = (table: Readonly<Record<string, Row>>) =>
          inRegime(Object.keys(generator.parameters(settings)), table, regimes, constant(k), (rows) => rows[k]);
        return { ...c, value: of(c.value), raw: of(c.raw) };
      },
    }),
    run: (c) => {
      const names = Object.keys(generator.parameters(c.settings));
      const within = (z: Expr) => {
        const of = (table: Readonly<Record<string, Row>>) =>
          inRegime(names, table, regimes, z, (rows) => pick(rows, z));
        return generator.run({ ...c, value: of(c.value), raw: of(c.raw) });
      };
      const at = (
        regime: Expr,
        lnP: Expr,
        { state, row }: { readonly state: S; readonly row: Readonly<Record<string, Row>> },
      ) => ({
        state: { regime, lnP, inner: state },
        row: { ...row, regime: [regime] },
      });
      return {
        init: () => {
          const first = constant(c.settings.firstRegime);
          return at(first, constant(0), within(first).init());
        },
        step: ({ regime, lnP, inner }, t) => {
          const move = moved(c, regimes, regime, c.uniform(t.sub(1), generator.draws(c.n)));
          return at(move.next, lnP.add(move.lnP), within(move.next).step(inner, t));
        },
        likelihood: ({ regime, lnP, inner }) => {
          const own = within(regime).likelihood?.(inner);
          return own === undefined ? lnP : lnP.add(own);
        },
      };
    },
  };
}
