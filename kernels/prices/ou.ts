/**
 * Floor 3. Ornstein–Uhlenbeck: x is drawn back to its mean θ. The exact step, for any dt (Uhlenbeck and Ornstein 1930):
 *
 *     x ← θ + (x − θ)·e^−κdt + σ·√((1 − e^−2κdt)/(2κ))·Z,   the root → √dt as κ → 0
 *
 * x is the price itself or its logarithm, as the setting `of` says. Draws of step t: the i-th is of asset i.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import { normal } from '../../src/rollout/random.js';
import { normalDensity } from './density.js';
import type { Known } from './generator.js';
import { above, atLeastZero, type Generator, real, SIGMA, START } from './generator.js';
import { yearsOf } from './time.js';

/** Below it the series is as exact as the quotient. */
const SMALL = 1e-5;

/** (1 − e^−y)/y for y ≥ 0: 1 − y/2 + y²/6 near 0. */
export function decayed(y: Expr): Expr {
  const safe = y.maximum(SMALL);
  const series = y
    .mul(1 / 6)
    .sub(0.5)
    .mul(y)
    .add(1);
  return where(y.less(SMALL), series, safe.neg().expm1().neg().div(safe));
}

const LEVEL = 0;
const LOG = 1;

const MEAN = { shape: 'asset', unit: 'numéraire', default: 100 } as const;

/** The mean of x, what is left of the way to it after a step, and the sd of a step. */
function lawOf({ value, settings, clock }: Known) {
  const dt = yearsOf(clock);
  const { kappa, sigma, theta } = value;
  return {
    theta: settings.of === LOG ? theta.map((x) => x.log()) : theta,
    keep: kappa.map((k) => k.mul(-dt).exp()),
    scale: sigma.map((s, i) =>
      s.mul(
        decayed(kappa[i].mul(2 * dt))
          .mul(dt)
          .sqrt(),
      ),
    ),
  };
}

export const ou: Generator<readonly Expr[]> = {
  name: 'ou',
  doc: 'Ornstein–Uhlenbeck: prices, or their logarithms, that are drawn back to a mean',
  settings: {
    of: {
      default: LOG,
      range: [LEVEL, LOG],
      whole: true,
      choices: { level: LEVEL, log: LOG },
      doc: 'what is drawn back: the price, which may then fall below 0, or its logarithm',
    },
  },
  parameters: ({ of }) => ({
    start: of === LOG ? START : real({ ...MEAN, trainable: false, doc: START.doc }),
    kappa: atLeastZero({ shape: 'asset', range: [0, 1e6], unit: '1/year', default: 2, doc: 'speed of reversion' }),
    theta:
      of === LOG
        ? above({ ...MEAN, doc: 'price whose logarithm is the mean' })
        : real({ ...MEAN, doc: 'mean of the price' }),
    sigma:
      of === LOG
        ? SIGMA
        : above({
            ...SIGMA,
            range: [1e-12, 1e12],
            unit: 'numéraire/√year',
            default: 60,
            doc: 'volatility of the price',
          }),
  }),
  rows: { prices: 'one an asset' },
  draws: (n) => n,
  density: ({ of }) => ({
    depth: 1,
    log: (seen, c) => {
      const { theta, keep, scale } = lawOf(c);
      const { prices } = seen(0);
      const level = (back: number) => seen(back).prices.map((p) => (of === LOG ? p.log() : p));
      const [now, before] = [level(0), level(1)];
      return sum(
        now.map((x, i) => {
          const error = x.sub(theta[i]).sub(before[i].sub(theta[i]).mul(keep[i]));
          const own = normalDensity(error, scale[i].square());
          // of the price's logarithm: times dP/d ln P
          return of === LOG ? own : own.add(prices[i].log());
        }),
      );
    },
  }),
  run: (c) => {
    const log = c.settings.of === LOG;
    const start = log ? c.value.start.map((x) => x.log()) : c.value.start;
    const { theta, keep, scale } = lawOf(c);
    const at = (xs: readonly Expr[]) => ({ state: xs, row: { prices: log ? xs.map((x) => x.exp()) : xs } });
    return {
      init: () => at(start),
      step: (xs, t) =>
        at(
          xs.map((x, i) =>
            theta[i].add(x.sub(theta[i]).mul(keep[i])).add(scale[i].mul(normal(c.uniform(t.sub(1), i)))),
          ),
        ),
    };
  },
};
