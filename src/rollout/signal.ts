/** Floor 2. What is computed once a parameter set before its windows run, and joined to them by buffers: a rule's outputs. */

import type { DeviceArrays } from '../targets/device-arrays.js';
import type { Resumable } from '../targets/resumable.js';
import type { Outputs, Resident } from '../targets/target.js';

export interface Signal {
  /** Input buffers of the system's program that hold its outputs. */
  readonly names: readonly string[];
  /** Those of them that a gradient is asked for. */
  readonly differentiable: readonly string[];
  /** Window integers of the system's program: where in the outputs each window begins to read. */
  windowInputs(windows: Int32Array): Readonly<Record<string, Int32Array>>;
  /** Steps for the rows that the windows read; 0 where they read none. */
  steps(windows: Int32Array, windowRows: number): number;
  outputs(raw: Float64Array, sets: number, steps: number): Resumable<Resident>;
  /**
   * From the cotangents of its outputs (`d.` and a name, among `outputs`; each window by its weight [W][S]) to those of the
   * raw parameters, [columns][S]; undefined where they do not depend on them. Releases the outputs on the way.
   */
  pullBack(
    raw: Float64Array,
    steps: number,
    windows: Int32Array,
    weights: Float64Array,
    outputs: Outputs<Resident>,
    held: DeviceArrays,
  ): Resumable<Float64Array | undefined>;
}
