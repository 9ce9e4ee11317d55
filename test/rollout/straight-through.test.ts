/**
 * Straight-through guards: forward a guard binds, backward it does not, x + sg(y − x). The gradient is then not that of the
 * score, but of the score with y − x held at its value. One moving leg, so that what is held is one number an asset: a twin
 * of the pool takes it as a parameter and is differenced.
 */
import { describe, expect, it } from 'vitest';
import { guardedPath } from '../../kernels/weights/guardrail.js';
import { type Expr, where } from '../../src/graph/index.js';
import { sumsInClosedForm } from '../../src/pools/closed-form.js';
import type { PoolModel, WeightPath } from '../../src/pools/model.js';
import { createPoolRollout, type PoolRollout } from '../../src/pools/rollout.js';
import { sum } from '../../src/rollout/functions.js';
import type { Parameter } from '../../src/rollout/model.js';
import { identity } from '../../src/rollout/transforms.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { differences, expectEntry, guardsOf } from './differences.js';
import { pools, rawSets, SETTINGS, specOf, walk } from './setup.js';

const N = 3;
const WINDOWS = Int32Array.of(95);
/** A resting leg and one that moves. */
const ROWS = 2 * SETTINGS.chunkPeriod + 1;
const data = walk(N, 200, 0.002);

/** y − x of the two guards, one an asset. */
interface Held {
  readonly floor: readonly number[];
  readonly limit: readonly number[];
}

const HELD: Parameter = {
  shape: 'asset',
  transform: identity,
  range: [-1, 1],
  unit: '1',
  default: 0,
  trainable: false,
  doc: 'y − x',
};

type Through = Pick<
  typeof SETTINGS,
  'straightThroughChange' | 'straightThroughMinimum' | 'minimumWeight' | 'maximumChange'
>;

/** One pass of the floor, one leg: guards written with what is held. */
const path: WeightPath = {
  ...guardedPath,
  leg(c, weights, raw) {
    const { minimumWeight: low, weightInterpolationPeriod: ramp } = c.settings;
    const x = raw.map((r) => r.div(sum(raw)));
    const below = x.map((w) => w.less(low));
    const floored = x.map((w, i) => where(below[i], w.add(c.value.floor[i]), w));
    const others = sum(x.map((w, i) => where(below[i], 0, w)));
    const left = sum(below.map((b) => where(b, -low, 0)))
      .add(1)
      .div(others);
    const aim = floored.map((w: Expr, i) => where(below[i], w, w.mul(left)));
    const diff = aim.map((w, i) => w.sub(weights[i]).div(ramp).add(c.value.limit[i]));
    return { diff, bound: guardedPath.leg(c, weights, raw).bound };
  },
};

const twin: PoolModel = {
  ...pools.tfmm,
  path,
  parameters: (s) => ({ ...pools.tfmm.parameters(s), floor: HELD, limit: HELD }),
};

/** What is held at `raw`, in plain numbers. */
function heldAt(rollout: PoolRollout, raw: Float64Array, s: Through): Held {
  const start = rollout.layout.values(raw)['tfmm.initialWeights'];
  const step = Math.floor(WINDOWS[0] / SETTINGS.chunkPeriod);
  const change = rollout.rule(raw, step + 1).outputs.subarray(step * N);
  const x = start.map((w, i) => w + change[i]);
  const lifted = x.filter((w) => w < s.minimumWeight);
  const rest = 1 - x.reduce((a, w) => a + (w < s.minimumWeight ? w : 0), 0);
  const aim = x.map((w) =>
    w < s.minimumWeight ? s.minimumWeight : (w * (1 - lifted.length * s.minimumWeight)) / rest,
  );
  const diff = aim.map((w, i) => (w - start[i]) / SETTINGS.weightInterpolationPeriod);
  const largest = Math.max(...diff.map(Math.abs));
  const scale = largest > s.maximumChange ? s.maximumChange / (largest + 1e-10) : 1;
  return {
    floor: x.map((w) => (w < s.minimumWeight ? s.minimumWeight - w : 0)),
    limit: diff.map((d) => d * (scale - 1)),
  };
}

/** The score of the twin at lanes of the pool's own parameters. */
function twinScore(rollout: PoolRollout, twins: PoolRollout, held: Held): (lanes: Float64Array) => Float64Array {
  return (lanes) => {
    const sets = lanes.length / rollout.layout.columns;
    const wide = new Float64Array(twins.layout.columns * sets);
    for (const { name, column, size } of rollout.layout.entries) {
      wide.set(lanes.subarray(column * sets, (column + size) * sets), twins.layout.entry(name).column * sets);
    }
    for (const name of ['floor', 'limit'] as const) {
      const { column } = twins.layout.entry(`tfmm.${name}`);
      held[name].forEach((x, i) => {
        wide.fill(x, (column + i) * sets, (column + i + 1) * sets);
      });
    }
    return twins.value(wide, WINDOWS, ROWS).objective;
  };
}

/** A score is near 1: rounding 1e-16, steps of 1e-2 (1e-3 near a kink), gradients from 1e-5. */
const TOLERANCE = 1e-7;

describe.each([
  ['whole legs', { zeroFee: true, everyMinute: false }],
  ['minute by minute', { zeroFee: true, everyMinute: true }],
  ['with a fee', { zeroFee: false, everyMinute: true }],
])('straight-through guards, %s', (_, part) => {
  it.each<[string, Through, string[]]>([
    [
      'of the change',
      { straightThroughChange: 1, straightThroughMinimum: 0, minimumWeight: 0.02, maximumChange: 1e-4 },
      ['maximumChange'],
    ],
    [
      'of the minimum',
      { straightThroughChange: 0, straightThroughMinimum: 1, minimumWeight: 0.3, maximumChange: 0.015 },
      ['minimumWeight'],
    ],
    [
      'of both',
      { straightThroughChange: 1, straightThroughMinimum: 1, minimumWeight: 0.3, maximumChange: 1e-4 },
      ['maximumChange', 'minimumWeight'],
    ],
  ])('%s', (_name, through, binding) => {
    const spec = specOf(data, { pool: pools.tfmm, ...part }, through);
    const raw = rawSets(spec, { 'momentum.memoryDays': 0.2, 'momentum.k': 200, 'tfmm.fee': 1e-4 });
    expect(sumsInClosedForm(spec)).toBe(part.everyMinute !== true);
    const [rollout, twins] = [spec, { ...spec, pool: twin }].map((s) =>
      createPoolRollout(s, data, wasm, { threads: 1 }),
    );
    const guards = guardsOf({ rollout, data, raw, windows: WINDOWS, windowRows: ROWS });
    for (const [guard, share] of Object.entries(guards)) expect(share, guard).toBe(binding.includes(guard) ? 1 : 0);
    const score = twinScore(rollout, twins, heldAt(rollout, raw, through));
    const { objective, gradient } = rollout.gradient(raw, WINDOWS, ROWS);
    expect(Math.abs(score(raw)[0] - objective[0])).toBeLessThan(1e-14);
    const wanted = differences(raw, score);
    for (const name of ['tfmm.initialWeights', 'momentum.memoryDays', 'momentum.k']) {
      expectEntry(rollout.layout.entry(name), gradient, wanted, TOLERANCE);
    }
    // and it is another gradient than that of the score, in which the guards bind
    const { column } = rollout.layout.entry('momentum.k');
    const bound = differences(raw, (lanes) => rollout.value(lanes, WINDOWS, ROWS).objective);
    expect(Math.abs(bound[column].value / gradient[column] - 1)).toBeGreaterThan(0.01);
    for (const r of [rollout, twins]) r.dispose();
  });
});
