/** `valueAndGrad`: gradients with respect to values by name, against central differences of the objective. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { loadDataset } from '../../src/data/dataset-file.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { valueAndGrad } from '../../src/rollout/value-and-grad.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';

const WINDOWS = Int32Array.of(20_000, 60_000);
const ROWS = 8 * 1440;

const data = await loadDataset('datasets/two-assets-90d.arrow');
const rollout = createPoolRollout(
  {
    assets: data.assets,
    pool: registry.pools.tfmm,
    rule: registry.rules['power-channel'],
    flow: null,
    objective: registry.objectives.returns,
    penalties: [],
    settings: {},
    value: 1e6,
    zeroFee: false,
  },
  data,
  wasm,
  { threads: 1 },
);
const values = {
  'tfmm.initialWeights': [0.6, 0.4],
  'tfmm.fee': [0.002],
  'power-channel.k': [40, 70],
  'power-channel.memoryDays': [3, 5],
};
const valueAt = (at: Record<string, number[]>) => valueAndGrad(rollout, at, WINDOWS, ROWS).value;

describe('valueAndGrad', () => {
  const { value, gradient } = valueAndGrad(rollout, values, WINDOWS, ROWS);

  it('has the objective of the raws of these values, and a gradient of every parameter', () => {
    expect(value).toBe(rollout.value(rollout.layout.raws(values), WINDOWS, ROWS).objective[0]);
    expect(Object.keys(gradient)).toEqual(rollout.layout.entries.map((e) => e.name));
    for (const e of rollout.layout.entries) expect(gradient[e.name]).toHaveLength(e.size);
  });

  // which minutes trade changes with the fee: the objective has kinks as close as the differences' steps
  const tolerance: Readonly<Record<string, number>> = { 'tfmm.fee': 1e-3 };
  const apart = rollout.layout.entries.filter((e) => e.name !== 'tfmm.initialWeights');
  it.each(apart.map((e) => e.name))('of %s agrees with central differences of the values', (name) => {
    const all = rollout.layout.values(rollout.layout.raws(values));
    all[name].forEach((x, i) => {
      // relative moves: values are of very different sizes
      const difference = derivative(
        (s) => valueAt({ ...all, [name]: all[name].map((y, j) => (j === i ? y * s : y)) }),
        1,
      );
      expect(Math.abs(difference)).toBeGreaterThan(0);
      expect(Math.abs(gradient[name][i] * x - difference)).toBeLessThan(
        (tolerance[name] ?? 1e-5) * Math.abs(difference) + 1e-9,
      );
    });
  });

  it('of weights is that along the simplex', () => {
    const [g0, g1] = gradient['tfmm.initialWeights'];
    const moved = derivative((s) => valueAt({ ...values, 'tfmm.initialWeights': [0.6 + s, 0.4 - s] }), 0);
    expect(g0 + g1).toBeCloseTo(0, 12);
    expect(Math.abs(moved)).toBeGreaterThan(0);
    expect(Math.abs(g0 - g1 - moved)).toBeLessThan(1e-5 * Math.abs(moved) + 1e-9);
  });

  it('of a fee of 0, from which no raw number leads away, is 0', () => {
    expect(valueAndGrad(rollout, { ...values, 'tfmm.fee': [0] }, WINDOWS, ROWS).gradient['tfmm.fee']).toEqual([0]);
  });

  it.each([
    [{ 'tfmm.fees': [0.1] }, /one of .*tfmm\.fee.* was expected, got tfmm\.fees/],
    [{ 'tfmm.fee': [] }, 'parameters: 1 value of tfmm.fee was expected, got 0'],
    [{ 'power-channel.k': [1] }, 'parameters: 2 values of power-channel.k were expected, got 1'],
    [{ 'tfmm.fee': [-0.1] }, /values of tfmm\.fee in \[.*\] were expected, got -0\.1/],
  ])('refuses %j', (given, message) => {
    expect(() => valueAndGrad(rollout, given as Record<string, number[]>, WINDOWS, ROWS)).toThrow(message);
  });
});
