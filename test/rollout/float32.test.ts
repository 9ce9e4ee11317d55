/**
 * Roll-outs in float32 beside float64 ones, on the reference target: closeness for every model, at ordinary and at extreme
 * prices, and how far they drift apart over days. The bits of float32 are those of the GPU's kernels (test/ptx).
 */
import { describe, expect, it } from 'vitest';
import { cases } from '../../bench/cases.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import type { ScoresAndGradient } from '../../src/rollout/rollout.js';
import { reference } from '../../src/targets/reference/index.js';
import { apart, DRIFTS, driftOf, largest, MINUTE } from './drift.js';
import { RULES } from './rule-values.js';
import { feeLaws, flows, pools, rawSets, rules, specOf, type Values, walk } from './setup.js';

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;

const steady = Object.values(pools).filter((pool) => pool.weights !== 'rule');
const { tfmm } = pools;

/** Every pool, with and without flow; every rule, with and without a fee; every law of the fee. */
const MODELS: readonly [string, Part][] = [
  ...steady.flatMap((pool): [string, Part][] => [
    [pool.name, { pool }],
    [`${pool.name}, flow`, { pool, flow: flows.elastic }],
  ]),
  ...Object.values(rules).flatMap((rule): [string, Part][] => [
    [`tfmm, ${rule.name}, fee`, { pool: tfmm, rule }],
    [`tfmm, ${rule.name}, no fee`, { pool: tfmm, rule, zeroFee: true }],
  ]),
  ...Object.values(feeLaws).map((feeLaw): [string, Part] => [
    `tfmm, a fee by ${feeLaw.name}`,
    { pool: tfmm, rule: rules.momentum, feeLaw },
  ]),
];

const VALUES: Values = {
  ...Object.assign({}, ...Object.values(RULES)),
  'tfmm.fee': 0.002,
  'constant-weight.fee': 0.002,
  'elastic.v0': 1e-3,
  'hmm.rho': 0.5,
  'hmm.riskFee': 0.1,
  'stableswap.A': 20,
  'concentrated-range.priceRatio': 1.5,
  'reclamm.priceRatio': 1.5,
  'e-clp.below': 0.2,
  'e-clp.above': 0.2,
};
const SETS = 3;
const WINDOWS = Int32Array.of(131, 95);
const MINUTES = 130;

/** The first asset's prices times a factor of the row. */
const scaled = (factor: (row: number) => number) => (data: Prices) => ({
  ...data,
  prices: data.prices.map((p, i) => (i % data.assets.length === 0 ? p * factor(i / data.assets.length) : p)),
});
const SHOCK = 150;

/**
 * By market, the error of a score, relative where scores exceed 1. A number rounds by 6e-8; 130 minutes of some fifty
 * operations each make 1e-5 of it where errors have one sign. A move by a thousand sells all but a thousandth of an asset,
 * and three digits go with it.
 */
const MARKETS: readonly [string, (data: Prices) => Prices, number][] = [
  ['a walk', (data) => data, 2e-5],
  ['prices at rest', (data) => ({ ...data, prices: data.prices.map((_p, i) => data.prices[i % 2]) }), 2e-5],
  ['a price of 1e-7', scaled(() => 1e-9), 2e-5],
  ['a price of 1e8', scaled(() => 1e6), 2e-5],
  ['a price that falls to a thousandth', scaled((row) => (row > SHOCK ? 1e-3 : 1)), 5e-4],
  ['a price that rises a thousandfold', scaled((row) => (row > SHOCK ? 1e3 : 1)), 5e-4],
];

/** Of a gradient, relative to the parameter's largest entry … */
const GRADIENT = 5e-3;
/** … and where there is next to none. */
const NO_GRADIENT = 3e-6;

describe.each(MARKETS)('in %s', (_market, change, tolerance) => {
  const data = change(walk(2, 300, 0.002));
  it.each(MODELS)('%s', (_name, part) => {
    const spec = specOf(data, part);
    const raw = rawSets(spec, VALUES, SETS);
    const ask = (precision: 'float64' | 'float32') => {
      const rollout = createPoolRollout(spec, data, reference, { precision });
      return { ...rollout.gradient(raw, WINDOWS, MINUTES), entries: rollout.layout.entries };
    };
    const [wide, narrow] = [ask('float64'), ask('float32')];
    expect([...narrow.byWindow, ...narrow.gradient].every(Number.isFinite)).toBe(true);
    expect(apart(narrow.byWindow, wide.byWindow)).toBeLessThan(tolerance * Math.max(1, largest(wide.byWindow)));
    for (const { name, column, size } of wide.entries) {
      const of = ({ gradient }: ScoresAndGradient) => gradient.slice(column * SETS, (column + size) * SETS);
      expect(apart(of(narrow), of(wide)), name).toBeLessThan(Math.max(NO_GRADIENT, GRADIENT * largest(of(wide))));
    }
  });
});

/**
 * Thousands of trades, scored by the Sharpe ratio of three days: it turns what rounds in a value into some 500 times as much.
 * Of the largest entry of the set's gradient, measured: 1.4 % in the price scale of a Hamiltonian pool, .2 % elsewhere.
 */
describe('every parameter of the benchmark over three days', () => {
  const days = 3 * 1440 + 1;
  it.each(cases.map((c) => [c.name, c] as const))('%s', (_name, c) => {
    const [wide, narrow] = (['float64', 'float32'] as const).map((precision) => {
      const { rollout, raw, windows } = c.build(reference, { precision }, days, 1);
      return { ...rollout.gradient(raw, windows, days), entries: rollout.layout.entries };
    });
    const most = largest(wide.gradient);
    for (const { name, column, size } of wide.entries) {
      const part = name === 'hmm.priceScale' ? 2e-2 : 4e-3;
      const of = ({ gradient }: ScoresAndGradient) => gradient.slice(column, column + size);
      expect(apart(of(narrow), of(wide)), name).toBeLessThan(part * most);
    }
  });
});

it('plans half the memory', () => {
  const data = walk(2, 300, 0.002);
  const spec = specOf(data, { pool: tfmm, rule: rules.momentum });
  const [wide, narrow] = (['float64', 'float32'] as const).map((precision) =>
    createPoolRollout(spec, data, reference, { precision }).plan(4, 2, MINUTES),
  );
  expect(narrow.bytesPerLane).toBe(wide.bytesPerLane / 2);
  expect(narrow.bytes).toBeGreaterThan(0);
});

describe('the drift of a roll-out over days', () => {
  const ask = (config: string, days: number) =>
    driftOf(config, days, (spec, data) => createPoolRollout(spec, data, reference, { precision: 'float32' }));

  it.each(DRIFTS)('%s, %i days', async (config, days, objective, gradient) => {
    const found = await ask(config, days);
    expect(found.path).toBeLessThan(days * 1440 * MINUTE);
    expect(found.objective).toBeLessThan(objective);
    expect(found.gradient).toBeLessThan(gradient);
  });
});
