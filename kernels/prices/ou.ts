/**
 * Floor 3. Ornstein–Uhlenbeck: x is drawn back to its mean θ. The exact step, for any dt (Uhlenbeck and Ornstein 1930):
 *
 *     x ← θ + (x − θ)·e^−κdt + σ·√((1 − e^−2κdt)/(2κ))·Z,   the root → √dt as κ → 0
 *
 * x is the price itself or its logarithm, as the setting `of` says. Draws of step t: the i-th is of asset i.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { normal } from '../../src/rollout/random.js';
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
  run: (c) => {
    const dt = yearsOf(c.clock);
    const log = c.settings.of === LOG;
    const { kappa, sigma } = c.value;
    const [start, theta] = [c.value.start, c.value.theta].map((xs) => (log ? xs.map((x) => x.log()) : xs));
    const keep = kappa.map((k) => k.mul(-dt).exp());
    const scale = sigma.map((s, i) =>
      s.mul(
        decayed(kappa[i].mul(2 * dt))
          .mul(dt)
          .sqrt(),
      ),
    );
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
