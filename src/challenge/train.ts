/**
 * Floor 5. Training of fee laws for the AMM challenge, from their defaults.
 *
 * A fee that never changes: the edge is continuous in it, so its derivative along the paths is unbiased, and it is raised
 * until that derivative is 0. A law that answers to events: evolution, or where it has many numbers central differences,
 * with common random numbers within a generation and new ones in the next.
 */

import type { FeeLaw } from '../../kernels/competition/law.js';
import { fixed } from '../../kernels/competition/laws/fixed.js';
import { columnOf } from '../rollout/layout.js';
import type { Rollout } from '../rollout/rollout.js';
import { rawBounds } from '../train/bounds.js';
import { differences } from '../train/differences.js';
import { evolve, type Generation, type SearchState } from '../train/evolution.js';
import { type ChallengeOptions, challengeRollout, ROWS, scenarios, type Values } from './rollout.js';

const valuesOf = (rollout: Rollout, raw: Float64Array): Values =>
  Object.fromEntries(
    rollout.layout.entries.map(({ name, parameter }) => {
      const x = rollout.layout.values(raw)[name];
      return [name.slice(name.lastIndexOf('.') + 1), parameter.shape === 'scalar' ? x[0] : [...x]];
    }),
  );

/** Draws of training have a seed of their own, so that no simulation that figures are told of was seen. */
const trainingSeed = (seed: number): number => (seed ^ 0x5bd1e995) >>> 0;

export interface FixedOptions extends ChallengeOptions {
  readonly simulations: number;
  readonly rows?: number;
}

/** Where the slope is taken to be 0, as a part of the fee. */
const CLOSE = 1e-4;
const MOST_STEPS = 20;
/** Simulations between two turns of who waits. */
const CHUNK = 50;

/** The mean derivative by log₂ of the fee, a part of the simulations at a time. */
function* slopeAt(rollout: Rollout, raw: number, options: FixedOptions): Generator<FixedStep, number> {
  const { simulations, rows = ROWS } = options;
  let sum = 0;
  for (let from = 0; from < simulations; from += CHUNK) {
    const count = Math.min(CHUNK, simulations - from);
    sum += count * rollout.gradient(Float64Array.of(raw), scenarios(from, count), rows).gradient[0];
    yield { fee: 2 ** raw };
  }
  return sum / simulations;
}

export interface FixedStep {
  /** The fee that is tried. */
  readonly fee: number;
}

/** The best fixed fee on some simulations: regula falsi (Illinois) on the derivative by log₂ of the fee. */
export function* trainFixed(options: FixedOptions): Generator<FixedStep, FixedStep> {
  const rollout = challengeRollout(fixed, { ...options, seed: trainingSeed(options.seed) });
  try {
    const slope = (raw: number) => slopeAt(rollout, raw, options);
    const { column } = rollout.layout.entry('amm-challenge.fee');
    let [low] = rollout.layout.raws({}).subarray(column);
    let [high, atLow] = [low, yield* slope(low)];
    let atHigh = atLow;
    // doubled or halved until the slope changes its sign
    while (Math.sign(atHigh) === Math.sign(atLow) && Math.abs(high - low) < 8) {
      [low, atLow] = [high, atHigh];
      high += Math.sign(atHigh);
      atHigh = yield* slope(high);
    }
    for (let step = 0; step < MOST_STEPS; step++) {
      const next = high - (atHigh * (high - low)) / (atHigh - atLow);
      const at = yield* slope(next);
      if (Math.abs(next - high) < CLOSE) return { fee: 2 ** next };
      if (Math.sign(at) === Math.sign(atHigh)) atLow /= 2;
      else [low, atLow] = [high, atHigh];
      [high, atHigh] = [next, at];
    }
    return { fee: 2 ** high };
  } finally {
    rollout.dispose();
  }
}

/** How much a training does. */
export interface Effort {
  readonly generations: number;
  /** Candidates of a generation, where evolution makes them. */
  readonly population: number;
  /** Scenarios of a generation, and steps of each. */
  readonly simulations: number;
  readonly steps: number;
}

export type LawOptions = ChallengeOptions & Effort;

/** Laws of more numbers than this go by differences: evolution would have to learn a covariance of their square. */
const MOST_EVOLVED = 16;

/** What `study` takes unless told otherwise. */
export function effortOf(law: FeeLaw): Effort {
  return numbersOf(law) > MOST_EVOLVED ? BY_DIFFERENCES : BY_EVOLUTION;
}

const BY_EVOLUTION: Effort = { generations: 240, population: 16, simulations: 48, steps: 2000 };
const BY_DIFFERENCES: Effort = { generations: 300, population: 0, simulations: 16, steps: 1000 };

/** How many numbers of a law are trained. */
const numbersOf = ({ parameters }: FeeLaw): number =>
  Object.values(parameters)
    .filter((p) => p.trainable)
    .reduce((sum, { shape }) => sum + (Array.isArray(shape) ? shape.length : 1), 0);

/** In the last third of the generations scenarios are this many times as many. */
const FINER = 4;

/** First standard deviation of a raw number: a factor of 1.5 up or down where it is a power of two. */
const SPREAD = 0.6;
/** Of differences: how far both sides are from a raw number, and Adam's first step. */
const WIDTH = 0.1;
const RATE = 0.1;

/** A law from its defaults, generation by generation; or from where a training stopped. */
export function* trainLaw(law: FeeLaw, options: LawOptions, from?: SearchState): Generator<Generation, Values> {
  const rollout = challengeRollout(law, { ...options, seed: trainingSeed(options.seed) });
  try {
    const { layout } = rollout;
    const raw = layout.raws({});
    const spread = new Float64Array(layout.columns);
    // what a default of 0 switches off stays off: its raw number is −∞
    for (const { column, size, parameter } of layout.entries) {
      for (let i = column; i < column + size; i++) {
        spread[i] = parameter.trainable && Number.isFinite(raw[i]) ? SPREAD : 0;
      }
    }
    const { generations, population, simulations, steps, seed } = options;
    const { low, high } = rawBounds(layout, {});
    /** What lies beyond a range is tried, and taken in the end, as its end. */
    const within = (raws: Float64Array) =>
      raws.map((x, i) => {
        const column = Math.floor((i * layout.columns) / raws.length);
        return Math.min(Math.max(x, low[column]), high[column]);
      });
    const search = {
      ...{ start: raw, spread, generations, from },
      score(raws: Float64Array, g: number) {
        const count = g < (2 * generations) / 3 ? simulations : FINER * simulations;
        return rollout.value(within(raws), scenarios(g * FINER * simulations, count), steps + 1).objective;
      },
    };
    const run =
      numbersOf(law) > MOST_EVOLVED
        ? differences({ ...search, width: WIDTH, rate: RATE })
        : evolve({ ...search, population, seed });
    let mean = raw;
    for (const now of run) {
      mean = now.mean;
      yield now;
    }
    return valuesOf(rollout, columnOf(within(mean), 1, 0));
  } finally {
    rollout.dispose();
  }
}
