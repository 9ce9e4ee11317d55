/** Regimes fitted two ways to one likelihood, decoded, and found again. */
import { describe, expect, it } from 'vitest';
import { decode, visits } from '../../src/fit/decode.js';
import { fitByEm } from '../../src/fit/em.js';
import { fitByLikelihood } from '../../src/fit/likelihood.js';
import { recordedOf, startsOf } from '../../src/fit/question.js';
import { transitionOf } from '../../src/fit/result.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { DAY, questionOf, type Walk, walk } from './setup.js';

const TRUTH = {
  kind: 'gbm',
  regimes: 2,
  varying: ['mu', 'sigma', 'correlation'],
  sigma_0: 0.3,
  sigma_1: [1.1, 0.9],
  correlation_0: 0.7,
  correlation_1: -0.3,
  logit_0_0: 0,
  logit_0_1: -3.5,
  logit_1_0: -2.5,
  logit_1_1: 0,
};
const ASKED = { kind: 'gbm', regimes: 2, varying: ['mu', 'sigma', 'correlation'] };

describe('regimes of gbm', () => {
  const w: Walk = { assets: ['A', 'B'], interval: DAY, rows: 1200, seed: 4 };
  const { prices, regime } = walk(TRUTH, w);
  const q = questionOf(ASKED, w, prices);
  const gradient = fitByLikelihood(q, { target: wasm, threads: 1, iterations: 100 });
  const em = fitByEm(recordedOf(q), startsOf(q)[0], 2, { iterations: 3000 });

  it('are the same by expectation and maximisation and by gradient, to 1e-6', () => {
    expect(em.converged).toBe(true);
    expect(gradient.converged).toBe(true);
    expect(Math.abs(em.logLikelihood - (gradient.logLikelihood ?? 0))).toBeLessThan(1e-6);
    const [A, B] = [em.values, gradient.values].map((values) => transitionOf(values, 2));
    A.flat().forEach((p, k) => {
      expect(Math.abs(p - B.flat()[k])).toBeLessThan(1e-6);
    });
    for (const [key, values] of Object.entries(em.values)) {
      if (key.startsWith('logit')) continue;
      values.forEach((x, i) => {
        expect(Math.abs(x - gradient.values[key][i]), key).toBeLessThan(1e-6);
      });
    }
  });

  it('never become less likely by a step of expectation and maximisation', () => {
    let before = Number.NEGATIVE_INFINITY;
    for (const iterations of [1, 2, 3, 5, 8, 13]) {
      const { logLikelihood } = fitByEm(recordedOf(q), startsOf(q)[0], 2, { iterations });
      expect(logLikelihood).toBeGreaterThanOrEqual(before - 1e-9);
      before = logLikelihood;
    }
  });

  it('are decoded: chances add up, the last filtered is the last smoothed, and nine rows of ten are right', () => {
    const decoded = decode(q, gradient.values, transitionOf(gradient.values, 2), wasm);
    const { path, first, filtered, smoothed } = decoded;
    expect([first, path.length]).toEqual([1, w.rows - 1]);
    expect(decoded.logLikelihood).toBeCloseTo(gradient.logLikelihood ?? 0, 8);
    for (let t = 0; t < path.length; t++) {
      expect(filtered[2 * t] + filtered[2 * t + 1]).toBeCloseTo(1, 12);
      expect(smoothed[2 * t] + smoothed[2 * t + 1]).toBeCloseTo(1, 12);
    }
    expect(Array.from(smoothed.slice(-2))).toEqual(Array.from(filtered.slice(-2)));
    const right = (law: Float64Array) =>
      path.filter((_, t) => (law[2 * t + 1] > 0.5 ? 1 : 0) === regime[first + t]).length / path.length;
    expect(right(smoothed)).toBeGreaterThan(0.9);
    expect(right(smoothed)).toBeGreaterThanOrEqual(right(filtered) - 0.005);
    expect(path.filter((z, t) => z === regime[first + t]).length / path.length).toBeGreaterThan(0.9);
    const stays = visits(decoded);
    expect(stays.reduce((s, v) => s + v.rows, 0)).toBe(path.length);
    expect(stays.every((v, i) => i === 0 || v.regime !== stays[i - 1].regime)).toBe(true);
  });
});

describe('regimes of a thermostat', () => {
  it('are decoded from densities that depend on the regime before too', () => {
    const truth = {
      kind: 'hamiltonian',
      regimes: 2,
      varying: ['friction', 'temperature'],
      k: 60,
      friction_0: 3,
      friction_1: 20,
      temperature_0: 1,
      temperature_1: 12,
      logit_0_0: 0,
      logit_0_1: -3.5,
      logit_1_0: -3,
      logit_1_1: 0,
    };
    const w: Walk = { assets: ['A', 'B'], interval: DAY, rows: 1000, seed: 9 };
    const { prices, regime } = walk(truth, w);
    const q = questionOf(truth, w, prices, Object.keys(truth));
    const values = Object.fromEntries(Object.entries(q.generator.parameters).map(([key, p]) => [key, p.value]));
    const { path, first } = decode(q, values, transitionOf(values, 2), wasm);
    expect(first).toBe(2);
    expect(path.filter((z, t) => z === regime[first + t]).length / path.length).toBeGreaterThan(0.9);
  });
});
