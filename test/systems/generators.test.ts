/**
 * Price generators: paths against plain loops, gradients of every parameter against central differences, the same bits on
 * reference and wasm, and what is known of them in closed form.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { hamiltonian } from '../../kernels/prices/hamiltonian.js';
import {
  type Generator,
  hamiltonianWith,
  type Potential,
  partialOf,
  perRegime,
  potentialOf,
  withRegimes,
} from '../../kernels/prices/index.js';
import { anharmonic, quadratic } from '../../kernels/prices/potentials.js';
import { clockOf } from '../../kernels/prices/time.js';
import { UserError } from '../../src/errors.js';
import { stationaryCovariance } from '../../src/prices/phase.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { sum } from '../../src/rollout/functions.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import { poisson } from '../../src/rollout/random.js';
import type { Rollout } from '../../src/rollout/rollout.js';
import { watching } from '../../src/rollout/watch.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Target } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { expectSameBits } from '../targets/agreement.js';
import { drawn } from './draws.js';

type Settings = Readonly<Record<string, number>>;

const SEED = 11;

/** Last prices in units of 100, and with them the path. */
const last: ObjectiveModel = {
  name: 'last',
  doc: 'of the prices of the last row',
  reads: ['prices'],
  every: 0,
  score: (c) => sum(c.last.prices.map((p, i) => p.mul((1 + i) / 100))),
};

const made: Rollout[] = [];
afterAll(() => {
  for (const r of made) r.dispose();
});

function rolloutOf(model: Generator, settings: Settings, assets: number, dt: number, target: Target = wasm): Rollout {
  const rollout = createRollout(
    {
      assets: Array.from({ length: assets }, (_, i) => `A${i}`),
      clock: clockOf(dt),
      source: { kind: 'drawn', model, settings, seed: SEED },
      system: watching(model.rows),
      objective: last,
      penalties: [],
      settings: {},
    },
    null,
    target,
    { threads: 1 },
  );
  made.push(rollout);
  return rollout;
}

/** Raw parameters from values by short names. */
const rawsOf = (rollout: Rollout, model: Generator, values: Readonly<Record<string, readonly number[]>>) =>
  rollout.layout.raws(Object.fromEntries(Object.entries(values).map(([key, x]) => [`${model.name}.${key}`, x])));

const doubleWell: Potential = {
  name: 'double-well',
  doc: 'Σ a(q² − 1)², steeper to the right',
  parameters: { a: { ...anharmonic.parameters.k2, default: 2, doc: 'height' } },
  // a choice, a root, an exponential: what differentiation has to know
  value: (q, { a }) =>
    sum(
      q.map((x) =>
        x
          .square()
          .sub(1)
          .square()
          .add(x.maximum(0.1).mul(0.3).exp().add(x.square().add(1).sqrt())),
      ),
    ).mul(a[0]),
};

const of = (model: Generator, key: string, name: string): Settings => ({
  [key]: model.settings[key].choices?.[name] ?? Number.NaN,
});
const { ou, gbm } = registry.sources;
const [jumps, moving] = [registry.sources['jump-diffusion'], registry.sources['price-dynamics']];

const all: [string, Generator, Settings][] = [
  ['gbm', gbm, {}],
  ['ou of logarithms', ou, {}],
  ['ou of prices', ou, of(ou, 'of', 'level')],
  ['jump-diffusion', jumps, {}],
  ['hamiltonian, quadratic', hamiltonian, {}],
  ['hamiltonian, anharmonic', hamiltonian, of(hamiltonian, 'potential', 'anharmonic')],
  ['hamiltonian, kicks', hamiltonian, of(hamiltonian, 'noise', 'kicks')],
  ['hamiltonian, crate’s prices', hamiltonian, of(hamiltonian, 'map', 'crate')],
  ['hamiltonian, crate-euler', hamiltonian, of(hamiltonian, 'integrator', 'crate-euler')],
  ['hamiltonian, crate-step', hamiltonian, of(hamiltonian, 'integrator', 'crate-step')],
  ['hamiltonian, a potential of one’s own', hamiltonianWith(doubleWell), {}],
  ['price-dynamics', moving, {}],
  ['price-dynamics as printed', moving, of(moving, 'form', 'printed')],
  ['hamiltonian with regimes', withRegimes(hamiltonian, 2), {}],
  ['gbm with regimes', withRegimes(gbm, 3, ['mu', 'sigma']), {}],
  ['jumps with regimes', withRegimes(jumps, 2, ['sigma', 'jumpMean', 'jumpSd']), {}],
  ['ou with regimes', withRegimes(ou, 2, ['kappa', 'theta', 'sigma']), {}],
  ['price-dynamics with regimes', withRegimes(moving, 2, ['base', 'volatility', 'friction']), {}],
  ['hamiltonian, an expression', hamiltonianWith(potentialOf('c*(q^2 - w)^2 + exp(-q)/9')), {}],
  ['hamiltonian, an expression of the whole point', hamiltonianWith(potentialOf('c*r^4 + w*q1*q2 + tanh(q1)^2')), {}],
  ['hamiltonian, a potential a regime', withRegimes(hamiltonianWith(perRegime([quadratic, anharmonic])), 2), {}],
];

/** Every column off its default, two sets that differ. */
function shiftedRaws({ layout }: Rollout): Float64Array {
  const one = layout.raws({});
  return Float64Array.from({ length: 2 * one.length }, (_, i) => {
    const column = Math.floor(i / 2);
    return one[column] + 0.03 * (1 + (column % 5)) * (1 + (i % 2));
  });
}

/** Of a difference of scores of some 3, each right to 1e-16 of it, over steps of 1e-8 or so. */
const ROUNDING = 2e-7;

const ROWS = 31;
const SCENARIOS = Int32Array.of(0, 5);

describe.each(all)('%s', (_, model, settings) => {
  const rollout = rolloutOf(model, settings, 2, 0.02);
  const raw = shiftedRaws(rollout);

  it('has the gradient that central differences find, of every parameter', () => {
    const { gradient } = rollout.gradient(raw, SCENARIOS, ROWS);
    // those that decide what is drawn have a score term, which differences along paths do not see
    const seen = rollout.layout.entries.filter(({ name }) => !/intensity|logit/.test(name));
    seen.forEach(({ name, column, size }) => {
      for (let i = column; i < column + size; i++) {
        const k = 2 * i + 1;
        const f = (x: number) => {
          const moved = raw.slice();
          moved[k] = x;
          return rollout.value(moved, SCENARIOS, ROWS).objective[1];
        };
        expect(Math.abs(gradient[k] - derivative(f, raw[k])), name).toBeLessThan(
          1e-6 * Math.abs(gradient[k]) + ROUNDING,
        );
      }
    });
  });

  it('has the bits of the reference, and those of a lane run alone', () => {
    const other = rolloutOf(model, settings, 2, 0.02, reference);
    const [got, wanted] = [rollout, other].map((r) => r.gradient(raw, SCENARIOS, ROWS));
    expectSameBits({ ...got }, { ...wanted });
    const alone = rollout.value(raw, Int32Array.of(5), ROWS).byWindow;
    expect(Array.from(alone)).toEqual(Array.from(got.byWindow.subarray(2, 4)));
  });
});

/** The path of two assets beside that of a plain loop, whose states are by asset. */
function expectPath(
  model: Generator,
  settings: Settings,
  values: Readonly<Record<string, readonly number[]>>,
  dt: number,
  plain: (t: number, i: number, z: (k: number) => number) => number,
  row = 'prices',
) {
  const rollout = rolloutOf(model, settings, 2, dt);
  const got = rollout.path(rawsOf(rollout, model, values), 5, ROWS, 1).observed[row];
  const { normal } = drawn(SEED, 5, ROWS - 1, model.draws(2));
  for (let t = 1; t < ROWS; t++) {
    for (const i of [0, 1]) {
      const wanted = plain(t, i, (k) => normal(t - 1, k));
      expect(Math.abs(got[2 * t + i] - wanted), `${row} ${i} of step ${t}`).toBeLessThan(
        1e-11 * Math.max(1, Math.abs(wanted)),
      );
    }
  }
}

describe('a path is that of a plain loop', () => {
  it.each([0, 3])('of ou, at κ = %d of the second asset', (kappa) => {
    const [dt, k, theta, sigma] = [0.05, [2, kappa], [1, -0.5], [0.4, 0.7]];
    const x = [0.2, 0.9];
    const values = { start: [...x], kappa: k, theta, sigma };
    expectPath(ou, of(ou, 'of', 'level'), values, dt, (_t, i, z) => {
      const sd = k[i] === 0 ? Math.sqrt(dt) : Math.sqrt(-Math.expm1(-2 * k[i] * dt) / (2 * k[i]));
      x[i] = theta[i] + (x[i] - theta[i]) * Math.exp(-k[i] * dt) + sigma[i] * sd * z(i);
      return x[i];
    });
  });

  it('of ou of logarithms, whose mean is a price', () => {
    const x = [Math.log(90), Math.log(2)];
    const values = { start: [90, 2], kappa: [2, 5], theta: [100, 3], sigma: [0.4, 0.7] };
    expectPath(ou, {}, values, 0.05, (_t, i, z) => {
      const [theta, kappa] = [Math.log(values.theta[i]), values.kappa[i]];
      const sd = values.sigma[i] * Math.sqrt((1 - Math.exp(-0.1 * kappa)) / (2 * kappa));
      x[i] = theta + (x[i] - theta) * Math.exp(-kappa * 0.05) + sd * z(i);
      return Math.exp(x[i]);
    });
  });

  it('of a jump diffusion', () => {
    const [dt, mu, sigma, rate, m, s] = [0.1, 0.3, 0.5, 12, -0.05, 0.2];
    const both = (x: number) => [x, x];
    const values = {
      start: [50, 8],
      mu: both(mu),
      sigma: both(sigma),
      intensity: both(rate),
      jumpMean: both(m),
      jumpSd: both(s),
    };
    const { events } = drawn(SEED, 5, ROWS - 1, 6, rate * dt);
    const x = values.start.map(Math.log);
    expectPath(jumps, {}, values, dt, (t, i, z) => {
      const n = events(t - 1, 3 * i + 1);
      const drift = (mu - sigma ** 2 / 2 - rate * (Math.exp(m + s ** 2 / 2) - 1)) * dt;
      x[i] += drift + sigma * Math.sqrt(dt) * z(3 * i) + n * m + Math.sqrt(n) * s * z(3 * i + 2);
      return Math.exp(x[i]);
    });
  });

  it('of leapfrog with a thermostat in an anharmonic potential', () => {
    const [dt, k2, k4, gamma, T, a, b] = [0.1, 1.5, 0.7, 0.6, 0.4, 0.8, 0.2];
    const f = Math.exp((-gamma * dt) / 2);
    const [q, p] = [
      [0.3, -0.8],
      [0.5, 0.1],
    ];
    const values = {
      base: [100, 2],
      position: [...q],
      momentum: [...p],
      k2: [k2],
      k4: [k4],
      friction: [gamma],
      temperature: [T],
      a: [a],
      b: [b],
    };
    const warm = Math.sqrt(T * (1 - f * f));
    const kick = () => {
      const stiff = k2 + k4 * (q[0] ** 2 + q[1] ** 2);
      for (const i of [0, 1]) p[i] -= (dt / 2) * stiff * q[i];
    };
    expectPath(hamiltonian, of(hamiltonian, 'potential', 'anharmonic'), values, dt, (_t, i, z) => {
      if (i === 0) {
        for (const j of [0, 1]) p[j] = f * p[j] + warm * z(2 * j);
        kick();
        for (const j of [0, 1]) q[j] += dt * p[j];
        kick();
        for (const j of [0, 1]) p[j] = f * p[j] + warm * z(2 * j + 1);
      }
      return values.base[i] * Math.exp(a * q[i] + b * p[i]);
    });
  });

  it('of kicks, which add √(2e/d)·N', () => {
    const [dt, k, kick] = [0.1, 2, 0.9];
    const [q, p] = [
      [0, 0],
      [0, 0],
    ];
    const values = { k: [k], friction: [0], kick: [kick] };
    expectPath(
      hamiltonian,
      of(hamiltonian, 'noise', 'kicks'),
      values,
      dt,
      (_t, i, z) => {
        p[i] -= (dt / 2) * k * q[i];
        q[i] += dt * p[i];
        p[i] += -(dt / 2) * k * q[i] + Math.sqrt((2 * kick * dt) / 2) * z(2 * i);
        return p[i];
      },
      'momentum',
    );
  });

  it('of a price with momentum', () => {
    const [dt, base, sigma, kappa, gamma] = [0.1, [100, 20], [30, 9], [4, 2], [1, 3]];
    const [price, m] = [
      [90, 25],
      [0, 0],
    ];
    const values = { start: [...price], base, volatility: sigma, meanReversion: kappa, friction: gamma };
    expectPath(moving, {}, values, dt, (_t, i, z) => {
      m[i] += (kappa[i] * (base[i] - price[i]) - gamma[i] * m[i]) * dt + sigma[i] * Math.sqrt(dt) * z(i);
      price[i] = Math.max(price[i] + m[i] * dt, 0.01);
      return price[i];
    });
  });

  it('of regimes, which move before the step, by the draw after those of the generator', () => {
    const model = withRegimes(gbm, 3, ['sigma']);
    const A = [
      [0.5, 0.3, 0.2],
      [0.1, 0.6, 0.3],
      [0.4, 0.4, 0.2],
    ];
    const sigma = [0.1, 0.5, 1.5];
    const logits = A.flatMap((row, i) => row.map((x, j) => [`logit_${i}_${j}`, [Math.log(x) + i]]));
    const values = {
      ...Object.fromEntries(logits),
      ...Object.fromEntries(sigma.map((s, k) => [`sigma_${k}`, [s, 2 * s]])),
    };
    const { uniform } = drawn(SEED, 5, ROWS - 1, 3);
    let z = 2;
    const seen = new Set<number>();
    const x = [Math.log(100), Math.log(100)];
    expectPath(model, { firstRegime: 2 }, values, 0.01, (t, i, n) => {
      if (i === 0) {
        const u = uniform(t - 1, 2);
        z = [A[z][0], A[z][0] + A[z][1]].filter((c) => c <= u).length;
        seen.add(z);
      }
      const s = sigma[z] * (1 + i);
      x[i] += (-(s ** 2) / 2) * 0.01 + s * 0.1 * n(i);
      return Math.exp(x[i]);
    });
    expect(seen.size).toBe(3);
  });
});

describe('leapfrog', () => {
  const still = of(hamiltonian, 'noise', 'none');

  it('keeps the energy of the quadratic potential within 2.5e-5 over ten thousand steps', () => {
    const rollout = rolloutOf(hamiltonian, still, 1, 0.01);
    const raw = rawsOf(rollout, hamiltonian, { position: [1], momentum: [0], k: [1], friction: [0] });
    const { energy } = rollout.path(raw, 0, 10_001, 1).observed;
    const excursion = Math.max(...energy.map((e) => Math.abs(e / energy[0] - 1)));
    // 1 − (1 − k·dt²/4) = 2.5e-5, from the start at its turning point
    expect(excursion).toBeLessThan(2.5e-5 * (1 + 1e-6));
    expect(excursion).toBeGreaterThan(2.4e-5);
  });

  it('is of order 2 with friction, and the crate’s step of order 1', () => {
    const settings = { ...still, ...of(hamiltonian, 'potential', 'anharmonic') };
    const values = { position: [0.8], momentum: [0.3], k2: [1], k4: [0.7], friction: [0.8] };
    const end = (dt: number, integrator: string) => {
      const rollout = rolloutOf(hamiltonian, { ...settings, ...of(hamiltonian, 'integrator', integrator) }, 1, dt);
      const steps = Math.round(2 / dt);
      return rollout.path(rawsOf(rollout, hamiltonian, values), 0, steps + 1, steps).observed.position[1];
    };
    const exact = end(2 ** -12, 'leapfrog');
    const order = (integrator: string, dt: number) =>
      Math.log2(Math.abs((end(dt, integrator) - exact) / (end(dt / 2, integrator) - exact)));
    expect(Math.abs(order('leapfrog', 0.03125) - 2)).toBeLessThan(0.002);
    expect(Math.abs(order('crate-step', 0.03125) - 1)).toBeLessThan(0.02);
  });

  it('has the stationary law of its scheme under a thermostat', () => {
    const [k, temperature, dt, scenarios] = [2, 0.3, 0.4, 1500];
    const rollout = rolloutOf(hamiltonian, {}, 1, dt);
    const raw = rawsOf(rollout, hamiltonian, { k: [k], friction: [2], temperature: [temperature] });
    // correlations have died out after 60 steps: e^−γt is 1e-10 (⟨qq⟩ at the longest lag seen)
    const ends = Array.from({ length: scenarios }, (_, s) => rollout.path(raw, s, 61, 60).observed);
    const mean = (f: (o: (typeof ends)[number]) => number) => ends.reduce((a, o) => a + f(o), 0) / scenarios;
    const [[qq], [, pp]] = stationaryCovariance({ k, dt }, temperature);
    const within = (got: number, wanted: number, sd: number) =>
      expect(Math.abs(got - wanted)).toBeLessThan((4 * sd) / Math.sqrt(scenarios));
    within(
      mean((o) => o.position[1] ** 2),
      qq,
      qq * Math.SQRT2,
    );
    within(
      mean((o) => o.momentum[1] ** 2),
      pp,
      pp * Math.SQRT2,
    );
    within(
      mean((o) => o.position[1] * o.momentum[1]),
      0,
      Math.sqrt(qq * pp),
    );
    within(
      mean((o) => o.position[1]),
      0,
      Math.sqrt(qq),
    );
  });

  it('has finite gradients without friction, heat or stiffness', () => {
    const rollout = rolloutOf(hamiltonian, of(hamiltonian, 'potential', 'anharmonic'), 2, 0.1);
    const raw = rawsOf(rollout, hamiltonian, { k2: [0], k4: [0], friction: [0], temperature: [0], momentum: [1, -2] });
    const { objective, gradient } = rollout.gradient(raw, Int32Array.of(0), 11);
    // a free flight: P = 100·e^q
    expect(objective[0]).toBeCloseTo(Math.exp(1) + 2 * Math.exp(-2), 12);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it('comes back to its start when time runs backwards', () => {
    const rollout = rolloutOf(hamiltonian, still, 2, 0.1);
    const at = (position: number[], momentum: number[]) => {
      const raw = rawsOf(rollout, hamiltonian, { position, momentum, friction: [0] });
      const { observed } = rollout.path(raw, 0, 2, 1);
      return [[...observed.position.subarray(2)], [...observed.momentum.subarray(2)].map((p) => -p)];
    };
    const [q, p] = at(...(at([0.4, -0.7], [0.2, 1]) as [number[], number[]]));
    [0.4, -0.7, 0.2, 1].forEach((x, i) => {
      expect([...q, ...p][i]).toBeCloseTo(x, 13);
    });
  });
});

describe('what cannot be drawn is refused', () => {
  it('a step that is not stable, with a note where it is coarse', () => {
    const values = { position: [0], k: [400] };
    const check = (dt: number) => hamiltonian.check?.(values, clockOf(dt), { potential: 0 });
    expect(() => check(0.1)).toThrow(UserError);
    expect(() => check(0.1)).toThrow(
      /^hamiltonian: k·dt² below 4 was expected for a stable step, got 4(\.0+\d)?; take a shorter step or a smaller k$/,
    );
    expect(check(0.06)).toEqual([expect.stringMatching(/^hamiltonian: k·dt² is 1\.44\d*: above 1/)]);
    expect(check(0.01)).toEqual([]);
    const tables = withRegimes(hamiltonian, 2);
    const regimes = { position: [0], k_0: [1], k_1: [400] };
    expect(() => tables.check?.(regimes, clockOf(0.2), { potential: 0 })).toThrow(/k·dt² below 4/);
  });

  it('more jumps a step than are counted', () => {
    expect(() => jumps.check?.({ intensity: [800] }, clockOf(1), {})).toThrow(
      'jump-diffusion: at most 700 jumps a step can be drawn, got 800 on average; take a shorter step or a lower intensity',
    );
  });

  it.each([
    [
      [
        [1, 0.9, 0.9],
        [0.9, 1, 0.1],
        [0.9, 0.1, 1],
      ],
      /whose leading minor of order 3 is -0\.46\d*; weaken the correlations of row 3$/,
    ],
    [
      [
        [1, 1],
        [1, 1],
      ],
      /leading minor of order 2 is 0;/,
    ],
    [
      [
        [1, 0.5],
        [0.4, 1],
      ],
      /^correlation: 0.5 was expected in row 2, column 1, got 0.4; give a symmetric matrix/,
    ],
    [[[1, 0.5]], /^correlation: a square matrix was expected, got 2 numbers in row 1 of 1;/],
  ])('correlations %j', (matrix, message) => {
    expect(() => partialOf(matrix)).toThrow(UserError);
    expect(() => partialOf(matrix)).toThrow(message);
  });

  it('a potential whose force would go through a scan', () => {
    const scanned: Potential = { ...doubleWell, value: (q, { a }) => poisson(q[0], a[0]) };
    const rollout = rolloutOf(hamiltonianWith(scanned), {}, 1, 0.01);
    expect(() => rollout.value(rollout.layout.raws({}), Int32Array.of(0), 2)).toThrow(
      'graph: the gradient of an expression cannot go through a scan',
    );
  });

  it('a potential that there is not', () => {
    const settings = { potential: 2 };
    expect(() => rolloutOf(hamiltonian, settings, 1, 0.01)).toThrow(
      'rollout: setting potential must be in [0, 1], got 2',
    );
  });
});
