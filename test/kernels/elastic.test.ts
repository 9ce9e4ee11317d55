/** Price-elastic flow against the closed form, its calibration and its gradients. */
import { describe, expect, it } from 'vitest';
import { elastic } from '../../kernels/flows/elastic.js';
import { orderCost } from '../../kernels/pools/geometric.js';
import { fitVolume } from '../../src/data/calibrate.js';
import { adjoint, buffer, constant, emit, load, type Program, trace } from '../../src/graph/index.js';
import { MINUTES } from '../../src/rollout/clock.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs } from '../../src/targets/target.js';

const columns = ['v0', 'b', 'epsilon', 'fee', 'activity'] as const;

/** u of a constant-product pool from the values v0, b, epsilon, fee, activity. */
const program: Program = trace('volume', () => {
  const given = buffer('set', 'p', columns.length, { differentiable: true });
  const [v0, b, epsilon, fee, activity] = columns.map((_, i) => load(given, i));
  const c: ModelContext = {
    n: 2,
    value: { v0: [v0], b: [b], epsilon: [epsilon] },
    raw: {},
    settings: {},
    clock: MINUTES,
  };
  const { cost } = orderCost([constant(0.5), constant(0.5)], fee, elastic.orderSize(c));
  emit(buffer('output', 'u', 1), 0, elastic.volume(c, cost, activity));
});

const inputs = (...p: number[]): Inputs => ({
  sets: 1,
  windows: 1,
  run: {},
  window: {},
  buffers: { p: Float64Array.from(p) },
});

describe('elastic flow', () => {
  it('is v₀·a·exp(−b·(fee + 2ε/(1 + 2ε))) in a constant-product pool', () => {
    for (const [v0, b, epsilon, fee, activity] of [
      [0.2, 150, 0.01, 0.003, 1],
      [5e-4, 75, 0.001, 0.01, 3.5],
      [1, 300, 0.1, 0, 0],
    ]) {
      const wanted = v0 * activity * Math.exp(-b * (fee + (2 * epsilon) / (1 + 2 * epsilon)));
      const got = reference.compile(program).run(inputs(v0, b, epsilon, fee, activity)).u[0];
      expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-11 * wanted);
    }
  });

  it('gives back the volume that it was calibrated to', () => {
    const recorded = Float64Array.from({ length: 4 * 1440 }, (_, t) => 6000 * (1 + 0.5 * Math.sin(t)));
    const mean = recorded.reduce((a, x) => a + x, 0) / recorded.length;
    const { v0 } = fitVolume(recorded, { fee: 0.003, tvl: 9e7, b: 150, epsilon: 0.01, stepsPerDay: 1440 });
    expect(reference.compile(program).run(inputs(v0, 150, 0.01, 0.003, 1)).u[0] * 9e7).toBeCloseTo(mean, 6);
  });

  it('has the derivatives of the closed form', () => {
    const [v0, b, epsilon, fee, activity] = [0.2, 150, 0.01, 0.003, 1.7];
    const run = reference.compile(adjoint(program, { wrt: ['p'], seeds: { u: 'one' } }));
    const outputs = run.run(inputs(v0, b, epsilon, fee, activity));
    const u = outputs.u[0];
    const cost = fee + (2 * epsilon) / (1 + 2 * epsilon);
    const wanted = [u / v0, -cost * u, (-b * u * 2) / (1 + 2 * epsilon) ** 2, -b * u, u / activity];
    outputs['d.p'].forEach((g, i) => {
      expect(Math.abs(g / wanted[i] - 1)).toBeLessThan(1e-9);
    });
  });

  it('has no default volume; the other defaults survive their transforms', () => {
    const { v0, b, epsilon } = elastic.parameters;
    expect(v0.default).toBeNaN();
    for (const p of [b, epsilon]) {
      expect(p.transform.forward(p.transform.inverse([p.default]))[0]).toBeCloseTo(p.default, 12);
    }
    expect(v0.transform.forward(v0.transform.inverse([3e-4]))[0]).toBeCloseTo(3e-4, 15);
  });
});
