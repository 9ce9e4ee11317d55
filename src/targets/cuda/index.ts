/**
 * Floor 1, cuda target: a program as one kernel on an NVIDIA GPU, a thread for each lane, through nothing but the driver.
 * Bits equal to the reference target's, in float64 and in float32.
 *
 * Series are copied to the device once and found again by the identity of their array: they must not be changed after
 * the first run that saw them. Set and lane inputs are copied at every run. Nothing is imported or opened before `probe`
 * or `compile`.
 */
import { UserError } from '../../errors.js';
import { lower, type Program, schedule } from '../../graph/index.js';
import { precisionOf } from '../precision.js';
import type { CompileOptions, Probe, SynchronousTarget } from '../target.js';
import { type DeviceInfo, type DeviceWord, devicesNamed, deviceText, listDevices } from './devices.js';
import { Driver } from './driver.js';
import { CudaExecutable } from './executable.js';
import type { Tuning } from './ptx.js';

export type { DeviceInfo, DeviceWord } from './devices.js';
export { deviceText, isSlowInFloat64, leastLanes } from './devices.js';
export { driverMayBeHere } from './entries.js';
export type { CudaExecutable, DeviceReport } from './executable.js';

/** Share of the devices' memory that a plan gives to tapes. */
export const TAPE_SHARE = 0.8;

export interface CudaTarget extends SynchronousTarget {
  compile(program: Program, options?: CompileOptions): CudaExecutable;
}

/**
 * The target on the first GPU (`cuda`), on another (`cuda:1`), or on all with the lanes split evenly (`cuda:all`).
 *
 * @param tuning for measurements only: no command gives it, and what is fused has other bits than the reference
 */
export function createCudaTarget(word: DeviceWord = 'cuda', tuning: Tuning = {}): CudaTarget {
  const target: CudaTarget = {
    name: word,
    exact: tuning.fuse !== true,
    precisions: ['float64', 'float32'],
    lanesAtOnce: (sets, windows) => sets * windows,
    memory: () => TAPE_SHARE * examineDevices(word).reduce((sum, d) => sum + d.memory, 0),
    probe: async () => probe(word),
    /** Throws a UserError where the device is not there or refuses the kernel. */
    compile(program, options) {
      const precision = precisionOf(target, options?.precision);
      const driver = Driver.open();
      const plan = schedule(lower(program, precision));
      return new CudaExecutable(driver, devicesNamed(word, listDevices(driver)), plan, precision, tuning);
    },
  };
  return target;
}

/** The GPUs that a word stands for. Throws a UserError where one is not there or cannot be used. */
export const examineDevices = (word: DeviceWord): readonly DeviceInfo[] => devicesNamed(word, examineDriver().devices);

/** The driver's newest CUDA version, and what GPUs it shows. Throws a UserError where there is no driver that can be used. */
export function examineDriver(): { readonly version: string; readonly devices: readonly DeviceInfo[] } {
  const driver = Driver.open();
  return { version: driver.version, devices: listDevices(driver) };
}

function probe(word: DeviceWord): Probe {
  try {
    const { version, devices } = examineDriver();
    const chosen = devicesNamed(word, devices).map(deviceText);
    return { available: true, reason: `${chosen.join('; ')}; driver for CUDA ${version}`, device: 'gpu' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { available: false, reason: error.message.replace('cuda: ', ''), device: 'gpu' };
  }
}
