/** Floor 5. TFMM cases against roll-outs: rule outputs, weights, reserves, values, metrics and gradients. */
import { registry } from '../../kernels/index.js';
import type { Dataset } from '../data/dataset.js';
import { computeMetrics } from '../evaluate/metrics.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { createRollout, type Rollout } from '../rollout/rollout.js';
import type { Target } from '../targets/target.js';
import type { TfmmCase } from './cases.js';
import { type Deviation, deviation, largest } from './deviation.js';

/** Raw parameters of the case files by our names. */
const RAW: Readonly<Record<string, (rule: string) => string>> = {
  initial_weights_logits: () => 'tfmm.initialWeights',
  logit_lamb: (rule) => `${rule}.memoryDays`,
  log_k: (rule) => `${rule}.k`,
};

const ruleName = (c: TfmmCase) => c.rule.replace('_', '-');

/** Why this build cannot run a case, or null. */
export function unsupported(c: TfmmCase): string | null {
  if (registry.rules[ruleName(c)] === undefined) return `the rule ${c.rule} is not built in`;
  return c.fee === 0 ? null : 'cases with fees have no exact reference';
}

function rolloutOf(
  c: TfmmCase,
  data: Dataset,
  target: Target,
  objective: ObjectiveModel,
  everyMinute: boolean,
): Rollout {
  return createRollout(
    {
      assets: data.assets,
      pool: registry.pools.tfmm,
      rule: registry.rules[ruleName(c)],
      flow: null,
      objective,
      penalties: [],
      settings: {
        chunkPeriod: c.chunk_period,
        weightInterpolationPeriod: c.weight_interpolation_period,
        interpolation: c.interpolation === 'approx_optimal' ? 1 : 0,
        maximumChange: c.maximum_change,
        minimumWeight: c.minimum_weight,
        maxMemoryDays: c.max_memory_days,
        straightThroughChange: Number(c.ste_max_change),
        straightThroughMinimum: Number(c.ste_min_max_weight),
        compat: 1,
      },
      value: c.initial_pool_value,
      zeroFee: true,
      everyMinute,
    },
    data,
    target,
  );
}

function rawOf(c: TfmmCase, rollout: Rollout): Float64Array {
  const raw = new Float64Array(rollout.layout.columns);
  for (const [theirs, ours] of Object.entries(RAW))
    raw.set(c.params[theirs], rollout.layout.entry(ours(ruleName(c))).column);
  return raw;
}

/** All deviations of one case; `data` holds the case's assets in order, cut to its rows. */
export function verifyTfmm(c: TfmmCase, data: Dataset, target: Target): Deviation[] {
  const n = c.assets.length;
  const minutes = c.bout_length - 1;
  const rollout = rolloutOf(c, data, target, registry.objectives.returns, false);
  const raw = rawOf(c, rollout);
  const path = rollout.trajectory(raw, c.start_index, minutes, 1);
  const at = (rows: Float64Array, width: number) =>
    c.sample_index.flatMap((r) => Array.from({ length: width }, (_, i) => rows[r * width + i]));
  const steps = Math.ceil(c.rows / c.chunk_period) - 1;
  const outputs = rollout.rule(raw, steps).outputs;
  const row = (r: number) => Array.from(outputs.subarray(r * n, (r + 1) * n));
  const tail = c.rule_outputs_tail.flatMap((_, i) => row(steps - c.rule_outputs_tail.length + i));
  const head = c.rule_outputs_head.flatMap((_, i) => row(i));
  const found: Deviation[] = [
    deviation(
      'rule outputs',
      [...head, ...tail],
      [...c.rule_outputs_head.flat(), ...c.rule_outputs_tail.flat()],
      1e-9,
      'largest',
    ),
    deviation('rule outputs Σ|·|', [outputs.reduce((a, x) => a + Math.abs(x), 0)], [c.rule_outputs_sum_abs], 1e-9),
    deviation('weights', at(path.weights as Float64Array, n), c.weights.flat(), 1e-9),
    deviation('reserves', at(path.reserves, n), c.reserves.flat(), 1e-9),
    deviation('value', at(path.values, 1), c.value, 1e-9),
    ...metricDeviations(c, data, path.values, path.reserves.subarray(0, n)),
  ];
  rollout.dispose();
  for (const everyMinute of [false, true]) found.push(...gradientDeviations(c, data, target, everyMinute));
  return largest(found);
}

function metricDeviations(c: TfmmCase, data: Dataset, values: Float64Array, start: Float64Array): Deviation[] {
  const n = c.assets.length;
  const prices = data.prices.subarray(c.start_index * n, (c.start_index + values.length) * n);
  const got = computeMetrics({ values, startReserves: start, prices, assets: n });
  return Object.entries(c.metrics).flatMap(([name, wanted]) =>
    wanted === null || got[name] === undefined
      ? []
      : [deviation(`metric ${name}`, [got[name] ?? Number.NaN], [wanted], 1e-8)],
  );
}

function gradientDeviations(c: TfmmCase, data: Dataset, target: Target, everyMinute: boolean): Deviation[] {
  return Object.entries(c.gradients).flatMap(([metric, byParameter]) => {
    const objective = registry.objectives[metric];
    if (objective === undefined || byParameter === null) return [];
    const rollout = rolloutOf(c, data, target, objective, everyMinute);
    const got = rollout.gradient(rawOf(c, rollout), Int32Array.of(c.start_index), c.bout_length - 1);
    const pairs = Object.entries(byParameter).flatMap(([name, wanted]) => {
      const ours = RAW[name]?.(ruleName(c));
      if (ours === undefined || name === 'initial_weights_logits') return [];
      const { column } = rollout.layout.entry(ours);
      return [wanted].flat().map((g, i) => [got.gradient[column + i], g] as const);
    });
    rollout.dispose();
    const label = `gradient ${metric}${everyMinute ? ', minute by minute' : ''}`;
    return [
      deviation(`objective ${metric}`, [got.objective[0]], [c.metrics[metric] ?? Number.NaN], 1e-8),
      deviation(
        label,
        pairs.map((p) => p[0]),
        pairs.map((p) => p[1]),
        1e-6,
        'largest',
      ),
    ];
  });
}
