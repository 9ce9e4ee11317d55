/**
 * Floor 1, cuda target. The library of NVIDIA's driver: where it is, its entry points, and how they are called.
 *
 * Nothing here is imported or opened before `openLibrary`. What the entry points take and give is NVIDIA's CUDA Driver
 * API; those that a later version changed are named by their version (`_v2`).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { firstLine, type Koffi, loadKoffi } from '../koffi.js';

/** Names the library where it is not the platform's own: an odd install, or another library with the same entry points. */
export const LIBRARY_VARIABLE = 'POOLGRAD_CUDA_LIBRARY';

const LIBRARIES: Partial<Record<NodeJS.Platform, string>> = { linux: 'libcuda.so.1', win32: 'nvcuda.dll' };

/** Files that stand where a driver is installed; /dev/dxg is a GPU seen from WSL. */
const TRACES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/dev/nvidiactl', '/dev/dxg'],
  win32: [join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'nvcuda.dll')],
};

export const INSTALL = `install NVIDIA's driver, version 525 or later, or let ${LIBRARY_VARIABLE} name its library`;

/** Handles of contexts, modules, functions, streams and events are pointers that only the driver looks behind. */
const PROTOTYPES = [
  'int cuInit(uint32_t flags)',
  'int cuDriverGetVersion(void *version)',
  'int cuGetErrorName(int status, void *text)',
  'int cuGetErrorString(int status, void *text)',
  'int cuDeviceGetCount(void *count)',
  'int cuDeviceGet(void *device, int ordinal)',
  'int cuDeviceGetName(void *name, int length, int device)',
  'int cuDeviceTotalMem_v2(void *bytes, int device)',
  'int cuDeviceGetAttribute(void *value, int attribute, int device)',
  'int cuDevicePrimaryCtxRetain(void *context, int device)',
  'int cuDevicePrimaryCtxRelease_v2(int device)',
  'int cuCtxSetCurrent(uint64_t context)',
  'int cuModuleLoadDataEx(void *module, const void *image, uint32_t count, void *options, void *values)',
  'int cuModuleGetFunction(void *function, uint64_t module, const char *name)',
  'int cuModuleUnload(uint64_t module)',
  'int cuFuncGetAttribute(void *value, int attribute, uint64_t function)',
  'int cuMemGetInfo_v2(void *free, void *total)',
  'int cuMemAlloc_v2(void *address, size_t bytes)',
  'int cuMemFree_v2(uint64_t address)',
  'int cuMemcpyHtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, uint64_t stream)',
  'int cuMemcpyDtoHAsync_v2(uint64_t to, uint64_t from, size_t bytes, uint64_t stream)',
  'int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, uint64_t stream)',
  'int cuMemsetD8Async(uint64_t to, uint8_t value, size_t bytes, uint64_t stream)',
  'int cuStreamCreate(void *stream, uint32_t flags)',
  'int cuStreamSynchronize(uint64_t stream)',
  'int cuStreamDestroy_v2(uint64_t stream)',
  'int cuEventCreate(void *event, uint32_t flags)',
  'int cuEventRecord(uint64_t event, uint64_t stream)',
  'int cuEventElapsedTime(void *milliseconds, uint64_t start, uint64_t end)',
  'int cuEventDestroy_v2(uint64_t event)',
  'int cuLaunchKernel(uint64_t function, uint32_t gridX, uint32_t gridY, uint32_t gridZ, uint32_t blockX, uint32_t blockY, uint32_t blockZ, uint32_t sharedBytes, uint64_t stream, void *parameters, void *extra)',
] as const;

type NameOf<P extends string> = P extends `int ${infer Name}(${string}` ? Name : never;
export type EntryPoint = NameOf<(typeof PROTOTYPES)[number]>;
/** What an entry point writes goes to the typed array that stands for the pointer. */
export type Argument = number | bigint | string | NodeJS.ArrayBufferView | null;
/** Each gives its status. */
export type EntryPoints = Readonly<Record<EntryPoint, (...values: Argument[]) => number>>;

/** The library that would be opened; null where the platform has none. */
export function libraryName(): string | null {
  return process.env[LIBRARY_VARIABLE] || (LIBRARIES[process.platform] ?? null);
}

/** Whether a driver may be here: a look at the file system, which imports and opens nothing. */
export function driverMayBeHere(): boolean {
  return Boolean(process.env[LIBRARY_VARIABLE]) || (TRACES[process.platform] ?? []).some(existsSync);
}

/** Loads koffi and the library. Throws a UserError that says why it cannot, and what would mend it. */
export function openLibrary(name: string): { readonly koffi: Koffi; readonly entries: EntryPoints } {
  const koffi = loadKoffi('cuda');
  let library: ReturnType<Koffi['load']>;
  try {
    library = koffi.load(name);
  } catch (error) {
    throw new UserError(`cuda: the driver's library ${name} was expected, got '${firstLine(error)}'; ${INSTALL}`);
  }
  const entry = (prototype: string) => {
    try {
      return library.func(prototype);
    } catch (error) {
      throw new UserError(`cuda: ${name} lacks what a driver has, '${firstLine(error)}'; ${INSTALL}`);
    }
  };
  const named = PROTOTYPES.map((prototype) => [
    prototype.slice('int '.length, prototype.indexOf('(')),
    entry(prototype),
  ]);
  return { koffi, entries: Object.fromEntries(named) as EntryPoints };
}
