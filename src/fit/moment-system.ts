/**
 * Floor 5. Moments of prices as a system: the same sums along recorded rows and along drawn ones, so that what a fit compares
 * is made by one definition, and has exact gradients where the rows are drawn.
 *
 * At each scale of l rows, of log returns r over every l-th row: mean, ln sd, skewness, excess kurtosis, and the
 * autocorrelations of r and of |r| from one to the next; and of ln P itself mean and ln sd. The variance and the first
 * autocorrelation at all scales say the spectrum in octaves: of Haar's coefficients it is 2·variance·(1 − autocorrelation).
 */
import { constant, type Expr, where } from '../graph/index.js';
import { dot } from '../rollout/functions.js';
import type { ObjectiveModel, Parameter, System } from '../rollout/model.js';
import { identity } from '../rollout/transforms.js';

const OF_SCALE = ['mean', 'ln sd', 'skewness', 'excess kurtosis', 'autocorrelation', 'autocorrelation of sizes'];
const OF_LEVEL = ['mean of ln P', 'ln sd of ln P'];

/** Sums over the returns of one scale of one asset. */
type Sums = {
  readonly last: Expr;
  readonly before: Expr;
  /** Σr, Σr², Σr³, Σr⁴, Σ|r|, Σrr', Σ|rr'| */
  readonly sums: readonly Expr[];
};

type Seen = { readonly scales: readonly (readonly Sums[])[]; readonly level: readonly (readonly Expr[])[] };

/** Names of the moments, asset by asset. */
export const momentNames = (assets: readonly string[], scales: readonly number[]): string[] =>
  assets.flatMap((asset) => [
    ...scales.flatMap((scale) => OF_SCALE.map((name) => `${asset}, ${scale}: ${name}`)),
    ...OF_LEVEL.map((name) => `${asset}: ${name}`),
  ]);

/** Σ of the moments, each times a parameter of this name: which of them is asked about, a set of parameters says. */
export const WEIGHTS = 'moments.weight';

export const weighted: ObjectiveModel = {
  name: 'weighted-moments',
  doc: 'sum of the moments by their weights',
  reads: ['weighted'],
  every: 0,
  score: ({ last }) => last.weighted[0],
};

/** What must not be 0 is at least this. */
const LEAST = 1e-300;

export function momentSystem(assets: readonly string[], scales: readonly number[]): System<Seen> {
  const names = momentNames(assets, scales);
  const weight: Parameter = {
    shape: names,
    transform: identity,
    range: [-1e300, 1e300],
    unit: '1',
    default: 0,
    trainable: false,
    doc: 'what each moment counts',
  };
  return {
    name: 'moments',
    doc: 'moments of prices',
    settings: {},
    parameters: () => ({ weight }),
    reads: ['prices'],
    observes: {},
    outcome: { weighted: 'sum of the moments by their weights' },
    run: (c) => ({
      init: ({ prices }) => ({
        scales: prices.map((p) =>
          scales.map(() => ({
            last: p.log(),
            before: constant(0),
            sums: Array.from({ length: 7 }, () => constant(0)),
          })),
        ),
        level: prices.map(() => [constant(0), constant(0)]),
      }),
      step: (state, { now, t }) => {
        const logs = now.prices.map((p) => p.log());
        return {
          scales: state.scales.map((of, i) => of.map((s, k) => steppedBy(s, logs[i], scales[k], t))),
          level: state.level.map(([one, two], i) => [one.add(logs[i]), two.add(logs[i].square())]),
        };
      },
      observe: () => ({}),
      outcome: (_start, last) => {
        const all = last.scales.flatMap((of, i) => [
          ...of.flatMap((s, k) => momentsOf(s, c.steps.div(scales[k]).float())),
          ...levelOf(last.level[i], c.steps.float()),
        ]);
        return { weighted: [dot(all, c.value.weight)] };
      },
    }),
  };
}

function steppedBy({ last, before, sums }: Sums, log: Expr, scale: number, t: Expr): Sums {
  const r = log.sub(last);
  const size = r.abs();
  // the return before the first counts as 0
  const added = [r, r.square(), r.square().mul(r), r.square().square(), size, r.mul(before), size.mul(before.abs())];
  if (scale === 1) return { last: log, before: r, sums: sums.map((s, k) => s.add(added[k])) };
  const here = t.mod(scale).equal(0);
  return {
    last: where(here, log, last),
    before: where(here, r, before),
    sums: sums.map((s, k) => where(here, s.add(added[k]), s)),
  };
}

/** In the order of OF_SCALE. */
function momentsOf({ sums }: Sums, n: Expr): Expr[] {
  const [s1, s2, s3, s4, a1, rr, aa] = sums.map((s) => s.div(n));
  const square = s1.square();
  const variance = s2.sub(square).maximum(LEAST);
  const third = s3.sub(s1.mul(s2).mul(3)).add(square.mul(s1).mul(2));
  const fourth = s4.sub(s1.mul(s3).mul(4)).add(square.mul(s2).mul(6)).sub(square.square().mul(3));
  const later = n.div(n.sub(1));
  return [
    s1,
    variance.log().mul(0.5),
    third.div(variance.mul(variance.sqrt())),
    fourth.div(variance.square()).sub(3),
    rr.mul(later).sub(square).div(variance),
    aa.mul(later).sub(a1.square()).div(s2.sub(a1.square()).maximum(LEAST)),
  ];
}

function levelOf([one, two]: readonly Expr[], n: Expr): Expr[] {
  const mean = one.div(n);
  return [mean, two.div(n).sub(mean.square()).maximum(LEAST).log().mul(0.5)];
}
