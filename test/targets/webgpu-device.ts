/**
 * The device of the webgpu target's tests: the one that WebGPU finds, else the software device that comes with Chromium.
 * They are skipped, aloud, where there is neither.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Program } from '../../src/graph/index.js';
import { runResumable } from '../../src/targets/device-arrays.js';
import { reference } from '../../src/targets/reference/index.js';
import { withTurns } from '../../src/targets/resumable.js';
import type { Executable, Inputs, Outputs, Resident } from '../../src/targets/target.js';
import type { WebgpuTarget } from '../../src/targets/webgpu/index.js';
import { loadWebgpu } from '../../src/targets/webgpu/load.js';

/** Where Chromium's packages put SwiftShader, beside a loader of Vulkan drivers. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/usr/lib64/chromium-browser'];
const DRIVER = 'vk_swiftshader_icd.json';
const LOADER = 'libvulkan.so.1';

/** Lets Dawn find SwiftShader: a library that the process has loaded is found by its name alone. */
function offerSwiftShader(): void {
  const folder = FOLDERS.find((path) => [DRIVER, LOADER].every((name) => existsSync(join(path, name))));
  if (folder === undefined || process.env.VK_DRIVER_FILES !== undefined) return;
  process.env.VK_DRIVER_FILES = join(folder, DRIVER);
  createRequire(import.meta.url)('koffi').load(join(folder, LOADER));
}

let why = '';

/** The target; null where no device is here. */
export const webgpu: WebgpuTarget | null = await (async () => {
  try {
    offerSwiftShader();
    return await loadWebgpu();
  } catch (error) {
    why = (error as Error).message;
    return null;
  }
})();

export const missing = webgpu === null;
if (missing) console.warn(`skipped: ${why}`);

/** The target, in tests that are skipped where it is missing. */
export const device = (): WebgpuTarget => webgpu as WebgpuTarget;

export async function runOn(executable: Executable, inputs: Inputs): Promise<Outputs> {
  return await withTurns(executable.resumable(inputs));
}

export async function keepOn(
  executable: Executable,
  names: readonly string[],
  inputs: Inputs<Resident>,
): Promise<Outputs<Resident>> {
  return await withTurns(runResumable(executable, inputs, names));
}

/** Runs a program on the device and on the reference in float32: outputs of both. */
export async function onBoth(
  program: Program,
  inputs: Inputs,
  target = device(),
): Promise<readonly [Outputs, Outputs]> {
  const executable = target.compile(program);
  try {
    return [await runOn(executable, inputs), reference.compile(program, { precision: 'float32' }).run(inputs)];
  } finally {
    executable.dispose();
  }
}

/** Expects each number within a part of the wanted one, or of `scale` where that is larger; NaN where NaN is wanted. */
export function expectClose(got: Outputs, wanted: Outputs, part: number, scale = 0): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, values] of Object.entries(wanted)) {
    expect(got[name].length, name).toBe(values.length);
    values.forEach((x, i) => {
      const y = got[name][i];
      const isClose = Object.is(x, y) || Math.abs(x - y) <= part * Math.max(scale, Math.abs(x));
      if (!isClose) expect.fail(`${name}[${i}]: ${x} was expected within ${part} of it, got ${y}`);
    });
  }
}
