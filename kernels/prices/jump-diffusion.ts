/**
 * Floor 3. Jump diffusion (Merton 1976), compensated so that μ is the drift of E[S]; the exact step, for any dt:
 *
 *     N ~ Poisson(Λdt),  ln S += (μ − σ²/2 − Λ(e^{m + s²/2} − 1))·dt + σ√dt·Z₁ + N·m + √N·s·Z₂
 *
 * Draws of step t for asset i: 3i the normal Z₁, 3i + 1 the count N by inversion, 3i + 2 the normal Z₂. N is a
 * whole number: along a path only the compensation depends on Λ, the rest of the gradient is the score term of P(N).
 */

import { UserError } from '../../src/errors.js';
import { constant, type Expr } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import { LARGEST_MEAN, normal, poisson } from '../../src/rollout/random.js';
import { logOrNone, logSumExp, normalDensity } from './density.js';
import { atLeastZero, type Generator, real, SIGMA, START } from './generator.js';
import { yearsOf } from './time.js';

const DRAWS = 3;

/** Components of the mixture that a likelihood adds up: all of it to 1e-9 up to 12 jumps a step. */
const COMPONENTS = 40;

/** What a step adds to ln S beside its noise. */
function driftOf(mu: Expr, sigma: Expr, intensity: Expr, mean: Expr, sd: Expr): Expr {
  const jump = mean.add(sd.square().mul(0.5)).expm1();
  return mu.sub(sigma.square().mul(0.5)).sub(intensity.mul(jump));
}

type Jumping = {
  readonly logs: readonly Expr[];
  /** ln P of the counts so far, up to what no parameter is in: Σ N·ln Λdt − Λdt. */
  readonly lnP: Expr;
};

export const jumpDiffusion: Generator<Jumping> = {
  name: 'jump-diffusion',
  doc: 'Merton: geometric Brownian motion with jumps of normal size, independent between assets',
  settings: {},
  parameters: () => ({
    start: START,
    mu: real({
      shape: 'asset',
      range: [-100, 100],
      unit: '1/year',
      default: 0,
      doc: 'drift of the price, E[S] ∝ e^μt',
    }),
    sigma: SIGMA,
    intensity: atLeastZero({ shape: 'asset', range: [0, 1e6], unit: '1/year', default: 10, doc: 'jumps a year' }),
    jumpMean: real({ shape: 'asset', range: [-5, 5], unit: '1', default: 0, doc: 'mean of a jump of ln S' }),
    jumpSd: atLeastZero({ shape: 'asset', range: [0, 5], unit: '1', default: 0.1, doc: 'sd of a jump of ln S' }),
  }),
  rows: { prices: 'one an asset', jumps: 'how many in the step, one an asset' },
  draws: (n) => DRAWS * n,
  check({ intensity }, clock) {
    const most = Math.max(...intensity) * yearsOf(clock);
    if (most <= LARGEST_MEAN) return [];
    throw new UserError(
      `jump-diffusion: at most ${LARGEST_MEAN} jumps a step can be drawn, got ${most} on average; take a shorter step or a lower intensity`,
    );
  },
  // a Poisson mixture of normals: Σ_n e^−Λdt·(Λdt)ⁿ/n! · N(drift + n·m, σ²dt + n·s²)
  density: () => ({
    depth: 1,
    log: (seen, c) => {
      const dt = yearsOf(c.clock);
      const { mu, sigma, intensity, jumpMean, jumpSd } = c.value;
      return sum(
        mu.map((m, i) => {
          const off = seen(0)
            .logs[i].sub(seen(1).logs[i])
            .sub(driftOf(m, sigma[i], intensity[i], jumpMean[i], jumpSd[i]).mul(dt));
          const events = intensity[i].mul(dt);
          const lnEvents = logOrNone(events);
          let lnFactorial = 0;
          const parts = Array.from({ length: COMPONENTS }, (_, n) => {
            if (n > 1) lnFactorial += Math.log(n);
            const weight = n === 0 ? events.neg() : lnEvents.mul(n).sub(events).sub(lnFactorial);
            const variance = sigma[i].square().mul(dt).add(jumpSd[i].square().mul(n));
            return weight.add(normalDensity(off.sub(jumpMean[i].mul(n)), variance));
          });
          return logSumExp(parts);
        }),
      );
    },
  }),
  run: (c) => {
    const dt = yearsOf(c.clock);
    const { start, mu, sigma, intensity, jumpMean, jumpSd } = c.value;
    const drift = mu.map((m, i) => driftOf(m, sigma[i], intensity[i], jumpMean[i], jumpSd[i]).mul(dt));
    const scale = sigma.map((s) => s.mul(Math.sqrt(dt)));
    const at = (logs: readonly Expr[], lnP: Expr, jumps: readonly Expr[]) => ({
      state: { logs, lnP },
      row: { prices: logs.map((x, i) => start[i].mul(x.exp())), jumps },
    });
    const chance = (jumps: readonly Expr[]) =>
      sum(
        jumps.map((n, i) => {
          const events = intensity[i].mul(dt);
          return n.mul(logOrNone(events)).sub(events);
        }),
      );
    const none = () => start.map(() => constant(0));
    return {
      init: () => at(none(), constant(0), none()),
      likelihood: ({ lnP }) => lnP,
      step: ({ logs, lnP }, t) => {
        const of = (i: number, k: number) => c.uniform(t.sub(1), DRAWS * i + k);
        const jumps = logs.map((_, i) => poisson(of(i, 1), intensity[i].mul(dt)));
        const next = logs.map((x, i) => {
          const sizes = jumps[i].mul(jumpMean[i]).add(
            jumps[i]
              .sqrt()
              .mul(jumpSd[i])
              .mul(normal(of(i, 2))),
          );
          return x
            .add(drift[i])
            .add(scale[i].mul(normal(of(i, 0))))
            .add(sizes);
        });
        return at(next, lnP.add(chance(jumps)), jumps);
      },
    };
  },
};
