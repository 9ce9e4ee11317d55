/** Floor 1, cuda target. The GPUs that the driver shows: what they are, what they can, whether they can be used. */
import { UserError } from '../../errors.js';
import type { Precision } from '../../graph/index.js';
import type { Driver } from './driver.js';

/** The first GPU, one by its ordinal, or all. */
export type DeviceWord = 'cuda' | 'cuda:all' | `cuda:${number}`;

export interface DeviceInfo {
  readonly ordinal: number;
  /** What the driver calls it. */
  readonly handle: number;
  readonly name: string;
  /** Bytes. */
  readonly memory: number;
  /** Such as 90 for 9.0. */
  readonly capability: number;
  /** float32 operations in the time of one of float64. */
  readonly float64Slowness: number;
  readonly multiprocessors: number;
  /** Hz, at most. */
  readonly clock: number;
  /** Of its memory, bytes a second. */
  readonly bandwidth: number;
  /** The most threads that all multiprocessors hold at once. */
  readonly residentThreads: number;
  /** Whether the driver ends kernels that take seconds, as it does where the GPU drives a display. */
  readonly timeLimit: boolean;
  /** Why it cannot be used; null where it can. */
  readonly obstacle: string | null;
}

/** CUdevice_attribute. */
const Attribute = {
  kilohertz: 13,
  multiprocessors: 16,
  timeLimit: 17,
  computeMode: 20,
  memoryKilohertz: 36,
  memoryBusBits: 37,
  threadsPerMultiprocessor: 39,
  major: 75,
  minor: 76,
  float64Slowness: 87,
} as const;

const PROHIBITED = 2;
const NAME_BYTES = 256;
/** Pascal: the oldest that drivers for CUDA 12 and the kernels' PTX both serve at a float64 rate worth naming. */
const LEAST_CAPABILITY = 60;

/**
 * float32 over float64 operations a clock, by compute capability: CUDA C++ Programming Guide, "Throughput of Native
 * Arithmetic Instructions". For others the driver is asked, which tells consumer GPUs only roughly.
 */
const SLOWNESS: Readonly<Record<number, number>> = {
  60: 2,
  61: 32,
  62: 32,
  70: 2,
  75: 32,
  80: 2,
  86: 64,
  89: 64,
  90: 2,
  100: 2,
  120: 64,
};

export function listDevices(driver: Driver): DeviceInfo[] {
  const count = driver.integer('cuDeviceGetCount');
  return Array.from({ length: count }, (_, ordinal) => examine(driver, ordinal));
}

function examine(driver: Driver, ordinal: number): DeviceInfo {
  const handle = driver.integer('cuDeviceGet', ordinal);
  const attribute = (which: keyof typeof Attribute) => driver.integer('cuDeviceGetAttribute', Attribute[which], handle);
  const name = Buffer.alloc(NAME_BYTES);
  driver.call('cuDeviceGetName', name, NAME_BYTES, handle);
  const capability = 10 * attribute('major') + attribute('minor');
  const multiprocessors = attribute('multiprocessors');
  return {
    ordinal,
    handle,
    name: name.toString('utf8', 0, name.indexOf(0)),
    memory: Number(driver.handle('cuDeviceTotalMem_v2', handle)),
    capability,
    float64Slowness: SLOWNESS[capability] ?? attribute('float64Slowness'),
    multiprocessors,
    clock: 1e3 * attribute('kilohertz'),
    // two transfers a clock
    bandwidth: (2e3 * attribute('memoryKilohertz') * attribute('memoryBusBits')) / 8,
    residentThreads: multiprocessors * attribute('threadsPerMultiprocessor'),
    timeLimit: attribute('timeLimit') !== 0,
    obstacle: obstacleOf(capability, attribute('computeMode')),
  };
}

function obstacleOf(capability: number, computeMode: number): string | null {
  if (capability < LEAST_CAPABILITY) {
    return `compute capability 6.0 or later was expected, got ${capabilityText(capability)}; take --device wasm`;
  }
  if (computeMode !== PROHIBITED) return null;
  return 'its compute mode forbids contexts; an administrator can change it (nvidia-smi --compute-mode)';
}

const capabilityText = (capability: number) => `${Math.floor(capability / 10)}.${capability % 10}`;

/** One line: name, memory, capability, float64 rate. */
export function deviceText(d: DeviceInfo): string {
  const memory = `${(d.memory / 2 ** 30).toFixed(1)} GiB`;
  const limit = d.timeLimit ? ', ends kernels that take seconds (it drives a display)' : '';
  return `${d.name}, ${memory}, compute capability ${capabilityText(d.capability)}, float64 at 1/${d.float64Slowness} of float32${limit}`;
}

/** The devices that a word stands for. Throws a UserError where there is none, and where one cannot be used. */
export function devicesNamed(word: DeviceWord, devices: readonly DeviceInfo[]): DeviceInfo[] {
  const chosen =
    word === 'cuda:all'
      ? devices.filter((d) => d.obstacle === null)
      : devices.filter((d) => d.ordinal === ordinalOf(word));
  if (chosen.length === 0) {
    const there = devices
      .map((d) => `cuda:${d.ordinal} (${d.name}${d.obstacle === null ? '' : `, not usable: ${d.obstacle}`})`)
      .join(', ');
    throw new UserError(
      `cuda: a GPU for ${word} was expected, got ${there || 'none'}; name one that is there and usable`,
    );
  }
  for (const d of chosen) {
    if (d.obstacle !== null) throw new UserError(`cuda: cuda:${d.ordinal} (${d.name}) cannot be used: ${d.obstacle}`);
  }
  return chosen;
}

const ordinalOf = (word: DeviceWord) => (word === 'cuda' ? 0 : Number(word.slice('cuda:'.length)));

/**
 * The fewest lanes for which `auto` takes a GPU. A lane is one thread, which steps far more slowly than a CPU core does
 * two: only thousands of them fill the GPU. Where float64 is used and slow, the few units that do it are what fills first,
 * and the gain over a CPU is small until launches and copies weigh nothing.
 */
export const leastLanes = (d: DeviceInfo, precision: Precision = 'float64') =>
  precision === 'float32' || !isSlowInFloat64(d) ? 4096 : 16384;

/** Whether float64 leaves most of the GPU idle, as it does on those that are not made for data centres. */
export const isSlowInFloat64 = (d: DeviceInfo) => d.float64Slowness > 4;
