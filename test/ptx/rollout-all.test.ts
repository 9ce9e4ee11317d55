/** Roll-outs of all other shipped models, up to eight assets, as in rollout.test.ts; days of a shipped config. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { specOf } from '../../src/app/rollout.js';
import type { Precision } from '../../src/graph/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { ARRIVALS } from '../../src/rollout/bridge.js';
import { reference } from '../../src/targets/reference/index.js';
import { loadPool } from '../config/pool.js';
import { expectSameBits } from '../targets/agreement.js';
import { CASES, FEW } from './cases.js';
import { expectReferenceBits } from './rollout.js';
import { interpreter } from './target.js';

describe.each<Precision>(['float64', 'float32'])('executed PTX has the bits of the reference in %s', (precision) => {
  it.each(CASES.filter((c) => !FEW.includes(c)))('$name, $assets assets', (c) => expectReferenceBits(c, precision));

  it.each(ARRIVALS)('with blocks within a step, %s', async (arrival) => {
    const { config, dataset } = await loadPool('configs/momentum-fees.yaml');
    const spec = {
      ...specOf(config),
      objective: registry.objectives.returns,
      blocks: { interval: 20_000, arrival, seed: 3 },
    };
    const [got, wanted] = [interpreter(), reference].map((target) => {
      const rollout = createPoolRollout(spec, dataset, target, { threads: 1, precision });
      const values = Object.fromEntries(Object.entries(config.parameters).map(([name, p]) => [name, p.value]));
      const { objective, gradient } = rollout.gradient(rollout.layout.raws(values), Int32Array.of(10 * 1440), 60);
      return { objective, gradient };
    });
    expectSameBits(got, wanted);
    expect(wanted.gradient.some((g) => g !== 0)).toBe(true);
  });

  it('over three days of a shipped config', async () => {
    const { config, dataset } = await loadPool('configs/momentum-fees.yaml');
    const spec = specOf(config);
    const [got, wanted] = [interpreter(), reference].map((target) => {
      const rollout = createPoolRollout(spec, dataset, target, { threads: 1, precision });
      const values = Object.fromEntries(Object.entries(config.parameters).map(([name, p]) => [name, p.value]));
      const raw = rollout.layout.raws(values);
      const { objective, gradient } = rollout.gradient(raw, Int32Array.of(10 * 1440), 3 * 1440);
      const path = rollout.trajectory(raw, 10 * 1440, 3 * 1440, 60);
      return { objective, gradient, values: path.values };
    });
    expectSameBits(got, wanted);
    expect(wanted.gradient.every(Number.isFinite)).toBe(true);
  });
});
