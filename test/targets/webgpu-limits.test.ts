/** The webgpu target where a device has little room, refuses, or goes away. */
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { buffer, emit, load, trace } from '../../src/graph/index.js';
import { onHost } from '../../src/targets/device-arrays.js';
import { withTurns } from '../../src/targets/resumable.js';
import type { DeviceArray, Outputs } from '../../src/targets/target.js';
import { createWebgpuTarget, openWebgpu, type WebgpuTarget } from '../../src/targets/webgpu/index.js';
import { nodeGpu } from '../../src/targets/webgpu/load.js';
import { gradient, inputsOf } from './cuda-programs.js';
import { device, keepOn, missing, runOn } from './webgpu-device.js';

const ADAPTER = { name: 'a device', vendor: '', isSoftware: true };
const opened: WebgpuTarget[] = [];
afterAll(() => {
  for (const target of opened) target.dispose();
});

/** A device of its own, some of whose properties are others. */
async function changedDevice(change: (gpu: GPUDevice) => Partial<GPUDevice>): Promise<WebgpuTarget> {
  const adapter = await (await nodeGpu()).requestAdapter();
  const gpu = await (adapter as GPUAdapter).requestDevice();
  const changed = change(gpu);
  const proxy = new Proxy(gpu, {
    get(own, name) {
      if (name in changed) return changed[name as keyof GPUDevice];
      const value = own[name as keyof GPUDevice];
      return typeof value === 'function' ? value.bind(own) : value;
    },
  });
  const target = createWebgpuTarget(proxy, ADAPTER);
  opened.push(target);
  return target;
}

/** As if no buffer could be larger. */
const holding = (bytes: number) =>
  changedDevice(({ limits: { minUniformBufferOffsetAlignment, maxComputeWorkgroupsPerDimension } }) => ({
    limits: {
      ...{ minUniformBufferOffsetAlignment, maxComputeWorkgroupsPerDimension },
      ...{ maxBufferSize: bytes, maxStorageBufferBindingSize: bytes },
    } as GPUSupportedLimits,
  }));

async function expectSame(target: WebgpuTarget, inputs = inputsOf(37, 5)): Promise<void> {
  const [got, wanted] = [target, device()].map((on) => runOn(on.compile(gradient), inputs));
  expect(await got).toEqual(await wanted);
}

describe.skipIf(missing)('a run larger than a buffer', () => {
  it.each([
    ['in slices of sets', 40_000, [300, 2]],
    ['in slices of windows', 12_000, [3, 90]],
    ['in slices of both', 2_000, [9, 7]],
    ['lane by lane', 700, [3, 3]],
  ] as const)('is done %s, with the same bits', async (_name, bytes, [sets, windows]) => {
    await expectSame(await holding(bytes), inputsOf(sets, windows));
  });

  it('keeps what it was asked to keep, and reads what was kept, in slices too', async () => {
    const target = await holding(8_000);
    const inputs = inputsOf(37, 5);
    const whole = await runOn(device().compile(gradient), inputs);
    const executable = target.compile(gradient);
    const kept = await keepOn(executable, ['d.a'], inputs);
    expect(kept['d.a']).not.toBeInstanceOf(Float64Array);
    const a = await withTurns(onHost(kept['d.a']));
    expect(a).toEqual(whole['d.a']);
    (kept['d.a'] as DeviceArray).dispose();
  });

  it('is refused where it has no room for a lane', async () => {
    const target = await holding(400);
    const rows = trace('rows', () => {
      emit(buffer('output', 'y', 200), 199, load(buffer('set', 'x', 1), 0));
    });
    const inputs = { sets: 3, windows: 1, run: {}, window: {}, buffers: { x: Float64Array.of(1, 2, 3) } };
    await expect(runOn(target.compile(rows), inputs)).rejects.toThrow(
      /^rows: webgpu: a single lane needs a buffer of 800 bytes, the largest buffer holds 400; take fewer minutes, or --device wasm$/,
    );
  });

  it('is refused where its series have none', async () => {
    const target = await holding(300);
    await expect(runOn(target.compile(gradient), inputsOf(1, 1))).rejects.toThrow(
      'webgpu: series of at most 300 bytes were expected, got 320 bytes; take fewer assets or a shorter dataset, or --device wasm',
    );
  });
});

describe.skipIf(missing)('a device that refuses', () => {
  /** Out of memory for the first `times` runs that want more than so many bytes at once. */
  const short = (bytes: number) =>
    changedDevice((gpu) => {
      let asked = 0;
      let scopes = 0;
      return {
        pushErrorScope(filter) {
          if (scopes++ === 0) asked = 0;
          gpu.pushErrorScope(filter);
        },
        createBuffer(description) {
          asked += description.size;
          return gpu.createBuffer(description);
        },
        async popErrorScope() {
          const isOurs = --scopes === 1 && asked > bytes;
          const found = await gpu.popErrorScope();
          return isOurs ? ({ message: 'no room' } as GPUError) : found;
        },
      };
    });

  it('memory is asked for less', async () => {
    await expectSame(await short(30_000), inputsOf(64, 4));
  });

  it('memory for a lane says so', async () => {
    const target = await short(1500);
    await expect(runOn(target.compile(gradient), inputsOf(2, 1))).rejects.toThrow(
      /^mix†: webgpu: a single lane needs a buffer of \d+ bytes, no room; take fewer minutes, or --device wasm$/,
    );
  });

  it('a shader of ours shows where', async () => {
    const target = await changedDevice((gpu) => ({
      createShaderModule: ({ code }) => gpu.createShaderModule({ code: code.replace('let s = lane', 'let s = lame') }),
    }));
    await expect(runOn(target.compile(gradient), inputsOf(2, 1))).rejects.toThrow(
      /^webgpu: the shader does not compile: unresolved value 'lame' \(line \d+: let s = lane % run.sets;\)$/,
    );
  });
});

describe.skipIf(missing)('a device that is lost', () => {
  const lost = /^webgpu: the device was lost \(destroyed: .*\); start again, with fewer sets or windows/;

  it('ends the run under way, and those after it', async () => {
    const target = await changedDevice(() => ({}));
    const executable = target.compile(gradient);
    const inputs = inputsOf(5, 1, 1, 3000);
    const parts = executable.resumable(inputs);
    let shares = 0;
    const rest = withTurns(parts, {
      onShare: () => {
        if (++shares === 2) target.dispose();
      },
    });
    await expect(rest).rejects.toThrow(lost);
    await expect(rest).rejects.toBeInstanceOf(UserError);
    await expect(runOn(executable, inputs)).rejects.toThrow(lost);
    expect(() => target.compile(gradient)).toThrow(lost);
  });
});

describe('a machine without a GPU', () => {
  it('is told so', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    await expect(openWebgpu(none)).rejects.toThrow('webgpu: a GPU was expected, got no adapter; take --device wasm');
  });
});

describe.skipIf(missing)('outputs that stay on the device', () => {
  const inputs = inputsOf(6, 3);

  it('are what runs there read, until they are disposed of', async () => {
    const target = device();
    const executable = target.compile(gradient);
    const whole = await runOn(executable, inputs);
    const kept = await keepOn(executable, ['z', 'd.a'], inputs);
    expect(kept.y).toEqual(whole.y);
    const z = kept.z as DeviceArray;
    expect(z.length).toBe(18);
    // as if the gradients were the sets' numbers: any array of whole rows will do
    const again = { ...inputs, buffers: { ...inputs.buffers, a: kept['d.a'] } };
    const host = await withTurns(onHost(kept['d.a']));
    const [got, wanted] = [
      await keepOn(executable, [], again),
      await runOn(executable, { ...inputs, buffers: { ...inputs.buffers, a: host } }),
    ] as [Outputs, Outputs];
    expect(got).toEqual(wanted);
    for (const name of ['z', 'd.a']) (kept[name] as DeviceArray).dispose();
    z.dispose();
    await expect(keepOn(executable, [], again)).rejects.toThrow(
      'mix†: webgpu: a was expected to be there, got an array that was disposed',
    );
    executable.dispose();
  });

  it('are refused on another device, and where a series is wanted', async () => {
    const other = await changedDevice(() => ({}));
    const executable = device().compile(gradient);
    const { 'd.a': kept } = await keepOn(executable, ['d.a'], inputs);
    const asked = (name: string) => ({ ...inputs, buffers: { ...inputs.buffers, [name]: kept } });
    await expect(keepOn(other.compile(gradient), [], asked('a'))).rejects.toThrow(
      'mix†: webgpu: a was expected on this device, got an array on another device',
    );
    await expect(keepOn(executable, [], asked('p'))).rejects.toThrow(
      "mix†: webgpu: p was expected in the host's memory, as every series, got an array on a device",
    );
    (kept as DeviceArray).dispose();
    executable.dispose();
  });
});
