/** Floor 1, cuda target. The driver in this process: calls by name, and the one check of what they return. */
import { UserError } from '../../errors.js';
import type { Koffi } from '../koffi.js';
import { type Argument, type EntryPoint, type EntryPoints, INSTALL, libraryName, openLibrary } from './entries.js';

/** A call that the driver did not do. */
export class CudaError extends UserError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The device's memory does not suffice: less may be asked for. */
export class OutOfMemory extends CudaError {}

/** A kernel's fault, an unrepairable memory error or a time limit: the context answers nothing but this any more. */
export class DeviceLost extends CudaError {}

const OUT_OF_MEMORY = 2;
const LAUNCH_TIMEOUT = 702;
/** Those of which the driver's documentation says that any further work returns the same, and uncorrectable memory. */
const LOST: ReadonlySet<number> = new Set([214, 220, 226, 700, LAUNCH_TIMEOUT, 714, 715, 716, 717, 718, 719]);

const LOST_REMEDY = 'the device is lost to this process: start it anew, training goes on from its checkpoint';

/** What would mend a status, where the driver's own text does not say. */
const REMEDIES: Readonly<Record<number, string>> = {
  [OUT_OF_MEMORY]: 'end what else uses the GPU, or take fewer sets, fewer windows or shorter ones',
  34: `this library is the toolkit's stand-in for linking; ${INSTALL}`,
  46: 'another process holds this GPU for itself, or its compute mode forbids contexts: see nvidia-smi',
  100: 'see whether nvidia-smi lists a GPU, and CUDA_VISIBLE_DEVICES if it is set',
  218: "the driver's compiler refuses the kernel: report it",
  221: "the driver's PTX compiler (libnvidia-ptxjitcompiler) is missing: install the whole driver",
  222: `the driver is older than the kernel's language; ${INSTALL}`,
  [LAUNCH_TIMEOUT]: `this GPU drives a display and stops long kernels: take shorter windows or a GPU without a display; ${LOST_REMEDY}`,
  802: 'the GPUs are still starting, or the fabric manager does not run: see nvidia-smi',
  803: 'the driver was updated while it was loaded: restart the machine',
  999: 'restart the machine if nvidia-smi fails too',
};

/** Drivers speak of CUDA 12.4 as 12040. */
const LEAST_VERSION = 12000;

const opened = new Map<string, Driver>();

export class Driver {
  /** The newest CUDA that it serves, such as '12.4'. */
  readonly version: string;

  private constructor(
    readonly library: string,
    private readonly koffi: Koffi,
    private readonly entries: EntryPoints,
  ) {
    this.call('cuInit', 0);
    const version = this.integer('cuDriverGetVersion');
    this.version = `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
    if (version < LEAST_VERSION) {
      throw new UserError(
        `cuda: a driver for CUDA 12.0 or later was expected, got one for ${this.version}; ${INSTALL}`,
      );
    }
  }

  /** Loads and initialises the library, once. Throws a UserError that says why it cannot, and what would mend it. */
  static open(): Driver {
    const library = libraryName();
    if (library === null) {
      throw new UserError(`cuda: Linux or Windows was expected, got ${process.platform}; take --device wasm`);
    }
    const known = opened.get(library);
    if (known !== undefined) return known;
    const { koffi, entries } = openLibrary(library);
    const driver = new Driver(library, koffi, entries);
    opened.set(library, driver);
    return driver;
  }

  /** Calls an entry point. Throws a CudaError if it fails. */
  call(entry: EntryPoint, ...values: Argument[]): void {
    this.check(entry, this.entries[entry](...values));
  }

  /** Calls an entry point and gives its status, which the caller takes to `check`. */
  status(entry: EntryPoint, ...values: Argument[]): number {
    return this.entries[entry](...values);
  }

  /** Calls an entry point that writes a 32-bit integer to its first argument. */
  integer(entry: EntryPoint, ...values: Argument[]): number {
    const result = new Int32Array(1);
    this.call(entry, result, ...values);
    return result[0];
  }

  /** Calls an entry point that writes a handle, an address or a size to its first argument. */
  handle(entry: EntryPoint, ...values: Argument[]): bigint {
    const result = new BigUint64Array(1);
    this.call(entry, result, ...values);
    return result[0];
  }

  /** Where the array lies in this process's memory; the caller keeps it alive. */
  addressOf(array: NodeJS.ArrayBufferView): bigint {
    return this.koffi.address(array);
  }

  /** The one reader of a status: gives nothing, or throws the error that it stands for. `note` is added to its message. */
  check(entry: EntryPoint, status: number, note = ''): void {
    if (status === 0) return;
    const lost = LOST.has(status);
    const remedy = REMEDIES[status] ?? (lost ? LOST_REMEDY : undefined);
    const what = `${this.text('cuGetErrorName', status)}, ${this.text('cuGetErrorString', status)}`;
    const message = `cuda: ${entry}: ${what}${note}${remedy === undefined ? '' : `; ${remedy}`}`;
    const Kind = status === OUT_OF_MEMORY ? OutOfMemory : lost ? DeviceLost : CudaError;
    throw new Kind(message, status);
  }

  /** The driver's own words for a status. */
  private text(entry: 'cuGetErrorName' | 'cuGetErrorString', status: number): string {
    const text = new BigUint64Array(1);
    const known = this.entries[entry](status, text) === 0 && text[0] !== 0n;
    return known ? this.koffi.decode.string(text[0]) : `status ${status}`;
  }
}

/**
 * Takes every step, even after one has failed, and throws the first failure at the end. A lost device is none: all that
 * was on it went with it.
 */
export function freeAll(steps: readonly (() => void)[]): void {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      if (!(error instanceof DeviceLost)) failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Undoes what was done before `error`, and throws that. */
export function failAfter(error: unknown, undo: readonly (() => void)[]): never {
  try {
    freeAll(undo);
  } catch {
    // the first failure is the one to tell
  }
  throw error;
}
