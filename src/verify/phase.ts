/** Floor 5. Cases of phase space: leapfrog, exponents, the thermostat and its moments, potentials of hidden regimes. */
import { z } from 'zod';
import { above, real } from '../../kernels/prices/generator.js';
import { hamiltonian } from '../../kernels/prices/hamiltonian.js';
import { type Generator, hamiltonianWith, type Potential, withRegimes } from '../../kernels/prices/index.js';
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
import { pathOf, slopesOf } from './generated.js';
import { type Compared, kindOf, type NamedCheck } from './named.js';
import { drawsFrom, number, numbers, only, rows, SINGLE, step } from './price-fields.js';

/** A setting of the Hamiltonian generator, by the name of a choice. */
export const settingOf = (key: string, choice: string): Record<string, number> => ({
  [key]: hamiltonian.settings[key].choices?.[choice] ?? Number.NaN,
});

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

/** Parameters of the generator from a case's start and friction. */
export const started = ({ q, p, friction }: { q: number[]; p: number[]; friction: number }) => ({
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

export const PHASE_KINDS: Readonly<Record<string, NamedCheck>> = {
  leapfrog,
  lyapunov,
  thermostat,
  fitMoments: moments,
  regimePotential,
};
