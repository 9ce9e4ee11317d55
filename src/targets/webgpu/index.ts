/// <reference types="@webgpu/types" />
/**
 * Floor 1, webgpu target: a program as WGSL shaders on any GPU that WebGPU serves, an invocation for each lane, in float32.
 *
 * Nothing here knows where the device comes from: a browser has `navigator.gpu`, for Node.js load.ts asks the package
 * `webgpu`. It answers later: there is no synchronous run. Series are copied to the device once and found again by the
 * identity of their array: they must not be changed after the first run that saw them.
 */
import { UserError } from '../../errors.js';
import { type Program, schedule } from '../../graph/index.js';
import { precisionOf } from '../precision.js';
import type { CompileOptions, Target } from '../target.js';
import { Device } from './device.js';
import { WebgpuExecutable } from './executable.js';

export type { WebgpuExecutable } from './executable.js';

/** Share of the largest buffer that a plan gives to tapes. */
const TAPE_SHARE = 0.8;

/** What is known of the GPU. */
export interface Adapter {
  /** Such as `nvidia ampere`. */
  readonly name: string;
  /** Such as `nvidia`; empty where the driver does not tell. */
  readonly vendor: string;
  /** Whether a CPU does a GPU's work. */
  readonly isSoftware: boolean;
}

export interface WebgpuTarget extends Target {
  readonly adapter: Adapter;
  /** Of the device, for who wants to show them. */
  readonly limits: GPUSupportedLimits;
  compile(program: Program, options?: CompileOptions): WebgpuExecutable;
  /** Gives the device back; what was compiled for it runs no more. */
  dispose(): void;
}

/** The target on the GPU that `gpu` prefers. Throws a UserError where it has none. */
export async function openWebgpu(gpu: GPU): Promise<WebgpuTarget> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new UserError('webgpu: a GPU was expected, got no adapter; take --device wasm');
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
  return createWebgpuTarget(device, adapterOf(adapter.info));
}

/** The target on a device. */
export function createWebgpuTarget(gpu: GPUDevice, adapter: Adapter): WebgpuTarget {
  const device = new Device(gpu);
  const target: WebgpuTarget = {
    name: 'webgpu',
    exact: false,
    precisions: ['float32'],
    adapter,
    limits: gpu.limits,
    lanesAtOnce: (sets, windows) => sets * windows,
    memory: () => TAPE_SHARE * device.mostBytes,
    async probe() {
      const kind = adapter.isSoftware ? ', a software device' : '';
      return { available: true, reason: `${adapter.name}${kind}`, device: adapter.isSoftware ? 'cpu' : 'gpu' };
    },
    compile(program, options) {
      precisionOf(target, options?.precision);
      device.check();
      return new WebgpuExecutable(device, schedule(program));
    },
    dispose: () => gpu.destroy(),
  };
  return target;
}

/** Names under which drivers show that they compute on a CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software/i;

function adapterOf({ vendor, architecture, device, description, isFallbackAdapter }: GPUAdapterInfo): Adapter {
  const said = [vendor, architecture, device, description].filter((part) => part !== '');
  const name = description !== '' ? description : said.length > 0 ? said.join(' ') : 'a GPU that tells no name';
  return { name, vendor, isSoftware: isFallbackAdapter || SOFTWARE.test(said.join(' ')) };
}
