/**
 * Floor 5. Ascent without a gradient, for objectives whose derivative along a path is biased: a covariance matrix adapts to
 * the candidates that did best (CMA-ES, Hansen 2016), with the Cholesky factor in place of the square root. Every candidate
 * of a generation is scored on the same scenarios, those of the next on others, so that nothing is fitted to them.
 */
import { normals } from '../data/random.js';

export interface EvolutionOptions {
  /** Raw numbers to start from. */
  readonly start: Float64Array;
  /** First standard deviation of each; 0 for those that stay. */
  readonly spread: Float64Array;
  readonly generations: number;
  /** Candidates of a generation. */
  readonly population: number;
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** The scores of candidates [columns][S] in a generation; higher is better. */
  readonly score: (raws: Float64Array, generation: number) => Float64Array;
  /** Goes on from there, to the bit. */
  readonly from?: SearchState;
}

/** What a search without a gradient goes on from: how many generations are done, and its numbers by name. */
export interface SearchState {
  readonly generation: number;
  readonly numbers: Readonly<Record<string, readonly number[]>>;
}

export interface Generation {
  /** How many are done. */
  readonly generation: number;
  readonly state: SearchState;
  /** The mean of the search, and over the last third of the generations the average of those. */
  readonly mean: Float64Array;
  /** The best score of the generation, and the mean of the better half. */
  readonly best: number;
  readonly better: number;
}

type Matrix = readonly (readonly number[])[];

/** L with LLᵀ the matrix, which is symmetric; pivots that rounding made too small are raised. */
function cholesky(a: Matrix): number[][] {
  const l = a.map((row) => row.map(() => 0));
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a[i][j];
      for (let k = 0; k < j; k++) rest -= l[i][k] * l[j][k];
      l[i][j] = i === j ? Math.sqrt(Math.max(rest, 1e-14)) : rest / l[j][j];
    }
  }
  return l;
}

const times = (l: Matrix, z: readonly number[]): number[] =>
  l.map((row) => row.reduce((sum, x, j) => sum + x * z[j], 0));

/** Weights of the better half, and the constants that follow from them and the number of dimensions. */
function constantsOf(n: number, population: number) {
  const half = Math.floor(population / 2);
  const logs = Array.from({ length: half }, (_, i) => Math.log(half + 0.5) - Math.log(i + 1));
  const total = logs.reduce((a, b) => a + b, 0);
  const weights = logs.map((w) => w / total);
  const effective = 1 / weights.reduce((sum, w) => sum + w * w, 0);
  const one = 2 / ((n + 1.3) ** 2 + effective);
  return {
    weights,
    effective,
    one,
    many: Math.min(1 - one, (2 * (effective - 2 + 1 / effective)) / ((n + 2) ** 2 + effective)),
    path: (4 + effective / n) / (n + 4 + (2 * effective) / n),
    step: (effective + 2) / (n + effective + 5),
    damping: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (n + 1)) - 1) + (effective + 2) / (n + effective + 5),
    length: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  };
}

/** Generation by generation; the last one's `mean` is the answer. */
export function* evolve(options: EvolutionOptions): Generator<Generation> {
  const { start, spread, generations, population, seed, from } = options;
  const free = freeColumns(spread);
  const n = free.length;
  const c = constantsOf(n, population);
  const none = free.map(() => 0);
  const was = from?.numbers ?? { mean: none, path: none, stepPath: none, sigma: [1] };
  let covariance: number[][] = free.map((_, i) => free.map((_, j) => was.covariance?.[i * n + j] ?? (i === j ? 1 : 0)));
  let [mean, path, stepPath] = [was.mean, was.path, was.stepPath];
  let [sigma] = was.sigma;
  const rawOf = (x: readonly number[]) => {
    const raw = start.slice();
    free.forEach((column, i) => {
      raw[column] += spread[column] * x[i];
    });
    return raw;
  };
  const average = averageOf(options, free);
  for (let g = from?.generation ?? 0; g < generations; g++) {
    const root = cholesky(covariance);
    const z = Array.from({ length: population }, (_, s) => free.map((_, i) => normals(seed, g, s * n + i)[0]));
    const y = z.map((draw) => times(root, draw));
    const candidates = y.map((step) => rawOf(mean.map((m, i) => m + sigma * step[i])));
    const raws = Float64Array.from({ length: start.length * population }, (_, at) => {
      const s = at % population;
      return candidates[s][(at - s) / population];
    });
    const scores = options.score(raws, g);
    // a candidate without a score is the worst
    const of = (s: number) => (Number.isFinite(scores[s]) ? scores[s] : Number.NEGATIVE_INFINITY);
    const order = [...candidates.keys()].sort((a, b) => of(b) - of(a)).slice(0, c.weights.length);
    const weighted = (rows: readonly (readonly number[])[]) =>
      free.map((_, i) => c.weights.reduce((sum, w, k) => sum + w * rows[order[k]][i], 0));
    const [moved, drawn] = [weighted(y), weighted(z)];
    mean = mean.map((m, i) => m + sigma * moved[i]);
    const gain = Math.sqrt(c.step * (2 - c.step) * c.effective);
    stepPath = stepPath.map((p, i) => (1 - c.step) * p + gain * drawn[i]);
    const length = Math.hypot(...stepPath);
    const young = Math.sqrt(1 - (1 - c.step) ** (2 * (g + 1)));
    const steady = length / young < (1.4 + 2 / (n + 1)) * c.length ? 1 : 0;
    const pull = steady * Math.sqrt(c.path * (2 - c.path) * c.effective);
    path = path.map((p, i) => (1 - c.path) * p + pull * moved[i]);
    covariance = covariance.map((row, i) =>
      row.map((x, j) => {
        const many = c.weights.reduce((sum, w, k) => sum + w * y[order[k]][i] * y[order[k]][j], 0);
        return (1 - c.one - c.many) * x + c.one * path[i] * path[j] + c.many * many;
      }),
    );
    sigma *= Math.exp((c.step / c.damping) * (length / c.length - 1));
    const better = order.reduce((sum, s, k) => sum + c.weights[k] * scores[s], 0);
    const averaged = average(rawOf(mean), g);
    const numbers = { mean, covariance: covariance.flat(), path, stepPath, sigma: [sigma] };
    yield {
      generation: g + 1,
      ...{ mean: averaged, best: scores[order[0]], better },
      state: { generation: g + 1, numbers: { ...numbers, averaged: free.map((i) => averaged[i]) } },
    };
  }
}

export const freeColumns = (spread: Float64Array): number[] => [...spread.keys()].filter((i) => spread[i] > 0);

/** The raw numbers after a generation; over the last third of the generations the average of those (Polyak 1990). */
export function averageOf(
  { start, generations, from }: Pick<EvolutionOptions, 'start' | 'generations' | 'from'>,
  free: readonly number[],
) {
  const averaged = start.slice();
  for (const [k, i] of free.entries()) averaged[i] = from?.numbers.averaged[k] ?? start[i];
  const settled = Math.floor((2 * generations) / 3);
  return (now: Float64Array, g: number): Float64Array => {
    const since = g - settled;
    if (since < 0) return now;
    for (const i of free) averaged[i] = since === 0 ? now[i] : averaged[i] + (now[i] - averaged[i]) / (since + 1);
    return averaged.slice();
  };
}
