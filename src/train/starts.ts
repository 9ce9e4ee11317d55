/** Floor 5. Where the parameter sets start: set 0 at the config's own values, the others spread around them. */
import { normals } from '../data/random.js';
import { draw } from '../targets/runtime.js';
import type { TrainOptions, TrainProblem } from './problem.js';
import { sobolPoints } from './sobol.js';
import { STREAM, uniforms } from './streams.js';

/**
 * Raw starts [columns][S]. The sets from 1 on differ from `initial` in the trainable columns: by normal numbers of
 * standard deviation `spread` (random), or by points that fill the cube of the same standard deviation, ±√3·spread, evenly
 * (sobol: Sobol's sequence with a random shift; latin-hypercube: one set in each of S − 1 slices of every column).
 * Bounds are not applied.
 */
export function startRaw(problem: TrainProblem, options: TrainOptions): Float64Array {
  const { initial, trainable, spread } = problem;
  const { sets } = options;
  const free = [...trainable.keys()].filter((c) => trainable[c] === 1);
  const offset = offsets[options.starts](options.seed, sets - 1, free);
  const raw = Float64Array.from({ length: initial.length * sets }, (_, i) => initial[Math.floor(i / sets)]);
  for (let s = 1; s < sets; s++) {
    free.forEach((c, d) => {
      raw[c * sets + s] += spread * offset(s - 1, d);
    });
  }
  return raw;
}

/** Offset of standard deviation 1 of point `p`, in the d-th free column. */
type Offset = (p: number, d: number) => number;

const offsets: Record<TrainOptions['starts'], (seed: number, points: number, free: readonly number[]) => Offset> = {
  random: (seed, _points, free) => (p, d) => normals(seed, STREAM.starts, p * free.length + d)[0],
  sobol: (seed, points, free) => {
    const u = sobolPoints(points, free.length, (d) => draw(seed, STREAM.starts, d, 0));
    return (p, d) => standardUniform(u[p][d]);
  },
  'latin-hypercube': (seed, points, free) => {
    const u = free.map((_, d) => slices(points, uniforms(seed, STREAM.starts, d)));
    return (p, d) => standardUniform(u[d][p]);
  },
};

/** A uniform in (0, 1) moved and stretched to mean 0 and standard deviation 1. */
const standardUniform = (u: number): number => (u - 0.5) * Math.sqrt(12);

/** One point in each of `count` equal slices of (0, 1), in random order (Fisher and Yates). */
function slices(count: number, rng: () => number): Float64Array {
  const points = Float64Array.from({ length: count }, (_, k) => (k + rng()) / count);
  for (let k = count - 1; k > 0; k--) {
    const j = Math.floor(rng() * (k + 1));
    [points[k], points[j]] = [points[j], points[k]];
  }
  return points;
}
