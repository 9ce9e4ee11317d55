/** The next leg of a live pool: that of a roll-out over more data, to the last bit, and made of nothing that comes later. */
import { describe, expect, it } from 'vitest';
import { lambdaOfMemory } from '../../kernels/rules/memory.js';
import { type NextLeg, nextLeg } from '../../src/live/next-leg.js';
import { createPoolRollout, poolLayout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { RULES } from '../rollout/rule-values.js';
import { type Changed, flows, pools, rawSets, rules, SETTINGS, specOf, walk } from '../rollout/setup.js';

const N = 3;
const { chunkPeriod: PERIOD, weightInterpolationPeriod: MOVING } = SETTINGS;
/** The last rule step that each test looks at; the data go on for a leg and some minutes. */
const STEPS = 12;
const data = walk(N, (STEPS + 1) * PERIOD + 18, 0.004, 21);

const cut = (d: Prices, rows: number): Prices => ({
  ...d,
  rows,
  prices: d.prices.slice(0, rows * d.assets.length),
  volume: d.volume === null ? null : d.volume.slice(0, rows * d.assets.length),
  series: Object.fromEntries(Object.entries(d.series ?? {}).map(([name, x]) => [name, x.slice(0, rows)])),
});

interface Job {
  readonly spec: PoolSpec;
  readonly raw: Float64Array;
}

function jobOf(rule: string, settings: Changed = {}, part: Partial<Omit<PoolSpec, 'settings' | 'pool'>> = {}): Job {
  const spec = specOf(data, { pool: pools.tfmm, rule: rules[rule], ...part }, settings);
  return { spec, raw: rawSets(spec, { 'tfmm.fee': 0.002, ...RULES[rule] }) };
}

const live = ({ spec, raw }: Job, rows: number, weights?: readonly number[]): NextLeg =>
  nextLeg({ spec, raw, data: cut(data, rows), target: wasm, weights });

/** Weights by minute of one roll-out over all data. */
function batch({ spec, raw }: Job): (row: number) => number[] {
  const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
  const weights = rollout.trajectory(raw, 0, data.rows, 1).weights as Float64Array;
  rollout.dispose();
  return (row) => Array.from(weights.subarray(row * N, (row + 1) * N));
}

function expectBatch(job: Job, steps: readonly number[]): void {
  const at = batch(job);
  for (const step of steps) {
    const row = step * PERIOD;
    const leg = live(job, row + 1);
    expect([leg.steps, leg.row, leg.period, leg.moving]).toEqual([step, row, PERIOD, MOVING]);
    expect(leg.current).toEqual(at(row));
    expect(leg.target).toEqual(at(row + MOVING));
    expect(leg.target).toEqual(at(row + PERIOD));
    // minimum variance keeps equal weights at its first step
    if (step > 1) expect(leg.target).not.toEqual(leg.current);
    leg.changePerMinute.forEach((change, i) => {
      expect(change * MOVING).toBeCloseTo(leg.target[i] - leg.current[i], 15);
    });
  }
}

const NAMES = Object.keys(rules);

describe.each(NAMES)('%s', (rule) => {
  it.each([
    ['linear', 0],
    ['approx_optimal', 1],
    ['geodesic', 2],
  ])('has at successive rule steps the weights of one roll-out over all data, %s', (_, interpolation) => {
    expectBatch(jobOf(rule, { interpolation }), [1, 2, 3, 7, STEPS]);
  });

  it('also where a guard binds, and with flow', () => {
    const job = jobOf(rule, { maximumChange: 1e-6 }, { flow: flows.elastic });
    expectBatch(job, [STEPS - 1, STEPS]);
    expect(live(job, STEPS * PERIOD + 1).guards).toEqual(['maximumChange']);
  });

  it('knows no price after its rule step', () => {
    const job = jobOf(rule);
    const row = STEPS * PERIOD;
    const leg = live(job, row + 1);
    const changed = { ...data, prices: data.prices.map((p, i) => (i < (row + 1) * N ? p : p * (2 + (i % 7)))) };
    for (const rows of [row + 2, row + PERIOD]) {
      expect(live(job, rows)).toEqual(leg);
      expect(nextLeg({ ...job, data: cut(changed, rows), target: wasm })).toEqual(leg);
    }
    // the last of them is a rule step later, whose prices do count
    expect(live(job, row + PERIOD + 1).target).not.toEqual(leg.target);
  });

  it('goes on from given weights: those that it has change nothing, others do', () => {
    const job = jobOf(rule);
    const leg = live(job, STEPS * PERIOD + 1);
    expect(live(job, STEPS * PERIOD + 1, leg.current)).toEqual(leg);
    const given = [0.2, 0.5, 0.3];
    const other = live(job, STEPS * PERIOD + 1, given);
    expect(other.current).toEqual(given);
    expect(other.target).not.toEqual(leg.target);
  });
});

describe('from given weights, where no guard binds', () => {
  const given = [0.2, 0.5, 0.3];
  const free = { maximumChange: 1, minimumWeight: 1e-6 };

  /** The rule's last outputs, of a roll-out over all data. */
  function outputs({ spec, raw }: Job, row: number): number[] {
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const all = rollout.rule(raw, STEPS).outputs;
    rollout.dispose();
    return Array.from(all.subarray(row * N, (row + 1) * N));
  }

  it('momentum adds its weight change', () => {
    const job = jobOf('momentum', free);
    const leg = live(job, STEPS * PERIOD + 9, given);
    expect(leg.guards).toEqual([]);
    const change = outputs(job, STEPS - 1);
    expect(Math.max(...change.map(Math.abs))).toBeGreaterThan(1e-3);
    leg.target.forEach((w, i) => {
      expect(w).toBeCloseTo(given[i] + change[i], 14);
    });
  });

  it('but for the minimum weight, which is then the target, and named', () => {
    const leg = live(jobOf('momentum', { ...free, minimumWeight: 0.2 }), STEPS * PERIOD + 1, [0.05, 0.6, 0.35]);
    expect(leg.guards).toEqual(['minimumWeight']);
    expect(leg.target[0]).toBeCloseTo(0.2, 15);
  });

  it('minimum variance goes its share of the way to its weights', () => {
    const job = jobOf('minimum-variance', free);
    const leg = live(job, STEPS * PERIOD + 9, given);
    expect(leg.guards).toEqual([]);
    const aims = outputs(job, STEPS); // one row stands before the first step
    const days = poolLayout(job.spec).values(job.raw)['minimum-variance.mixingMemoryDays'];
    const mixed = days.map((m, i) => {
      const lambda = lambdaOfMemory(m, PERIOD);
      return lambda * given[i] + (1 - lambda) * aims[i];
    });
    const total = mixed.reduce((a, w) => a + w, 0);
    leg.target.forEach((w, i) => {
      expect(w).toBeCloseTo(mixed[i] / total, 13);
    });
  });
});

describe('the memory', () => {
  it('is the longest of the rule, within the longest that is allowed', () => {
    const job = jobOf('difference-momentum');
    const values = poolLayout(job.spec).values(job.raw);
    const longest = Math.max(
      ...values['difference-momentum.fastMemoryDays'],
      ...values['difference-momentum.slowMemoryDays'],
    );
    const leg = live(job, STEPS * PERIOD + 1);
    expect([leg.memoryDays, leg.seenDays]).toEqual([longest, (STEPS * PERIOD) / 1440]);
    expect(live(jobOf('momentum', { maxMemoryDays: 0.01 }), STEPS * PERIOD + 1).memoryDays).toBe(0.01);
  });
});

describe('refuses', () => {
  it('a pool without a rule', () => {
    const spec = specOf(data, { pool: pools['constant-weight'] });
    const raw = rawSets(spec, {});
    expect(() => nextLeg({ spec, raw, data, target: wasm })).toThrow(
      'weights: a pool whose weights follow a rule was expected, got constant-weight, which has none',
    );
  });

  it('data without a rule step', () => {
    expect(() => live(jobOf('momentum'), PERIOD)).toThrow(
      `weights: ${PERIOD + 1} rows or more were expected, for a rule step ${PERIOD} rows after the first, got ${PERIOD}; give data that start earlier or end later`,
    );
  });

  it('a rule that looks ahead', () => {
    expect(() => live(jobOf('minimum-variance', { compat: 1 }), STEPS * PERIOD + 1)).toThrow(
      'weights: minimum-variance without look-ahead was expected, got compat: yes',
    );
    expect(live(jobOf('momentum', { compat: 1 }), STEPS * PERIOD + 1).steps).toBe(STEPS);
  });
});
