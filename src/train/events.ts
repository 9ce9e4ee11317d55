/** Floor 5. What `train` tells while it runs. */

export interface Progress {
  readonly kind: 'progress';
  readonly iteration: number;
  readonly iterations: number;
  readonly objective: number;
  readonly bestObjective: number;
  /** The validation of the best set so far. */
  readonly validation: number;
  /** How far beyond its bound each constraint is, mean over the sets; empty where nothing is constrained. */
  readonly violations: readonly number[];
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** Simulated steps × lanes of value and gradient a second, validation left out. */
  readonly stepsPerSecond: number;
  readonly etaSeconds: number;
}

/** Within an iteration that takes long: how much of its roll-outs is done. */
export interface Share {
  readonly kind: 'share';
  readonly iteration: number;
  readonly iterations: number;
  readonly doing: 'gradient' | 'guards' | 'validation';
  /** From 0 to 1. */
  readonly share: number;
}

export interface Validated {
  readonly kind: 'validation';
  readonly iteration: number;
  readonly set: number;
  readonly validation: number;
  /** Whether all constraints hold on the validation windows. */
  readonly holds: boolean;
  readonly isBest: boolean;
}

/** A set that left the finite numbers: its step was skipped and it starts anew beside `donor`. */
export interface NonFinite {
  readonly kind: 'nonFinite';
  readonly iteration: number;
  readonly set: number;
  readonly objective: number;
  /** Parameters whose gradient is not finite; empty where only the objective is not. */
  readonly parameters: readonly string[];
  readonly donor: number;
}

/** Seen in the first iteration: trainable parameters whose gradient is exactly 0 in all sets. */
export interface ZeroGradient {
  readonly kind: 'zeroGradient';
  readonly parameters: readonly string[];
}

/** Seen in the first iteration: guards that bind, with their share of rule steps, mean over the sets. */
export interface GuardsBind {
  readonly kind: 'guards';
  readonly shares: Readonly<Record<string, number>>;
}

export type TrainEvent = Progress | Share | Validated | NonFinite | ZeroGradient | GuardsBind;
