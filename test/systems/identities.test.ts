/** Identities: what every step of a pool keeps, and of systems with epochs. Those of the compute market: test/compute. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { constant, type Expr } from '../../src/graph/index.js';
import { createWatchedPool } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { watchingIdentities } from '../../src/rollout/identities.js';
import type { ObjectiveModel, System } from '../../src/rollout/model.js';
import type { RolloutSpec } from '../../src/rollout/spec.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { type Changed, flows, pools, rawSets, rules, specOf, walk, withTrades } from '../rollout/setup.js';

const TOLERANCE = 1e-12;

const worst: ObjectiveModel = {
  name: 'worst',
  doc: 'the identity that is kept least',
  reads: ['identities'],
  every: 0,
  score: ({ last }) => last.identities.reduce((a, b) => a.maximum(b)),
};

const watched = (spec: RolloutSpec): RolloutSpec => ({
  ...spec,
  system: watchingIdentities(spec.system),
  objective: worst,
  penalties: [],
});

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;

const TRADES = { parameters: {}, supply: null, trades: true };
const LATE = { arbitrageEvery: 3, noiseRatio: 1, protocolShare: 0.3 };

const ROWS = 500;
const SETS = 16;
const VALUES = {
  'tfmm.fee': 0.002,
  'fm-amm.fee': 0.001,
  'elastic.v0': 1e-3,
  'elastic.b': 30,
  'elastic.epsilon': 0.02,
  'routed.size': 5e-3,
};

describe('the value of a pool: the market’s moves of what it held, and its ledger', () => {
  const data = withTrades(walk(2, ROWS + 20, 2e-3, 8));
  const kinds: [string, Part, Changed?][] = [
    ...Object.values(pools).map((pool): [string, Part] => [pool.name, { pool }]),
    ['tfmm by the closed form', { pool: pools.tfmm, zeroFee: true }],
    ['tfmm with another rule', { pool: pools.tfmm, rule: rules['power-channel'] }],
    ['hmm with flow', { pool: pools.hmm, flow: flows.elastic }],
    ['constant weights with flow', { pool: pools['constant-weight'], flow: flows.elastic }],
    ['concentrated range with flow', { pool: pools['concentrated-range'], flow: flows.elastic }],
    ['hmm with routed orders', { pool: pools.hmm, flow: flows.routed }],
    ['e-clp with routed orders', { pool: pools['e-clp'], flow: flows.routed }],
    ['stableswap with routed orders', { pool: pools.stableswap, flow: flows.routed }],
    ['tfmm with routed orders and a protocol', { pool: pools.tfmm, flow: flows.routed }, { protocolShare: 0.3 }],
    ['tfmm with trades of others', { pool: pools.tfmm, series: TRADES }],
    ['constant weights with late arbitrage, noise and a protocol', { pool: pools['constant-weight'] }, LATE],
    ['tfmm that is open while its weights move', { pool: pools.tfmm }, { trading: 1 }],
  ];
  it.each(kinds)('%s', (_, part, settings = {}) => {
    const spec = specOf(data, part, settings);
    const rollout = createWatchedPool(spec, data, wasm, { threads: 1 }, watched);
    const { objective } = rollout.value(rawSets(spec, VALUES, SETS, 0.3), Int32Array.of(3), ROWS);
    rollout.dispose();
    for (const off of objective) expect(off).toBeLessThan(TOLERANCE);
    // rounding leaves a trace: it is no difference of the same thing
    expect(Math.max(...objective)).toBeGreaterThan(0);
  });
});

/** Adds up what it sees by epochs of four steps; `lost` of each step goes missing. */
const counting = (lost: number): System<{ readonly sum: Expr; readonly seen: Expr }, Expr, Expr> => ({
  name: 'counting',
  doc: 'a sum, and what it is a sum of',
  settings: {},
  parameters: () => ({}),
  reads: ['prices'],
  observes: { sum: 'of prices' },
  epoch: () => 4,
  run: () => ({
    init: () => ({ sum: constant(1), seen: constant(1) }),
    step: ({ sum, seen }, { now, plan }) => ({
      sum: sum.add(now.prices[0].mul(plan)).sub(lost),
      seen: seen.add(now.prices[0].mul(plan)),
    }),
    observe: ({ sum }) => ({ sum: [sum] }),
    identities: (_before, after) => ({
      sum: { difference: after.sum.sub(after.seen), scale: after.seen.abs().maximum(1) },
    }),
    epoch: {
      init: constant(0),
      open: (kept, state) => ({ kept: kept.add(1), state, plan: kept.add(1) }),
      leap: () => {
        throw new Error('a watched epoch is leapt over');
      },
    },
  }),
});

describe('a system with epochs', () => {
  const off = (lost: number) => {
    const spec: RolloutSpec = {
      assets: ['A'],
      clock: { interval: 60_000 },
      source: { kind: 'drawn', model: registry.sources.gbm, settings: {}, seed: 3 },
      system: counting(lost),
      objective: worst,
      penalties: [],
      settings: {},
    };
    const rollout = createRollout(watched(spec), null, wasm, { threads: 1 });
    const { objective } = rollout.value(rollout.layout.raws({}), Int32Array.of(0), 11);
    rollout.dispose();
    return objective[0];
  };
  it('is watched at every step of every epoch, none leapt over', () => {
    expect(off(0)).toBe(0);
    expect(off(1e-9)).toBeGreaterThan(TOLERANCE);
  });
});

describe('a pool whose ledger forgets', () => {
  it('is found', () => {
    const data = walk(2, ROWS + 20, 2e-3, 8);
    const { scale } = pools['constant-weight'];
    const leaking: PoolSpec['pool'] = {
      ...pools['constant-weight'],
      scale: (state, factor) => scale(state, factor.mul(1 - 1e-10)),
    };
    const spec = specOf(data, { pool: leaking, flow: flows.elastic });
    const rollout = createWatchedPool(spec, data, wasm, { threads: 1 }, watched);
    expect(rollout.value(rawSets(spec, VALUES), Int32Array.of(3), ROWS).objective[0]).toBeGreaterThan(TOLERANCE);
    rollout.dispose();
  });
});
