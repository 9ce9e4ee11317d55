/**
 * Floor 5. A fit by likelihood: the generator's own law of each row given those before, climbed by exact gradients; standard
 * errors from the observed information (Efron and Hinkley 1978).
 */
import { densityOf, likelihood, likelihoodOf } from '../../kernels/prices/likelihood.js';
import { UserError } from '../errors.js';
import { createRollout } from '../rollout/compiled.js';
import { columnOf } from '../rollout/layout.js';
import type { Rollout } from '../rollout/rollout.js';
import type { SynchronousTarget } from '../targets/target.js';
import { climb, curvatureAt, type Landscape, type Top } from './ascent.js';
import { movable, type Question, rawsOf, startsOf, valuesOf } from './question.js';
import { chainOf, covarianceOf, estimatesOf, type FitResult } from './result.js';
import type { Values } from './starts.js';

export interface ClimbOptions {
  readonly target: SynchronousTarget;
  readonly threads?: number;
  readonly iterations: number;
  readonly onStep?: (step: FitStep) => void;
}

/** How far a fit is. */
export interface FitStep {
  readonly iteration: number;
  /** Of what is made large or small. */
  readonly name: 'ln L' | 'distance';
  readonly value: number;
}

/** Why the likelihood of a question is not known in closed form; null where it is. */
export function whyNoLikelihood({ generator }: Pick<Question, 'generator'>): string | null {
  const { model, settings, parameters } = generator;
  const density = densityOf(model, settings);
  if (density === null) return `${model.name} has no likelihood in closed form with these settings`;
  for (const [key, wanted] of Object.entries(density.where ?? {})) {
    const p = parameters[key];
    if (p !== undefined && (p.train || p.value.some((x) => x !== wanted))) {
      return `the likelihood of ${model.name} is in closed form for ${key}: ${wanted} alone`;
    }
  }
  return null;
}

/** The likelihood of the data as a roll-out over them. Throws a UserError where it is in no closed form. */
export function likelihoodRollout(q: Question, target: SynchronousTarget, threads?: number): Rollout {
  const { model, settings } = q.generator;
  const system = likelihoodOf(model, settings);
  if (system === null) {
    throw new UserError(`fit: ${whyNoLikelihood(q)}; say method: moments`);
  }
  return createRollout(
    {
      assets: q.data.assets,
      clock: q.clock,
      source: { kind: 'recorded', series: [] },
      system,
      objective: likelihood,
      penalties: [],
      settings,
    },
    q.data,
    target,
    threads === undefined ? {} : { threads },
  );
}

/** Points as sets of one run over all rows. */
function landscapeOf(rollout: Rollout, rows: number): Landscape {
  const window = Int32Array.of(0);
  const sets = (points: readonly Float64Array[]) => {
    const raw = new Float64Array(points.length * rollout.layout.columns);
    points.forEach((point, s) => {
      point.forEach((x, k) => {
        raw[k * points.length + s] = x;
      });
    });
    return raw;
  };
  return {
    value: (points) => Array.from(rollout.value(sets(points), window, rows).objective),
    gradient: (points) => {
      const { objective, gradient } = rollout.gradient(sets(points), window, rows);
      return points.map((_, s) => ({ value: objective[s], gradient: columnOf(gradient, points.length, s) }));
    },
  };
}

/** Climbs from every start, and keeps the highest top. */
export function fitByLikelihood(q: Question, options: ClimbOptions): FitResult {
  const rollout = likelihoodRollout(q, options.target, options.threads);
  try {
    const { layout } = rollout;
    const landscape = landscapeOf(rollout, q.data.rows);
    const climbs = startsOf(q).map((values) => {
      const start = rawsOf(q.generator, layout, values);
      const { free, low, high } = movable(q, layout, values);
      if (free.length === 0) {
        throw new UserError('fit: a parameter to fit was expected, got none; leave train: false out');
      }
      const onStep = (step: { readonly iteration: number; readonly value: number }) =>
        options.onStep?.({ ...step, name: 'ln L' });
      const top = climb(landscape, start, { iterations: options.iterations, onStep, free, low, high });
      return { start, free, top };
    });
    return resultOf(
      q,
      layout,
      landscape,
      climbs.reduce((a, b) => (b.top.value > a.top.value ? b : a)),
    );
  } finally {
    rollout.dispose();
  }
}

/** What is known of values that were found in another way: the likelihood there, and standard errors. */
export function judged(
  q: Question,
  found: { readonly values: Values; readonly start: Values; readonly iterations: number; readonly converged: boolean },
  { target, threads }: Pick<ClimbOptions, 'target' | 'threads'>,
): FitResult {
  const rollout = likelihoodRollout(q, target, threads);
  try {
    const { layout } = rollout;
    const landscape = landscapeOf(rollout, q.data.rows);
    const [raw, start] = [found.values, found.start].map((values) => rawsOf(q.generator, layout, values));
    const { free } = movable(q, layout, found.values);
    const { iterations, converged } = found;
    const { value, curvature } = curvatureAt(landscape, raw, free);
    return resultOf(q, layout, landscape, {
      start,
      free,
      top: { raw, value, curvature, iterations, converged, bound: [] },
    });
  } finally {
    rollout.dispose();
  }
}

function resultOf(
  q: Question,
  layout: Rollout['layout'],
  landscape: Landscape,
  { start, free, top }: { readonly start: Float64Array; readonly free: readonly number[]; readonly top: Top },
): FitResult {
  const { generator, data, clock } = q;
  if (!Number.isFinite(top.value)) {
    throw new UserError(
      `fit: a finite likelihood at the start was expected, got ${top.value}; give other start values, or take another model`,
    );
  }
  const covariance = covarianceOf(top.curvature, free, top.bound);
  const raw = placed(q, top.raw, layout);
  return {
    method: 'likelihood',
    estimates: estimatesOf(generator, layout, { raw, start, free, covariance }),
    values: valuesOf(generator, layout, raw),
    raw,
    chain: chainOf(generator, layout, raw, free, covariance, clock.interval),
    logLikelihood: top.value,
    startLogLikelihood: landscape.value([start])[0],
    distance: null,
    matched: [],
    parameters: free.length,
    rows: data.rows,
    iterations: top.iterations,
    converged: top.converged,
    notes: notesOn(generator.model.name, layout, top, free, covariance),
  };
}

/** The place of the first row under the fitted base: what a path of the generator starts from. */
export function placed(
  { generator, data, given }: Question,
  raw: Float64Array,
  layout: Rollout['layout'],
): Float64Array {
  const values: Values = valuesOf(generator, layout, raw);
  if (values.position === undefined || values.base === undefined || values.a === undefined || given.has('position')) {
    return raw;
  }
  const position = values.base.map((base, i) => Math.log(data.prices[i] / base) / values.a[0]);
  const out = raw.slice();
  out.set(position, layout.entry(`${generator.model.name}.position`).column);
  return out;
}

export function notesOn(
  model: string,
  layout: Rollout['layout'],
  top: Pick<Top, 'converged' | 'bound' | 'iterations'>,
  free: readonly number[],
  covariance: readonly (readonly number[])[],
): string[] {
  const nameOf = (k: number) => {
    const entry = layout.entries.find(({ column, size }) => k >= column && k < column + size);
    const label = entry?.labels[k - entry.column];
    return `${entry?.name.slice(model.length + 1)}${label === undefined ? '' : ` of ${label}`}`;
  };
  const loose = free.filter((k, i) => !top.bound.includes(k) && !(covariance[i][i] >= 0));
  return [
    ...(top.converged ? [] : [`not at the top after ${top.iterations} steps: raise iterations, or give other starts`]),
    ...(top.bound.length === 0 ? [] : [`at a bound: ${top.bound.map(nameOf).join(', ')}`]),
    ...(loose.length === 0
      ? []
      : ['these data do not determine all parameters: there are no standard errors; fix some by train: false']),
  ];
}
