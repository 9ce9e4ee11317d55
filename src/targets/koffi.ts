/** Floor 1. The one way to libraries that are not JavaScript's: the package koffi, imported when a target first asks. */
import { createRequire } from 'node:module';
import { UserError } from '../errors.js';

export type Koffi = typeof import('koffi');

/** The package. Throws a UserError in the name of a target where it has no build for this platform. */
export function loadKoffi(target: string): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (error) {
    throw new UserError(
      `${target}: the package koffi was expected, got '${firstLine(error)}'; run npm install, or take --device wasm where koffi has no build for this platform`,
    );
  }
}

/** Whether the package's part for this platform, which installations may leave out, is there; nothing is imported. */
export function koffiMayLoad(): boolean {
  try {
    const koffi = createRequire(import.meta.url).resolve('koffi');
    createRequire(koffi).resolve(`@koromix/koffi-${process.platform}-${process.arch}`);
    return true;
  } catch {
    return false;
  }
}

export const firstLine = (error: unknown) => (error as Error).message.split('\n')[0];
