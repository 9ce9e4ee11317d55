/**
 * Floor 3. Guard rails: from a rule's raw weights to weights that a pool can hold and reach.
 *
 * Steps and names as in the TFMM literature: normalise, floor at the minimum weight, limit the change a minute.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { clip, maximum, sum } from '../../src/rollout/functions.js';
import type { ModelContext, Setting, Settings, WeightPath } from '../../src/rollout/model.js';
import { approximatelyOptimal, linear } from './interpolation.js';

const flag = (doc: string): Setting => ({ default: 0, range: [0, 1], choices: { no: 0, yes: 1 }, doc });

/** Settings of everything between a rule's output and the weights of a minute. */
export const pathSettings: Settings = {
  chunkPeriod: { default: 1440, range: [1, 525_600], doc: 'minutes between two steps of the rule' },
  weightInterpolationPeriod: {
    default: 1440,
    range: [1, 525_600],
    doc: 'minutes over which weights move; at most chunkPeriod',
  },
  interpolation: {
    default: 0,
    range: [0, 1],
    choices: { linear: 0, approx_optimal: 1 },
    doc: 'the path of the weights between two rule steps',
  },
  maximumChange: { default: 3e-4, range: [1e-9, 1], doc: 'largest change of a weight in a minute' },
  minimumWeight: { default: 0.05, range: [0, 0.5], doc: 'smallest weight of an asset; below 1/n' },
  straightThroughChange: flag('let gradients pass the limit on the change as if it did not bind'),
  straightThroughMinimum: flag('let gradients pass the minimum weight as if it did not bind'),
  compat: flag('numerics of the reference simulator where they differ: one guard pass, absolute thresholds'),
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

/** The target weights: raw = c + Δw, normalised, floored, summing to 1; and the mask of lanes where the floor bound. */
function target(c: ModelContext, weights: readonly Expr[], output: readonly Expr[]): { target: Expr[]; floored: Expr } {
  const { minimumWeight: low, straightThroughMinimum, compat } = c.settings;
  const raw = weights.map((x, i) => x.add(output[i]));
  const total = sum(raw);
  const normal = raw.map((x) => x.div(total));
  const floored = normal.map((x) => x.less(low)).reduce((a, b) => a.or(b));
  const kept = floorWeights(normal, low, compat ? 1 : c.n - 1, straightThroughMinimum !== 0);
  return { target: closeSum(kept), floored };
}

/** diff = (target − c)/ramp, scaled so that no weight moves by more than maximumChange a minute. */
function limitChange(c: ModelContext, diff: readonly Expr[]): { diff: Expr[]; limited: Expr } {
  const { maximumChange, straightThroughChange } = c.settings;
  const largest = maximum(diff.map((d) => d.abs()));
  const limited = largest.greater(maximumChange);
  const scale = where(limited, largest.add(1e-10).reciprocal().mul(maximumChange), 1);
  const cut = diff.map((d) => d.mul(scale));
  return { diff: straightThroughChange ? cut.map((y, i) => straightThrough(diff[i], y)) : cut, limited };
}

/** The weights' path of a pool that follows a rule. */
export const guardedPath: WeightPath = {
  initial: (c) => c.value.initialWeights,
  leg(c, weights, output) {
    const aim = target(c, weights, output);
    const ramp = c.settings.weightInterpolationPeriod;
    const moved = limitChange(
      c,
      aim.target.map((x, i) => x.sub(weights[i]).div(ramp)),
    );
    return { diff: moved.diff, bound: { maximumChange: moved.limited, minimumWeight: aim.floored } };
  },
  at: (c, leg, j) => {
    const ramp = c.settings.weightInterpolationPeriod;
    return c.settings.interpolation === 0 ? linear(leg, j, ramp) : approximatelyOptimal(leg, j, ramp);
  },
  ramp: (settings) => settings.weightInterpolationPeriod,
  linear: (settings) => settings.interpolation === 0,
};
