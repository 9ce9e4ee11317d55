/** Lyapunov exponents that generators report, beside closed forms and a plain loop; and steps that cannot be taken. */
import { afterAll, describe, expect, it } from 'vitest';
import { hamiltonian } from '../../kernels/prices/hamiltonian.js';
import { type Generator, hamiltonianWith, potentialOf, withRegimes } from '../../kernels/prices/index.js';
import { clockOf } from '../../kernels/prices/time.js';
import { lyapunovExponent, quadraticExponents } from '../../src/prices/phase.js';
import { createRollout } from '../../src/rollout/compiled.js';
import type { Rollout } from '../../src/rollout/rollout.js';
import { watching } from '../../src/rollout/watch.js';
import { wasm } from '../../src/targets/wasm/index.js';

const made: Rollout[] = [];
afterAll(() => {
  for (const r of made) r.dispose();
});

function rolloutOf(plain: Generator, dt: number, assets: number, settings: Record<string, number> = {}, report = true) {
  const model = report ? (plain.reported?.() ?? plain) : plain;
  const rollout = createRollout(
    {
      assets: Array.from({ length: assets }, (_, i) => `A${i}`),
      clock: clockOf(dt),
      source: { kind: 'drawn', model, settings, seed: 5 },
      system: watching(model.rows),
      objective: { name: 'last', doc: '', reads: ['prices'], every: 0, score: (c) => c.last.prices[0] },
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

const named = (values: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(values).map(([key, x]) => [`hamiltonian.${key}`, x]));

describe('the exponent of a generator', () => {
  it.each([
    [1, 0.2],
    [1, 3],
    [4, 2],
  ])('is that of the scheme, k = %d, γ = %d, with noise or without', (k, friction) => {
    const [dt, steps] = [0.05, 20_000];
    const rollout = rolloutOf(hamiltonian, dt, 2);
    const raw = rollout.layout.raws(named({ k: [k], friction: [friction], temperature: [1.5] }));
    const { lyapunov } = rollout.path(raw, 0, steps + 1, steps).observed;
    const exact = quadraticExponents({ k, friction, dt }).scheme;
    // an error of O(1/steps)
    expect(Math.abs(lyapunov[1] - exact)).toBeLessThan(5 / (steps * dt));
  });

  it('is that of a plain loop in a potential of one’s own', () => {
    const [dt, steps, height] = [0.02, 400, 3];
    const rollout = rolloutOf(hamiltonianWith(potentialOf('height*(q^2 - 1)^2')), dt, 1, { noise: 2 });
    const raw = rollout.layout.raws(named({ height: [height], friction: [0.1], position: [0.2], momentum: [1] }));
    const { lyapunov } = rollout.path(raw, 0, steps + 1, steps).observed;
    const even = Math.SQRT1_2;
    const plain = lyapunovExponent({
      dt,
      steps,
      friction: 0.1,
      q: [0.2],
      p: [1],
      dq: [even],
      dp: [even],
      gradient: ([q]) => [4 * height * q * (q * q - 1)],
      curvature: ([q], [v]) => [4 * height * (3 * q * q - 1) * v],
    });
    expect(lyapunov[1]).toBeCloseTo(plain, 9);
  });

  it('changes no price, with regimes either', () => {
    for (const model of [hamiltonian, withRegimes(hamiltonian, 2, ['k'])]) {
      const [with_, without] = [true, false].map((report) => rolloutOf(model, 0.05, 2, {}, report));
      const [a, b] = [with_, without].map((r) => r.path(r.layout.raws({}), 0, 50, 1).observed);
      expect(Array.from(a.prices)).toEqual(Array.from(b.prices));
      expect(Object.keys(a)).toContain('lyapunov');
      expect(Object.keys(b)).not.toContain('lyapunov');
    }
  });
});

describe('a roll-out refuses', () => {
  const rollout = rolloutOf(hamiltonian, 0.1, 1);
  const of = (k: number) => rollout.layout.raws(named({ k: [k] }));

  it('values that no step can be taken with, in paths, scores and gradients', () => {
    const message = /^hamiltonian: k·dt² below 4 was expected for a stable step, got 5/;
    expect(() => rollout.path(of(500), 0, 3, 1)).toThrow(message);
    expect(() => rollout.value(of(500), Int32Array.of(0), 3)).toThrow(message);
    expect(() => rollout.gradient(of(500), Int32Array.of(0), 3)).toThrow(message);
  });

  it('no set of several for the sake of one', () => {
    const [good, bad] = [of(5), of(500)];
    const both = Float64Array.from(
      { length: 2 * good.length },
      (_, i) => (i % 2 === 0 ? bad : good)[Math.floor(i / 2)],
    );
    const { objective } = rollout.value(both, Int32Array.of(0), 3);
    expect(objective[1]).toBe(rollout.value(good, Int32Array.of(0), 3).objective[0]);
  });

  it('no scenarios', () => {
    expect(() => rollout.value(of(5), Int32Array.of(), 3)).toThrow('at least one window was expected, got none');
  });
});
