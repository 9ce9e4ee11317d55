/**
 * Floor 5. `evaluate`: how a trained pool does on the rows that training never saw, beside its baselines.
 *
 * Protocol: a path from the first row of training to the last of the test, recorded every minute (path.ts says where it
 * starts afresh); each split is measured from its own first value and reserves. The headline is the objective's metric on
 * the test split. Of a pool that runs through, a roll-out restarted at the test's first row is reported apart. Baselines
 * take the same course.
 */
import { DataQuality } from '../data/quality.js';
import type { Split } from '../data/windows.js';
import { UserError } from '../errors.js';
import { type PoolRollout, poolLayout } from '../pools/rollout.js';
import type { PoolSpec } from '../pools/spec.js';
import { Common } from '../rollout/common.js';
import { constantPool, flowSensitivity, hodl, recorder, type Setting, uniformHodl } from './baselines.js';
import { FEE_GRID, feeGrid } from './fee-grid.js';
import type { Findings } from './findings.js';
import type { Evaluation, EvaluationInput } from './input.js';
import { metrics } from './metrics.js';
import { feeEntry } from './parameters.js';
import {
  courseOf,
  heldPrices,
  type Metrics,
  metricsOf,
  record,
  type Strategy,
  strategyOf,
  wholeRange,
} from './path.js';
import { beside, besideHodl } from './portfolio.js';
import { evaluationJson, evaluationReport } from './present.js';
import { stressCases, stressRows } from './stress.js';
import { survivalOf } from './survival.js';
import { BEFORE, tuningOf } from './tuning.js';
import { type EvaluateProgress, Work } from './work.js';

/** The objective's metric, or return over HODL for an objective that is no metric of a path. */
export const headlineMetric = (spec: PoolSpec): string =>
  metrics[spec.objective.name] === undefined ? 'returns_over_hodl' : spec.objective.name;

/**
 * Evaluates one parameter set. Takes some fifteen roll-outs over all splits, mostly for the fee grid, and a dozen for the stress test.
 *
 * @param onProgress told after each roll-out, which blocks: within one there is nothing to tell
 * @throws UserError for an empty test split, or data that does not fit the spec
 */
export async function evaluate(
  input: EvaluationInput,
  onProgress?: (progress: EvaluateProgress) => void,
): Promise<Evaluation> {
  check(input);
  const quality = new DataQuality(input.data);
  const work = new Work(expectedRows(input, quality), onProgress);
  const common = new Common(input.target);
  const rollout = recorder(input.spec, { ...input, common, work });
  try {
    const findings = await measure(input, rollout, quality, common, work);
    const report = evaluationReport(findings);
    return { report, json: evaluationJson(findings, report) };
  } finally {
    rollout.dispose();
    common.dispose();
  }
}

/** Rows of all roll-outs to come, for the progress: the tuned pool, that before training, the constant one, a grid of fees, two of the flow, the stress test. */
function expectedRows({ spec, split, withoutGradient }: EvaluationInput, quality: DataQuality): number {
  const [from, to] = wholeRange(split);
  const grid = feeEntry(spec, poolLayout(spec)) === undefined ? 0 : gridRows(spec, split) / (to - from);
  const others = 2 + grid + (spec.flow?.sensitivity === undefined ? 0 : 2) + (withoutGradient === undefined ? 0 : 1);
  return (to - from) * others + stressRows(spec, quality, split);
}

/** Of the two curves of the fee grid, each over what leads to the test split, and of its best over all splits. */
function gridRows(spec: PoolSpec, split: Split): number {
  const [from, to] = wholeRange(split);
  return 2 * FEE_GRID.length * (to - (spec.rule === null ? split.test[0] : from)) + (to - from);
}

async function measure(
  input: EvaluationInput,
  rollout: PoolRollout,
  quality: DataQuality,
  common: Common,
  work: Work,
): Promise<Findings> {
  const { spec, data, raw, split } = input;
  const metric = headlineMetric(spec);
  const whole = wholeRange(split);
  const course = courseOf(spec, split);
  work.begin('tuned pool');
  const recorded: Setting['recorded'] = (pool, set) => record(pool, set, course);
  const path = recorded(rollout, raw);
  const held = heldPrices(data, path.reserves.length / path.values.length);
  const setting: Setting = { ...input, held, rollout, recorded, path, metric, common, work };
  const holding = hodl(setting);
  work.begin('fee grid');
  const grid = await feeGrid(setting, holding);
  work.begin('baselines');
  const tuned = strategyOf('tuned', path, held, split);
  const untuned = beforeTraining(setting, input);
  const before = untuned && besideHodl(untuned, holding);
  const guards = rollout.guards(raw, Int32Array.of(whole[0]), whole[1] - whole[0]);
  const baselines = [holding, uniformHodl(setting), constantPool(setting), grid?.best ?? null].flatMap((b) =>
    b === null ? [] : [besideHodl(b, holding)],
  );
  work.begin('stress test');
  const stress = await stressCases(setting, quality, [tuned, ...baselines], grid?.best?.fee ?? null);
  return {
    input,
    metric,
    path,
    rollout,
    tuned,
    before,
    tuning: before && tuningOf(input, metric, tuned, before),
    hodl: holding,
    baselines,
    restarted: spec.rule === null ? null : beside(restarted(setting), holding.metrics.test),
    grid,
    sensitivity: flowSensitivity(setting),
    guards: Object.fromEntries(Object.entries(guards).map(([name, [share]]) => [name, share])),
    quality,
    stress,
    survival: survivalOf(metric, stress),
  };
}

/** The tuned pool started afresh at the test's first row, on the test split. */
const restarted = ({ rollout, raw, split, held }: Setting): Metrics =>
  metricsOf(record(rollout, raw, [split.test]), held, split.test);

/** The pool with the values that training started from. */
function beforeTraining(s: Setting, { withoutGradient }: EvaluationInput): Strategy | null {
  if (withoutGradient === undefined) return null;
  const path = s.recorded(s.rollout, s.initial);
  return strategyOf(BEFORE, path, s.held, s.split, 'the same pool with the start values of the config');
}

/** @throws UserError for a split without rows to test on */
export function checkTest({ test: [from, to] }: Split, op = 'evaluate'): void {
  if (to - from >= 2) return;
  throw new UserError(`${op}: a test split of at least 2 rows was expected, got ${to - from}; give it a part of split`);
}

function check({ spec, data, split, raw, initial }: EvaluationInput): void {
  checkTest(split);
  const [, to] = split.test;
  if (to > data.rows) {
    throw new UserError(
      `evaluate: ${to} rows were expected for the split, got ${data.rows}; use the data of the training`,
    );
  }
  if (spec.assets.join() !== data.assets.join()) {
    throw new UserError(
      `evaluate: prices of ${spec.assets.join(', ')} were expected, got ${data.assets.join(', ')}; use data with these assets`,
    );
  }
  if (raw.length !== initial.length) {
    throw new UserError(
      `evaluate: ${initial.length} raw parameters were expected, got ${raw.length}; the checkpoint and its config do not match`,
    );
  }
}
