/** Floor 4. Which target each word of `--device` stands for, and what `auto` takes and why. */
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import type { DeviceWord } from '../targets/cuda/index.js';
import { precisionOf } from '../targets/precision.js';
import type { SynchronousTarget, Target } from '../targets/target.js';
import { DEVICE_PATTERN, deviceMessage } from './device-words.js';
import { withInput } from './explain.js';
import { enough, tooFew, trustedWebgpu, type Weighed, weighWebgpu } from './weigh.js';

/** A target that can run here, and why it was taken. */
export interface ChosenTarget<T extends Target = Target> {
  readonly target: T;
  /** One sentence for the user. */
  readonly why: string;
}

/**
 * Opens the target of a device word, for training. Throws a UserError that says why it is not available; nothing else is
 * taken.
 *
 * @param lanes sets × windows that are to run side by side: `auto` takes a GPU only for many
 * @param precision what is to be computed in; absent: the first of the target's. A device that lacks it is refused.
 */
export async function openTarget(device: string, lanes = 1, precision?: Precision): Promise<ChosenTarget> {
  if (device === 'auto') return autoTarget(lanes, precision);
  if (device !== 'webgpu') return openNamed(device, precision);
  precisionOf({ name: device, precisions: ['float32'] }, precision);
  const { target, why } = await trustedWebgpu();
  if (target === null) throw new UserError(`device: webgpu is not available: ${why}`);
  return { target, why: `webgpu was asked for: ${why}` };
}

/**
 * Opens the target of a device word for figures: what is not training computes in float64, and waits for no device. Throws a
 * UserError for webgpu, which does neither, and where a device is not available; nothing else is taken.
 */
export async function openForFigures(device: string): Promise<ChosenTarget<SynchronousTarget>> {
  if (device === 'webgpu') {
    throw new UserError(
      'device: one with float64 was expected, got webgpu, which has float32 alone: it is for train; leave --device out, or take wasm, native or cuda',
    );
  }
  return device === 'auto' ? autoInFloat64(1, undefined, 'by name') : openNamed(device);
}

async function openNamed(device: string, precision?: Precision): Promise<ChosenTarget<SynchronousTarget>> {
  const target = await targetNamed(device);
  precisionOf(target, precision);
  const { available, reason } = await target.probe();
  if (!available) throw new UserError(`device: ${device} is not available: ${reason}`);
  if (device.startsWith('cuda') || device === 'native') {
    const wrong = await fault(target, precision);
    if (wrong !== null) throw new UserError(`device: ${device} is not to be trusted: ${wrong}; take --device wasm`);
  }
  return { target, why: `${device} was asked for: ${reason}` };
}

/** cuda where it pays off, else the fastest on the CPU; in float32, where only a GPU is worth taking, webgpu before none. */
async function autoTarget(lanes: number, precision: Precision | undefined): Promise<ChosenTarget> {
  if (precision !== 'float32') return autoInFloat64(lanes, precision);
  const cuda = await weighGpu(lanes, precision);
  if (cuda.target !== null) return { target: cuda.target, why: `auto takes cuda, ${cuda.why}` };
  const webgpu = await weighWebgpu(lanes);
  if (webgpu.target !== null) return { target: webgpu.target, why: `auto takes webgpu, ${webgpu.why}` };
  const found = [cuda.why, webgpu.why].filter((why) => why !== '').join('; ');
  throw new UserError(
    `precision: a GPU that auto takes was expected for float32, got none: ${found}; leave it out, or name a device that has float32: cuda, webgpu, reference or tfjs`,
  );
}

/** cuda where a GPU can be used, has lanes enough to fill it and passes its self-test; else the fastest on the CPU. */
async function autoInFloat64(
  lanes: number,
  precision?: Precision,
  compiler?: Naming,
): Promise<ChosenTarget<SynchronousTarget>> {
  const gpu = await weighGpu(lanes, precision);
  if (gpu.target !== null) return { target: gpu.target, why: `auto takes cuda, ${gpu.why}` };
  const { target, why } = await fastestOnCpu(compiler);
  return { target, why: `auto takes ${why}${gpu.why === '' ? '' : `; not cuda: ${gpu.why}`}` };
}

/**
 * wasm, which is as exact as the reference and some ten times as fast, and from which native code takes over where there is a
 * compiler; the reference only without SIMD.
 */
export async function fastestOnCpu(compiler?: Naming): Promise<ChosenTarget<SynchronousTarget>> {
  const { wasm } = await import('../targets/wasm/index.js');
  const probe = await wasm.probe();
  if (probe.available) {
    const native = await nativeLater(compiler);
    const why = `wasm, the fastest exact target here: ${probe.reason}`;
    return { target: native?.target ?? wasm, why: `${why}${native?.why ?? ''}` };
  }
  const { reference } = await import('../targets/reference/index.js');
  return { target: reference, why: `reference, for wasm is not available: ${probe.reason}` };
}

/** What a compiler is called in the reasons: to ask it for its version takes longer than many a job. */
type Naming = 'by version' | 'by name';

/** wasm, from which native code takes over in what lasts, where there is a compiler for it; null where there is none. */
async function nativeLater(naming: Naming = 'by version'): Promise<ChosenTarget<SynchronousTarget> | null> {
  const { compilerName, compilerVersion, createNativeTarget } = await import('../targets/native/index.js');
  const compiler = naming === 'by version' ? compilerVersion() : compilerName();
  if (compiler === null) return null;
  return { target: createNativeTarget('later'), why: `; ${compiler} compiles what takes longer than a second` };
}

/**
 * Whether `auto` takes the first GPU. Where no driver is installed this looks at the file system and nothing else, and
 * there is nothing to say.
 */
async function weighGpu(lanes: number, precision: Precision | undefined): Promise<Weighed<SynchronousTarget>> {
  const { driverMayBeHere } = await import('../targets/cuda/entries.js');
  if (!driverMayBeHere()) return { target: null, why: '' };
  const { createCudaTarget, examineDriver, leastLanes } = await import('../targets/cuda/index.js');
  const target = createCudaTarget();
  const { available, reason } = await target.probe();
  if (!available) return { target: null, why: reason };
  const least = leastLanes(examineDriver().devices[0], precision);
  if (lanes < least) return { target: null, why: tooFew(lanes, least) };
  const wrong = await fault(target, precision);
  if (wrong !== null) return { target: null, why: `cuda:0 is not to be trusted: ${wrong}` };
  return { target, why: enough(lanes, reason) };
}

/** What a compiler between our programs and the device gets wrong; null where it gives the bits of the reference. */
async function fault(target: SynchronousTarget, precision: Precision | undefined): Promise<string | null> {
  const { selfTest } = await import('../targets/self-test.js');
  if (target.name !== 'native') return selfTest(target, precision);
  const { createNativeTarget } = await import('../targets/native/index.js');
  return selfTest(createNativeTarget('now'));
}

/** The target of a device word other than auto and webgpu, probed by nobody yet. */
export async function targetNamed(device: string): Promise<SynchronousTarget> {
  if (!DEVICE_PATTERN.test(device)) {
    throw new UserError(`device: ${withInput(deviceMessage(device), device)}`, 2);
  }
  if (device === 'reference') return (await import('../targets/reference/index.js')).reference;
  if (device === 'wasm') return (await import('../targets/wasm/index.js')).wasm;
  if (device === 'native') return (await import('../targets/native/index.js')).createNativeTarget();
  if (device.startsWith('cuda'))
    return (await import('../targets/cuda/index.js')).createCudaTarget(device as DeviceWord);
  const { tfjs } = await import('../targets/tfjs/index.js');
  return device === 'tfjs' ? tfjs() : tfjs(device.slice('tfjs:'.length));
}
