/**
 * Roll-outs as TensorFlow.js ops in float32, against wasm in float64.
 *
 * A number rounds by 6e-8 at each operation. Over 27 minutes with a few dozen operations each that is 1e-5 of a score near
 * 1 at the very most. A gradient is made of trades, whose sizes are differences of numbers that agree to a few digits: of a
 * price move of .5 % float32 keeps four or five digits, and the terms of a sum cancel: 2e-3 of a parameter's largest entry.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { selectAssets } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/dataset-file.js';
import { UserError } from '../../src/errors.js';
import { sumsInClosedForm } from '../../src/pools/closed-form.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { rolloutOp } from '../../src/rollout/op.js';
import { loadTfjs } from '../../src/targets/tfjs/index.js';
import { loadEngine } from '../../src/targets/tfjs/load.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { readCases, type TfmmCase } from '../../src/verify/cases.js';
import { verifyCases } from '../../src/verify/verify.js';
import { type Changed, flows, objectives, pools, rawSets, rules, specOf, walk } from './setup.js';

const tfjs = await loadTfjs('cpu');
const tf = await loadEngine('cpu');

const SCORE = 1e-5;
const GRADIENT = 2e-3;

const VALUES = {
  'tfmm.fee': 0.001,
  'constant-weight.fee': 0.001,
  'momentum.memoryDays': 0.2,
  'momentum.k': 20,
  'concentrated-range.priceRatio': 1.2,
  'fm-amm.fee': 0.001,
  'reclamm.priceRatio': 1.2,
  'reclamm.centerednessMargin': 0.5,
  'reclamm.dailyPriceShiftExponent': 3,
  'hmm.rho': 0.3,
  'hmm.riskFee': 0.1,
  'hmm.alpha': 0.3,
  'e-clp.fee': 0.001,
  'stableswap.A': 20,
  'elastic.v0': 1e-3,
};
const SETS = 3;
const WINDOWS = Int32Array.of(35, 51);
/** Three legs, the last cut short. */
const ROWS = 28;
const QUICK = { chunkPeriod: 10, weightInterpolationPeriod: 7 };

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;
const CASES: [string, number, Part, Changed][] = [
  ['tfmm, whole legs', 3, { pool: pools.tfmm, zeroFee: true }, {}],
  ['tfmm, every minute', 2, { pool: pools.tfmm, zeroFee: true, everyMinute: true }, {}],
  ['tfmm, fee', 3, { pool: pools.tfmm }, {}],
  ['tfmm, fee and flow', 2, { pool: pools.tfmm, flow: flows.elastic }, {}],
  ['constant weights, flow', 2, { pool: pools['constant-weight'], flow: flows.elastic }, {}],
  ['reclamm, flow', 2, { pool: pools.reclamm, flow: flows.elastic }, { shiftGate: 0.3 }],
  ['fm-amm, flow', 2, { pool: pools['fm-amm'], flow: flows.elastic }, {}],
  ['concentrated range, flow', 2, { pool: pools['concentrated-range'], flow: flows.elastic }, {}],
  ['hmm, 2 assets', 2, { pool: pools.hmm }, {}],
  ['hmm, flow, curvature that moves', 1, { pool: pools.hmm, flow: flows.elastic }, { dynamicCurvature: 1 }],
  ['stableswap, flow', 2, { pool: pools.stableswap, flow: flows.elastic }, {}],
  ['e-clp, flow', 2, { pool: pools['e-clp'], flow: flows.elastic }, {}],
  ['tfmm, a tail', 2, { pool: pools.tfmm, objective: { ...objectives.cvar_daily_95, every: 5 } }, {}],
  ['hmm, its own prices', 2, { pool: pools.hmm, objective: objectives.tracking_error }, {}],
  [
    'hmm, the worst window',
    2,
    { pool: pools.hmm, objective: objectives.max_draw_down, aggregate: { kind: 'min' } },
    {},
  ],
];

describe('float32 roll-outs', () => {
  it.each(CASES)('%s', (_, n, part, settings) => {
    const data = walk(n, 120, 0.005);
    const spec = specOf(data, part, { ...(part.pool.weights === 'rule' ? QUICK : {}), ...settings });
    const raw = rawSets(spec, VALUES, SETS);
    const [exact, single] = [wasm, tfjs].map((target) => createPoolRollout(spec, data, target, { threads: 1 }));
    const [wanted, got] = [exact, single].map((r) => r.gradient(raw, WINDOWS, ROWS));
    const errors = [...got.byWindow].map((x, i) => Math.abs(x - wanted.byWindow[i]));
    expect(Math.max(...errors)).toBeLessThan(SCORE);
    // it is float32: the bits are others
    expect(Math.max(...errors)).toBeGreaterThan(0);
    expect([...single.value(raw, WINDOWS, ROWS).byWindow]).toEqual([...got.byWindow]);
    for (const { name, column, size } of exact.layout.entries) {
      const [a, b] = [wanted, got].map((r) => r.gradient.subarray(column * SETS, (column + size) * SETS));
      const largest = Math.max(...a.map(Math.abs));
      for (const [i, x] of a.entries()) expect(Math.abs(b[i] - x), name).toBeLessThanOrEqual(GRADIENT * largest);
    }
    exact.dispose();
  });
});

describe('what a roll-out refuses', () => {
  const data = walk(2, 120, 0.005);
  const spec = specOf(data, { pool: pools.tfmm });
  const raw = rawSets(spec, VALUES);
  const outside = 'rollout: windows within the 120 rows of the data were expected, got rows 100000000 to 100000028';

  it('is refused on this target', () => {
    const rollout = createPoolRollout(spec, data, tfjs);
    for (const ask of ['value', 'gradient', 'guards'] as const) {
      expect(() => rollout[ask](raw, Int32Array.of(1e8), ROWS)).toThrow(outside);
    }
    expect(() => createPoolRollout({ ...spec, assets: ['A1', 'A0'] }, data, tfjs)).toThrow(
      'rollout: prices of A1, A0 were expected, in this order, got A0, A1',
    );
  });

  it('is refused as an op', () => {
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const x = tf.tensor2d(Float32Array.from(raw), [raw.length, 1]);
    const op = rolloutOp(tf, rollout, { windows: Int32Array.of(1e8), windowRows: ROWS });
    expect(() => op(x)).toThrow(UserError);
    expect(() => op(x)).toThrow(outside);
    x.dispose();
    rollout.dispose();
  });
});

const GOLDEN = '../shared/golden';
const present = existsSync(GOLDEN);
if (!present) console.warn(`golden cases on tfjs: skipped, ${GOLDEN} is not here`);

/** The cases that have daily rule steps: few enough of them for ops. */
async function dailyCases(): Promise<TfmmCase[]> {
  const found = await readCases(`${GOLDEN}/tfmm_zero_fee.json`);
  if (found.kind !== 'tfmm') throw new TypeError(`TFMM cases were expected, got ${found.kind}`);
  return found.cases.filter((c) => c.chunk_period === 1440);
}

describe.skipIf(!present)('golden TFMM cases with daily rule steps, on tfjs', () => {
  it('rule outputs over the whole series, and the first 3,000 minutes of weights, reserves and values', async () => {
    const prices = await loadDataset(`${GOLDEN}/prices.arrow`);
    const cases = (await dailyCases()).map((c): TfmmCase => {
      const rows = c.sample_index.filter((row) => row < 3000);
      expect(rows.length).toBeGreaterThan(1);
      const first = <T>(all: readonly T[]): T[] => all.slice(0, rows.length);
      const [weights, reserves, value] = [first(c.weights), first(c.reserves), first(c.value)];
      return { ...c, bout_length: 3001, sample_index: rows, weights, reserves, value, metrics: {}, gradients: {} };
    });
    expect(cases.length).toBeGreaterThan(0);
    for (const r of verifyCases({ kind: 'tfmm', cases }, prices, tfjs)) {
      expect(r.skipped).toBeNull();
      for (const d of r.deviations) expect(d.error, `${r.name}: ${d.field}`).toBeLessThanOrEqual(d.tolerance);
    }
  });

  // 33 legs carry ln V to 6e-8 each; the rule's estimator keeps differences of prices that agree to two digits: 1e-3
  it('returns and their gradient over the whole bout, by whole legs', async () => {
    const prices = await loadDataset(`${GOLDEN}/prices.arrow`);
    for (const c of await dailyCases()) {
      const data = selectAssets(prices, c.assets);
      const rule = c.rule.replace('_', '-');
      const spec = specOf(
        data,
        {
          pool: pools.tfmm,
          rule: rules[rule],
          objective: objectives.returns,
          zeroFee: true,
          value: c.initial_pool_value,
        },
        {
          chunkPeriod: c.chunk_period,
          weightInterpolationPeriod: c.weight_interpolation_period,
          maximumChange: c.maximum_change,
          minimumWeight: c.minimum_weight,
          maxMemoryDays: c.max_memory_days,
          compat: 1,
        },
      );
      expect(sumsInClosedForm(spec)).toBe(true);
      const rollout = createPoolRollout(spec, data, tfjs);
      const raw = new Float64Array(rollout.layout.columns);
      const names: [string, string][] = [
        ['tfmm.initialWeights', 'initial_weights_logits'],
        [`${rule}.memoryDays`, 'logit_lamb'],
        [`${rule}.k`, 'log_k'],
      ];
      for (const [ours, theirs] of names) raw.set(c.params[theirs], rollout.layout.entry(ours).column);
      const got = rollout.gradient(raw, Int32Array.of(c.start_index), c.bout_length - 1);
      expect(Math.abs(got.objective[0] - (c.metrics.returns as number))).toBeLessThan(SCORE);
      for (const [ours, theirs] of names.slice(1)) {
        const wanted = [c.gradients.returns?.[theirs] ?? []].flat();
        expect(wanted.length).toBe(c.assets.length);
        const largest = Math.max(...wanted.map(Math.abs));
        const { column } = rollout.layout.entry(ours);
        wanted.forEach((g, i) => {
          expect(Math.abs(got.gradient[column + i] - g), ours).toBeLessThan(1e-3 * largest);
        });
      }
    }
  });
});
