/** Every rule step of a pool: the bits of the single legs, and estimators that plain recurrences give as well. */
import { describe, expect, it } from 'vitest';
import { lambdaOfMemory } from '../../kernels/rules/memory.js';
import { nextLeg } from '../../src/live/next-leg.js';
import { rulePath } from '../../src/live/rule-path.js';
import { createPoolRollout, poolLayout } from '../../src/pools/rollout.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { RULES } from '../rollout/rule-values.js';
import { pools, rawSets, rules, SETTINGS, specOf, walk } from '../rollout/setup.js';

const N = 3;
const { chunkPeriod: PERIOD } = SETTINGS;
const STEPS = 9;
const data = walk(N, STEPS * PERIOD + 11, 0.004, 21);

const upTo = (rows: number): Prices => ({
  ...data,
  rows,
  prices: data.prices.slice(0, rows * N),
  volume: null,
  series: Object.fromEntries(Object.entries(data.series ?? {}).map(([name, x]) => [name, x.slice(0, rows)])),
});

function jobOf(rule: string) {
  const spec = specOf(data, { pool: pools.tfmm, rule: rules[rule] });
  return { spec, raw: rawSets(spec, { 'tfmm.fee': 0.002, ...RULES[rule] }), target: wasm };
}

describe.each(Object.keys(rules))('%s', (rule) => {
  it('has the legs of a live pool, step by step, to the last bit', () => {
    const job = jobOf(rule);
    const path = rulePath({ ...job, data });
    expect([...path.rows]).toEqual(Array.from({ length: STEPS }, (_, t) => (t + 1) * PERIOD));
    for (const step of [1, 2, STEPS - 1, STEPS]) {
      const leg = nextLeg({ ...job, data: upTo(step * PERIOD + 1) });
      const of = (x: Float64Array) => Array.from(x.subarray((step - 1) * N, step * N));
      expect(of(path.before)).toEqual(leg.current);
      expect(of(path.target)).toEqual(leg.target);
    }
  });

  it('ends with the outputs and the estimate that the rule gives', () => {
    const { spec, raw } = jobOf(rule);
    const path = rulePath({ spec, raw, target: wasm, data });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const { outputs, estimate } = rollout.rule(raw, STEPS);
    const { estimate: early } = rollout.rule(raw, 4);
    rollout.dispose();
    expect(path.outputs).toEqual(outputs.slice(outputs.length - STEPS * N));
    const width = path.leaves.length;
    expect(path.estimates.subarray((STEPS - 1) * width)).toEqual(estimate);
    expect(path.estimates.subarray(3 * width, 4 * width)).toEqual(early);
  });
});

describe('readouts by name', () => {
  const namesOf = (rule: string) => {
    const { leaves } = rulePath({ ...jobOf(rule), data });
    return [...new Set(leaves.map(({ name, asset }) => (asset === null ? name : `${name} of ${asset}`)))];
  };

  it('are those of the carry, by asset', () => {
    expect(namesOf('momentum')).toEqual(['ewma', 'a'].flatMap((name) => data.assets.map((a) => `${name} of ${a}`)));
    expect(namesOf('minimum-variance').at(-1)).toBe('seen');
    const triple = namesOf('triple-threat-mean-reversion-channel');
    expect(triple).toContain('channel.ewma of A0');
    expect(triple).toContain('envelope.a of A2');
    expect(triple).toContain('average of A1');
  });

  it('are the numbers of plain recurrences: momentum', () => {
    const job = jobOf('momentum');
    const { leaves, estimates } = rulePath({ ...job, data });
    const memories = poolLayout(job.spec).values(job.raw)['momentum.memoryDays'];
    for (const [i, asset] of data.assets.entries()) {
      const lambda = lambdaOfMemory(memories[i], PERIOD);
      const columns = ['ewma', 'a'].map((name) => leaves.findIndex((l) => l.name === name && l.asset === asset));
      let [ewma, a] = [data.prices[i], 0];
      for (let t = 0; t < STEPS; t++) {
        const p = data.prices[(t + 1) * PERIOD * N + i];
        ewma += (p - ewma) * (1 - lambda);
        a = lambda * a + (p - ewma) / (1 - lambda);
        // rounding of some steps, amplified by 1/(1 − λ)
        for (const [k, wanted] of [ewma, a].entries()) {
          expect(Math.abs(estimates[t * leaves.length + columns[k]] - wanted)).toBeLessThan(1e-10 * p);
        }
      }
    }
  });
});
