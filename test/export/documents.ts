/** Trained sets of every shipped model, for the tests of the json export: two days of prices, with series beside them. */
import { createDataset, type Dataset } from '../../src/data/dataset.js';
import { documentOf } from '../../src/export/pool-document.js';
import { poolLayout } from '../../src/pools/rollout.js';
import type { PoolSeries } from '../../src/pools/series.js';
import { completePool, type PoolSpec } from '../../src/pools/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { RULES } from '../rollout/rule-values.js';
import { type Changed, feeLaws, flows, pools, rawSets, rules, specOf, type Values, walk } from '../rollout/setup.js';

/** The last row is one of a rule step of 30 minutes. */
export const ROWS = 2881;

const prices = walk(2, ROWS, 0.002, 5);
const byRow = (f: (row: number) => number) => Float64Array.from({ length: ROWS }, (_, row) => f(row));

export const data: Dataset = createDataset({
  ...prices,
  series: {
    ...prices.series,
    fee: byRow((row) => 0.001 + 1e-6 * row),
    shares: byRow((row) => (row < 1500 ? 3 : 7)),
    'trades.in.A0': byRow((row) => (row % 50 === 9 ? 2 : 0)),
    'trades.out.A0': byRow(() => 0),
    'trades.in.A1': byRow(() => 0),
    'trades.out.A1': byRow((row) => (row % 50 === 9 ? 1 : 0)),
  },
  start: Date.UTC(2024, 0, 2),
  interval: 60_000,
  meta: {},
});

export const provenance = {
  checkpoint: 'sha256:4be1',
  dataset: data.hash,
  version: '0.1.0',
  created: '2024-05-06T07:08:09.000Z',
  metrics: { returns: 0.25, ulcer: null, calmar: Number.POSITIVE_INFINITY },
};

export interface Trained {
  readonly spec: PoolSpec;
  readonly raw: Float64Array;
}

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings' | 'series'>>;

export function trained(
  part: Part,
  values: Values = {},
  settings: Changed = {},
  series?: Partial<PoolSeries>,
): Trained {
  const followed = series && { parameters: {}, supply: null, trades: false, ...series };
  const spec = completePool(specOf(data, { ...part, series: followed }, settings));
  return { spec, raw: rawSets(spec, values) };
}

export const documented = ({ spec, raw }: Trained) =>
  documentOf({ spec, layout: poolLayout(spec), raw, data, target: wasm, provenance });

const { tfmm } = pools;
const steady = Object.values(pools).filter((pool) => pool.weights !== 'rule');

/** Every pool, every rule, every law, and what changes the parameters that a model has. */
export const trainedSets: Readonly<Record<string, Trained>> = {
  ...Object.fromEntries(steady.map((pool) => [pool.name, trained({ pool })])),
  ...Object.fromEntries(
    Object.entries(RULES).map(([rule, values]) => [rule, trained({ pool: tfmm, rule: rules[rule] }, values)]),
  ),
  ...Object.fromEntries(
    Object.values(feeLaws).map((feeLaw) => [feeLaw.name, trained({ pool: pools['constant-weight'], feeLaw })]),
  ),
  'hmm that moves its curvature': trained({ pool: pools.hmm }, {}, { dynamicCurvature: 1, centre: 0 }),
  'a fee that was switched off': trained({ pool: pools['constant-weight'] }, { 'constant-weight.fee': 0 }),
  'no fees, in closed form': trained({ pool: tfmm, zeroFee: true }, RULES.momentum, { interpolation: 1 }),
  'a flow beside it': trained({ pool: pools.stableswap, flow: flows.elastic }, { 'elastic.v0': 1e-3 }),
  'bounds of assets, an average of its own, moments of trading': trained(
    { pool: tfmm },
    { ...RULES.momentum, 'momentum.averageMemoryDays': 0.3, 'tfmm.leastWeight': 0.2, 'tfmm.greatestWeight': 0.7 },
    { assetBounds: 1, ownAverage: 1, trading: 1 },
  ),
  'a fee by a series, shares and trades': trained(
    { pool: pools['constant-weight'] },
    {},
    { arbitrageCosts: 1, gasGate: 0.2, protocolShare: 0.25 },
    { parameters: { fee: 'fee' }, supply: 'shares', trades: true },
  ),
};
