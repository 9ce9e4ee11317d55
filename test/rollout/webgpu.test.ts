/** Roll-outs of some shipped models on the webgpu target; webgpu-all.test.ts has all of them. */
import { describe, it } from 'vitest';
import { drawn } from '../../bench/cases.js';
import { missing } from '../targets/webgpu-device.js';
import { CASES } from './bits-cases.js';
import { expectNear, expectPathNear, expectPoolNear } from './webgpu-near.js';

/** Legs in closed form with wide numbers, a loop over minutes, a solve, arms in arms. */
const FEW = ['tfmm, every minute', 'constant weights, 2 assets', 'hmm, 1 asset', 'fm-amm, flow, gas through a gate'];

describe.skipIf(missing)('on the device, near the reference', () => {
  it.each(CASES.filter((c) => FEW.includes(c.name)))('$name', async (c) => {
    await expectPoolNear(c);
    await expectPathNear(c);
  });

  it('a maker whose fills are drawn', async () => {
    const [, maker] = drawn;
    await expectNear((target, precision) => {
      const { rollout, raw } = maker.build(target, { precision }, 60, 3);
      return { rollout, asked: { raw, windows: Int32Array.of(0, 1, 5), rows: 60 } };
    });
  });
});
