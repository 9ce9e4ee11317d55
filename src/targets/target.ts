/** Floor 1. What every target offers: probe, compile, run. Shapes: S parameter sets × W windows, the set fastest. */
import type { Precision, Program } from '../graph/index.js';
import type { Resumable } from './resumable.js';
import type { Engine } from './tfjs/engine.js';

/** An output that stayed in the memory of the device that computed it. Whoever asked for it disposes of it. */
export interface DeviceArray {
  readonly length: number;
  /** Its values, as the host has them; in parts, for the device may answer later. */
  read(): Resumable<Float64Array>;
  /** Gives its memory back; done twice it does nothing. */
  dispose(): void;
}

/** An array where a target left it: in the host's memory or in its own. */
export type Resident = Float64Array | DeviceArray;

export interface Inputs<A extends Resident = Float64Array> {
  readonly sets: number;
  readonly windows: number;
  /** How many lanes' tapes it may hold at once; absent: as many as is fastest. See `Target.lanesAtOnce`. */
  readonly lanesAtOnce?: number;
  /** Run-time integers of the run: lengths. */
  readonly run: Readonly<Record<string, number>>;
  /** Run-time integers of each window: W entries. */
  readonly window: Readonly<Record<string, Int32Array>>;
  /** Input buffers by name: series [rows][columns], set [rows][columns][S], lane [rows][columns][W][S]. */
  readonly buffers: Readonly<Record<string, A>>;
}

/** Output buffers by name: [rows][columns][W][S]. */
export type Outputs<A extends Resident = Float64Array> = Record<string, A>;

export interface Executable {
  /**
   * A run, in parts of some tenths of a second where the target can cut it: a part may be a promise of the device's answer.
   * It has to end, or be left, before the executable runs again.
   */
  resumable(inputs: Inputs): Resumable<Outputs>;
  /**
   * `resumable` on a device with memory of its own. Outputs of these names stay there, where it has room, else they come as
   * ever; set and lane inputs may be what executables of the same target kept, which has to be there until the end. Absent
   * where the target's memory is the host's.
   */
  keeping?(names: readonly string[], inputs: Inputs<Resident>): Resumable<Outputs<Resident>>;
  /** Frees what the executable holds outside the JavaScript heap; what it kept for its caller stays. */
  dispose(): void;
}

/** An executable whose device answers at once. */
export interface SynchronousExecutable extends Executable {
  /** As `resumable`, to its end; the bits are the same. */
  run(inputs: Inputs): Outputs;
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
  /**
   * How many lanes' tapes a run of the program for so many sets and windows holds at once. `most`: how many it may be told to
   * hold (`Inputs.lanesAtOnce`), which a target may heed where it would hold more to be faster.
   */
  lanesAtOnce(sets: number, windows: number, threads: number, program: Program, most?: number): number;
  /** Starts what works beside the caller: how many threads in all there are now, of so many; absent where that is not asked. */
  readonly threads?: (wanted: number) => number;
  /** Set where it is faster to read what the loops and arms of a step kept than to run them again. */
  readonly keepsNested?: true;
  /** Bytes for tapes where the device has memory of its own, to which runs are cut; absent where the caller sets a bound. */
  readonly memory?: () => number;
  /** Runs `body` on the TensorFlow.js backend that the target computes with, in a tidy; absent for other targets. */
  readonly withTensors?: <T>(body: (tf: Engine) => T) => T;
  probe(): Promise<Probe>;
  compile(program: Program, options?: CompileOptions): Executable;
}

/** A target whose runs need not be waited for. */
export interface SynchronousTarget extends Target {
  compile(program: Program, options?: CompileOptions): SynchronousExecutable;
}
