/** Floor 5. One parameter set over the splits, as `evaluate`, `export` and `simulate` all have it: see path.ts. */
import { registry } from '../../kernels/index.js';
import type { Dataset } from '../data/dataset.js';
import type { Split } from '../data/windows.js';
import { createPoolRollout } from '../pools/rollout.js';
import type { PoolSpec } from '../pools/spec.js';
import type { Common } from '../rollout/common.js';
import type { Target } from '../targets/target.js';
import { courseOf, type HeldPrices, heldPrices, type Path, record } from './path.js';

export interface Ground {
  readonly spec: PoolSpec;
  readonly data: Dataset;
  readonly target: Target;
  readonly threads?: number;
  readonly split: Split;
  /** What it shares with other roll-outs of these data on this target. */
  readonly common?: Common;
}

/** The path of one set, minute by minute, and the prices of what it holds. */
export function measured(
  { spec, data, target, threads, split, common }: Ground,
  raw: Float64Array,
): { readonly path: Path; readonly held: HeldPrices } {
  // a path has no objective; this one asks for no days of rows
  const plain = { ...spec, objective: registry.objectives.returns, penalties: [] };
  const rollout = createPoolRollout(plain, data, target, { threads, common });
  try {
    const path = record(rollout, raw, courseOf(spec, split));
    return { path, held: heldPrices(data, path.reserves.length / path.values.length) };
  } finally {
    rollout.dispose();
  }
}
