/**
 * Floor 5. Back from an exported pool to a roll-out: what the rounding of a target, and the ways in which it behaves
 * otherwise (a straight path of the weights, say), cost on the test split.
 */
import { pathSettings } from '../../kernels/weights/guardrail.js';
import type { Dataset } from '../data/dataset.js';
import type { Split } from '../data/windows.js';
import { headlineMetric } from '../evaluate/evaluate.js';
import { type Ground, measured } from '../evaluate/measured.js';
import { feeEntry, usesClosedForm } from '../evaluate/parameters.js';
import { metricOf } from '../evaluate/path.js';
import { poolLayout } from '../pools/rollout.js';
import type { PoolSpec } from '../pools/spec.js';
import type { Common } from '../rollout/common.js';
import type { ParameterLayout } from '../rollout/layout.js';
import { sigmoid } from '../rollout/transforms.js';
import type { Target } from '../targets/target.js';
import { lastPrices } from './deployed.js';
import type { Form } from './exporter.js';
import type { TunedHmm, TunedPool, TunedRule } from './pool.js';
import { tunedPool } from './tuned.js';
import type { TunedOrigin } from './tuned-input.js';

/**
 * The raw column vector of a tuned pool, `layout` being that of `spec` with the pool's settings (see `specOfTuned`):
 * the inverse of `tunedPool`, except that of HMM pools the reserves are the model's to choose. A pool with its run has its
 * raw numbers.
 */
export function rawFromTuned(
  pool: TunedPool,
  spec: PoolSpec,
  layout: ParameterLayout,
  origin: TunedOrigin,
): Float64Array {
  const raw = origin.raw.slice();
  for (const [name, values] of Object.entries(pool.run?.raw ?? {})) raw.set(values, layout.entry(name).column);
  const set = (name: string, values: readonly number[]) => {
    const { parameter, column } = layout.entry(name);
    raw.set(parameter.transform.inverse(values), column);
  };
  const fee = feeEntry(spec, layout);
  if (fee !== undefined && !usesClosedForm(spec)) set(fee.name, [pool.fee]);
  if (pool.kind === 'constant-weight') set('constant-weight.weights', pool.weights);
  if (pool.kind === 'tfmm' && pool.run === undefined) set('tfmm.initialWeights', pool.weights);
  if (pool.rule !== null && pool.run === undefined) setRule(raw, layout, pool.rule, set);
  if (pool.hmm !== null) setHmm(spec, layout, pool.hmm, lastPrices(origin.data), set);
  return raw;
}

type Set = (name: string, values: readonly number[]) => void;

function setRule(raw: Float64Array, layout: ParameterLayout, rule: TunedRule, set: Set): void {
  // the raw number of a memory is logit λ; by way of the days, a clipped one would move
  raw.set(sigmoid.inverse(rule.lambda), layout.entry(`${rule.name}.memoryDays`).column);
  set(
    `${rule.name}.k`,
    rule.k.map((k, i) => k / rule.memoryDays[i]),
  );
}

function setHmm(spec: PoolSpec, layout: ParameterLayout, hmm: TunedHmm, prices: readonly number[], set: Set): void {
  set('hmm.rho', hmm.rho);
  set(
    'hmm.priceScale',
    hmm.priceScale.map((s, i) => (spec.settings.centre === 1 ? s / prices[i] : s)),
  );
  set('hmm.riskFee', [hmm.riskFee]);
  if (layout.entries.some((e) => e.name === 'hmm.alpha')) set('hmm.alpha', [hmm.alpha]);
}

/** `spec` with the settings of an exported pool's rule, and with its fee where the closed forms have none. */
export function specOfTuned(pool: TunedPool, spec: PoolSpec): PoolSpec {
  const zeroFee = spec.zeroFee && pool.fee === 0;
  const { rule } = pool;
  if (rule === null) return { ...spec, zeroFee };
  const settings = {
    ...spec.settings,
    chunkPeriod: rule.chunkPeriod,
    weightInterpolationPeriod: rule.weightInterpolationPeriod,
    interpolation: pathSettings.interpolation.choices?.[rule.interpolation] as number,
    maximumChange: rule.maximumChange,
    minimumWeight: rule.minimumWeight,
    maxMemoryDays: rule.maxMemoryDays,
  };
  return { ...spec, settings, zeroFee };
}

/** What a chain takes. */
export const tunedForm: Form<TunedPool> = { of: tunedPool, spec: specOfTuned, raw: rawFromTuned };

export interface QuantisationInput<Pool> {
  readonly spec: PoolSpec;
  readonly data: Dataset;
  readonly target: Target;
  readonly raw: Float64Array;
  /** What the exporter read back from its own file. */
  readonly quantised: Pool;
  /** Of the exporter. */
  readonly form: Pick<Form<Pool>, 'spec' | 'raw'>;
  readonly split: Split;
  /** What its roll-outs share. */
  readonly common?: Common;
}

export interface QuantisationLoss {
  /** The metric of the objective's name, or what stands in its place. */
  readonly metric: string;
  /** The metric of the tuned pool on the test split, as `evaluate` has it; null where it is not defined. */
  readonly objective: number | null;
  /** The same of the exported pool. */
  readonly quantised: number | null;
  /** Growth over the test split lost by the export, in basis points of the value at its end; negative: gained. */
  readonly lossBps: number;
}

/** Runs the tuned and the exported pool as `evaluate` does, and compares them on the test split. */
export function quantisationLoss<Pool>(input: QuantisationInput<Pool>): QuantisationLoss {
  const { spec, data, target, raw, quantised, form, split, common } = input;
  const exported = form.spec(quantised, spec);
  const back = form.raw(quantised, exported, poolLayout(exported), { raw, data });
  const metric = headlineMetric(spec);
  const before = outcome({ spec, data, target, split, common }, raw, metric);
  const after = outcome({ spec: exported, data, target, split, common }, back, metric);
  return {
    metric,
    objective: before.figure,
    quantised: after.figure,
    lossBps: ((before.growth - after.growth) / before.growth) * 1e4,
  };
}

function outcome(ground: Ground, raw: Float64Array, metric: string) {
  const { path, held } = measured(ground, raw);
  const { test } = ground.split;
  const [first, last] = [test[0], test[1] - 1].map((row) => path.values[row - path.first]);
  return { figure: metricOf(metric, path, held, test), growth: last / first };
}
