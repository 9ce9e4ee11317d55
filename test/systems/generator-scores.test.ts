/** Gradients through what generators draw as whole numbers: jump counts and moves of regimes, against means in closed form. */
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { type Generator, withRegimes } from '../../kernels/prices/index.js';
import { clockOf } from '../../kernels/prices/time.js';
import { createRollout } from '../../src/rollout/compiled.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import type { Rollout } from '../../src/rollout/rollout.js';
import { watching } from '../../src/rollout/watch.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';

const made: Rollout[] = [];
afterAll(() => {
  for (const r of made) r.dispose();
});

const DT = 0.02;
const SCENARIOS = 4000;
const BATCHES = 20;

function rolloutOf(model: Generator, assets: number, objective: ObjectiveModel): Rollout {
  const rollout = createRollout(
    {
      assets: Array.from({ length: assets }, (_, i) => `A${i}`),
      clock: clockOf(DT),
      source: { kind: 'drawn', model, settings: {}, seed: 29 },
      system: watching(model.rows),
      objective,
      penalties: [],
      settings: {},
    },
    null,
    wasm,
    { threads: 1 },
  );
  made.push(rollout);
  return rollout;
}

/** The mean of a column's derivative over batches of scenarios, and its standard error; by raw number. */
function estimated(rollout: Rollout, raw: Float64Array, rows: number, column: number) {
  const each = SCENARIOS / BATCHES;
  const found = Array.from({ length: BATCHES }, (_, b) => {
    const scenarios = Int32Array.from({ length: each }, (_x, i) => b * each + i);
    return rollout.gradient(raw, scenarios, rows).gradient[column];
  });
  const mean = found.reduce((a, x) => a + x, 0) / BATCHES;
  const variance = found.reduce((a, x) => a + (x - mean) ** 2, 0) / (BATCHES - 1);
  return { mean, error: Math.sqrt(variance / BATCHES) };
}

const square: ObjectiveModel = {
  name: 'square',
  doc: 'square of the logarithm of the growth of the first price',
  reads: ['prices'],
  every: 0,
  score: ({ first, last }) => last.prices[0].div(first.prices[0]).log().square(),
};

describe('jumps', () => {
  it('have the gradient by their intensity that the moments have', () => {
    const jumps = registry.sources['jump-diffusion'];
    const rollout = rolloutOf(jumps, 1, square);
    const [mu, sigma, intensity, m, s] = [0.1, 0.4, 8, -0.05, 0.2];
    const values = { mu: [mu], sigma: [sigma], intensity: [intensity], jumpMean: [m], jumpSd: [s] };
    const raw = rollout.layout.raws(
      Object.fromEntries(Object.entries(values).map(([key, x]) => [`jump-diffusion.${key}`, x])),
    );
    const steps = 25;
    // E[x²] of x = drift·T + noise + jumps
    const exact = (raised: number) => {
      const rate = 2 ** raised;
      const T = steps * DT;
      const mean = (mu - sigma ** 2 / 2 - rate * Math.expm1(m + s ** 2 / 2) + rate * m) * T;
      return mean ** 2 + (sigma ** 2 + rate * (m ** 2 + s ** 2)) * T;
    };
    const wanted = derivative(exact, Math.log2(intensity));
    const { mean, error } = estimated(rollout, raw, steps + 1, rollout.layout.entry('jump-diffusion.intensity').column);
    expect(error).toBeLessThan(0.1 * wanted);
    expect(Math.abs(mean - wanted)).toBeLessThan(4 * error);
  });
});

describe('regimes', () => {
  it('have the gradient by their moves that the chain has', () => {
    const model = withRegimes(registry.sources.gbm, 2, ['mu', 'sigma']);
    const rollout = rolloutOf(model, 1, square);
    const name = (key: string) => `${model.name}.${key}`;
    const sigma = [0.2, 0.9];
    const logits = [1.2, 0, 0.3, 0.8];
    const at = (k: number) => name(`logit_${k >> 1}_${k & 1}`);
    const raw = rollout.layout.raws({
      [name('sigma_0')]: [sigma[0]],
      [name('sigma_1')]: [sigma[1]],
      [name('mu_0')]: [sigma[0] ** 2 / 2],
      [name('mu_1')]: [sigma[1] ** 2 / 2],
      ...Object.fromEntries(logits.map((x, k) => [at(k), [x]])),
    });
    const steps = 6;
    // E[x²] = Σ_t E[σ²(z_t)]·dt, as no step drifts
    const exact = (given: readonly number[]) => {
      let law = [1, 0];
      let total = 0;
      const row = (i: number) => {
        const e = [Math.exp(given[2 * i]), Math.exp(given[2 * i + 1])];
        return e.map((x) => x / (e[0] + e[1]));
      };
      for (let t = 0; t < steps; t++) {
        law = [0, 1].map((j) => law[0] * row(0)[j] + law[1] * row(1)[j]);
        total += (law[0] * sigma[0] ** 2 + law[1] * sigma[1] ** 2) * DT;
      }
      return total;
    };
    for (const k of [0, 1, 2, 3]) {
      const wanted = derivative((x) => exact(logits.map((y, i) => (i === k ? x : y))), logits[k]);
      const { mean, error } = estimated(rollout, raw, steps + 1, rollout.layout.entry(at(k)).column);
      expect(error, at(k)).toBeLessThan(0.3 * Math.abs(wanted));
      expect(Math.abs(mean - wanted), at(k)).toBeLessThan(4 * error);
    }
  });

  it('of jumps count both', () => {
    const model = withRegimes(registry.sources['jump-diffusion'], 2, ['sigma']);
    const rollout = rolloutOf(model, 1, square);
    const { gradient } = rollout.gradient(rollout.layout.raws({}), Int32Array.of(0, 1, 2, 3), 20);
    for (const key of ['intensity', 'logit_0_1']) {
      expect(gradient[rollout.layout.entry(`${model.name}.${key}`).column]).not.toBe(0);
    }
  });
});
