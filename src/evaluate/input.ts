/** Floor 5. What an evaluation is made from, and what it gives. */
import type { Dataset } from '../data/dataset.js';
import type { Split } from '../data/windows.js';
import type { PoolSpec } from '../pools/spec.js';
import type { Target } from '../targets/target.js';
import type { ReportData, ReportIteration } from './report/data.js';

/** Least and greatest value of parameters by name; null or absent: none. */
export type Bounds = Readonly<Record<string, readonly [number, number] | null>>;

export interface EvaluationInput {
  /** Its assets are the dataset's, in the same order. */
  readonly spec: PoolSpec;
  readonly data: Dataset;
  readonly target: Target;
  readonly threads?: number;
  /** The chosen set, raw: one number a column. */
  readonly raw: Float64Array;
  /** The raws that training started from. */
  readonly initial: Float64Array;
  /** 1 for each column that was trained. */
  readonly trainable: Uint8Array;
  /** Bounds of values in training, by parameter name. */
  readonly bounds?: Bounds;
  readonly split: Split;
  /** Which set was taken, and by which figure. */
  readonly choice: Readonly<ReportData['choice']>;
  readonly history: readonly ReportIteration[];
  /**
   * Of a pool that started at `initial` and was trained from there: names of parameters that no gradient ever reached. Left
   * out where the start is not known: there is nothing to compare the training with then.
   */
  readonly withoutGradient?: readonly string[];
  readonly meta: {
    readonly title: string;
    readonly version: string;
    readonly generated: string;
    readonly facts: readonly (readonly [string, string])[];
    readonly warnings: readonly string[];
  };
}

export interface Evaluation {
  /** What `renderReport` draws. */
  readonly report: ReportData;
  /** The figures for programs: plain JSON, without the paths. */
  readonly json: Record<string, unknown>;
}
