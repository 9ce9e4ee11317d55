/** Small trained pools for the tests of evaluation and of export: one of each kind, on synthetic prices. */
import { registry } from '../../kernels/index.js';
import { synthDefaults, synthesize } from '../../src/data/synth.js';
import { type Split, splitRows } from '../../src/data/windows.js';
import type { EvaluationInput } from '../../src/evaluate/input.js';
import { poolLayout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { ParameterLayout } from '../../src/rollout/layout.js';
import type { Target } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';

export const assets = ['BTC', 'ETH'];

export const data = synthesize({ ...synthDefaults, assets, days: 14, seed: 11, drift: 1 });

export const split: Split = splitRows(data.rows, {
  train: 0.5,
  validation: 0.1,
  test: 0.4,
  burnInRows: 1500,
  windowRows: 1440,
});

/** Every setting that the models of a spec ask for, at its default but for these. */
function settingsOf(spec: Pick<PoolSpec, 'pool' | 'rule'>, given: Record<string, number>): Record<string, number> {
  const all = { ...spec.pool.settings, ...spec.rule?.settings };
  return { ...Object.fromEntries(Object.entries(all).map(([key, s]) => [key, s.default])), ...given };
}

export function specOf(
  pool: string,
  change: Partial<PoolSpec> & { readonly settings?: Record<string, number> } = {},
): PoolSpec {
  const models = { pool: registry.pools[pool], rule: pool === 'tfmm' ? registry.rules.momentum : null };
  return {
    assets,
    ...models,
    flow: null,
    objective: registry.objectives.daily_log_sharpe,
    penalties: [],
    value: 1e6,
    zeroFee: false,
    ...change,
    settings: settingsOf(models, {
      ...(pool === 'tfmm' ? { chunkPeriod: 60, weightInterpolationPeriod: 60 } : {}),
      ...change.settings,
    }),
  };
}

export const flow = { flow: registry.flows.elastic };

type Values = Record<string, readonly number[]>;

export interface Case {
  readonly spec: PoolSpec;
  readonly start: Values;
  readonly trained: Values;
}

const elastic: Values = { 'elastic.v0': [2e-3], 'elastic.b': [150], 'elastic.epsilon': [0.01] };
const momentum = (days: number, k: number): Values => ({
  'momentum.memoryDays': [days, days + 1],
  'momentum.k': [k, k * 1.3],
});

export const cases: Record<string, Case> = {
  'tfmm without fee': {
    spec: specOf('tfmm', { zeroFee: true }),
    start: { ...momentum(3, 5), 'tfmm.initialWeights': [0.4, 0.6] },
    trained: { ...momentum(1.7, 9), 'tfmm.initialWeights': [0.4, 0.6] },
  },
  'tfmm with fee and flow': {
    spec: specOf('tfmm', flow),
    start: { ...momentum(3, 5), ...elastic, 'tfmm.fee': [0.002] },
    trained: { ...momentum(1.7, 9), ...elastic, 'tfmm.fee': [0.0061] },
  },
  'constant weights with flow': {
    spec: specOf('constant-weight', flow),
    start: { ...elastic, 'constant-weight.fee': [0.003] },
    trained: { ...elastic, 'constant-weight.fee': [0.0047], 'constant-weight.weights': [0.37, 0.63] },
  },
  'e-clp with flow': {
    spec: specOf('e-clp', { ...flow, settings: { arbitrageEvery: 2 } }),
    start: { ...elastic },
    trained: { ...elastic, 'e-clp.fee': [0.0041], 'e-clp.lambda': [11], 'e-clp.below': [0.3] },
  },
  'stableswap with flow': {
    spec: specOf('stableswap', flow),
    start: { ...elastic, 'stableswap.A': [3] },
    trained: { ...elastic, 'stableswap.fee': [0.0021], 'stableswap.A': [1.3] },
  },
  'reclamm with flow': {
    spec: specOf('reclamm', flow),
    start: { ...elastic },
    trained: {
      ...elastic,
      'reclamm.fee': [0.0041],
      'reclamm.priceRatio': [1.7],
      'reclamm.centerednessMargin': [0.31],
      'reclamm.dailyPriceShiftExponent': [0.8],
    },
  },
  'fm-amm with flow': {
    spec: specOf('fm-amm', flow),
    start: { ...elastic, 'fm-amm.fee': [0.001] },
    trained: { ...elastic, 'fm-amm.fee': [0.0021], 'fm-amm.weights': [0.37, 0.63] },
  },
  'concentrated range with flow': {
    spec: specOf('concentrated-range', flow),
    start: { ...elastic },
    trained: {
      ...elastic,
      'concentrated-range.fee': [0.0041],
      'concentrated-range.middle': [1.05],
      'concentrated-range.priceRatio': [1.7],
    },
  },
  'hmm with flow': {
    spec: specOf('hmm', flow),
    start: { ...elastic },
    trained: {
      ...elastic,
      'hmm.rho': [0.31, 0.12],
      'hmm.marketFee': [0.0041],
      'hmm.riskFee': [0.033],
      'hmm.priceScale': [1.1, 0.93],
    },
  },
};

export const rawOf = (layout: ParameterLayout, values: Values): Float64Array => layout.raws(values);

export function inputOf({ spec, start, trained }: Case, target: Target = wasm): EvaluationInput {
  const layout = poolLayout(spec);
  const initial = rawOf(layout, start);
  const raw = rawOf(layout, trained);
  return {
    spec,
    data,
    target,
    raw,
    initial,
    trainable: Uint8Array.from(raw, (x, i) => (Object.is(x, initial[i]) ? 0 : 1)),
    split,
    choice: { set: 1, sets: 4, iteration: 20, split: 'validation', metric: spec.objective.name, value: 1.5 },
    history: [0, 10, 20].map((iteration) => ({
      iteration,
      objective: iteration / 10,
      validation: iteration === 10 ? null : iteration / 20,
      learningRate: 0.1,
      gradientNorm: 1 / (1 + iteration),
    })),
    meta: {
      title: 'A test',
      version: '0.1.0',
      generated: '1 Jan 2024',
      facts: [['data set', 'synthetic']],
      warnings: ['3 rows were filled'],
    },
  };
}
