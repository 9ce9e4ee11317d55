/** What is measured beside a score: its mean over windows, and its gradient, which is that of the same as an objective. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { createRollout } from '../../src/rollout/compiled.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import type { RolloutSpec } from '../../src/rollout/spec.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { marketOf, specOf } from './markets.js';

const { client_cost: cost, fill_rate: fill, lp_hedged_return: gain } = registry.objectives;
const ROWS = 12;
const SCENARIOS = Int32Array.of(1, 4, 6);

/** As a config names it. */
const shown: ObjectiveModel = {
  ...{ name: 'clientCost', doc: '', reads: ['clientCost'], every: 0 },
  score: ({ last }) => last.clientCost[0],
};

describe.each([
  ['expected jobs', { arrivals: 0 }, { kind: 'mean' }],
  ['expected jobs, worst windows', { arrivals: 0 }, { kind: 'cvar', worst: 0.5 }],
  ['drawn jobs', { arrivals: 1, mostArrivals: 12 }, { kind: 'mean' }],
] as const)('%s', (_, settings, aggregate) => {
  const market = marketOf(4, { ...settings, workers: 1, classes: 1 });
  const base = specOf(market);
  const spec: RolloutSpec = { ...base, objective: gain, measured: [shown, fill], aggregate };
  const rolloutOf = (changed: Partial<RolloutSpec>, target = wasm) =>
    createRollout({ ...spec, ...changed }, null, target, { threads: 1 });
  const rollout = rolloutOf({});
  const raw = rollout.layout.raws(market.values);
  const K = 3;
  const wide = Float64Array.from({ length: K * raw.length }, (_x, i) => raw[Math.floor(i / K)]);
  const counts = Float64Array.from({ length: K * K }, (_x, i) => (Math.floor(i / K) === i % K ? 1 : 0));
  const found = rollout.gradient(wide, SCENARIOS, ROWS, counts);

  it('is the mean of what windows measure', () => {
    const { measures, objective } = rollout.value(raw, SCENARIOS, ROWS);
    const mean = { kind: 'mean' } as const;
    const alone = [gain, cost, fill].map((model, k) =>
      rolloutOf({ objective: model, measured: [], ...(k === 0 ? {} : { aggregate: mean }) }),
    );
    const [own, dear, served] = alone.map((r) => r.value(raw, SCENARIOS, ROWS).objective[0]);
    expect(objective[0]).toBe(own);
    expect(measures[0]).toBeCloseTo(-dear * 1e4, 6);
    expect(measures[1]).toBeCloseTo(served, 12);
    expect([...found.measures]).toEqual([0, 0, 0, 1, 1, 1].map((k) => measures[k]));
    for (const r of alone) r.dispose();
  });
  it('has the gradient of the same as an objective', () => {
    [gain, shown, fill].forEach((model, k) => {
      const alone = rolloutOf({ objective: model, measured: [], ...(k === 0 ? {} : { aggregate: { kind: 'mean' } }) });
      const { gradient } = alone.gradient(raw, SCENARIOS, ROWS);
      const largest = Math.max(...gradient.map(Math.abs));
      gradient.forEach((g, c) => {
        expect(Math.abs(found.gradient[c * K + k] - g), `${model.name}, column ${c}`).toBeLessThanOrEqual(
          1e-11 * largest,
        );
      });
      alone.dispose();
    });
  });
  it('has the same bits on the reference', () => {
    const other = rolloutOf({}, reference);
    const { gradient, measures } = other.gradient(wide, SCENARIOS, ROWS, counts);
    expectSameBits({ gradient, measures }, { gradient: found.gradient, measures: found.measures });
    other.dispose();
  });
  it('refuses counts of another size', () => {
    expect(() => rollout.gradient(raw, SCENARIOS, ROWS, Float64Array.of(1))).toThrow(
      'rollout: what the objective and 2 measures count in 1 sets was expected, got 1 numbers',
    );
  });
});
