/** How far roll-outs on the webgpu target drift from float64 over days: what docs/webgpu.md tells. */
import { describe, expect, it } from 'vitest';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { device, missing } from '../targets/webgpu-device.js';
import { DRIFTS, driftOf, MINUTE } from './drift.js';

describe.skipIf(missing)('the drift of a roll-out on the device', () => {
  it.each(DRIFTS)('%s, %i days', async (config, days, objective, gradient) => {
    const found = await driftOf(config, days, (spec, data) => createPoolRollout(spec, data, device()));
    expect(found.path).toBeLessThan(days * 1440 * MINUTE);
    expect(found.objective).toBeLessThan(objective);
    expect(found.gradient).toBeLessThan(gradient);
  });
});
