/** Likelihoods of generators as systems: against closed forms on plain numbers, and their gradients against differences. */
import { describe, expect, it } from 'vitest';
import { likelihoodRollout, whyNoLikelihood } from '../../src/fit/likelihood.js';
import type { Question } from '../../src/fit/question.js';
import { gbmSurprise, logReturns, mertonSurprise, ouSurprise } from '../../src/prices/diffusions.js';
import { filter } from '../../src/prices/hidden-markov.js';
import { stepMatrix } from '../../src/prices/phase.js';
import { reference } from '../../src/targets/reference/index.js';
import type { SynchronousTarget } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { DAY, type Document, questionOf, type Walk, walk } from './setup.js';

const SPAN: Walk = { assets: ['A'], interval: 5 * DAY, rows: 60, seed: 3 };
const DT = 5 / 365;

/** ln L of the path of a document under another, and its question. */
function asked(document: Document, w: Walk = SPAN, drawnBy: Document = document) {
  const { prices } = walk(drawnBy, w);
  return questionOf(document, w, prices, Object.keys(document));
}

function logLikelihood(
  q: Question,
  values: Readonly<Record<string, readonly number[]>>,
  target: SynchronousTarget = reference,
) {
  const rollout = likelihoodRollout(q, target, 1);
  const named = Object.entries(values).map(([key, x]) => [`${q.generator.model.name}.${key}`, x]);
  const score = rollout.value(rollout.layout.raws(Object.fromEntries(named)), Int32Array.of(0), q.data.rows);
  rollout.dispose();
  return score.objective[0];
}

const near = (got: number, wanted: number, relative = 1e-11) =>
  expect(Math.abs(got - wanted)).toBeLessThan(relative * Math.max(1, Math.abs(wanted)));

describe('the likelihood of', () => {
  it('gbm is that of the closed form, and with independent assets the product', () => {
    const q = asked({ kind: 'gbm', sigma: 0.4 });
    const prices = Array.from(q.data.prices);
    near(logLikelihood(q, { mu: [0.2], sigma: [0.5] }), -gbmSurprise(prices, DT, { mu: 0.2, sigma: 0.5 }).value);
    const two = asked({ kind: 'gbm', sigma: 0.4 }, { ...SPAN, assets: ['A', 'B'] });
    const each = [0, 1].map((i) => Array.from(two.data.prices).filter((_, k) => k % 2 === i));
    const wanted = each.reduce((s, p) => s - gbmSurprise(p, DT, { mu: 0.2, sigma: 0.5 }).value, 0);
    near(logLikelihood(two, { mu: [0.2, 0.2], sigma: [0.5, 0.5], correlation: [0] }), wanted);
    // correlated by ρ: both densities of (x, (y − ρx)/√(1 − ρ²))
    const rho = 0.6;
    const z = each.map((p) => logReturns(p).map((r) => (r - (0.2 - 0.125) * DT) / (0.5 * Math.sqrt(DT))));
    const change = z[0].reduce(
      (s, x, t) =>
        s + z[1][t] ** 2 / 2 - (z[1][t] - rho * x) ** 2 / (2 * (1 - rho * rho)) - Math.log(1 - rho * rho) / 2,
      0,
    );
    near(logLikelihood(two, { mu: [0.2, 0.2], sigma: [0.5, 0.5], correlation: [rho] }), wanted + change);
  });

  it.each(['log', 'level'])('ou of %ss is that of the closed form, of log prices', (of) => {
    const q = asked({ kind: 'ou', of });
    const prices = Array.from(q.data.prices);
    const law = of === 'log' ? { kappa: 3, theta: 4.4, sigma: 0.7 } : { kappa: 3, theta: 90, sigma: 70 };
    const xs = of === 'log' ? prices.map(Math.log) : prices;
    const change = of === 'log' ? 0 : prices.slice(1).reduce((s, p) => s + Math.log(p), 0);
    const values = { kappa: [3], sigma: [law.sigma], theta: [of === 'log' ? Math.exp(4.4) : 90] };
    near(logLikelihood(q, values), change - ouSurprise(xs, DT, law));
  });

  it('a jump diffusion is that of the closed form, with jumps or without', () => {
    const q = asked({ kind: 'jump-diffusion', intensity: 60, jumpSd: 0.2 });
    const prices = Array.from(q.data.prices);
    for (const intensity of [0.01, 40]) {
      const law = { mu: 0.1, sigma: 0.5, intensity, jumpMean: -0.02, jumpSd: 0.15 };
      const values = Object.fromEntries(Object.entries(law).map(([key, x]) => [key, [x]]));
      near(logLikelihood(q, values), -mertonSurprise(prices, DT, law).value);
    }
    const values = { mu: [0.1], sigma: [2], intensity: [0], jumpMean: [0], jumpSd: [0.15] };
    near(logLikelihood(q, values), -gbmSurprise(prices, DT, { mu: 0.1, sigma: 2 }).value);
  });

  it('gbm with regimes is that of the filter on plain numbers', () => {
    const document = { kind: 'gbm', regimes: 2, varying: ['mu', 'sigma'], sigma_1: 1.5 };
    const q = asked(document);
    const [mu, sigma] = [
      [0.3, -0.5],
      [0.4, 1.2],
    ];
    const A = [
      [0.9, 0.1],
      [0.3, 0.7],
    ];
    const model = {
      transition: A,
      means: mu.map((m, k) => [(m - sigma[k] ** 2 / 2) * DT]),
      variances: sigma.map((s) => s * s * DT),
    };
    const first = [0, 1].map((j) => (A[0][j] + A[1][j]) / 2);
    const wanted = filter(
      model,
      logReturns(Array.from(q.data.prices)).map((r) => [r]),
      first,
    );
    const values = {
      mu_0: [mu[0]],
      mu_1: [mu[1]],
      sigma_0: [sigma[0]],
      sigma_1: [sigma[1]],
      ...Object.fromEntries(A.flatMap((row, i) => row.map((p, j) => [`logit_${i}_${j}`, [Math.log(p)]]))),
    };
    near(logLikelihood(q, values), wanted.logLikelihood);
    const rollout = likelihoodRollout(q, wasm, 1);
    const named = Object.fromEntries(Object.entries(values).map(([key, x]) => [`gbm-regimes.${key}`, x]));
    const { beliefs } = rollout.path(rollout.layout.raws(named), 0, q.data.rows, 1).observed;
    wanted.beliefs.forEach((b, t) => {
      expect(beliefs[2 * (t + 1)]).toBeCloseTo(b[0], 11);
    });
    rollout.dispose();
  });

  it('a thermostat is that of the linear system (q, p) filtered by Kalman, where q alone is seen', () => {
    const q = asked({ kind: 'hamiltonian', k: 40, friction: 4, temperature: 2 }, { ...SPAN, rows: 40 });
    const [k, friction, T, base] = [30, 6, 3, 90];
    const x = Array.from(q.data.prices, (p) => Math.log(p / base));
    const M = stepMatrix({ k, friction, dt: DT });
    const f = Math.exp((-friction * DT) / 2);
    const s2 = T * (1 - f * f);
    const c = 1 - (k * DT * DT) / 2;
    // noise of a step in (q, p): the first half's goes through the drift
    const N = [
      [DT * DT * s2, DT * f * c * s2],
      [DT * f * c * s2, (f * f * c * c + 1) * s2],
    ];
    // p before the first row says nothing: a variance so large that two rows tell it
    let [m, P] = [
      [x[0], 0],
      [
        [0, 0],
        [0, 1e12],
      ],
    ];
    let total = 0;
    for (let t = 1; t < x.length; t++) {
      m = [M[0][0] * m[0] + M[0][1] * m[1], M[1][0] * m[0] + M[1][1] * m[1]];
      const MP = [0, 1].map((i) => [0, 1].map((j) => M[i][0] * P[0][j] + M[i][1] * P[1][j]));
      P = [0, 1].map((i) => [0, 1].map((j) => MP[i][0] * M[j][0] + MP[i][1] * M[j][1] + N[i][j]));
      const error = x[t] - m[0];
      const v = P[0][0];
      if (t > 1) total -= (Math.log(2 * Math.PI * v) + (error * error) / v) / 2;
      const gain = [P[0][0] / v, P[1][0] / v];
      m = m.map((y, i) => y + gain[i] * error);
      const before = P;
      P = [0, 1].map((i) => [0, 1].map((j) => before[i][j] - gain[i] * before[0][j]));
    }
    near(logLikelihood(q, { k: [k], friction: [friction], temperature: [T], base: [base] }), total, 1e-6);
  });
});

const GRADIENTS: readonly Document[] = [
  { kind: 'gbm' },
  { kind: 'ou' },
  { kind: 'ou', of: 'level' },
  { kind: 'jump-diffusion', intensity: 40 },
  { kind: 'hamiltonian' },
  { kind: 'hamiltonian', potential: 'anharmonic' },
  { kind: 'hamiltonian', potential: 'height*(q^2 - 0.2)^2', height: 9 },
  { kind: 'hamiltonian', noise: 'kicks' },
  { kind: 'price-dynamics' },
  { kind: 'price-dynamics', form: 'printed', volatility: 20000 },
  { kind: 'gbm', regimes: 3, varying: ['mu', 'sigma'] },
  { kind: 'hamiltonian', regimes: 2, varying: ['k', 'friction', 'temperature'] },
  { kind: 'hamiltonian', regimes: 2, potential: ['quadratic', 'height*q^4'] },
  { kind: 'price-dynamics', regimes: 2, varying: ['volatility', 'base'] },
];

describe.each(GRADIENTS)('the likelihood of %j', (document) => {
  const q = asked(document, { ...SPAN, assets: ['A', 'B'], rows: 25 });
  const made = [wasm, reference].map((target) => likelihoodRollout(q, target, 1));
  const raw = Float64Array.from(made[0].layout.raws({}), (x, i) => x + 0.04 * (1 + (i % 5)));
  const window = Int32Array.of(0);

  it('has the gradient that central differences find, and the bits of the reference', () => {
    const [got, wanted] = made.map((rollout) => rollout.gradient(raw, window, q.data.rows));
    expect(Array.from(got.gradient)).toEqual(Array.from(wanted.gradient));
    expect(got.objective[0]).toBe(wanted.objective[0]);
    raw.forEach((x, k) => {
      const f = (y: number) => {
        const moved = raw.slice();
        moved[k] = y;
        return made[0].value(moved, window, q.data.rows).objective[0];
      };
      // differences of ln L are right to 1e-16 of it over their step
      const room = 1e-6 * Math.abs(got.gradient[k]) + 1e-7 * Math.max(1, Math.abs(got.objective[0]));
      expect(Math.abs(got.gradient[k] - derivative(f, x)), `column ${k}`).toBeLessThan(room);
    });
    for (const rollout of made) rollout.dispose();
  });
});

describe('a likelihood that is in no closed form', () => {
  it.each<[Document, RegExp]>([
    [{ kind: 'hamiltonian', map: 'crate' }, /^hamiltonian has no likelihood in closed form with these settings/],
    [{ kind: 'hamiltonian', noise: 'none' }, /no likelihood in closed form/],
    [{ kind: 'hamiltonian', integrator: 'crate-euler' }, /no likelihood in closed form/],
    [{ kind: 'hamiltonian', b: 0.2 }, /the likelihood of hamiltonian is in closed form for b: 0 alone/],
    [{ kind: 'hamiltonian', b: { train: true } }, /for b: 0 alone/],
    [{ kind: 'hamiltonian', map: 'crate', regimes: 2 }, /no likelihood in closed form/],
  ])('of %j is said to be none', (document, why) => {
    expect(whyNoLikelihood(asked(document))).toMatch(why);
  });
});
