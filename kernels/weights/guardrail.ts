/**
 * Floor 3. Guard rails: from a rule's raw weights to weights that a pool can hold and reach.
 *
 * Steps and names as in the TFMM literature: normalise, floor at the minimum weight, limit the change a minute.
 */
import { type Expr, where } from '../../src/graph/index.js';
import type { WeightPath } from '../../src/pools/model.js';
import { minutesOf, rowsOf } from '../../src/rollout/clock.js';
import { clip, maximum, sum } from '../../src/rollout/functions.js';
import type { ModelContext, Setting, Settings } from '../../src/rollout/model.js';
import { approximatelyOptimal, geodesic, linear } from './interpolation.js';

const flag = (doc: string): Setting => ({ default: 0, range: [0, 1], choices: { no: 0, yes: 1 }, doc });

/** Settings of everything between a rule's output and the weights of a step. */
export const pathSettings: Settings = {
  chunkPeriod: {
    default: 1440,
    range: [0, 525_600],
    time: 'minutes',
    whole: true,
    doc: 'time between two steps of the rule',
  },
  weightInterpolationPeriod: {
    default: 1440,
    range: [0, 525_600],
    time: 'minutes',
    whole: true,
    doc: 'time over which weights move; at most chunkPeriod',
  },
  interpolation: {
    default: 0,
    range: [0, 2],
    choices: { linear: 0, approx_optimal: 1, geodesic: 2 },
    doc: 'the path of the weights between two rule steps',
  },
  maximumChange: { default: 3e-4, range: [1e-9, 1], doc: 'largest change of a weight in a minute' },
  minimumWeight: { default: 0.05, range: [0, 0.5], doc: 'smallest weight of an asset; below 1/n' },
  straightThroughChange: flag('let gradients pass the limit on the change as if it did not bind'),
  straightThroughMinimum: flag('let gradients pass the minimum weight as if it did not bind'),
  compat: flag(
    'numerics of the reference simulator where they differ: one guard pass, absolute thresholds, its look-ahead of minimum variance',
  ),
};

/** forward y, backward as x: x + sg(y − x). */
const straightThrough = (x: Expr, y: Expr): Expr => x.add(y.sub(x).stopGradient());

/**
 * Floors weights at `low` and keeps their sum 1: what was below is lifted, the others are scaled by what is left,
 * (1 − #low·min)/Σ others. One pass may push another weight below; n − 1 passes always suffice. `through`: gradients
 * pass the clips, not the scaling.
 */
function floorWeights(w: readonly Expr[], low: number, passes: number, through: boolean): Expr[] {
  const n = w.length;
  const high = 1 - (n - 1) * low;
  let floored: Expr[] = w.map((x) => x);
  // an asset once at the floor stays there: scaling must not lift it again
  let at: Expr[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const below = floored.map((x, i) => (at.length === 0 ? x.less(low) : at[i].or(x.less(low))));
    const clipped = floored.map((x, i) => {
      const inside = where(below[i], low, clip(x, low, high));
      return through ? straightThrough(x, inside) : inside;
    });
    const lifted = sum(below.map((m) => where(m, 1, 0)));
    const others = sum(clipped.map((x, i) => where(below[i], 0, x)));
    const left = lifted.mul(-low).add(1).div(others);
    floored = clipped.map((x, i) => where(below[i], x, x.mul(left)));
    at = below;
  }
  return floored;
}

/** Beside a sum of room, so that none is no division by 0. */
const NO_ROOM = 1e-10;

/**
 * Weights within bounds of each asset that sum to 1: what the clips leave over is given to the others in proportion to the
 * room that each has below its bound, what they take is taken in proportion to the room above. Bounds that no weights meet
 * (Σ least > 1 or Σ greatest < 1) are met as shares of their sum.
 */
function boundWeights(c: ModelContext, w: readonly Expr[]): Expr[] {
  const { leastWeight: low, greatestWeight: high } = c.value;
  const clipped = (xs: readonly Expr[]) =>
    xs.map((x, i) => {
      const inside = clip(x, low[i], high[i]);
      return c.settings.straightThroughMinimum ? straightThrough(x, inside) : inside;
    });
  const inside = clipped(w);
  const missing = sum(inside).neg().add(1);
  const above = inside.map((x, i) => high[i].sub(x));
  const below = inside.map((x, i) => x.sub(low[i]));
  const [given, taken] = [
    missing.maximum(0).div(sum(above).add(NO_ROOM)),
    missing.minimum(0).div(sum(below).add(NO_ROOM)),
  ];
  const spread = clipped(inside.map((x, i) => x.add(above[i].mul(given)).add(below[i].mul(taken))));
  const total = sum(spread);
  return spread.map((x) => x.div(total));
}

/** Adds 1 − Σw to the largest weight (the first of equals), in the forward value only. */
function closeSum(w: readonly Expr[]): Expr[] {
  const missing = sum(w).neg().add(1).stopGradient();
  const top = maximum(w);
  const closed: Expr[] = [];
  let open = top.lessEqual(top); // true until the largest was met
  for (const x of w) {
    const here = open.and(top.lessEqual(x));
    closed.push(x.add(where(here, missing, 0)));
    open = open.and(here.not());
  }
  return closed;
}

/** Whether any bound of an asset binds. */
const outOfBounds = (c: ModelContext, w: readonly Expr[]): Expr =>
  w.map((x, i) => x.less(c.value.leastWeight[i]).or(x.greater(c.value.greatestWeight[i]))).reduce((a, b) => a.or(b));

/** The target weights: raw ones normalised, bounded, floored, summing to 1; and masks of lanes where these guards bound. */
function target(c: ModelContext, raw: readonly Expr[]): { target: Expr[]; bound: Readonly<Record<string, Expr>> } {
  const { minimumWeight: low, straightThroughMinimum, compat, assetBounds } = c.settings;
  const total = sum(raw);
  const free = raw.map((x) => x.div(total));
  const normal = assetBounds ? boundWeights(c, free) : free;
  const floored = normal.map((x) => x.less(low)).reduce((a, b) => a.or(b));
  const kept = floorWeights(normal, low, compat ? 1 : c.n - 1, straightThroughMinimum !== 0);
  const bound = { minimumWeight: floored, ...(assetBounds ? { assetBounds: outOfBounds(c, free) } : {}) };
  return { target: closeSum(kept), bound };
}

/** diff = (target − c)/ramp a step, scaled so that no weight moves by more than maximumChange a minute. */
function limitChange(c: ModelContext, diff: readonly Expr[]): { diff: Expr[]; limited: Expr } {
  const { straightThroughChange } = c.settings;
  const maximumChange = c.settings.maximumChange * minutesOf(c.clock);
  const largest = maximum(diff.map((d) => d.abs()));
  const limited = largest.greater(maximumChange);
  const scale = where(limited, largest.add(1e-10).reciprocal().mul(maximumChange), 1);
  const cut = diff.map((d) => d.mul(scale));
  return { diff: straightThroughChange ? cut.map((y, i) => straightThrough(diff[i], y)) : cut, limited };
}

/** By the number of the setting `interpolation`. */
const PATHS = [linear, approximatelyOptimal, geodesic];

/** The weights' path of a pool that follows a rule. */
export const guardedPath: WeightPath = {
  initial: (c, raw) => (raw === null ? c.value.initialWeights : target(c, raw).target),
  leg(c, weights, raw) {
    const aim = target(c, raw);
    const ramp = guardedPath.ramp(c.settings, c.clock);
    const moved = limitChange(
      c,
      aim.target.map((x, i) => x.sub(weights[i]).div(ramp)),
    );
    return { diff: moved.diff, bound: { maximumChange: moved.limited, ...aim.bound } };
  },
  at: (c, leg, j) => PATHS[c.settings.interpolation](leg, j, guardedPath.ramp(c.settings, c.clock)),
  ramp: (settings, clock) => rowsOf(clock, settings.weightInterpolationPeriod),
  linear: (settings) => settings.interpolation === 0,
};
