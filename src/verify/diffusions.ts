/** Floor 5. Cases of draws, diffusions and jumps. */
import { z } from 'zod';
import { gbm } from '../../kernels/prices/gbm.js';
import { choleskyFactor, partialOf } from '../../kernels/prices/index.js';
import { jumpDiffusion } from '../../kernels/prices/jump-diffusion.js';
import { ou } from '../../kernels/prices/ou.js';
import { buffer, draw, emit, input, trace } from '../graph/index.js';
import { fitGbm, fitOu, gbmSurprise, mertonCumulants, mertonSurprise, ouSurprise } from '../prices/diffusions.js';
import { normal } from '../rollout/random.js';
import { pathOf } from './generated.js';
import { kindOf, type NamedCheck } from './named.js';
import { drawsFrom, number, numbers, only, rows, SINGLE, step } from './price-fields.js';

const draws = kindOf(
  z.object({ keys: z.array(z.tuple([number, number, number, number])) }),
  z.object({ rows: z.array(z.object({ uniform: number, normal: number })) }),
  ({ keys }, want, target) => {
    const names = ['seed', 'lane', 'step', 'draw'];
    const program = trace('draws', () => {
      const [seed, lane, at, index] = names.map((name) => input(name, 'window'));
      const u = draw(seed, lane, at, index);
      emit(buffer('output', 'uniform', 1), 0, u);
      emit(buffer('output', 'normal', 1), 0, normal(u));
    });
    const executable = target.compile(program, { threads: 1 });
    const window = Object.fromEntries(names.map((name, i) => [name, Int32Array.from(keys, (key) => key[i] | 0)]));
    const out = executable.run({ sets: 1, windows: keys.length, run: {}, window, buffers: {} });
    executable.dispose();
    return (['uniform', 'normal'] as const).map((field) => ({
      field,
      got: [...out[field]],
      wanted: want.rows.map((r) => r[field]),
      single: SINGLE.draw,
    }));
  },
);

const gbmCase = kindOf(
  z.object({
    s0: number.positive(),
    mu: number,
    sigma: number.positive(),
    dt: number,
    steps: step,
    normals: drawsFrom,
  }),
  z.object({
    path: numbers,
    mle: z.object({ mu: number, sigma: number }),
    negLogLikelihood: number,
    gradient: z.object({ mu: number, sigma: number }),
  }),
  (c, want, target) => {
    const values = { start: [c.s0], mu: [c.mu], sigma: [c.sigma] };
    const path = only(pathOf({ model: gbm, values, assets: 1, ...c, ...c.normals }, target).prices);
    const fit = fitGbm(want.path, c.dt);
    const { value, gradient } = gbmSurprise(want.path, c.dt, c);
    return [
      { field: 'path', got: path, wanted: want.path, single: SINGLE.path },
      { field: 'fit', got: [fit.mu, fit.sigma], wanted: [want.mle.mu, want.mle.sigma] },
      { field: 'likelihood', got: [value], wanted: [want.negLogLikelihood] },
      { field: 'gradient', got: [gradient.mu, gradient.sigma], wanted: [want.gradient.mu, want.gradient.sigma] },
    ];
  },
);

const gbmCorrelated = kindOf(
  z.object({
    s0: numbers,
    mu: numbers,
    sigma: numbers,
    correlation: rows,
    dt: number,
    steps: step,
    normals: drawsFrom,
  }),
  z.object({ cholesky: rows, path: rows }),
  (c, want, target) => {
    const values = { start: c.s0, mu: c.mu, sigma: c.sigma, correlation: partialOf(c.correlation) };
    const { prices } = pathOf({ model: gbm, values, assets: c.s0.length, ...c, ...c.normals }, target);
    // the upper triangle is 0
    const factor = choleskyFactor(c.correlation).flatMap((row) => [
      ...row,
      ...new Array(c.s0.length - row.length).fill(0),
    ]);
    return [
      { field: 'cholesky', got: factor, wanted: want.cholesky.flat() },
      { field: 'path', got: prices.slice(1).flat(), wanted: want.path.flat(), single: SINGLE.path },
    ];
  },
);

const ouCase = kindOf(
  z.object({
    x0: number,
    kappa: number.nonnegative(),
    theta: number,
    sigma: number.positive(),
    dt: number,
    steps: step,
    normals: drawsFrom,
  }),
  z.object({
    pathAt: z.record(z.string(), number),
    mle: z.object({ kappa: number, theta: number, sigma: number }),
    negLogLikelihoodAtMle: number,
    autocorrelationLag1Exact: number,
    stationaryVariance: number,
  }),
  (c, want, target) => {
    const values = { start: [c.x0], kappa: [c.kappa], theta: [c.theta], sigma: [c.sigma] };
    const settings = { of: ou.settings.of.choices?.level ?? Number.NaN };
    const path = only(pathOf({ model: ou, settings, values, assets: 1, ...c, ...c.normals }, target).prices);
    const at = Object.keys(want.pathAt);
    const fit = fitOu(path, c.dt);
    const keys = ['kappa', 'theta', 'sigma'] as const;
    const single = SINGLE.gradient;
    return [
      { field: 'path', got: at.map((t) => path[Number(t)]), wanted: at.map((t) => want.pathAt[t]), single },
      { field: 'fit', got: keys.map((key) => fit[key]), wanted: keys.map((key) => want.mle[key]), single },
      {
        field: 'likelihood of the fit',
        got: [ouSurprise(path, c.dt, fit)],
        wanted: [want.negLogLikelihoodAtMle],
        single,
      },
      { field: 'autocorrelation', got: [Math.exp(-c.kappa * c.dt)], wanted: [want.autocorrelationLag1Exact] },
      { field: 'variance', got: [c.sigma ** 2 / (2 * c.kappa)], wanted: [want.stationaryVariance] },
    ];
  },
);

const MERTON = ['mu', 'sigma', 'intensity', 'jumpMean', 'jumpSd'] as const;
const merton = { mu: number, sigma: number, intensity: number, jumpMean: number, jumpSd: number };

const jumpCase = kindOf(
  z.object({
    s0: number.positive(),
    ...merton,
    dt: number,
    steps: step,
    draws: drawsFrom,
    compensated: z.literal(true),
  }),
  z.object({
    counts: numbers,
    path: numbers,
    negLogLikelihood: number,
    gradient: z.object(merton),
    cumulantsOfLogReturn: numbers,
  }),
  (c, want, target) => {
    const values = { start: [c.s0], ...Object.fromEntries(MERTON.map((key) => [key, [c[key]]])) };
    const drawn = pathOf({ model: jumpDiffusion, values, assets: 1, ...c, ...c.draws }, target);
    const { value, gradient } = mertonSurprise([c.s0, ...want.path], c.dt, c);
    return [
      { field: 'counts', got: only(drawn.jumps).slice(1), wanted: want.counts },
      { field: 'path', got: only(drawn.prices).slice(1), wanted: want.path, single: SINGLE.path },
      { field: 'likelihood', got: [value], wanted: [want.negLogLikelihood] },
      { field: 'gradient', got: MERTON.map((key) => gradient[key]), wanted: MERTON.map((key) => want.gradient[key]) },
      { field: 'cumulants', got: mertonCumulants(c, c.dt), wanted: want.cumulantsOfLogReturn },
    ];
  },
);

export const DIFFUSION_KINDS: Readonly<Record<string, NamedCheck>> = {
  draws,
  gbm: gbmCase,
  gbmCorrelated,
  ou: ouCase,
  jumpDiffusion: jumpCase,
};
