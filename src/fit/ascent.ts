/**
 * Floor 5. Climbing a smooth objective of a few numbers to its top by Newton's steps, damped where the quadratic model does
 * not hold (Levenberg 1944): gradients are exact, second derivatives are central differences of them, and all points that a
 * step needs are sets of one run.
 */
import { cholesky, solved } from './linear.js';

/** Objectives and gradients at several points, or objectives alone. */
export interface Landscape {
  readonly value: (points: readonly Float64Array[]) => readonly number[];
  readonly gradient: (
    points: readonly Float64Array[],
  ) => readonly { readonly value: number; readonly gradient: Float64Array }[];
}

export interface AscentOptions {
  /** Columns that move; the others stay. */
  readonly free: readonly number[];
  /** Least and greatest of each column. */
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly iterations: number;
  readonly onStep?: (step: { readonly iteration: number; readonly value: number }) => void;
}

export interface Top {
  readonly raw: Float64Array;
  readonly value: number;
  /** −∂²/∂² of the objective by the free columns. */
  readonly curvature: number[][];
  readonly iterations: number;
  /** Whether no step could gain anything. */
  readonly converged: boolean;
  /** Free columns that stand at a bound. */
  readonly bound: readonly number[];
}

/** A step of the differences, of columns whose natural size is 1. */
const H = 1e-4;
/** What a step may still promise, in units of the objective, and count as none. */
const NOTHING = 1e-10;
/** Damping, as a share of each curvature, and the largest change of a raw number in a step. */
const DAMPING = [0, 1e-3, 1e-2, 0.1, 1, 10, 100, 1e4, 1e8];
const LONGEST = 3;

/** The exact gradient and the curvature at a point. */
export function curvatureAt(landscape: Landscape, raw: Float64Array, free: readonly number[]) {
  const steps = free.map((k) => H * Math.max(1, Math.abs(raw[k])));
  const moved = (i: number, sign: number) => {
    const point = raw.slice();
    point[free[i]] += sign * steps[i];
    return point;
  };
  const points = [raw, ...free.flatMap((_, i) => [moved(i, 1), moved(i, -1)])];
  const [here, ...around] = landscape.gradient(points);
  const rough = free.map((_, i) =>
    free.map((k) => (around[2 * i + 1].gradient[k] - around[2 * i].gradient[k]) / (2 * steps[i])),
  );
  const curvature = rough.map((row, i) => row.map((x, j) => (x + rough[j][i]) / 2));
  return { value: here.value, gradient: free.map((k) => here.gradient[k]), curvature };
}

/** From `start` to where no step gains anything, or as far as the iterations go. */
export function climb(landscape: Landscape, start: Float64Array, options: AscentOptions): Top {
  const { free, low, high } = options;
  let raw = start.map((x, k) => Math.min(Math.max(x, low[k]), high[k]));
  let at = curvatureAt(landscape, raw, free);
  for (let iteration = 1; ; iteration++) {
    const held = free.map(
      (k, i) => (raw[k] <= low[k] && at.gradient[i] < 0) || (raw[k] >= high[k] && at.gradient[i] > 0),
    );
    const bound = free.filter((_, i) => held[i]);
    const steps = stepsOf(at, held);
    const done = (converged: boolean): Top => ({
      raw,
      value: at.value,
      curvature: at.curvature,
      iterations: iteration - 1,
      converged,
      bound,
    });
    if (steps.length === 0) return done(held.every(Boolean));
    if (steps.every(({ promised }) => promised < NOTHING)) return done(Number.isFinite(at.value));
    if (iteration > options.iterations) return done(false);
    const points = steps.map(({ step }) => {
      const point = raw.slice();
      free.forEach((k, i) => {
        point[k] = Math.min(Math.max(point[k] + step[i], low[k]), high[k]);
      });
      return point;
    });
    const values = landscape.value(points);
    const best = values.reduce(
      (b, v, i) => (v > (values[b] ?? Number.NEGATIVE_INFINITY) || Number.isNaN(values[b]) ? i : b),
      0,
    );
    // equal to rounding: the top
    if (!(values[best] > at.value))
      return done(steps.some(({ promised }) => promised < 1e-6 * Math.max(1, Math.abs(at.value) * 1e-6)));
    raw = points[best];
    at = curvatureAt(landscape, raw, free);
    options.onStep?.({ iteration, value: at.value });
  }
}

/** Steps of growing damping, each with what the quadratic model promises of it; none where nothing may move. */
function stepsOf(at: { readonly gradient: number[]; readonly curvature: number[][] }, held: readonly boolean[]) {
  const moves = held.flatMap((h, i) => (h ? [] : [i]));
  if (moves.length === 0) return [];
  const g = moves.map((i) => at.gradient[i]);
  const diagonal = moves.map((i) => Math.abs(at.curvature[i][i]) || 1);
  return DAMPING.flatMap((damping) => {
    const l = cholesky(
      moves.map((i, a) => moves.map((j, b) => at.curvature[i][j] + (a === b ? damping * diagonal[a] : 0))),
    );
    if (l === null) return [];
    const x = solved(l, g);
    const longest = Math.max(...x.map(Math.abs));
    const cut = Math.min(1, LONGEST / longest);
    const step = held.map(() => 0);
    moves.forEach((i, a) => {
      step[i] = x[a] * cut;
    });
    return [{ step, promised: g.reduce((s, v, a) => s + v * x[a], 0) / 2 }];
  });
}
