/** Outputs of every rule against plain loops, and where they are delicate: prices at rest, powers of 0, no look-ahead. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { createPoolRollout, type PoolRollout } from '../../src/pools/rollout.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { reference } from '../../src/targets/reference/index.js';
import { loadTfjs } from '../../src/targets/tfjs/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { type RuleValues, ruleOutputs } from '../oracle/tfmm-rules.js';
import { RULES } from '../rollout/rule-values.js';
import { type Changed, objectives, rawSets, specOf, walk } from '../rollout/setup.js';

const tfjs = await loadTfjs('cpu');
const N = 3;
const STEPS = 60;
const data = walk(N, 30 * STEPS + 1, 0.002, 3);
/** Supplies at rule steps, asset by asset. */
const supplies = data.assets.map((asset) =>
  Array.from({ length: STEPS + 1 }, (_, t) => (data.series?.[`supply.${asset}`] as Float64Array)[30 * t]),
);
const path = (i: number, every: number) =>
  Array.from({ length: Math.floor((data.rows - 1) / every) + 1 }, (_, t) => data.prices[t * every * N + i]);

function ruled(name: string, prices: Prices, settings: Changed = {}) {
  const part = { pool: registry.pools.tfmm, rule: registry.rules[name], zeroFee: true, objective: objectives.returns };
  const spec = specOf(prices, part, settings);
  return { spec, raw: rawSets(spec, RULES[name]) };
}

/** Values of the rule's parameters, without its name. */
function valuesOf(rollout: PoolRollout, raw: Float64Array, rule: string): RuleValues {
  const prefix = `${rule}.`;
  return Object.fromEntries(
    Object.entries(rollout.layout.values(raw)).flatMap(([key, v]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), v]] : [],
    ),
  );
}

describe.each(Object.keys(registry.rules))('%s', (name) => {
  // float64: rounding of sums over 60 steps. float32: a return of 1 % from prices with 1e-7, summed over a memory
  it.each([
    [reference, 1e-10],
    [wasm, 1e-10],
    [tfjs, 2e-3],
  ])('gives the outputs of plain loops on $name', (target, tolerance) => {
    const { spec, raw } = ruled(name, data);
    const rollout = createPoolRollout(spec, data, target);
    const values = valuesOf(rollout, raw, name);
    const paths = Array.from({ length: N }, (_, i) => path(i, 30));
    const wanted = ruleOutputs(name, paths, values, 30, supplies);
    const { outputs } = rollout.rule(raw, STEPS);
    rollout.dispose();
    // an index is known from the first row on, variances after some
    const first = name === 'market-cap' ? [] : [new Array(N).fill(1 / N)];
    const leading = spec.rule?.weights === undefined ? [] : first;
    const rows = [...leading, ...wanted].flat();
    expect(outputs.length).toBe(rows.length);
    const largest = Math.max(...rows.map(Math.abs));
    expect(largest).toBeGreaterThan(1e-4);
    for (const [i, x] of rows.entries()) expect(Math.abs(outputs[i] - x)).toBeLessThan(tolerance * largest);
  });

  it.runIf('ownAverage' in registry.rules[name].settings)('takes gradients relative to an average of its own', () => {
    const { spec, raw: plain } = ruled(name, data);
    const part = { pool: registry.pools.tfmm, rule: spec.rule, zeroFee: true };
    const own = specOf(data, part, { ownAverage: 1 });
    const raw = rawSets(own, { ...RULES[name], [`${name}.averageMemoryDays`]: 0.1 });
    const rollout = createPoolRollout(own, data, wasm);
    const { column } = rollout.layout.entry(`${name}.averageMemoryDays`);
    const values = valuesOf(rollout, raw, name);
    const paths = Array.from({ length: N }, (_, i) => path(i, 30));
    const wanted = ruleOutputs(name, paths, values, 30, supplies).flat();
    const { outputs } = rollout.rule(raw, STEPS);
    const largest = Math.max(...wanted.map(Math.abs));
    for (const [i, x] of wanted.entries()) expect(Math.abs(outputs[i] - x)).toBeLessThan(1e-10 * largest);
    const windows = Int32Array.of(605);
    const { gradient } = rollout.gradient(raw, windows, 200);
    const along = (x: number) =>
      rollout.value(
        raw.map((r, i) => (i === column ? x : r)),
        windows,
        200,
      ).objective[0];
    const difference = derivative(along, raw[column]);
    expect(difference).not.toBe(0);
    // a score near 1 is rounded to 1e-16, over steps near 1e-5
    expect(Math.abs(gradient[column] - difference)).toBeLessThan(1e-10);
    // off, the average is the estimator's own
    const without = createPoolRollout(spec, data, wasm);
    expect(without.rule(plain, STEPS).outputs).not.toEqual(outputs);
    rollout.dispose();
    without.dispose();
  });

  it('has finite outputs and gradients on prices that rest', () => {
    const alike = data.assets.map((a, i) => [`supply.${a}`, new Float64Array(data.rows).fill(1 / (10 + i))]);
    const still: Prices = {
      ...data,
      prices: data.prices.map((_, i) => 10 + (i % N)),
      series: Object.fromEntries(alike),
    };
    const { spec, raw } = ruled(name, still);
    const rollout = createPoolRollout(spec, still, wasm);
    const { outputs } = rollout.rule(raw, STEPS);
    const weights = spec.rule?.weights !== undefined;
    for (const x of outputs) expect(x).toBeCloseTo(weights ? 1 / N : 0, 15);
    const { objective, gradient } = rollout.gradient(raw, Int32Array.of(95), 200);
    rollout.dispose();
    expect(objective[0]).toBeCloseTo(0, 12);
    for (const g of gradient) expect(Math.abs(g)).toBeLessThan(1e-12);
  });
});

describe('powers of a gradient of 0', () => {
  // the first asset rests, the others move; exponents below 1 have no derivative at 0
  const half: Prices = { ...data, prices: data.prices.map((p, i) => (i % N === 0 ? 7 : p)) };
  it.each(['mean-reversion-channel', 'triple-threat-mean-reversion-channel'])('%s, exponent 1/2', (name) => {
    const { spec, raw } = ruled(name, half);
    const rollout = createPoolRollout(spec, half, wasm);
    const { column } = rollout.layout.entry(`${name}.exponent`);
    raw.fill(0.5 - 1 / 0.5, column, column + N);
    const { gradient } = rollout.gradient(raw, Int32Array.of(95), 200);
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(gradient[column]).toBe(0);
    expect(gradient[column + 1]).not.toBe(0);
    rollout.dispose();
  });
});

describe('minimum variance', () => {
  it('gives an asset at rest the largest weight, not one that is no number', () => {
    const half: Prices = { ...data, prices: data.prices.map((p, i) => (i % N === 0 ? 7 : p)) };
    const { spec, raw } = ruled('minimum-variance', half);
    const rollout = createPoolRollout(spec, half, wasm);
    const { outputs } = rollout.rule(raw, STEPS);
    rollout.dispose();
    expect(outputs.slice(-N)[0]).toBeCloseTo(1, 10);
  });
});
