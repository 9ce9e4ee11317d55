/** Simulated moments: of recorded rows against plain sums, their gradients, and parameters that are found again. */
import { describe, expect, it } from 'vitest';
import { fitGenerator } from '../../src/fit/fit.js';
import { momentNames, momentSystem, WEIGHTS, weighted } from '../../src/fit/moment-system.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { DAY, type Document, questionOf, type Walk, walk } from './setup.js';

const W: Walk = { assets: ['A'], interval: DAY, rows: 400, seed: 2 };

describe('moments of recorded rows', () => {
  it('are those of plain sums', () => {
    const { prices } = walk({ kind: 'jump-diffusion', intensity: 60, jumpSd: 0.1 }, W);
    const scales = [1, 5];
    const rollout = createRollout(
      {
        assets: W.assets,
        clock: { interval: DAY },
        source: { kind: 'recorded', series: [] },
        system: momentSystem(W.assets, scales),
        objective: weighted,
        penalties: [],
        settings: {},
      },
      { assets: W.assets, rows: W.rows, prices, volume: null },
      wasm,
    );
    const logs = Array.from(prices, Math.log);
    const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
    const plain = scales.flatMap((l) => {
      const at = logs.filter((_, t) => t % l === 0);
      const r = at.slice(1).map((x, t) => x - at[t]);
      const [m, size] = [mean(r), mean(r.map(Math.abs))];
      const central = (k: number) => mean(r.map((x) => (x - m) ** k));
      const later = (xs: readonly number[], c: number) => mean(xs.slice(1).map((x, t) => x * xs[t])) - c * c;
      return [
        m,
        Math.log(central(2)) / 2,
        central(3) / central(2) ** 1.5,
        central(4) / central(2) ** 2 - 3,
        later(r, m) / central(2),
        later(r.map(Math.abs), size) / (mean(r.map((x) => x * x)) - size * size),
      ];
    });
    const level = logs.slice(1);
    const wanted = [...plain, mean(level), Math.log(mean(level.map((x) => x * x)) - mean(level) ** 2) / 2];
    const names = momentNames(W.assets, scales);
    expect(names).toHaveLength(wanted.length);
    wanted.forEach((x, k) => {
      const raw = rollout.layout.raws({ [WEIGHTS]: names.map((_, i) => (i === k ? 1 : 0)) });
      expect(rollout.value(raw, Int32Array.of(0), W.rows).objective[0], names[k]).toBeCloseTo(x, 8);
    });
    rollout.dispose();
  });
});

const CASES: readonly [string, Document, Document][] = [
  [
    'an Ornstein–Uhlenbeck path, by moments where there is a likelihood too',
    { kind: 'ou', kappa: 12, theta: 90, sigma: 0.7 },
    { kind: 'ou' },
  ],
];

describe.each(CASES)('%s', (_, truth, asked) => {
  it('is found again within three standard errors', () => {
    const w = { ...W, rows: 1500 };
    const { prices } = walk(truth, w);
    const given = Object.keys(asked);
    const result = fitGenerator(questionOf(asked, w, prices, given), {
      target: wasm,
      threads: 1,
      method: 'moments',
      iterations: 60,
      moments: { scenarios: 8, seed: 1 },
    });
    expect(result.method).toBe('moments');
    const known = questionOf(truth, w, prices).generator.parameters;
    for (const { name, value, error } of result.estimates.filter((e) => e.fitted)) {
      expect(Math.abs(value - known[name].value[0]), `${name} ${value} ± ${error}`).toBeLessThan(3 * (error ?? 0));
      // and something is said of it
      expect(error, name).toBeLessThan(3 * Math.abs(known[name].value[0]));
    }
    expect(result.matched.length).toBeGreaterThan(10);
  });
});

describe('what there is nothing to match of', () => {
  it.each<[Document, 'auto' | 'likelihood' | 'moments', RegExp]>([
    [
      { kind: 'hamiltonian', noise: 'none' },
      'auto',
      /^fit: noise was expected in the model, got none, .* and hamiltonian has no likelihood/,
    ],
    [
      { kind: 'hamiltonian', map: 'crate' },
      'likelihood',
      /^fit: hamiltonian has no likelihood .*; say method: moments, or auto$/,
    ],
    [{ kind: 'hamiltonian', b: 0.1 }, 'likelihood', /in closed form for b: 0 alone; say method: moments, or auto$/],
  ])('%j by %s', (document, method, message) => {
    const { prices } = walk({ kind: 'hamiltonian' }, W);
    const options = { target: wasm, method, iterations: 5, moments: { scenarios: 2, seed: 1 } };
    expect(() => fitGenerator(questionOf(document, W, prices), options)).toThrow(message);
  });
});
