/** Floor 2. A roll-out on a target: what one asks of it, and what it answers. */
import type { Precision } from '../graph/index.js';
import type { Resumable } from '../targets/resumable.js';
import type { Common } from './common.js';
import type { ParameterLayout } from './layout.js';
import type { MemoryPlan } from './memory.js';

export interface Scores {
  /** The objective by set, of its windows' scores as the spec's `aggregate` says (their mean): [S]. Higher is better. */
  readonly objective: Float64Array;
  /** By window and set: [W][S]. */
  readonly byWindow: Float64Array;
  /** What the spec has `measured` beside the score, the mean over the windows: [measures][S]. */
  readonly measures: Float64Array;
  /** The same by window: [measures][W][S]. */
  readonly measuresByWindow: Float64Array;
}

export interface ScoresAndGradient extends Scores {
  /** Gradient of `objective`, or of what it and the measures count, with respect to the raw parameters: [columns][S]. */
  readonly gradient: Float64Array;
}

/** What was observed of one lane, row by row (every `every` steps). */
export interface Path {
  /** Row of each sample: of the data, or counted from the start of a scenario. */
  readonly rows: Int32Array;
  /** By the names that the system observes: rows × numbers, row-major. */
  readonly observed: Readonly<Record<string, Float64Array>>;
}

/** What single windows came to. */
export interface Figures {
  /** The score of the objective and of each penalty, without its weight, by the model's name: [W][S]. */
  readonly scores: Readonly<Record<string, Float64Array>>;
  /** What was observed at the last row, and the outcome, by name: [numbers][W][S]. */
  readonly last: Readonly<Record<string, Float64Array>>;
}

/** By name, the share of epochs in which something happened: [S]. */
export type Shares = Readonly<Record<string, Float64Array>>;

export interface ResumableRollout {
  value(raw: Float64Array, windows: Int32Array, windowRows: number): Resumable<Scores>;
  gradient(
    raw: Float64Array,
    windows: Int32Array,
    windowRows: number,
    counts?: Float64Array,
  ): Resumable<ScoresAndGradient>;
  figures(raw: Float64Array, windows: Int32Array, windowRows: number): Resumable<Figures>;
  tally(raw: Float64Array, windows: Int32Array, windowRows: number): Resumable<Shares>;
  path(raw: Float64Array, window: number, windowRows: number, every: number, skip?: number): Resumable<Path>;
}

export interface RolloutOptions {
  /** Threads in all, for targets that have them. */
  readonly threads?: number;
  /** Bytes that the tapes of one training step may take; a GPU goes by its own memory. */
  readonly memory?: number;
  /** What programs are computed in; absent: the first of the target's. What is given and what comes back stay float64. */
  readonly precision?: Precision;
  /** What it has in common with others of the same data and target, which are asked one after another. */
  readonly common?: Common;
}

/**
 * What a trainer and an evaluation need of a roll-out. `windows` are first rows of the data, or numbers of scenarios; a
 * window has `windowRows` rows.
 *
 * Everything throws a UserError where windows do not lie within the data or numbers do not fit each other. A set with a
 * parameter that is not a number has NaN for its scores and gradient; the other sets do not notice.
 */
export interface Rollout {
  readonly layout: ParameterLayout;
  value(raw: Float64Array, windows: Int32Array, windowRows: number): Scores;
  /**
   * @param counts what is differentiated, Σ counts·(objective, measures …): [1 + measures][S]; left out: the objective. Only
   * where something is measured.
   */
  gradient(raw: Float64Array, windows: Int32Array, windowRows: number, counts?: Float64Array): ScoresAndGradient;
  /** What each window came to by each measure, without what only smooths training. */
  figures(raw: Float64Array, windows: Int32Array, windowRows: number): Figures;
  /**
   * The same in parts of some tenths of a second where the target can cut a run, for progress and Ctrl-C: the share is that
   * of the system's program. Work has to end, or be left, before the roll-out is asked anything else. Where the device
   * answers later this is the only way: all else throws a TypeError.
   */
  readonly resumable: ResumableRollout;
  /** One set (`columns` numbers), one window; rows before step `skip` (default 0) are simulated but not recorded. */
  path(raw: Float64Array, window: number, windowRows: number, every: number, skip?: number): Path;
  /** Shares of epochs that the system counts, by set; empty where it has no epochs. */
  tally(raw: Float64Array, windows: Int32Array, windowRows: number): Shares;
  /** How a training step of this size would use memory. */
  plan(sets: number, windows: number, windowRows: number): MemoryPlan;
  dispose(): void;
}
