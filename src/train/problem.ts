/** Floor 5. What `train` is given: the problem and the options, and the checks that both pass before any work. */
import { UserError } from '../errors.js';
import type { BySets } from '../rollout/by-sets.js';
import type { ResumableRollout, Rollout } from '../rollout/rollout.js';
import type { Constraint } from './constraints.js';
import type { Windows } from './windows.js';

/** What training asks of a roll-out. */
export interface TrainableRollout extends Pick<Rollout, 'layout'> {
  readonly resumable: Pick<ResumableRollout, 'value' | 'gradient' | 'tally'>;
}

export interface TrainProblem {
  readonly rollout: TrainableRollout;
  /** What sets are compared by: float64 where `rollout` is float32, whose rounding must not choose. Left out or null: `rollout`. */
  readonly judge?: BySets | null;
  /** What the sets are trained and compared on. */
  readonly windows: Windows;
  /** Raw start of set 0: [columns]. A frozen column may be −∞ (a fee of 0). */
  readonly initial: Float64Array;
  /** 1 where `train` moves a column, 0 where it stays at `initial` to the last bit: [columns]. */
  readonly trainable: Uint8Array;
  /** Raw bounds, ±Infinity where there is none: [columns] each. Of frozen columns they are not looked at. */
  readonly bounds: { readonly low: Float64Array; readonly high: Float64Array };
  /** Standard deviation of the starts of the sets 1, 2 … around `initial`, in raw units. */
  readonly spread: number;
  /** Name of the objective, for messages. */
  readonly metric: string;
  /** What is to hold besides, one for each of the roll-out's measures, in their order; left out: nothing. */
  readonly constraints?: readonly Constraint[];
}

export interface OptimizerSpec {
  readonly name: 'adam' | 'adamw' | 'sgd';
  readonly learningRate: number;
  /** In [0, 1), default 0; read by sgd only. */
  readonly momentum?: number;
  /** How long squares of gradients are remembered, in [0, 1), default .999; read by adam and adamw. */
  readonly beta2?: number;
  /**
   * Each step first takes learningRate·weightDecay of the way back to `initial`; default .01; read by adamw only. (Towards
   * 0, as for the weights of a network, would mean fees of ½ and memories of a day: raws have no zero of their own.)
   */
  readonly weightDecay?: number;
}

export interface ScheduleSpec {
  readonly name: 'constant' | 'linear' | 'cosine' | 'exponential';
  /** Iterations of linear warm-up; default 0. */
  readonly warmup?: number;
  /** Learning rate at the last iteration as a fraction of the full one, unless constant; default .01. */
  readonly final?: number;
}

export interface TrainOptions {
  /** Parameter sets trained side by side. */
  readonly sets: number;
  /** Random windows, or scenarios, an iteration. */
  readonly windows: number;
  readonly iterations: number;
  readonly optimizer: OptimizerSpec;
  readonly schedule: ScheduleSpec;
  /** Largest norm of a set's gradient; longer ones are scaled down to it. */
  readonly clipNorm: number | null;
  /** Integer in [0, 2^32): everything random follows from it. */
  readonly seed: number;
  readonly starts: 'random' | 'sobol' | 'latin-hypercube';
  readonly validateEvery: number;
  /** Validations in a row without a new best before training stops. */
  readonly patience: number | null;
  /** Iterations between two calls of the `save` hook. */
  readonly checkpointEvery: number;
}

const OPTIMIZERS = ['adam', 'adamw', 'sgd'];
const SCHEDULES = ['constant', 'linear', 'cosine', 'exponential'];
const STARTS = ['random', 'sobol', 'latin-hypercube'];

/** Throws a UserError for the first option that makes no sense. */
export function checkOptions(o: TrainOptions): void {
  for (const key of ['sets', 'windows', 'iterations', 'validateEvery', 'checkpointEvery'] as const) {
    expect(Number.isInteger(o[key]) && o[key] >= 1, key, 'a whole number of at least 1', o[key]);
  }
  expect(
    o.patience === null || (Number.isInteger(o.patience) && o.patience >= 1),
    'patience',
    'a whole number of validations of at least 1, or null for no early stop',
    o.patience,
  );
  expect(
    o.clipNorm === null || (o.clipNorm > 0 && o.clipNorm < Infinity),
    'clipNorm',
    'a positive number, or null for no clipping',
    o.clipNorm,
  );
  expect(Number.isInteger(o.seed) && o.seed >= 0 && o.seed < 2 ** 32, 'seed', 'a whole number in [0, 2^32)', o.seed);
  expect(STARTS.includes(o.starts), 'starts', `one of ${STARTS.join(', ')}`, o.starts);
  checkOptimizer(o.optimizer);
  checkSchedule(o.schedule, o.iterations);
}

function checkOptimizer({ name, learningRate, momentum = 0, beta2 = 0, weightDecay = 0 }: OptimizerSpec): void {
  expect(OPTIMIZERS.includes(name), 'optimizer.name', `one of ${OPTIMIZERS.join(', ')}`, name);
  expect(learningRate > 0 && learningRate < Infinity, 'optimizer.learningRate', 'a positive number', learningRate);
  expect(momentum >= 0 && momentum < 1, 'optimizer.momentum', 'a number in [0, 1)', momentum);
  expect(beta2 >= 0 && beta2 < 1, 'optimizer.beta2', 'a number in [0, 1)', beta2);
  const shrinks = weightDecay >= 0 && weightDecay * learningRate < 1;
  expect(shrinks, 'optimizer.weightDecay', `a number in [0, 1/learningRate = ${1 / learningRate})`, weightDecay);
}

function checkSchedule({ name, warmup, final }: ScheduleSpec, iterations: number): void {
  expect(SCHEDULES.includes(name), 'schedule.name', `one of ${SCHEDULES.join(', ')}`, name);
  if (warmup !== undefined) {
    const fits = Number.isInteger(warmup) && warmup >= 0 && warmup <= iterations;
    expect(fits, 'schedule.warmup', `a whole number from 0 to the ${iterations} iterations`, warmup);
  }
  if (final !== undefined) expect(final > 0 && final <= 1, 'schedule.final', 'a fraction in (0, 1]', final);
}

/** Throws a UserError where the problem does not fit together or leaves nothing to train. */
export function checkProblem(p: TrainProblem): void {
  const { layout } = p.rollout;
  const { low, high } = p.bounds;
  for (const [name, array] of Object.entries({ initial: p.initial, trainable: p.trainable, low, high })) {
    expect(array.length === layout.columns, name, `${layout.columns} columns`, array.length);
  }
  expect(p.spread >= 0 && p.spread < Infinity, 'spread', 'a number of at least 0', p.spread);
  if (p.trainable.every((t) => t === 0)) {
    throw new UserError(`train: every parameter is frozen (${layout.entries.map((e) => e.name).join(', ')}); free one`);
  }
  for (const entry of layout.entries) {
    for (let c = entry.column; c < entry.column + entry.size; c++) {
      const x = p.initial[c];
      if (Number.isNaN(x) || (p.trainable[c] === 1 && !Number.isFinite(x))) {
        throw new UserError(
          `train: ${entry.name} starts at a raw value of ${x}, outside its range or at its end; start it within, or freeze it`,
        );
      }
      if (p.trainable[c] === 1 && !(low[c] <= x && x <= high[c])) {
        throw new UserError(
          `train: ${entry.name} starts at raw ${x}, outside its bounds [${low[c]}, ${high[c]}]; move the start or the bounds`,
        );
      }
    }
  }
}

function expect(holds: boolean, key: string, expected: string, got: unknown): void {
  if (!holds) throw new UserError(`train: ${key}: expected ${expected}, got ${String(got)}`);
}
