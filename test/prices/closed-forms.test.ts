/** Closed forms of price dynamics: likelihoods and their best parameters, and what is known of leapfrog. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import {
  fitGbm,
  fitOu,
  gbmSurprise,
  type Merton,
  mertonCumulants,
  mertonSurprise,
  ouSurprise,
} from '../../src/prices/diffusions.js';
import {
  autocorrelation,
  lyapunovExponent,
  quadraticExponents,
  stationaryCovariance,
  stepMatrix,
} from '../../src/prices/phase.js';
import { fitMoments } from '../../src/prices/thermostat-fit.js';
import { derivative } from '../differences.js';
import { drawn } from '../systems/draws.js';

const STEPS = 400;
const DT = 0.02;
const { normal, events } = drawn(17, 0, STEPS, 3, 0.3);

/** A geometric walk with a jump now and then, and an Ornstein–Uhlenbeck path. */
const prices = [100];
const xs = [2];
for (let t = 0; t < STEPS; t++) {
  const n = events(t, 1);
  prices.push(
    prices[t] *
      Math.exp(0.01 * DT + 0.3 * Math.sqrt(DT) * normal(t, 0) + n * -0.05 + Math.sqrt(n) * 0.1 * normal(t, 2)),
  );
  xs.push(0.5 + (xs[t] - 0.5) * Math.exp(-3 * DT) + 0.7 * Math.sqrt(-Math.expm1(-6 * DT) / 6) * normal(t, 0));
}

const near = (got: number, wanted: number, relative: number) =>
  expect(Math.abs(got - wanted)).toBeLessThan(relative * Math.max(1, Math.abs(wanted)));

describe('likelihoods', () => {
  it('of a geometric walk: the fit is where the gradient vanishes', () => {
    const { gradient } = gbmSurprise(prices, DT, fitGbm(prices, DT));
    near(gradient.mu, 0, 1e-9);
    near(gradient.sigma, 0, 1e-9);
    const at = { mu: 0.4, sigma: 0.5 };
    const found = gbmSurprise(prices, DT, at).gradient;
    for (const key of ['mu', 'sigma'] as const) {
      near(
        found[key],
        derivative((x) => gbmSurprise(prices, DT, { ...at, [key]: x }).value, at[key]),
        1e-6,
      );
    }
  });

  it('of a path that is drawn back: the fit is where it is largest', () => {
    const fit = fitOu(xs, DT);
    const best = ouSurprise(xs, DT, fit);
    for (const key of ['kappa', 'theta', 'sigma'] as const) {
      near(
        derivative((x) => ouSurprise(xs, DT, { ...fit, [key]: x }), fit[key]),
        0,
        1e-4,
      );
      for (const factor of [0.95, 1.05]) {
        expect(ouSurprise(xs, DT, { ...fit, [key]: fit[key] * factor })).toBeGreaterThan(best);
      }
    }
  });

  const merton: Merton = { mu: 0.1, sigma: 0.35, intensity: 12, jumpMean: -0.03, jumpSd: 0.12 };

  it('of jumps: has the gradient that central differences find, and is that of no jumps without any', () => {
    const { gradient } = mertonSurprise(prices, DT, merton);
    for (const key of Object.keys(merton) as (keyof Merton)[]) {
      const by = (x: number) => mertonSurprise(prices, DT, { ...merton, [key]: x }).value;
      near(gradient[key], derivative(by, merton[key]), 1e-5);
    }
    const rare = mertonSurprise(prices, DT, { ...merton, intensity: 1e-12 }).value;
    // the largest moves would be jumps at any rate: compare on a walk without them
    const calm = prices.map((_, t) => 100 * Math.exp(0.02 * Math.sin(t)));
    near(mertonSurprise(calm, DT, { ...merton, intensity: 1e-12 }).value, gbmSurprise(calm, DT, merton).value, 1e-9);
    expect(rare).toBeGreaterThan(mertonSurprise(prices, DT, merton).value);
  });

  it('cumulants of jumps are those of the mixture', () => {
    const [mean, variance, third, fourth] = mertonCumulants(merton, DT);
    // density by its mixture, moments by sums over a fine grid
    const h = 1e-3;
    const grid = Array.from({ length: 3001 }, (_, i) => (i - 1500) * h);
    const density = (x: number) => Math.exp(-mertonSurprise([1, Math.exp(x)], DT, merton).value);
    const weights = grid.map((x) => density(x) * h);
    const moment = (f: (x: number) => number) => grid.reduce((s, x, i) => s + weights[i] * f(x), 0);
    near(
      moment(() => 1),
      1,
      1e-10,
    );
    near(
      moment((x) => x),
      mean,
      1e-10,
    );
    const central = (k: number) => moment((x) => (x - mean) ** k);
    near(central(2), variance, 1e-10);
    near(central(3), third, 1e-10);
    near(central(4) - 3 * variance ** 2, fourth, 1e-10);
  });

  it('says where there is no mean reversion to see, or nothing to fit', () => {
    const swings = Array.from({ length: 20 }, (_, t) => (t % 2 === 0 ? 1 : -1) + 0.01 * t);
    expect(() => fitOu(swings, DT)).toThrow(UserError);
    expect(() => fitOu(swings, DT)).toThrow(/^fit: no mean reversion on this step: .*; take a shorter step$/);
    const runs = Array.from({ length: 20 }, (_, t) => 1.1 ** t);
    expect(() => fitOu(runs, DT)).toThrow(/^fit: no mean reversion on this step: .*; take more data, or gbm$/);
    expect(() => fitGbm([1, 2], DT)).toThrow('fit: at least 3 observations were expected, got 2; give more');
  });
});

describe('leapfrog in a quadratic potential', () => {
  it('has a step matrix of determinant f² whose powers carry the stationary covariance', () => {
    const scheme = { k: 3, friction: 0.7, dt: 0.3 };
    const m = stepMatrix(scheme);
    near(m[0][0] * m[1][1] - m[0][1] * m[1][0], Math.exp(-scheme.friction * scheme.dt), 1e-14);
    // Σ = MΣMᵀ + noise: T(1 − f²) enters both halves
    const [[q], [, p]] = stationaryCovariance(scheme, 0.4);
    const f2 = Math.exp(-scheme.friction * scheme.dt);
    const noise = 0.4 * (1 - f2);
    const first = scheme.dt;
    const second = Math.sqrt(f2) * (1 - (scheme.k * scheme.dt ** 2) / 2);
    near(m[0][0] ** 2 * q + m[0][1] ** 2 * p + first ** 2 * noise, q, 1e-14);
    near(m[1][0] ** 2 * q + m[1][1] ** 2 * p + (second ** 2 + 1) * noise, p, 1e-14);
    near(m[0][0] * m[1][0] * q + m[0][1] * m[1][1] * p + first * second * noise, 0, 1e-14);
  });

  it.each([
    [1, 0.2],
    [1, 3],
    [4, 2],
  ])('has the exponent that a tangent finds, k = %d, γ = %d', (k, friction) => {
    const scheme = { k, friction, dt: 0.05 };
    const steps = 20_000;
    const times = (q: readonly number[]) => q.map((x) => k * x);
    const found = lyapunovExponent({
      ...scheme,
      q: [1],
      p: [0],
      dq: [0.3],
      dp: [2],
      steps,
      gradient: times,
      curvature: (_q, v) => times(v),
    });
    const exact = quadraticExponents(scheme);
    // an error of O(1/steps)
    near(found, exact.scheme, 5 / (steps * scheme.dt));
    near(exact.scheme, exact.exact, 0.01);
  });

  it.each([0.3, 2, 9])('is found again from its moments, γ = %d', (friction) => {
    const scheme = { k: 5, friction, dt: 0.2 };
    const fit = fitMoments({
      dt: scheme.dt,
      variance: stationaryCovariance(scheme, 1.7)[0][0],
      first: autocorrelation(scheme, 1),
      later: { lag: 3, value: autocorrelation(scheme, 3) },
    });
    near(fit.k, 5, 1e-12);
    near(fit.friction, friction, 1e-9);
    near(fit.temperature, 1.7, 1e-12);
  });

  it('refuses moments that no thermostat has', () => {
    const later = { lag: 3, value: 0.99 };
    expect(() => fitMoments({ dt: 0.2, variance: 1, first: 0.9, later })).toThrow(
      'fit: no friction gives the autocorrelation 0.99 at lag 3; take another lag',
    );
    expect(() => fitMoments({ dt: 0.2, variance: 1, first: 1, later })).toThrow(
      'fit: an autocorrelation at lag 1 within (−1, 1 − 1e-8] was expected, got 1; take a coarser step',
    );
  });
});
