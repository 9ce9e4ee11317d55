/** Floor 5. Cases of price generators: their paths and gradients by roll-outs, their closed forms on plain numbers. */
import { z } from 'zod';
import { gbm } from '../../kernels/prices/gbm.js';
import { above, real } from '../../kernels/prices/generator.js';
import { hamiltonian } from '../../kernels/prices/hamiltonian.js';
import {
  choleskyFactor,
  type Generator,
  hamiltonianWith,
  type Potential,
  partialOf,
  withRegimes,
} from '../../kernels/prices/index.js';
import { jumpDiffusion } from '../../kernels/prices/jump-diffusion.js';
import { ou } from '../../kernels/prices/ou.js';
import { priceDynamics } from '../../kernels/prices/price-dynamics.js';
import { buffer, draw, emit, input, trace } from '../graph/index.js';
import { fitGbm, fitOu, gbmSurprise, mertonCumulants, mertonSurprise, ouSurprise } from '../prices/diffusions.js';
import {
  autocorrelation,
  lyapunovExponent,
  modifiedEnergy,
  quadraticExponents,
  stationaryCovariance,
  stepMatrix,
} from '../prices/phase.js';
import { fitMoments } from '../prices/thermostat-fit.js';
import { sum } from '../rollout/functions.js';
import { normal } from '../rollout/random.js';
import { pathOf, slopesOf } from './generated.js';
import { type Compared, kindOf, type NamedCheck } from './named.js';
import { REGIME_KINDS } from './regimes.js';

/** float32: a draw, a path, a gradient. */
const SINGLE = { draw: 1e-4, path: 5e-3, gradient: 5e-2 };

const number = z.number();
const numbers = z.array(number);
const rows = z.array(numbers);
const step = z.number().int().positive();

const settingOf = (key: string, choice: string): Record<string, number> => ({
  [key]: hamiltonian.settings[key].choices?.[choice] ?? Number.NaN,
});

/** `normal(31, 0, t, 0)`, or `seed 5, lane 2`: the seed and the lane of a case's draws. */
const drawsFrom = z
  .string()
  .transform((text) => /(?:normal\(|seed )(\d+),(?: lane)? (\d+)/.exec(text))
  .refine((found) => found !== null, 'expected a seed and a lane, such as "normal(3, 1, t, 0)"')
  .transform((found) => ({ seed: Number(found?.[1]), lane: Number(found?.[2]) }));

const only = (xs: readonly (readonly number[])[]): number[] => xs.map((x) => x[0]);

// ---- phase space ------------------------------------------------------------------------------------------------------

const doubleWell: Potential = {
  name: 'double-well',
  doc: 'Σ a(q² − b²)²',
  parameters: {
    a: above({ unit: '1/year²', default: 1, doc: 'height of the hill' }),
    b: real({ unit: '1', default: 1, doc: 'where the wells are' }),
  },
  value: (q, { a, b }) => sum(q.map((x) => x.square().sub(b[0].square()).square())).mul(a[0]),
};

const motion = { q: numbers, p: numbers, dt: number.positive(), friction: number.nonnegative(), steps: step };

const phases = z.discriminatedUnion('potential', [
  z.object({ potential: z.literal('quadratic'), k: number.positive(), ...motion }),
  z.object({ potential: z.literal('anharmonic'), k2: number, k4: number, ...motion }),
  z.object({ potential: z.literal('custom: sum a (q^2-b^2)^2'), a: number, b: number, ...motion }),
]);

type Phases = z.infer<typeof phases>;

function potentialOf(c: Phases): {
  model: Generator;
  settings: Record<string, number>;
  values: Record<string, number[]>;
} {
  const still = settingOf('noise', 'none');
  if (c.potential === 'quadratic') return { model: hamiltonian, settings: still, values: { k: [c.k] } };
  if (c.potential === 'anharmonic') {
    const settings = { ...still, ...settingOf('potential', 'anharmonic') };
    return { model: hamiltonian, settings, values: { k2: [c.k2], k4: [c.k4] } };
  }
  return { model: hamiltonianWith(doubleWell), settings: still, values: { a: [c.a], b: [c.b] } };
}

const started = ({ q, p, friction }: { q: number[]; p: number[]; friction: number }) => ({
  position: q,
  momentum: p,
  friction: [friction],
});

const leapfrog = kindOf(
  phases,
  z.object({
    states: z.array(z.object({ step, q: numbers, p: numbers, energy: number })),
    matrix: rows.optional(),
    modifiedEnergyStart: number.nullish(),
    lyapunovScheme: number.optional(),
    lyapunovExact: number.optional(),
  }),
  (c, want, target) => {
    const { model, settings, values } = potentialOf(c);
    const path = pathOf(
      {
        model,
        settings,
        values: { ...values, ...started(c) },
        assets: c.q.length,
        dt: c.dt,
        steps: c.steps,
        seed: 0,
        lane: 0,
      },
      target,
    );
    const at = (name: string, of: (s: { q: number[]; p: number[]; energy: number }) => number[]) => ({
      field: name,
      got: want.states.flatMap((s) => path[name][s.step]),
      wanted: want.states.flatMap(of),
      single: SINGLE.path,
    });
    const found: Compared[] = [at('position', (s) => s.q), at('momentum', (s) => s.p), at('energy', (s) => [s.energy])];
    return c.potential === 'quadratic' ? [...found, ...closedForms(c, want)] : found;
  },
);

function closedForms(
  c: { k: number; friction: number; dt: number; q: number[]; p: number[] },
  want: { matrix?: number[][]; modifiedEnergyStart?: number | null; lyapunovScheme?: number; lyapunovExact?: number },
): Compared[] {
  const exponents = quadraticExponents(c);
  const one = (field: string, got: number, wanted: number | null | undefined): Compared[] =>
    wanted === undefined || wanted === null ? [] : [{ field, got: [got], wanted: [wanted] }];
  return [
    ...(want.matrix === undefined ? [] : [{ field: 'matrix', got: stepMatrix(c).flat(), wanted: want.matrix.flat() }]),
    ...one('modified energy', modifiedEnergy(c, c.q, c.p), want.modifiedEnergyStart),
    ...one('exponent of the scheme', exponents.scheme, want.lyapunovScheme),
    ...one('exponent', exponents.exact, want.lyapunovExact),
  ];
}

const lyapunov = kindOf(
  z.object({
    doubleWell: z.object({ a: number, b: number, dq: numbers, dp: numbers, ...motion }),
    quadratics: z.array(z.object({ k: number, friction: number, dt: number })),
  }),
  z.object({ doubleWell: number, quadratics: z.array(z.object({ scheme: number, exact: number })) }),
  ({ doubleWell: w, quadratics }, want) => {
    const well = lyapunovExponent({
      ...w,
      gradient: (q) => q.map((x) => 4 * w.a * x * (x * x - w.b * w.b)),
      curvature: (q, v) => q.map((x, i) => 4 * w.a * (3 * x * x - w.b * w.b) * v[i]),
    });
    const exponents = quadratics.map(quadraticExponents);
    return [
      { field: 'exponent of a double well', got: [well], wanted: [want.doubleWell] },
      ...(['scheme', 'exact'] as const).map((key) => ({
        field: `quadratic, ${key}`,
        got: exponents.map((e) => e[key]),
        wanted: want.quadratics.map((e) => e[key]),
      })),
    ];
  },
);

const phasePoint = z.object({ q: numbers, p: numbers, energy: number });

const crate = kindOf(
  z.object({
    k: number,
    q: numbers,
    p: numbers,
    dt: number,
    friction: number,
    energyScale: number,
    base: number,
    priceDynamics: z.object({
      base: number,
      volatility: number,
      meanReversion: number,
      dt: number,
      normals: drawsFrom,
    }),
  }),
  z.object({
    startEnergy: number,
    startPrice: number,
    rows: z.array(z.object({ step, evolve: phasePoint, evolveStep: phasePoint, price: number })),
    priceDynamics: z.array(
      z.object({
        step,
        current: number,
        base: number,
        momentum: number,
        volatility: number,
        deviation: number,
        costPerToken: number,
      }),
    ),
  }),
  (c, want, target) => {
    const steps = Math.max(...want.rows.map((r) => r.step));
    const walk = (integrator: string) =>
      pathOf(
        {
          model: hamiltonian,
          settings: {
            ...settingOf('integrator', integrator),
            ...settingOf('noise', 'none'),
            ...settingOf('map', 'crate'),
          },
          values: { k: [c.k], base: c.q.map(() => c.base), energyScale: [c.energyScale], ...started(c) },
          assets: c.q.length,
          dt: c.dt,
          steps,
          seed: 0,
          lane: 0,
        },
        target,
      );
    const euler = walk('crate-euler');
    const kinds = { evolve: euler, evolveStep: walk('crate-step') };
    const d = c.priceDynamics;
    const moving = pathOf(
      {
        model: priceDynamics,
        settings: { form: priceDynamics.settings.form.choices?.printed ?? Number.NaN },
        values: {
          start: [d.base],
          base: [d.base],
          volatility: [d.volatility],
          meanReversion: [d.meanReversion],
          energy: [euler.energy[0][0]],
          energyScale: [c.energyScale],
        },
        assets: 1,
        dt: d.dt,
        steps: Math.max(...want.priceDynamics.map((r) => r.step)),
        ...d.normals,
      },
      target,
    );
    const single = SINGLE.path;
    const names = { position: 'q', momentum: 'p', energy: 'energy' } as const;
    const seen = {
      prices: 'current',
      base: 'base',
      momentum: 'momentum',
      volatility: 'volatility',
      deviation: 'deviation',
      costPerToken: 'costPerToken',
    } as const;
    return [
      { field: 'energy at the start', got: euler.energy[0], wanted: [want.startEnergy], single },
      { field: 'price at the start', got: [euler.prices[0][0]], wanted: [want.startPrice], single },
      {
        field: 'price',
        got: want.rows.map((r) => euler.prices[r.step][0]),
        wanted: want.rows.map((r) => r.price),
        single,
      },
      ...(['evolve', 'evolveStep'] as const).flatMap((kind) =>
        (['position', 'momentum', 'energy'] as const).map((name) => ({
          field: `${kind}, ${name}`,
          got: want.rows.flatMap((r) => kinds[kind][name][r.step]),
          wanted: want.rows.flatMap((r) => r[kind][names[name]]),
          single,
        })),
      ),
      ...(Object.keys(seen) as (keyof typeof seen)[]).map((name) => ({
        field: `price dynamics, ${name}`,
        got: want.priceDynamics.map((r) => moving[name][r.step][0]),
        wanted: want.priceDynamics.map((r) => r[seen[name]]),
        single,
      })),
    ];
  },
);

const SLOPES = ['k', 'friction', 'temperature'] as const;

const thermostat = kindOf(
  z.object({
    k: number.positive(),
    temperature: number.nonnegative(),
    ...motion,
    normals: drawsFrom,
  }),
  z.object({
    states: z.array(z.object({ step, q: number, p: number })),
    stationaryCovariance: rows,
    autocorrelationOfQ: z.record(z.string(), number),
    gradientOfLastQ: z.object({ k: number, friction: number, temperature: number }),
  }),
  (c, want, target) => {
    const drawn = {
      model: hamiltonian,
      settings: settingOf('noise', 'thermostat'),
      values: { k: [c.k], temperature: [c.temperature], ...started(c) },
      assets: c.q.length,
      dt: c.dt,
      steps: c.steps,
      ...c.normals,
    };
    const path = pathOf(drawn, target);
    const lags = Object.keys(want.autocorrelationOfQ);
    return [
      ...(['q', 'p'] as const).map((key) => ({
        field: key,
        got: want.states.map((s) => path[key === 'q' ? 'position' : 'momentum'][s.step][0]),
        wanted: want.states.map((s) => s[key]),
        single: SINGLE.path,
      })),
      {
        field: 'gradient of the last q',
        got: slopesOf(drawn, target, 'position', SLOPES),
        wanted: SLOPES.map((key) => want.gradientOfLastQ[key]),
        single: SINGLE.gradient,
      },
      {
        field: 'stationary covariance',
        got: stationaryCovariance(c, c.temperature).flat(),
        wanted: want.stationaryCovariance.flat(),
      },
      {
        field: 'autocorrelation of q',
        got: lags.map((lag) => autocorrelation(c, Number(lag))),
        wanted: lags.map((lag) => want.autocorrelationOfQ[lag]),
      },
    ];
  },
);

const moments = kindOf(
  z.object({ dt: number.positive(), variance: number.positive(), autocorrelation: z.record(z.string(), number) }),
  z.object({ k: number, friction: number, temperature: number }),
  (c, want) => {
    const lag = Number(Object.keys(c.autocorrelation).find((key) => key !== '1'));
    const later = { lag, value: c.autocorrelation[lag] };
    const got = fitMoments({ dt: c.dt, variance: c.variance, first: c.autocorrelation['1'], later });
    return SLOPES.map((field) => ({ field, got: [got[field]], wanted: [want[field]] }));
  },
);

// ---- draws and diffusions ---------------------------------------------------------------------------------------------

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

const PRICE = /^(\S+) exp\((\S+) q\)$/;

const regimePotential = kindOf(
  z.object({
    transition: rows,
    firstRegime: z.number().int().nonnegative(),
    k: numbers,
    friction: numbers,
    temperature: numbers,
    dt: number,
    q: number,
    p: number,
    steps: step,
    draws: drawsFrom,
    price: z.string().regex(PRICE, 'expected a price such as "100 exp(.3 q)"'),
  }),
  z.object({ regimes: numbers, q: numbers, p: numbers, price: numbers }),
  (c, want, target) => {
    const regimes = c.transition.length;
    const [, base, a] = (PRICE.exec(c.price) ?? []).map(Number);
    const table = (key: 'k' | 'friction' | 'temperature') => c[key].map((x, z) => [`${key}_${z}`, [x]] as const);
    const logits = c.transition.flatMap((row, i) => row.map((x, j) => [`logit_${i}_${j}`, [Math.log(x)]] as const));
    const path = pathOf(
      {
        model: withRegimes(hamiltonian, regimes, ['k', 'friction', 'temperature']),
        settings: { ...settingOf('noise', 'thermostat'), firstRegime: c.firstRegime },
        values: {
          base: [base],
          a: [a],
          position: [c.q],
          momentum: [c.p],
          ...Object.fromEntries([...table('k'), ...table('friction'), ...table('temperature'), ...logits]),
        },
        assets: 1,
        dt: c.dt,
        steps: c.steps,
        ...c.draws,
      },
      target,
    );
    const names = { regimes: 'regime', q: 'position', p: 'momentum', price: 'prices' } as const;
    return (Object.keys(names) as (keyof typeof names)[]).map((key) => ({
      field: key,
      got: only(path[names[key]]).slice(1),
      wanted: want[key],
      single: SINGLE.path,
    }));
  },
);

export const PRICE_KINDS: Readonly<Record<string, NamedCheck>> = {
  leapfrog,
  lyapunov,
  crate,
  draws,
  gbm: gbmCase,
  gbmCorrelated,
  ou: ouCase,
  jumpDiffusion: jumpCase,
  thermostat,
  fitMoments: moments,
  regimePotential,
  ...REGIME_KINDS,
};
