/**
 * Floor 5. A fit by simulated moments (McFadden 1989; indirect inference with paths as long as the data: Gouriéroux, Monfort
 * and Renault 1993). The draws stay the same for all values of the parameters, so the moments m(θ) of drawn paths are smooth,
 * and their gradients are exact; with W = 1/var of the recorded moments,
 *
 *     minimise Σ W·(m(θ) − m)²,   cov θ = (JᵀWJ)⁻¹JᵀW·Ω(1 + 1/S)·WJ(JᵀWJ)⁻¹
 *
 * J = ∂m/∂θ, Ω the covariance of the moments of one path under the fit, S paths. Steps are Gauss's and Newton's, damped.
 */

import { UserError } from '../errors.js';
import { createRollout } from '../rollout/compiled.js';
import type { Rollout } from '../rollout/rollout.js';
import type { DrawnSource, RecordedSource } from '../rollout/spec.js';
import type { SynchronousTarget } from '../targets/target.js';
import { bootstrap } from './comparison.js';
import { planOf } from './figures.js';
import { type ClimbOptions, notesOn, placed } from './likelihood.js';
import { cholesky, inverse, solved } from './linear.js';
import { momentNames, momentSystem, WEIGHTS, weighted } from './moment-system.js';
import { movable, type Question, rawsOf, startsOf, valuesOf } from './question.js';
import { chainOf, estimatesOf, type FitResult } from './result.js';

export interface MomentOptions {
  readonly scenarios: number;
  readonly seed: number;
  /** Rows of a path; left out: those of the data. */
  readonly rows?: number;
}

/** Why there is nothing to simulate; null where there is. */
export function whyNoMoments({ generator }: Pick<Question, 'generator'>): string | null {
  const { model, settings } = generator;
  const word = (name: string) =>
    Object.entries(model.settings[name]?.choices ?? {}).find(([, value]) => value === settings[name])?.[0];
  const still = word('noise') === 'none' || (word('integrator') ?? 'leapfrog') !== 'leapfrog';
  return still ? 'noise was expected in the model, got none, so that one path is as likely as any' : null;
}

/** The system over rows of one kind. */
function rolloutOf(
  q: Question,
  source: RecordedSource | DrawnSource,
  scales: readonly number[],
  target: SynchronousTarget,
): Rollout {
  const { assets } = q.data;
  return createRollout(
    {
      assets,
      clock: q.clock,
      source,
      system: momentSystem(assets, scales),
      objective: weighted,
      penalties: [],
      settings: {},
    },
    source.kind === 'recorded' ? q.data : null,
    target,
    {},
  );
}

type Table = readonly (readonly number[])[];

/** Asks a roll-out about all moments at once: one set of parameters each, at each of several points. */
class Asked {
  private readonly column: number;
  readonly count: number;

  constructor(readonly rollout: Rollout) {
    const { column, size } = rollout.layout.entry(WEIGHTS);
    this.column = column;
    this.count = size;
  }

  private sets(points: readonly Float64Array[]): Float64Array {
    const sets = points.length * this.count;
    const raw = new Float64Array(sets * this.rollout.layout.columns);
    points.forEach((point, p) => {
      for (let k = 0; k < this.count; k++) {
        const s = p * this.count + k;
        point.forEach((x, column) => {
          raw[column * sets + s] = x;
        });
        raw[(this.column + k) * sets + s] = 1;
      }
    });
    return raw;
  }

  /** The moments of each window, [W][moment]. */
  byWindow(point: Float64Array, windows: Int32Array, rows: number): Table {
    const { byWindow } = this.rollout.value(this.sets([point]), windows, rows);
    return Array.from(windows, (_, w) => Array.from(byWindow.subarray(w * this.count, (w + 1) * this.count)));
  }

  /** The mean moments at each point, [point][moment]. */
  means(points: readonly Float64Array[], windows: Int32Array, rows: number): Table {
    const { objective } = this.rollout.value(this.sets(points), windows, rows);
    return points.map((_, p) => Array.from(objective.subarray(p * this.count, (p + 1) * this.count)));
  }

  /** The mean moments at a point, and their derivatives by the free columns, [moment][free]. */
  jacobian(point: Float64Array, free: readonly number[], windows: Int32Array, rows: number) {
    const { objective, gradient } = this.rollout.gradient(this.sets([point]), windows, rows);
    const slopes = Array.from({ length: this.count }, (_, k) =>
      free.map((column) => gradient[column * this.count + k]),
    );
    return { moments: Array.from(objective), slopes };
  }
}

const SAMPLES = 400;
const DAMPING = [0, 1e-3, 1e-2, 0.1, 1, 10, 100, 1e4];
/** What a step may still promise, in squared standard errors, and count as none. */
const NOTHING = 1e-4;
/** Paths that Ω is estimated from. */
const SPREAD_PATHS = 100;

/** The moments of the recorded rows, and the variance of each by a bootstrap of stretches. */
function recordedMoments(q: Question, scales: readonly number[], target: SynchronousTarget) {
  const rollout = rolloutOf(q, { kind: 'recorded', series: [] }, scales, target);
  try {
    const asked = new Asked(rollout);
    const point = new Float64Array(rollout.layout.columns);
    const { rows } = q.data;
    const { stretches, length } = planOf(rows);
    const firsts = Int32Array.from({ length: stretches }, (_, b) => b * length);
    const blocks = asked.byWindow(point, firsts, length + 1);
    const samples = bootstrap(blocks, SAMPLES, 1).map((sample) => meanOf(sample));
    const centre = meanOf(samples);
    const variances = centre.map((m, k) => samples.reduce((s, x) => s + (x[k] - m) ** 2, 0) / (SAMPLES - 1));
    return { moments: asked.byWindow(point, Int32Array.of(0), rows)[0], variances };
  } finally {
    rollout.dispose();
  }
}

const meanOf = (rows: Table): number[] => rows[0].map((_, k) => rows.reduce((s, row) => s + row[k], 0) / rows.length);

export function fitByMoments(
  q: Question,
  options: ClimbOptions,
  { scenarios, seed, rows = q.data.rows }: MomentOptions,
): FitResult {
  const { generator, data, clock } = q;
  const { target } = options;
  const { scales } = planOf(Math.min(rows, data.rows));
  const recorded = recordedMoments(q, scales, target);
  const rollout = rolloutOf(
    q,
    { kind: 'drawn', model: generator.model, settings: generator.settings, seed },
    scales,
    target,
  );
  try {
    const { layout } = rollout;
    const asked = new Asked(rollout);
    const windows = Int32Array.from({ length: scenarios }, (_, s) => s);
    const weights = recorded.variances.map((v) => (v > 0 ? 1 / v : 0));
    const values = startsOf(q)[0];
    const start = rawsOf(generator, layout, values);
    const { free, low, high } = movable(q, layout, values);
    if (free.length === 0)
      throw new UserError('fit: a parameter to fit was expected, got none; leave train: false out');
    const top = descend({ asked, free, low, high, windows, rows, weights, wanted: recorded.moments }, start, options);
    if (!Number.isFinite(top.distance)) {
      throw new UserError(
        'fit: finite moments at the start were expected, got such as are none; give other start values',
      );
    }
    const spread = asked.byWindow(
      top.raw,
      Int32Array.from({ length: SPREAD_PATHS }, (_, s) => s),
      rows,
    );
    const covariance = sandwich(top.slopes, weights, covarianceOfRows(spread), 1 + 1 / scenarios, free, top.bound);
    const raw = placed(q, top.raw, layout);
    const estimates = estimatesOf(generator, layout, { raw, start, free, covariance });
    return {
      method: 'moments',
      estimates,
      values: valuesOf(generator, layout, raw),
      raw,
      chain: chainOf(generator, layout, raw, free, covariance, clock.interval),
      logLikelihood: null,
      startLogLikelihood: null,
      distance: top.distance,
      matched: momentNames(data.assets, scales).map((name, k) => ({
        name,
        data: recorded.moments[k],
        error: Math.sqrt(recorded.variances[k]),
        fit: top.moments[k],
      })),
      parameters: free.length,
      rows: data.rows,
      iterations: top.iterations,
      converged: top.converged,
      notes: notesOn(generator.model.name, layout, top, free, covariance),
    };
  } finally {
    rollout.dispose();
  }
}

interface Descent {
  readonly asked: Asked;
  readonly free: readonly number[];
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly windows: Int32Array;
  readonly rows: number;
  readonly weights: readonly number[];
  readonly wanted: readonly number[];
}

/** Gauss's and Newton's steps to where no step gains anything. */
function descend(d: Descent, start: Float64Array, { iterations, onStep }: ClimbOptions) {
  const { asked, free, low, high, windows, rows, weights, wanted } = d;
  const distanceOf = (moments: readonly number[]) =>
    moments.reduce((s, m, k) => s + weights[k] * (m - wanted[k]) ** 2, 0);
  const clipped = (x: number, k: number) => Math.min(Math.max(x, low[k]), high[k]);
  let raw = start.slice();
  for (const k of free) raw[k] = clipped(raw[k], k);
  for (let iteration = 0; ; iteration++) {
    const { moments, slopes } = asked.jacobian(raw, free, windows, rows);
    const distance = distanceOf(moments);
    const g = free.map((_, i) => slopes.reduce((s, row, k) => s - weights[k] * row[i] * (moments[k] - wanted[k]), 0));
    const held = free.map((k, i) => (raw[k] <= low[k] && g[i] < 0) || (raw[k] >= high[k] && g[i] > 0));
    const bound = free.filter((_, i) => held[i]);
    const done = (converged: boolean) => ({ raw, moments, slopes, distance, bound, iterations: iteration, converged });
    const steps = stepsOf(slopes, weights, g, held);
    if (steps.length === 0 || steps[0].promised < NOTHING) return done(Number.isFinite(distance));
    if (iteration === iterations) return done(false);
    const points = steps.map(({ step }) => {
      const point = raw.slice();
      free.forEach((k, i) => {
        point[k] = clipped(point[k] + step[i], k);
      });
      return point;
    });
    const distances = asked.means(points, windows, rows).map(distanceOf);
    const best = distances.reduce((b, x, i) => (x < distances[b] || Number.isNaN(distances[b]) ? i : b), 0);
    // what no step makes smaller is the bottom, to rounding and to what whole numbers leave of smoothness
    if (!(distances[best] < distance)) return done(steps[0].promised < 1e-2 * Math.max(1, distance));
    raw = points[best];
    onStep?.({ iteration: iteration + 1, name: 'distance', value: distances[best] });
  }
}

function stepsOf(slopes: Table, weights: readonly number[], g: readonly number[], held: readonly boolean[]) {
  const moves = held.flatMap((h, i) => (h ? [] : [i]));
  const normal = moves.map((i) => moves.map((j) => slopes.reduce((s, row, k) => s + weights[k] * row[i] * row[j], 0)));
  return DAMPING.flatMap((damping) => {
    const l = cholesky(normal.map((row, a) => row.map((x, b) => (a === b ? x * (1 + damping) + 1e-12 : x))));
    if (l === null || moves.length === 0) return [];
    const x = solved(
      l,
      moves.map((i) => g[i]),
    );
    const cut = Math.min(1, 3 / Math.max(...x.map(Math.abs)));
    const step = held.map(() => 0);
    moves.forEach((i, a) => {
      step[i] = x[a] * cut;
    });
    return [{ step, promised: moves.reduce((s, i, a) => s + g[i] * x[a], 0) }];
  });
}

function covarianceOfRows(rows: Table): number[][] {
  const centre = meanOf(rows);
  return centre.map((a, i) =>
    centre.map((b, j) => rows.reduce((s, row) => s + (row[i] - a) * (row[j] - b), 0) / (rows.length - 1)),
  );
}

/** The covariance of the free columns, NaN where one stands at a bound or nothing is determined. */
function sandwich(
  slopes: Table,
  weights: readonly number[],
  omega: Table,
  factor: number,
  free: readonly number[],
  bound: readonly number[],
): number[][] {
  const inner = free.flatMap((k, i) => (bound.includes(k) ? [] : [i]));
  const bread = inverse(
    inner.map((i) => inner.map((j) => slopes.reduce((s, row, k) => s + weights[k] * row[i] * row[j], 0))),
  );
  const none = () => free.map(() => free.map(() => Number.NaN));
  if (bread === null) return none();
  // rows of (JᵀWJ)⁻¹JᵀW
  const filling = bread.map((row) =>
    weights.map((w, k) => row.reduce((s, x, b) => s + x * w * slopes[k][inner[b]], 0)),
  );
  const out = none();
  filling.forEach((x, a) => {
    const through = omega.map((row) => row.reduce((s, o, k) => s + o * x[k], 0));
    filling.forEach((y, b) => {
      out[inner[a]][inner[b]] = factor * y.reduce((s, v, k) => s + v * through[k], 0);
    });
  });
  return out;
}
