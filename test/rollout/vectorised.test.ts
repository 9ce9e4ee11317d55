/**
 * The vectorised forms of the rules, by other formulas and TensorFlow.js's own gradient, against plain loops, the scan in
 * float64 and our adjoint of it.
 *
 * float32 rounds by 6e-8. Of a sum of terms that mostly have one sign, through some twenty ops, a few times that is left:
 * 3e-6 of the largest output, and of the largest entry of a parameter's gradient.
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { UserError } from '../../src/errors.js';
import { adjoint } from '../../src/graph/index.js';
import type { RuleModel } from '../../src/pools/model.js';
import { createPoolRollout, poolLayout } from '../../src/pools/rollout.js';
import { leadingRows, RULE, RULE_STEPS, ruleProgram } from '../../src/pools/rule-program.js';
import { seriesNames } from '../../src/pools/series.js';
import { completePool, type PoolSpec } from '../../src/pools/spec.js';
import { type VectorisedRule, vectorisedRule } from '../../src/pools/vector-rule.js';
import { MARKET, PARAMETERS } from '../../src/rollout/names.js';
import { rolloutOp } from '../../src/rollout/op.js';
import { marketSeries, type Prices } from '../../src/rollout/recorded.js';
import { loadTfjs } from '../../src/targets/tfjs/index.js';
import { loadEngine } from '../../src/targets/tfjs/load.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { ruleOutputs } from '../oracle/tfmm-rules.js';
import { RULES } from './rule-values.js';
import { type Changed, pools, rawSets, rules, specOf, walk } from './setup.js';

const tfjs = await loadTfjs('cpu');
const tf = await loadEngine('cpu');

const TOLERANCE = 3e-6;
const N = 3;
const SETS = 2;
const PERIOD = 30;
const STEPS = 77;
const data = walk(N, PERIOD * STEPS + 1, 0.002, 3);

interface Job {
  readonly spec: PoolSpec;
  readonly raw: Float64Array;
  readonly vectorised: VectorisedRule;
}

function jobOf(rule: string, settings: Changed = {}, prices: Prices = data, sets = SETS): Job {
  const part = { pool: pools.tfmm, rule: rules[rule], zeroFee: true };
  const spec = completePool(specOf(prices, part, settings));
  const own = settings.ownAverage ? { [`${rule}.averageMemoryDays`]: 0.1 } : {};
  const raw = rawSets(spec, { ...RULES[rule], ...own }, sets);
  const vectorised = vectorisedRule(spec, poolLayout(spec), prices, tfjs, 'vectorised') as VectorisedRule;
  return { spec, raw, vectorised };
}

/** The scan's outputs and the adjoint's gradient, in float64. */
function scanned({ spec, raw }: Job, steps: number, cotangent: Float64Array, prices: Prices = data) {
  const program = ruleProgram(spec, spec.rule as RuleModel, poolLayout(spec));
  const inputs = {
    sets: SETS,
    windows: 1,
    run: { [RULE_STEPS]: steps },
    window: {},
    buffers: { [MARKET]: marketSeries(prices, seriesNames(spec)), [PARAMETERS]: raw, [`cot.${RULE}`]: cotangent },
  };
  const back = adjoint(program, { wrt: [PARAMETERS], seeds: { [RULE]: 'input' } });
  const gradient = wasm.compile(back, { threads: 1 }).run(inputs)[`d.${PARAMETERS}`] ?? new Float64Array(raw.length);
  return { outputs: wasm.compile(program, { threads: 1 }).run(inputs)[RULE], gradient };
}

const cotangentOf = ({ spec }: Job, steps: number) =>
  Float64Array.from({ length: (steps + leadingRows(spec)) * N * SETS }, (_, i) => Math.sin(1 + i));

/** Largest difference, relative to the largest number. */
function expectClose(got: Float64Array, wanted: Float64Array, tolerance: number, what: string): void {
  expect(got.length).toBe(wanted.length);
  const largest = wanted.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  const error = wanted.reduce((m, x, i) => Math.max(m, Math.abs(x - got[i])), 0);
  expect(error, what).toBeLessThanOrEqual(tolerance * largest);
}

function expectScan(job: Job, steps: number, prices: Prices = data): void {
  const cotangent = cotangentOf(job, steps);
  const { outputs, gradient } = scanned(job, steps, cotangent, prices);
  expectClose(job.vectorised.outputs(job.raw, steps), outputs, TOLERANCE, 'outputs');
  const got = job.vectorised.pullBack(job.raw, steps, cotangent);
  for (const { name, column, size } of poolLayout(job.spec).entries) {
    const of = (g: Float64Array) => g.subarray(column * SETS, (column + size) * SETS);
    expectClose(of(got), of(gradient), TOLERANCE, name);
  }
}

const shipped = Object.keys(registry.rules);

describe.each(shipped)('%s, all steps at once', (rule) => {
  it('gives the outputs of plain loops', () => {
    const job = jobOf(rule, {}, data, 1);
    const every = (row: (t: number) => number) => Array.from({ length: STEPS + 1 }, (_, t) => row(PERIOD * t));
    const paths = data.assets.map((_, i) => every((row) => data.prices[row * N + i]));
    const supplies = data.assets.map((a) => every((row) => (data.series?.[`supply.${a}`] as Float64Array)[row]));
    const values = poolLayout(job.spec).values(job.raw);
    const own = Object.entries(values).flatMap(([key, v]) =>
      key.startsWith(`${rule}.`) ? [[key.slice(rule.length + 1), v]] : [],
    );
    const wanted = ruleOutputs(rule, paths, Object.fromEntries(own), PERIOD, supplies);
    const rows = rule === 'minimum-variance' ? [new Array<number>(N).fill(1 / N), ...wanted] : wanted;
    expectClose(job.vectorised.outputs(job.raw, STEPS), Float64Array.from(rows.flat()), TOLERANCE, rule);
  });

  it.each([1, 2, STEPS])('has the outputs and gradients of the scan, %i steps', (steps) => {
    expectScan(jobOf(rule), steps);
  });

  it('also with compat', () => {
    expectScan(jobOf(rule, { compat: 1 }), STEPS);
  });

  it('also where memories are cut to the longest', () => {
    const job = jobOf(rule, { maxMemoryDays: 0.21 });
    expectScan(job, STEPS);
  });

  it.runIf('ownAverage' in registry.rules[rule].settings)('also relative to an average of its own', () => {
    expectScan(jobOf(rule, { ownAverage: 1 }), STEPS);
  });

  it('makes no row of prices that come later', () => {
    const seen = 40;
    const changed: Prices = {
      ...data,
      prices: data.prices.map((p, k) => (k >= (PERIOD * seen + 1) * N ? p * (1.5 + Math.sin(k)) : p)),
    };
    const [before, after] = [data, changed].map((prices) => {
      const { vectorised, raw } = jobOf(rule, {}, prices);
      return vectorised.outputs(raw, STEPS);
    });
    const known = (seen + leadingRows(jobOf(rule).spec)) * N * SETS;
    expect(after.subarray(0, known)).toEqual(before.subarray(0, known));
    expect(after.subarray(known)).not.toEqual(before.subarray(known));
  });

  it('has finite gradients where prices rest', () => {
    // the first asset rests always, the others stop
    const half: Prices = {
      ...data,
      prices: data.prices.map((p, k) => (k % N === 0 ? 7 : k > 300 * N ? 5 : p)),
    };
    const job = jobOf(rule, {}, half);
    const found = poolLayout(job.spec).entries.find((e) => e.name === `${rule}.exponent`);
    // powers of ½ have no derivative at 0
    if (found !== undefined) job.raw.fill(0.5 - 1 / 0.5, found.column * SETS, (found.column + N) * SETS);
    expectScan(job, STEPS, half);
  });
});

it('has the slopes of transforms at raws of exactly 0', () => {
  const job = jobOf('mean-reversion-channel');
  for (const key of ['memoryDays', 'exponent']) {
    const { column } = poolLayout(job.spec).entry(`mean-reversion-channel.${key}`);
    job.raw.fill(0, column * SETS, (column + N) * SETS);
  }
  expectScan(job, STEPS);
});

describe('roll-outs by route', () => {
  const windows = Int32Array.of(605, 641);
  const job = jobOf('power-channel');
  const on = (target: typeof tfjs, route?: 'auto' | 'scan' | 'vectorised') =>
    createPoolRollout(job.spec, data, target, { threads: 1, route });

  it('takes the vectorised form on tfjs, by itself and when told', () => {
    const [auto, told, scan] = [on(tfjs), on(tfjs, 'vectorised'), on(tfjs, 'scan')].map((r) =>
      r.gradient(job.raw, windows, 200),
    );
    expect(auto).toEqual(told);
    expect(scan.gradient).not.toEqual(told.gradient);
    const exact = on(wasm).gradient(job.raw, windows, 200);
    // what the pool adds in float32 besides, see tfjs.test.ts
    for (const [i, x] of exact.objective.entries()) expect(Math.abs(told.objective[i] - x)).toBeLessThan(1e-5);
    const { column, size } = poolLayout(job.spec).entry('power-channel.k');
    const of = (g: Float64Array) => g.subarray(column * SETS, (column + size) * SETS);
    expectClose(of(told.gradient), of(exact.gradient), 2e-3, 'gradient');
  });

  it('refuses it on other targets and for rules without it', () => {
    expect(() => on(wasm, 'vectorised')).toThrow(
      new UserError(
        'rollout: the tfjs target was expected for the route vectorised, got wasm; take route: auto or scan',
      ),
    );
    const { vectorised: _, ...rest } = rules.momentum;
    const mine = { ...rest, name: 'mine' } as RuleModel;
    const spec = specOf(data, { pool: pools.tfmm, rule: mine });
    expect(() => createPoolRollout(spec, data, tfjs, { route: 'vectorised' })).toThrow(
      'rollout: a rule with a vectorised form was expected for the route vectorised, got mine',
    );
    createPoolRollout(spec, data, tfjs);
  });

  it('leaves no tensor behind, and a tape alone that is in use', () => {
    const rollout = on(tfjs, 'vectorised');
    rollout.gradient(job.raw, windows, 200);
    const before = tf.memory().numTensors;
    const x = tf.variable(tf.tensor2d(Float32Array.from(job.raw), [job.raw.length / SETS, SETS]));
    const op = rolloutOp(tf, rollout, { windows, windowRows: 200 });
    const { value, grads } = tf.variableGrads(() => op(x as unknown as Tensor2D).sum(), [x]);
    const got = Float64Array.from(grads[x.name].dataSync());
    tf.dispose([value, grads[x.name], x]);
    expect(tf.memory().numTensors).toBe(before + 1); // the tensor that the variable was made of
    const raw = Float64Array.from(Float32Array.from(job.raw));
    expectClose(got, rollout.gradient(raw, windows, 200).gradient, 1e-6, 'gradient');
  });
});
