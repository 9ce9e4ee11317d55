// Floor 5. What a report is made of: plain data, filled by `evaluate`, drawn by the rest of this folder.
// Names are free text (they are escaped). Metrics go by their names in ../metrics.ts; unknown ones print as plain numbers.

import type { AssetQuality } from '../../data/quality.js';

/** Lines over one common clock; a NaN is a gap. */
export interface ReportSeries {
  /** Milliseconds UTC, ascending. */
  time: Float64Array;
  /** Each as long as `time`. The first line is the tuned pool's, where there is one. `unit`: of a reserve. */
  lines: { name: string; values: Float64Array; unit?: string }[];
}

export interface ReportRow {
  name: string;
  /** before: the tuned pool with the values that training started from. */
  role: 'tuned' | 'before' | 'baseline';
  /** null where a metric is not defined for this row. */
  metrics: Record<string, number | null>;
  note?: string;
}

export interface ReportParameter {
  name: string;
  /** 'fraction' (of 1: printed as % or bps) or the unit that the numbers are in ('days', 'bps', '1' for none). */
  unit: string;
  initial: number[];
  trained: number[];
  /** What each entry belongs to, e.g. the assets; as long as `trained`, or empty for a single number. */
  labels: string[];
  frozen: boolean;
  note?: string;
  /** One sentence about what the parameter does. */
  doc: string;
}

/** One recorded training iteration; `validation` is null where it was not measured. */
export interface ReportIteration {
  iteration: number;
  objective: number;
  validation: number | null;
  learningRate: number;
  gradientNorm: number;
}

export interface ReportData {
  title: string;
  /** The pool's kind, for people. */
  pool: string;
  assets: string[];
  /** Currency of all values, where it is known. */
  numeraire?: string;
  /** When, as it shall be printed. */
  generated: string;
  /** Version of poolgrad. */
  version: string;
  /** The held-out figure; `from`, `to` in ms UTC. */
  headline: { metric: string; value: number | null; split: 'test'; from: number; to: number };
  /**
   * Which parameter set was taken: its place (from 0), of how many, at which iteration, by which figure on which split
   * (train: no rows were set apart for validation). `penalty`, such as 0.1 × turnover, is what the figure is less by,
   * `over` what the scores of windows were made one by, where that is not their mean.
   */
  choice: {
    set: number;
    sets: number;
    iteration: number;
    split: 'validation' | 'train';
    metric: string;
    penalty?: string;
    over?: string;
    value: number;
    /** In place of the sentence that is made of these, where another program's figures chose. */
    why?: string;
  };
  /** The test split under other assumptions, that of the evaluation first; `text` says why the headline does not survive. */
  stress?: {
    survives: boolean | null;
    text: string | null;
    cases: { label: string; asTrained: boolean; metrics: Record<string, Record<string, number | null>> }[];
  };
  /** How far the prices are a market's, by split and asset; `interval` in ms between rows. */
  quality?: { interval: number; splits: { name: string; assets: AssetQuality[] }[] };
  /** Sentences beside the headline: what a reader must know before believing it. */
  remarks?: string[];
  /** The tuned pool first, then the same before training, then the baselines; all on the test split. */
  rows: ReportRow[];
  /** Whether pools start afresh at each split anyway, with what they are worth there. */
  afresh?: boolean;
  /** The tuned pool started afresh at the test split's first row, where it does not start there anyway. */
  restarted?: ReportRow;
  /** The headline metric on the test split of the untuned pool at each fee (a fraction). */
  feeGrid?: { fee: number; metric: number }[];
  /** The same of the tuned pool, its other parameters as they are. */
  tunedFeeGrid?: { fee: number; metric: number }[];
  /** Pool value in the numéraire. */
  value: ReportSeries;
  /** The same over the test split alone, as its metrics are measured: what is merely held is bought at its first row. */
  test?: ReportSeries;
  /** Name of the line of `value` and `test` that the others are shown relative to: a portfolio that is merely held. */
  relativeTo?: string;
  /** Weights (fractions of 1, one line an asset) or reserves (units of each asset). */
  composition: { kind: 'weights' | 'reserves'; series: ReportSeries };
  /** Fees earned so far, in the numéraire; no lines if the pool takes none. */
  fees: ReportSeries;
  /** Fall from the highest value so far, as a fraction ≤ 0. */
  drawdown: ReportSeries;
  /** [from, to) of each split, ms UTC. */
  splits: { train: [number, number]; validation: [number, number]; test: [number, number] };
  training: ReportIteration[];
  parameters: ReportParameter[];
  /** The headline metric under other assumptions, e.g. another flow elasticity. */
  sensitivity?: { name: string; rows: { label: string; value: number | null }[] };
  /** Label and text: data set, hash, device, seconds, pool-steps/s … */
  facts: [string, string][];
  warnings: string[];
}
