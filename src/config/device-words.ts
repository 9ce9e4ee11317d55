/** Floor 4. The words of `--device`, and what is said of one that is none. */
import { nearestName } from '../data/names.js';
import type { Precision } from '../graph/index.js';
import { message, oneOf } from './explain.js';

export const DEVICES = [
  'auto',
  'reference',
  'wasm',
  'native',
  'cuda',
  'cuda:1',
  'cuda:all',
  'webgpu',
  'tfjs',
  'tfjs:tensorflow',
] as const;

/** Of what computes figures: in float64, and waiting for no device. */
export const DEVICES_FOR_FIGURES = DEVICES.filter((device) => device !== 'webgpu');

/** What `run.precision` may ask for. */
export const PRECISIONS = ['float64', 'float32'] as const satisfies readonly Precision[];

/** `tfjs:` may name any backend that TensorFlow.js knows when the run starts. */
export const DEVICE_PATTERN =
  /^(auto|reference|wasm|native|cuda(:(0|[1-9][0-9]*|all))?|webgpu|tfjs(:[a-z][a-z0-9-]*)?)$/;

/** All of them, for people to choose from. */
export const DEVICE_NAMES = oneOf(DEVICES);

/**
 * The message (explain.ts) for a word that is no device.
 *
 * @param devices what may stand in its place
 */
export function deviceMessage(input: unknown, devices: readonly string[] = DEVICES): string {
  const expected = `expected ${oneOf(devices)}`;
  if (typeof input !== 'string') return message(expected, 'leave it out for auto');
  if (/^cuda:/.test(input)) return message(expected, 'GPUs count from cuda:0; cuda:all takes all');
  return message(expected, `did you mean '${nearestName(input, devices)}'?`);
}
