/** Floor 5. What training carries from iteration to iteration: all that a checkpoint must hold to go on bit for bit. */
import type { Slots } from './optimizer.js';

/** One iteration, measured before its step; the last one has no step. */
export interface HistoryEntry {
  readonly iteration: number;
  /** Mean over the sets of the objective on this iteration's random windows, and the best set's. Finite sets only. */
  readonly objective: number;
  readonly bestObjective: number;
  /** Objective of the best set on the validation windows; null in iterations that do not validate. */
  readonly validation: number | null;
  readonly learningRate: number;
  /** Mean over the sets of the gradient's norm before clipping. */
  readonly gradientNorm: number;
  /** How far beyond its bound each constraint was, mean over the finite sets; left out where nothing is constrained. */
  readonly violations?: readonly number[];
}

/** The same, frozen: its text in checkpoints is made once. */
export const frozen = (entry: HistoryEntry): HistoryEntry =>
  Object.freeze({
    ...entry,
    ...(entry.violations === undefined ? {} : { violations: Object.freeze([...entry.violations]) }),
  });

/** The best set so far, by validation: of those that keep the constraints there, else the one that misses them by least. */
export interface Best {
  readonly set: number;
  readonly iteration: number;
  /** [columns] */
  readonly raw: Float64Array;
  readonly validation: number;
  /** By how much constraints were missed on validation, in their tolerances; left out where nothing is constrained. */
  readonly excess?: number;
}

export interface TrainState {
  /** Steps taken. */
  readonly iteration: number;
  readonly sets: number;
  readonly seed: number;
  /** [columns][S] */
  readonly raw: Float64Array;
  /** Name of the optimiser, and its slots. */
  readonly optimizer: string;
  readonly slots: Slots;
  /** Multipliers of the constraints, [constraints][S]; left out where nothing is constrained. */
  readonly multipliers?: Float64Array;
  readonly history: readonly HistoryEntry[];
  readonly best: Best;
  /** 1 for each column in which some set has had a gradient other than 0: [columns]. */
  readonly moved: Uint8Array;
  /** How many times a set was re-seeded because it was not finite. */
  readonly reseeded: number;
  /** Whether training came to its end (all iterations, or no patience left). */
  readonly finished: boolean;
}
