/** Floor 1. Arrays that may lie on a device: reading them, running what leaves some there, and giving them back. */
import type { Resumable } from './resumable.js';
import type { DeviceArray, Executable, Inputs, Outputs, Resident } from './target.js';

export function* onHost(array: Resident): Resumable<Float64Array> {
  return array instanceof Float64Array ? array : yield* array.read();
}

/** A run in parts as far as the target can; outputs of these names stay on the device where it can keep them. */
export function runResumable(
  executable: Executable,
  inputs: Inputs<Resident>,
  names: readonly string[] = [],
): Resumable<Outputs<Resident>> {
  // who keeps nothing gives nothing that could not be given to it
  return executable.keeping?.(names, inputs) ?? executable.resumable(inputs as Inputs);
}

/** What some work holds on a device. */
export class DeviceArrays {
  private readonly held = new Set<DeviceArray>();

  hold<A extends Resident>(array: A): A {
    if (!(array instanceof Float64Array)) this.held.add(array);
    return array;
  }

  release(...arrays: readonly Resident[]): void {
    for (const array of arrays) {
      if (array instanceof Float64Array || !this.held.delete(array)) continue;
      array.dispose();
    }
  }

  releaseAll(): void {
    this.release(...this.held);
  }
}
