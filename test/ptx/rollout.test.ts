/** Roll-outs of all shipped models and their gradients: emitted PTX, executed, has the bits of the reference target. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { specOf } from '../../src/app/session.js';
import { loadConfig } from '../../src/config/index.js';
import type { Precision } from '../../src/graph/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { reference } from '../../src/targets/reference/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { answers, CASES, SETS } from './cases.js';
import { interpreter } from './target.js';

describe.each<Precision>(['float64', 'float32'])('executed PTX has the bits of the reference in %s', (precision) => {
  it.each(CASES)('$name, $assets assets', (c) => {
    const wanted = answers(c, reference, precision);
    expectSameBits(answers(c, interpreter(), precision), wanted);
    // what many assets show of repetitions where registers are few, two do as well
    if (c.assets <= 2) expectSameBits(answers(c, interpreter({ crowded: true }), precision), wanted);
    // what is compared is alive: finite, and another one in every set
    expect(wanted['all gradient'].every((g) => Number.isFinite(g))).toBe(true);
    const columns = Array.from({ length: wanted['all gradient'].length / SETS }, (_, k) =>
      wanted['all gradient'].slice(k * SETS, (k + 1) * SETS),
    );
    expect(columns.some((bySet) => new Set(bySet).size === SETS)).toBe(true);
    expect(new Set(wanted.objective).size).toBe(SETS);
  });

  it('over three days of a shipped config', async () => {
    const { config, dataset } = await loadConfig('configs/momentum-fees.yaml', registry);
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
