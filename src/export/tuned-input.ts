/** Floor 5. What the exported forms of a pool are made from, and what the way back to a roll-out needs beside them. */
import type { Dataset } from '../data/dataset.js';
import type { Split } from '../data/windows.js';
import type { PoolSpec } from '../pools/spec.js';
import type { Common } from '../rollout/common.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { Target } from '../targets/target.js';
import type { Provenance, TunedRun } from './pool.js';

export interface TunedInput {
  readonly spec: PoolSpec;
  readonly layout: ParameterLayout;
  /** The trained set: one raw number a column. */
  readonly raw: Float64Array;
  readonly data: Dataset;
  readonly target: Target;
  /** What its roll-outs share. */
  readonly common?: Common;
  /** Where in time the set was trained and chosen, for targets that carry the run. */
  readonly origin?: { readonly start: number; readonly split: Split; readonly choice: TunedRun['choice'] };
  /** Metrics that are not defined (null, not finite) are left out. */
  readonly provenance: Omit<Provenance, 'metrics'> & { readonly metrics: Readonly<Record<string, number | null>> };
}

export interface TunedOrigin {
  /** The set that the pool was made from: gives what an exported pool does not carry (the flow's parameters). */
  readonly raw: Float64Array;
  /** The dataset that the pool was made with. */
  readonly data: Dataset;
}
