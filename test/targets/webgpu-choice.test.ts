/** Which commands take webgpu, in which precision, and when auto does. */
import { describe, expect, it } from 'vitest';
import { openForFigures, openTarget } from '../../src/config/device.js';
import { trustedWebgpu, weighWebgpu } from '../../src/config/weigh.js';
import { reference } from '../../src/targets/reference/index.js';
import { nearlyRight } from '../../src/targets/self-test.js';
import type { Outputs, SynchronousTarget } from '../../src/targets/target.js';
import { later } from './later.js';
import { device, missing } from './webgpu-device.js';

describe('webgpu', () => {
  it('is refused in float64, and for figures, which are', async () => {
    await expect(openTarget('webgpu', 1, 'float64')).rejects.toThrow(
      'precision: float32 was expected on webgpu, got float64; ask for float32, or take another device: wasm or cuda',
    );
    await expect(openForFigures('webgpu')).rejects.toThrow(
      'device: one with float64 was expected, got webgpu, which has float32 alone: it is for train; leave --device out',
    );
  });

  it('is not asked about for less than fills a GPU', async () => {
    expect((await weighWebgpu(4095)).why).toBe(
      'webgpu: a GPU pays off from 4096 lanes (sets × windows) on, these are 4095',
    );
  });

  it.skipIf(missing)('is taken by name, also where a CPU does its work, and never by auto then', async () => {
    for (const precision of [undefined, 'float32'] as const) {
      const { target, why } = await openTarget('webgpu', 1, precision);
      expect(target.name).toBe('webgpu');
      expect(why).toMatch(/^webgpu was asked for: /);
    }
    const { adapter } = device();
    const weighed = await weighWebgpu(4096);
    expect(weighed.target === null).toBe(adapter.isSoftware);
    expect(weighed.why).toContain(adapter.name);
    if (adapter.isSoftware) expect(weighed.why).toMatch(/^webgpu: .*, a software device$/);
  });

  it.skipIf(missing)('passes its self-test', async () => {
    const { target, why } = await trustedWebgpu();
    expect(why).toContain(device().adapter.name);
    target?.dispose();
  });
});

describe('the self-test of a target that is near the reference', () => {
  const spoilt = (spoil: (outputs: Outputs) => void): SynchronousTarget => ({
    ...reference,
    compile(program, options) {
      const executable = reference.compile(program, options);
      return {
        ...executable,
        *resumable(inputs) {
          const outputs = yield* executable.resumable(inputs);
          spoil(outputs);
          return outputs;
        },
      };
    },
  });

  it('lets the last places differ, and no more', async () => {
    const off = (part: number) =>
      nearlyRight(
        later(
          spoilt((outputs) => {
            outputs['d.x'][7] *= 1 + part;
          }),
        ),
      );
    expect(await off(0)).toBe(null);
    expect(await off(1e-5)).toBe(null);
    expect(await off(1e-3)).toMatch(/^its self-test in float32 gives .* for .* \(d.x, lane 7\)$/);
    expect(await off(Number.NaN)).toMatch(/^its self-test in float32 gives NaN/);
  });

  it('tells what a target throws', async () => {
    const broken = spoilt(() => {
      throw new Error('device lost');
    });
    expect(await nearlyRight(later(broken))).toBe('its self-test in float32 fails: device lost');
  });
});
