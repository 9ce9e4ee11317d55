/**
 * Floor 5. The tuner of the Hyperliquid HJB framework: the squared distance between the quotes of grid and heuristic, forward
 * differences in seven parameters, Adam. Kept as it is: it follows a grid that is no optimum.
 */
import {
  defaultTuning,
  type HjbComponents,
  neverTuned,
  type StateVector,
  type Tuning,
  tunerLoss,
  tuningBounds,
  type ValueFunction,
} from '../../../kernels/makers/seed/index.js';
import { reference } from '../../targets/reference/index.js';
import type { SynchronousTarget } from '../../targets/target.js';
import { optimizerOf, type Slots } from '../../train/optimizer.js';

export interface TunerInput {
  readonly hjb: HjbComponents<number>;
  readonly state: StateVector<number>;
  readonly value: ValueFunction<number>;
  /** Half-spread to start from, basis points. */
  readonly baseBps: number;
  readonly maxInventory: number;
  readonly tuning: Tuning<number>;
}

export type TuningName = keyof Tuning;

export const TUNING_NAMES = Object.keys(tuningBounds) as TuningName[];

export interface TunerGradient {
  /** (Δbid)² + (Δask)², basis points squared. */
  readonly loss: number;
  readonly gradient: Tuning<number>;
  /** Parameters that cannot move the loss in this state. */
  readonly zero: readonly TuningName[];
  /** Those of them that cannot in any. */
  readonly never: readonly TuningName[];
}

/** The framework's step of a difference. */
export const NUDGE = 1e-3;

/** The first parameter outside the framework's bounds, or none. */
const outside = (tuning: Tuning<number>): TuningName | undefined =>
  TUNING_NAMES.find((name) => {
    const [low, high] = tuningBounds[name];
    return !(tuning[name] >= low && tuning[name] <= high);
  });

/**
 * Forward differences of the loss: one batch. A parameter that the nudge takes out of its bounds is left out, as the framework
 * does: its difference is 0, also where the loss leads back inside.
 */
export function tunerGradient(given: TunerInput, nudge = NUDGE, target: SynchronousTarget = reference): TunerGradient {
  const nudged = TUNING_NAMES.map((name) => ({ ...given.tuning, [name]: given.tuning[name] + nudge }));
  const batch = tunerLoss.on(target);
  const [loss, ...others] = batch.run([given, ...nudged.map((tuning) => ({ ...given, tuning }))]).map((r) => r.loss);
  batch.dispose();
  const slopes = others.map((other, i) => (outside(nudged[i]) === undefined ? (other - loss) / nudge : 0));
  return {
    loss,
    gradient: fromVector(slopes),
    zero: TUNING_NAMES.filter((_, i) => slopes[i] === 0),
    never: neverTuned(),
  };
}

const vector = (tuning: Tuning<number>): Float64Array => Float64Array.from(TUNING_NAMES, (name) => tuning[name]);

/** A tuning from its numbers in the order of TUNING_NAMES. */
function fromVector(values: ArrayLike<number>): Tuning<number> {
  const tuning: Record<TuningName, number> = { ...defaultTuning };
  TUNING_NAMES.forEach((name, i) => {
    tuning[name] = values[i];
  });
  return tuning;
}

/** The framework tunes only where the loss is above it. */
export const LEAST_LOSS = 1;

export interface TunerStep extends TunerGradient {
  readonly tuning: Tuning<number>;
  readonly slots: Slots;
}

/** The framework's learning rate. */
export const LEARNING_RATE = 1e-3;

const adam = optimizerOf({ name: 'adam', learningRate: LEARNING_RATE }, new Float64Array(TUNING_NAMES.length));

/** Adam before its first step. */
export const tunerStart = (): Slots => adam.init(TUNING_NAMES.length);

/**
 * One step of Adam from the tuning of `given`. None where the loss is at most 1; and where the step leaves the bounds the
 * tuning stays and Adam starts afresh.
 */
export function tune(given: TunerInput, slots: Slots, learningRate = LEARNING_RATE): TunerStep {
  const found = tunerGradient(given);
  if (found.loss <= LEAST_LOSS) return { ...found, tuning: given.tuning, slots };
  const next = adam.update(slots, vector(given.tuning), vector(found.gradient), learningRate);
  const tuning = fromVector(next.raw);
  if (outside(tuning) !== undefined) return { ...found, tuning: given.tuning, slots: tunerStart() };
  return { ...found, tuning, slots: next.slots };
}
