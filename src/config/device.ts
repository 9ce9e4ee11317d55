/** Floor 4. The `--device` words: which target each stands for, and what `auto` takes and why. */
import { nearestName } from '../data/names.js';
import { UserError } from '../errors.js';
import type { Target } from '../targets/target.js';
import { message, withInput } from './explain.js';

export const DEVICES = ['auto', 'reference', 'wasm', 'tfjs', 'tfjs:tensorflow'] as const;

/** `tfjs:` may name any backend that TensorFlow.js knows when the run starts. */
export const DEVICE_PATTERN = /^(auto|reference|wasm|tfjs(:[a-z][a-z0-9-]*)?)$/;

const NO_CUDA =
  'this build has no cuda target yet: take auto, or tfjs:tensorflow where @tensorflow/tfjs-node-gpu is installed';
const expected = 'expected auto, reference, wasm, tfjs or tfjs:tensorflow';

/** The message (explain.ts) for a word that is no device. */
export function deviceMessage(input: unknown): string {
  if (typeof input !== 'string') return message(expected, 'leave it out for auto');
  if (/^cuda(:|$)/.test(input)) {
    return message(expected, NO_CUDA);
  }
  return message(expected, `did you mean '${nearestName(input, DEVICES)}'?`);
}

/** A target that can run here, and why it was taken. */
export interface ChosenTarget {
  readonly target: Target;
  /** One sentence for the user. */
  readonly why: string;
}

/** Opens the target of a device word. Throws a UserError that says why it is not available; nothing else is taken. */
export async function openTarget(device: string): Promise<ChosenTarget> {
  if (device === 'auto') return autoTarget();
  const target = await targetNamed(device);
  const { available, reason } = await target.probe();
  if (!available) throw new UserError(`device: ${device} is not available: ${reason}`);
  return { target, why: `${device} was asked for: ${reason}` };
}

/** wasm is as exact as the reference and some ten times as fast, so the reference is taken only without SIMD. */
async function autoTarget(): Promise<ChosenTarget> {
  const { wasm } = await import('../targets/wasm/index.js');
  const probe = await wasm.probe();
  if (probe.available) return { target: wasm, why: `auto takes wasm, the fastest exact target here: ${probe.reason}` };
  const { reference } = await import('../targets/reference/index.js');
  return { target: reference, why: `auto takes reference, for wasm is not available: ${probe.reason}` };
}

/** The target of a device word other than auto, probed by nobody yet. */
export async function targetNamed(device: string): Promise<Target> {
  if (!DEVICE_PATTERN.test(device)) {
    throw new UserError(`device: ${withInput(deviceMessage(device), device)}`, 2);
  }
  if (device === 'reference') return (await import('../targets/reference/index.js')).reference;
  if (device === 'wasm') return (await import('../targets/wasm/index.js')).wasm;
  const { tfjs } = await import('../targets/tfjs/index.js');
  return device === 'tfjs' ? tfjs() : tfjs(device.slice('tfjs:'.length));
}
