/** Floor 1. What every target offers: probe, compile, run. Shapes: S parameter sets × W windows, the set fastest. */
import type { Precision, Program } from '../graph/index.js';
import type { Parts } from './parts.js';
import type { Tf } from './tfjs/load.js';

export interface Inputs {
  readonly sets: number;
  readonly windows: number;
  /** Run-time integers of the run: lengths. */
  readonly run: Readonly<Record<string, number>>;
  /** Run-time integers of each window: W entries. */
  readonly window: Readonly<Record<string, Int32Array>>;
  /** Input buffers by name: series [rows][columns], set [rows][columns][S], lane [rows][columns][W][S]. */
  readonly buffers: Readonly<Record<string, Float64Array>>;
}

/** Output buffers by name: [rows][columns][W][S]. */
export type Outputs = Record<string, Float64Array>;

export interface Executable {
  run(inputs: Inputs): Outputs;
  /**
   * The same in parts of some tenths of a second, where the target can cut a run; the bits are the same. It has to end, or
   * be left, before the executable runs again.
   */
  inParts?(inputs: Inputs): Parts<Outputs>;
  /** Frees what the executable holds outside the JavaScript heap. */
  dispose(): void;
}

export interface Probe {
  readonly available: boolean;
  /** Why not, and what would mend it; or what was found. */
  readonly reason: string;
  readonly device: string;
}

export interface CompileOptions {
  /** Threads in all, the caller's included; targets without threads ignore it. */
  readonly threads?: number;
  /** What the program is computed in; absent: the first of the target's. Inputs and outputs stay float64. */
  readonly precision?: Precision;
}

export interface Target {
  readonly name: string;
  /** Bits equal to the reference target's, in each of its precisions. */
  readonly exact: boolean;
  /** What it computes in; `compile` throws a UserError for another. */
  readonly precisions: readonly Precision[];
  /** How many lanes' tapes a run of so many sets and windows holds at once. */
  lanesAtOnce(sets: number, windows: number, threads: number): number;
  /** Bytes for tapes where the device has memory of its own, to which runs are cut; absent where the caller sets a bound. */
  readonly memory?: () => number;
  /** Runs `body` on the TensorFlow.js backend that the target computes with, in a tidy; absent for other targets. */
  readonly withTensors?: <T>(body: (tf: Tf) => T) => T;
  probe(): Promise<Probe>;
  compile(program: Program, options?: CompileOptions): Executable;
}
