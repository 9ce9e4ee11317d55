/** Weights on arrays of prices: those of a roll-out of the same models, in every form that the input may have. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { type RuleWeightsInput, ruleWeights } from '../../src/app/rule-weights.js';
import { UserError } from '../../src/errors.js';
import { createPoolRollout, poolLayout } from '../../src/pools/rollout.js';
import { reference } from '../../src/targets/reference/index.js';
import { walk } from '../rollout/setup.js';

const N = 2;
const HOUR = 60;
const data = walk(N, 12 * HOUR + 7, 0.002, 5);
const prices = Object.fromEntries(
  data.assets.map((asset, i) => [asset, Array.from({ length: data.rows }, (_, row) => data.prices[row * N + i])]),
);
const path = { chunkPeriod: HOUR, weightInterpolationPeriod: 30 };
const rule = { kind: 'momentum', memoryDays: 0.3, k: { A1: 8, A0: 5 }, ...path };

/** Weights of a roll-out that is put together by hand. */
function byHand(every: number): Float64Array {
  const spec = {
    assets: data.assets,
    pool: registry.pools.tfmm,
    rule: registry.rules.momentum,
    flow: null,
    objective: registry.objectives.returns,
    penalties: [],
    settings: path,
    value: 1,
    zeroFee: true,
  };
  const raw = poolLayout(spec).raws({
    'tfmm.initialWeights': [0.5, 0.5],
    'tfmm.fee': [0],
    'momentum.memoryDays': [0.3, 0.3],
    'momentum.k': [5, 8],
  });
  return createPoolRollout(spec, data, reference).trajectory(raw, 0, data.rows, every).weights as Float64Array;
}

describe('ruleWeights', () => {
  it.each([1, 7, HOUR])('gives the weights of a roll-out, each %i minutes', (every) => {
    const got = ruleWeights({ prices, rule, every });
    expect(got.assets).toEqual(data.assets);
    expect([...got.rows]).toEqual(Array.from({ length: Math.floor((data.rows - 1) / every) + 1 }, (_, i) => i * every));
    expect(got.weights).toEqual(byHand(every));
    expect(new Set(got.weights).size).toBeGreaterThan(10);
  });

  it('gives a row for each rule step by itself, and takes typed arrays and another target', () => {
    const typed = Object.fromEntries(Object.entries(prices).map(([asset, p]) => [asset, Float64Array.from(p)]));
    expect(ruleWeights({ prices: typed, rule, target: reference })).toEqual(ruleWeights({ prices, rule, every: HOUR }));
  });

  it('takes raw numbers, the settings of the pool, a rule by its name alone, one of the user’s, and series', () => {
    const raw = { ...rule, k: { raw: [Math.log2(5), 3] } };
    expect(ruleWeights({ prices, rule: raw })).toEqual(ruleWeights({ prices, rule }));
    const started = ruleWeights({ prices, rule, pool: { initialWeights: { A0: 0.3, A1: 0.7 } } });
    expect(started.weights[0]).toBeCloseTo(0.3, 15);
    const mine = { ...registry.rules.momentum, name: 'mine' };
    expect(ruleWeights({ prices, rule: { ...rule, kind: mine } })).toEqual(ruleWeights({ prices, rule }));
    expect([...ruleWeights({ prices, rule: 'momentum' }).rows]).toEqual([0]);
    const { series } = data;
    const index = ruleWeights({ prices, series, rule: { kind: 'market-cap', ...path } });
    const caps = data.assets.map((asset) => prices[asset][0] * (series?.[`supply.${asset}`][0] ?? 0));
    expect(index.weights[0]).toBeCloseTo(caps[0] / (caps[0] + caps[1]), 12);
  });

  it('makes no minute of prices that come later', () => {
    const seen = 5 * HOUR;
    const changed = Object.fromEntries(
      Object.entries(prices).map(([asset, p]) => [asset, p.map((x, row) => (row > seen ? x * (1 + row / 1e3) : x))]),
    );
    const [before, after] = [prices, changed].map((p) => ruleWeights({ prices: p, rule, every: 1 }).weights);
    // the leg from the step at that row on goes on to its end
    const known = (seen + HOUR + 1) * N;
    expect(after.subarray(0, known)).toEqual(before.subarray(0, known));
    expect(after.subarray(known)).not.toEqual(before.subarray(known));
  });

  it.each<[string, RuleWeightsInput, string]>([
    ['unequal lengths', { prices: { A: [1, 2], B: [1] }, rule: 'momentum' }, 'prices: as many of each asset were'],
    ['no assets', { prices: {}, rule: 'momentum' }, 'data.assets: expected at least one asset'],
    ['one asset', { prices: { A: [1, 2, 3] }, rule: 'momentum' }, 'data.assets: expected 2 assets or more'],
    ['a price of 0', { prices: { A: [1, 2, 0], B: [1, 1, 1] }, rule: 'momentum' }, 'finite prices above 0'],
    ['no such rule', { prices, rule: 'momentun' }, "got 'momentun'; did you mean 'momentum'?"],
    ['a wrong key', { prices, rule: { ...rule, memory: 3 } }, "rule.memory: expected a known key, got 'memory'"],
    ['a wrong value', { prices, rule: { ...rule, memoryDays: -3 } }, 'rule.memoryDays: expected a number from'],
    ['a pool without a rule', { prices, rule, pool: { kind: 'hmm' } }, 'rule: expected no rule'],
    ['rows apart by nothing', { prices, rule, every: 0 }, 'a whole number of steps between samples from 1'],
  ])('refuses %s', (_, input, message) => {
    expect(() => ruleWeights(input)).toThrow(UserError);
    expect(() => ruleWeights(input)).toThrow(message);
  });
});
