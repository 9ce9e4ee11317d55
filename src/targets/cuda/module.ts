/** Floor 1, cuda target. A kernel's text through the driver's compiler to a function that can be launched. */
import { type Driver, failAfter } from './driver.js';
import type { Kernel } from './ptx.js';

export interface Module {
  readonly handle: bigint;
  /** Of the kernel. */
  readonly function: bigint;
  /** 32-bit registers of a thread. */
  readonly registers: number;
  /** Bytes of a thread that its registers do not hold: spills. */
  readonly localBytes: number;
  /** The largest block that its registers allow. */
  readonly threadsPerBlock: number;
}

/** CUjit_option. */
const ERROR_LOG = 5;
const ERROR_LOG_BYTES = 6;
const LOG_BYTES = 16384;

/** CUfunction_attribute. */
const Attribute = { threadsPerBlock: 0, localBytes: 3, registers: 4 } as const;

/** Compiles and loads a kernel in the current context. An error's message holds the compiler's log. */
export function loadModule(driver: Driver, kernel: Kernel): Module {
  const handle = compile(driver, kernel.text);
  try {
    const entry = driver.handle('cuModuleGetFunction', handle, kernel.name);
    const attribute = (which: keyof typeof Attribute) => driver.integer('cuFuncGetAttribute', Attribute[which], entry);
    return {
      handle,
      function: entry,
      registers: attribute('registers'),
      localBytes: attribute('localBytes'),
      threadsPerBlock: attribute('threadsPerBlock'),
    };
  } catch (error) {
    failAfter(error, [() => driver.call('cuModuleUnload', handle)]);
  }
}

function compile(driver: Driver, text: string): bigint {
  const log = Buffer.alloc(LOG_BYTES);
  const options = Int32Array.of(ERROR_LOG, ERROR_LOG_BYTES);
  const values = BigUint64Array.of(driver.addressOf(log), BigInt(LOG_BYTES));
  const handle = new BigUint64Array(1);
  const image = Buffer.from(`${text}\0`);
  const status = driver.status('cuModuleLoadDataEx', handle, image, options.length, options, values);
  const said = log
    .toString('utf8', 0, Math.max(0, log.indexOf(0)))
    .trim()
    .replaceAll(/\s*\n\s*/g, ' | ');
  driver.check('cuModuleLoadDataEx', status, said === '' ? '' : `: ${said}`);
  return handle[0];
}
