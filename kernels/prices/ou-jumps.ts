/**
 * Floor 3. Logarithms of prices that are drawn back to a mean by correlated noise, with jumps that all assets share:
 *
 *     N ~ Poisson(Λdt),  x ← θ + (x − θ)e^−κdt + σ√((1 − e^−2κdt)/(2κ))·Lε + √N·s·Z
 *
 * exact for any dt but for when within a step a jump falls. LLᵀ is the matrix of correlations, as of gbm. Draws of step t: the
 * i-th is of asset i, then the count N by inversion, then Z. N has no gradient, as of jump-diffusion.
 */
import type { Expr } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import { normal, poisson } from '../../src/rollout/random.js';
import { choleskyOf, gbm } from './gbm.js';
import { atLeastZero, type Generator, START } from './generator.js';
import { decayed, ou } from './ou.js';
import { yearsOf } from './time.js';

const { kappa, theta, sigma } = ou.parameters({ of: 1 });
const { correlation } = gbm.parameters({});

export const ouJumps: Generator<readonly Expr[]> = {
  name: 'ou-jumps',
  doc: 'logarithms of prices that are drawn back to a mean by correlated noise, with jumps that all assets share',
  settings: {},
  parameters: () => ({
    start: START,
    kappa,
    theta,
    sigma,
    correlation,
    intensity: atLeastZero({
      range: [0, 1e6],
      unit: '1/year',
      default: 10,
      doc: 'jumps a year, of all assets at once',
    }),
    jumpSd: atLeastZero({ shape: 'asset', range: [0, 5], unit: '1', default: 0.05, doc: 'sd of a jump of ln S' }),
  }),
  rows: { prices: 'one an asset' },
  draws: (n) => n + 2,
  run: (c) => {
    const dt = yearsOf(c.clock);
    const v = c.value;
    const factor = choleskyOf(v.correlation, c.n);
    const mean = v.theta.map((x) => x.log());
    const keep = v.kappa.map((k) => k.mul(-dt).exp());
    const scale = v.sigma.map((s, i) =>
      s.mul(
        decayed(v.kappa[i].mul(2 * dt))
          .mul(dt)
          .sqrt(),
      ),
    );
    const at = (xs: readonly Expr[]) => ({ state: xs, row: { prices: xs.map((x) => x.exp()) } });
    return {
      init: () => at(v.start.map((x) => x.log())),
      step: (xs, t) => {
        const uniform = (k: number) => c.uniform(t.sub(1), k);
        const e = xs.map((_, i) => normal(uniform(i)));
        const common = poisson(uniform(c.n), v.intensity[0].mul(dt))
          .sqrt()
          .mul(normal(uniform(c.n + 1)));
        return at(
          xs.map((x, i) =>
            mean[i]
              .add(x.sub(mean[i]).mul(keep[i]))
              .add(scale[i].mul(sum(factor[i].map((l, k) => l.mul(e[k])))))
              .add(v.jumpSd[i].mul(common)),
          ),
        );
      },
    };
  },
};
