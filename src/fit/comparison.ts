/** Floor 5. What recorded prices and those of a fitted generator have in common, with bootstrap intervals of the recorded. */

import { likelihood } from '../../kernels/prices/likelihood.js';
import { createRollout } from '../rollout/compiled.js';
import { watch } from '../rollout/watch.js';
import { draw } from '../targets/runtime.js';
import type { SynchronousTarget } from '../targets/target.js';
import { added, type Figures, figuresOf, type Plan, planOf, sumsOf } from './figures.js';
import { type Question, rawsOf } from './question.js';
import type { FitResult } from './result.js';

/** A figure of the data, its interval, and that of the fit. */
export interface Compared {
  readonly asset: string;
  readonly name: string;
  /** Rows of the return. */
  readonly scale: number;
  readonly data: number;
  readonly low: number;
  readonly high: number;
  readonly fit: number;
}

/** Figures along lags or periods. */
export interface ComparedCurve {
  readonly at: readonly number[];
  readonly data: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly fit: readonly number[];
}

export interface AssetComparison {
  readonly asset: string;
  readonly figures: readonly Compared[];
  readonly returns: ComparedCurve;
  readonly sizes: ComparedCurve;
  readonly spectrum: ComparedCurve;
  /** Recorded prices, and those of each path. */
  readonly recorded: Float64Array;
  readonly paths: readonly Float64Array[];
}

export interface Comparison {
  readonly figures: readonly Compared[];
  readonly assets: readonly AssetComparison[];
}

export interface ComparisonOptions {
  readonly paths: number;
  readonly samples: number;
  readonly seed: number;
}

/** Of 100 samples, those between which an interval lies. */
const INTERVAL = [0.025, 0.975] as const;
/** The figures of a fit are of this many rows at least, so that they are those of the generator and not of a path. */
const PATH_ROWS = 200_000;
const MOST_PATHS = 40;

export function comparisonOf(
  q: Question,
  result: FitResult,
  options: ComparisonOptions,
  target: SynchronousTarget,
): Comparison {
  const { data } = q;
  const plan = planOf(data.rows);
  const count = Math.max(options.paths, Math.min(MOST_PATHS, Math.ceil(PATH_ROWS / data.rows)));
  const paths = drawnPaths(q, result, count, options.seed, target);
  const n = data.assets.length;
  const column = (prices: Float64Array, i: number) =>
    Float64Array.from({ length: data.rows }, (_, t) => prices[t * n + i]);
  const assets = data.assets.map((asset, i) => {
    const recorded = column(data.prices, i);
    const drawn = paths.map((path) => column(path, i));
    return { ...compared(asset, recorded, drawn, plan, options), paths: drawn.slice(0, options.paths) };
  });
  return { figures: assets.flatMap((a) => a.figures), assets };
}

/** Scenarios of the fitted generator, as long as the data. */
function drawnPaths(
  q: Question,
  result: FitResult,
  count: number,
  seed: number,
  target: SynchronousTarget,
): Float64Array[] {
  const { model, settings } = q.generator;
  const rollout = createRollout(
    {
      assets: q.data.assets,
      clock: q.clock,
      source: { kind: 'drawn', model, settings, seed },
      system: watch,
      // nothing is asked of the paths but to be drawn
      objective: { ...likelihood, reads: ['prices'], score: (c) => c.last.prices[0] },
      penalties: [],
      settings: {},
    },
    null,
    target,
    { threads: 1 },
  );
  try {
    const raw = rawsOf(q.generator, rollout.layout, result.values);
    return Array.from({ length: count }, (_, k) => rollout.path(raw, k, q.data.rows, 1).observed.prices);
  } finally {
    rollout.dispose();
  }
}

const logsOf = (prices: Float64Array): Float64Array => prices.map(Math.log);

function compared(
  asset: string,
  recorded: Float64Array,
  drawn: readonly Float64Array[],
  plan: Plan,
  { samples, seed }: ComparisonOptions,
): Omit<AssetComparison, 'paths'> {
  const own = sumsOf(logsOf(recorded), plan);
  const data = figuresOf(added(own), own.length, plan);
  // a price that fell to 0 has no logarithm: such a path says nothing
  const theirs = drawn
    .filter((p) => p.every((x) => x > 0 && x < Number.POSITIVE_INFINITY))
    .flatMap((p) => sumsOf(logsOf(p), plan));
  const fit = figuresOf(added(theirs.length === 0 ? [own[0].map(() => Number.NaN)] : theirs), theirs.length, plan);
  const resampled = bootstrap(own, samples, seed).map((drawnSums) => figuresOf(added(drawnSums), own.length, plan));
  const interval = (of: (f: Figures) => number): readonly [number, number] => {
    const sorted = resampled.map(of).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
    return [at(INTERVAL[0]), at(INTERVAL[1])];
  };
  const curve = (at: readonly number[], of: (f: Figures) => readonly number[]): ComparedCurve => {
    const bounds = at.map((_, k) => interval((f) => of(f)[k]));
    return { at, data: of(data), low: bounds.map(([x]) => x), high: bounds.map(([, x]) => x), fit: of(fit) };
  };
  return {
    asset,
    recorded,
    figures: data.moments.map(({ name, scale, value }, k) => {
      const [low, high] = interval((f) => f.moments[k].value);
      return { asset, name, scale, data: value, low, high, fit: fit.moments[k].value };
    }),
    returns: curve(plan.lags, (f) => f.returns),
    sizes: curve(plan.lags, (f) => f.sizes),
    spectrum: curve(plan.periods, (f) => f.spectrum),
  };
}

/** Samples of as many stretches, drawn with replacement; the same seed gives the same samples. */
export const bootstrap = <T>(stretches: readonly T[], samples: number, seed: number): readonly (readonly T[])[] =>
  Array.from({ length: samples }, (_, sample) =>
    stretches.map((_s, k) => stretches[Math.floor(draw(seed | 0, 0, sample, k) * stretches.length)]),
  );
