/** Floor 5. What an evaluation measures, before it is put into words and charts. */
import type { DataQuality } from '../data/quality.js';
import type { PoolRollout } from '../pools/rollout.js';
import type { Sensitivity } from './baselines.js';
import type { FeeGrid } from './fee-grid.js';
import type { EvaluationInput } from './input.js';
import type { Metrics, Path, Strategy } from './path.js';
import type { StressCase } from './stress.js';
import type { Survival } from './survival.js';
import type { Tuning } from './tuning.js';

/** All that was measured; what report and JSON are made of. */
export interface Findings {
  readonly input: EvaluationInput;
  readonly metric: string;
  readonly path: Path;
  readonly rollout: PoolRollout;
  readonly tuned: Strategy;
  /** The pool at the values that training started from, and what that says of the training; null where they are not known. */
  readonly before: Strategy | null;
  readonly tuning: Tuning | null;
  /** One of the baselines: the tuned pool's reserves, held. */
  readonly hodl: Strategy;
  readonly baselines: readonly Strategy[];
  /** The tuned pool started afresh at the test's first row, on the test split; null where it starts there anyway. */
  readonly restarted: Metrics | null;
  readonly grid: FeeGrid | null;
  readonly sensitivity: Sensitivity | null;
  /** Share of the rule steps, over all splits, in which each guard bound. */
  readonly guards: Readonly<Record<string, number>>;
  readonly quality: DataQuality;
  /** The test split under other assumptions, and whether the headline survives them. */
  readonly stress: readonly StressCase[];
  readonly survival: Survival;
}
