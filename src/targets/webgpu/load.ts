/// <reference types="@webgpu/types" />
/** Floor 1, webgpu target. WebGPU for Node.js: the optional package `webgpu`, imported when a target first asks. */
import { UserError } from '../../errors.js';
import { openWebgpu, type WebgpuTarget } from './index.js';

/** What of the package is used. */
interface Package {
  readonly create: (options: string[]) => GPU;
}

/** In a name of its own: who leaves the package out compiles all the same. */
const PACKAGE: string = 'webgpu';
const MEND = "run npm install webgpu (132 MB: Google's Dawn), or take --device wasm";
const NO_ADAPTER =
  "install the GPU's Vulkan driver (on Linux; Windows and macOS have one of their own), or take --device wasm; VK_DRIVER_FILES may name the file of a driver";

/** Dawn's instance: devices end with it, so it is kept. */
let instance: GPU | null = null;

/** What a browser has as `navigator.gpu`. Throws a UserError where the package is missing. */
export async function nodeGpu(): Promise<GPU> {
  instance ??= (await load()).create([]);
  return instance;
}

/** The target on this machine's GPU. Throws a UserError that says what to install. */
export async function loadWebgpu(): Promise<WebgpuTarget> {
  const gpu = await nodeGpu();
  try {
    return await openWebgpu(gpu);
  } catch (error) {
    const why = error instanceof UserError ? 'got no adapter' : `got '${firstLine(error)}'`;
    throw new UserError(`webgpu: a GPU that Vulkan, Metal or Direct3D 12 serves was expected, ${why}; ${NO_ADAPTER}`);
  }
}

async function load(): Promise<Package> {
  try {
    return (await import(PACKAGE)) as Package;
  } catch (error) {
    throw new UserError(`webgpu: the package webgpu was expected, got '${firstLine(error)}'; ${MEND}`);
  }
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n')[0];
