/**
 * Of shipped configs over days of the shipped prices, what docs/cuda.md and docs/webgpu.md tell: the error of the value's path,
 * relative; of the objective, relative where it exceeds 1; of the gradient of what the config trains, as the distance of the
 * vectors over the length.
 */
import { specOf } from '../../src/app/rollout.js';
import type { Dataset } from '../../src/data/dataset.js';
import { createPoolRollout, type PoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { withTurns } from '../../src/targets/resumable.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { trainableColumns } from '../../src/train/bounds.js';
import { loadPool } from '../config/pool.js';

export interface Drift {
  readonly path: number;
  readonly objective: number;
  readonly gradient: number;
}

/** Half of the last place at each minute, should all errors have one sign: fees that are added to a pool's value do. */
export const MINUTE = 2 ** -24;

/** Config, days; objective and gradient: about twice what was measured; not of e-clp over 20 days, whose gradient is noise in part. */
export const DRIFTS: readonly (readonly [config: string, days: number, objective: number, gradient: number])[] = [
  ['momentum', 3, 3e-4, 6e-4],
  ['momentum', 20, 3e-5, 1e-5],
  ['momentum-fees', 3, 3e-3, 8e-3],
  ['momentum-fees', 20, 2e-2, 1e-3],
  ['constant-weight', 3, 2e-4, 8e-3],
  ['constant-weight', 20, 1e-3, 0.1],
  ['hmm', 3, 2e-4, 1e-3],
  ['hmm', 20, 1e-3, 2e-3],
  ['e-clp', 3, 1e-5, 2e-3],
];

export const largest = (values: Float64Array): number => values.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
export const apart = (a: Float64Array, b: Float64Array): number => largest(a.map((x, i) => x - b[i]));

/** Relative distance of two vectors. */
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((x, i) => x - b[i])) / Math.hypot(...b);

/** @param inFloat32 the roll-out that is looked at, beside wasm in float64 */
export async function driftOf(
  config: string,
  days: number,
  inFloat32: (spec: PoolSpec, data: Dataset) => PoolRollout,
): Promise<Drift> {
  const { config: c, dataset } = await loadPool(`configs/${config}.yaml`);
  const spec = specOf(c);
  const rollouts = [createPoolRollout(spec, dataset, wasm, { threads: 1 }), inFloat32(spec, dataset)];
  const { layout } = rollouts[0];
  const raw = layout.raws(Object.fromEntries(Object.entries(c.parameters).map(([k, p]) => [k, p.value])));
  const trains = Object.fromEntries(Object.entries(c.parameters).map(([k, p]) => [k, p.train]));
  const columns = trainableColumns(layout, trains);
  // on a rule step of the shipped prices: the eleventh day
  const [first, rows] = [10 * 1440, days * 1440];
  const ask = async ({ resumable }: PoolRollout) => {
    const { objective, gradient } = await withTurns(resumable.gradient(raw, Int32Array.of(first), rows));
    const { observed } = await withTurns(resumable.path(raw, first, rows, 60));
    return {
      objective: objective[0],
      trained: [...gradient].filter((_x, k) => columns[k] === 1),
      values: observed.value,
    };
  };
  const wide = await ask(rollouts[0]);
  const narrow = await ask(rollouts[1]);
  for (const rollout of rollouts) rollout.dispose();
  return {
    path: largest(wide.values.map((v, i) => narrow.values[i] / v - 1)),
    objective: Math.abs(narrow.objective - wide.objective) / Math.max(1, Math.abs(wide.objective)),
    gradient: distance(narrow.trained, wide.trained),
  };
}
