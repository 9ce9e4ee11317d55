/**
 * Floor 5½. What the sets of a training in float32 are compared by: the same roll-out in float64 on the CPU, so that no
 * rounding chooses, and what is recorded of the best set is what `evaluate` says.
 */
import type { OpenedConfig } from '../config/resolve-on.js';
import { type BySets, bySets } from '../rollout/by-sets.js';
import type { SynchronousTarget } from '../targets/target.js';
import { NUMBER } from './bound.js';
import { cadenceOf, type PoolOnRows, rolloutOf, type SystemOnWindows } from './rollout.js';

/** The roll-out, asked about no more sets at once than fit into memory. */
export interface Judge extends BySets {
  readonly target: SynchronousTarget;
  readonly on: PoolOnRows | SystemOnWindows;
}

/** Bytes for what sets hold each for itself while they are compared; thousands are trained on a GPU. */
const HELD = 2 ** 28;

/** @param trained the roll-out that is trained on; prices drawn for one are not drawn again for the other */
export function judgeOf(
  opened: OpenedConfig,
  trained: PoolOnRows | SystemOnWindows,
  target: SynchronousTarget,
  threads: number,
): Judge {
  const drawn = trained.kind === 'system' ? trained.scenarios : null;
  const on = rolloutOf(opened, target, { threads }, drawn ?? target);
  return { target, on, ...bySets(on.rollout, Math.max(1, Math.floor(HELD / bytesOfSet(on)))) };
}

/** Of the outputs of its rule, once and in the target's memory, and of its scores. */
function bytesOfSet({ config, dataset, spec, windows, rollout, ...own }: PoolOnRows | SystemOnWindows): number {
  const { windows: validations } = windows.validation();
  const drawn = 'scenarios' in own ? own.scenarios : null;
  const rows = dataset?.rows ?? (drawn === null ? 0 : validations.length * drawn.pieceRows);
  const outputs = Math.floor(rows / cadenceOf({ config })) * spec.assets.length;
  const scores = validations.length * (1 + (spec.measured?.length ?? 0));
  return NUMBER * (2 * outputs + 2 * scores + rollout.layout.columns);
}
