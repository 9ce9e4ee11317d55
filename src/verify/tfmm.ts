/** Floor 5. TFMM cases against roll-outs: rule outputs, weights, reserves, values, metrics and gradients. */
import { registry } from '../../kernels/index.js';
import { own } from '../config/registry.js';
import type { Dataset } from '../data/dataset.js';
import { computeMetrics } from '../evaluate/metrics.js';
import { createPoolRollout, type PoolRollout, poolLayout } from '../pools/rollout.js';
import { gradientBy, rawOf, unknownParameter } from '../quantammsim/raws.js';
import type { ObjectiveModel } from '../rollout/model.js';
import type { SynchronousTarget } from '../targets/target.js';
import type { TfmmCase } from './cases.js';
import { type Deviation, deviation, largest } from './deviation.js';

/** Rules that the case files call by another name than ours with underscores. */
const RULES: Readonly<Record<string, string>> = { min_variance: 'minimum-variance' };

const ruleName = (c: TfmmCase) => own(RULES, c.rule) ?? c.rule.replaceAll('_', '-');

/** Why this build cannot run a case, or null. */
export function unsupported(c: TfmmCase): string | null {
  const rule = own(registry.rules, ruleName(c));
  if (rule === undefined) return `the rule ${c.rule} is not built in`;
  if (!Object.hasOwn(INTERPOLATIONS, c.interpolation)) return `the interpolation ${c.interpolation} is not built in`;
  const settings = settingsOf(c);
  const unknown = unknownParameter(c.params, rule.name, poolLayout({ ...MODELS, rule, settings, assets: c.assets }));
  if (unknown !== null) return `the raw parameter ${unknown} of ${c.rule} is not read`;
  return c.fee === 0 ? null : 'cases with fees have no exact reference';
}

const MODELS = { pool: registry.pools.tfmm, flow: null };

const INTERPOLATIONS: Readonly<Record<string, number>> = { linear: 0, approx_optimal: 1 };

const settingsOf = (c: TfmmCase) => ({
  chunkPeriod: c.chunk_period,
  weightInterpolationPeriod: c.weight_interpolation_period,
  interpolation: INTERPOLATIONS[c.interpolation],
  maximumChange: c.maximum_change,
  minimumWeight: c.minimum_weight,
  maxMemoryDays: c.max_memory_days,
  straightThroughChange: Number(c.ste_max_change),
  straightThroughMinimum: Number(c.ste_min_max_weight),
  compat: 1,
});

function rolloutOf(
  c: TfmmCase,
  data: Dataset,
  target: SynchronousTarget,
  objective: ObjectiveModel,
  everyMinute: boolean,
): PoolRollout {
  return createPoolRollout(
    {
      assets: data.assets,
      ...MODELS,
      rule: registry.rules[ruleName(c)],
      objective,
      penalties: [],
      settings: settingsOf(c),
      value: c.initial_pool_value,
      zeroFee: true,
      everyMinute,
    },
    data,
    target,
  );
}

/** All deviations of one case; `data` holds the case's assets in order, cut to its rows. */
export function verifyTfmm(c: TfmmCase, data: Dataset, target: SynchronousTarget): Deviation[] {
  const n = c.assets.length;
  const minutes = c.bout_length - 1;
  const rollout = rolloutOf(c, data, target, registry.objectives.returns, false);
  const raw = rawOf(c.params, ruleName(c), rollout.layout);
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

function gradientDeviations(c: TfmmCase, data: Dataset, target: SynchronousTarget, everyMinute: boolean): Deviation[] {
  return Object.entries(c.gradients).flatMap(([metric, byParameter]) => {
    const objective = own(registry.objectives, metric);
    if (objective === undefined || byParameter === null) return [];
    const rollout = rolloutOf(c, data, target, objective, everyMinute);
    const { layout } = rollout;
    const raw = rawOf(c.params, ruleName(c), layout);
    const got = rollout.gradient(raw, Int32Array.of(c.start_index), c.bout_length - 1);
    const pairs = Object.entries(byParameter).flatMap(([name, wanted]) => {
      const by = gradientBy(c.params, ruleName(c), name, layout, raw, got.gradient);
      return by === null ? [] : [wanted].flat().map((g, i) => [by[i], g] as const);
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
