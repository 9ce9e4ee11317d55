/**
 * Adjoint strategies: keeping every carry or only those at the ends of segments gives the same gradient, within the bytes
 * that the plan promises.
 *
 * The steps of a segment are repeated with the same operations, so scores and the cotangents of the rule's outputs have the
 * same bits. What all steps share (fee, weights, curvature …) is summed by segment and then over segments. That is another
 * order of 600 to 2,900 additions of terms that cancel: of the price scale each is up to 1, their sum 4e-3. 3,000 roundings
 * of 1e-16 are 1e-10 of that sum.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { adjoint, type Strategy } from '../../src/graph/index.js';
import { asSystem, createPoolRollout, type PoolRollout, poolLayout } from '../../src/pools/rollout.js';
import { RULE } from '../../src/pools/rule-program.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { EPOCHS, PARAMETERS } from '../../src/rollout/names.js';
import { systemProgram } from '../../src/rollout/program.js';
import { frameOf } from '../../src/targets/grouped/frame.js';
import { type Planned, planned } from '../../src/targets/grouped/plan.js';
import { vectorsOf } from '../../src/targets/grouped/width.js';
import { findCompiler } from '../../src/targets/native/compiler.js';
import { createNativeTarget } from '../../src/targets/native/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Target } from '../../src/targets/target.js';
import { jobWords } from '../../src/targets/wasm/addresses.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { missing, ownCache } from '../targets/native-setup.js';
import { flows, objectives, pools, rawSets, specOf, walk } from './setup.js';

ownCache();
const nativeLanes = missing === null ? findCompiler().lanes : 0;

const TOLERANCE = 1e-10;
const VALUES = {
  'tfmm.fee': 0.002,
  'momentum.memoryDays': 0.2,
  'momentum.k': 5,
  'hmm.rho': 0.3,
  'elastic.v0': 1e-3,
};
const data = walk(3, 3050, 0.001);

/** By name; the last says whether segments change the order of any sum. */
const SPECS: [string, PoolSpec, boolean][] = [
  ['tfmm, whole legs', specOf(data, { pool: pools.tfmm, zeroFee: true }), false],
  ['tfmm, every minute', specOf(data, { pool: pools.tfmm, zeroFee: true, everyMinute: true }), false],
  ['tfmm, fee and flow', specOf(data, { pool: pools.tfmm, flow: flows.elastic }), true],
  [
    'tfmm, daily samples and penalties',
    specOf(data, {
      pool: pools.tfmm,
      objective: objectives.daily_log_sharpe,
      penalties: [
        { model: objectives.drawdown, weight: 1 },
        { model: objectives.turnover, weight: 1 },
      ],
    }),
    true,
  ],
  ['hmm', specOf(data, { pool: pools.hmm, flow: flows.elastic }, { dynamicCurvature: 1 }), true],
];

const SETS = 3;
const WINDOWS = Int32Array.of(95, 131);
/** Daily samples need two days. */
const rowsOf = (spec: PoolSpec): number => (spec.objective.every > 0 ? 2890 : 601);

const rolloutWith = (spec: PoolSpec, memory: number | undefined, target: Target = wasm, threads = 1): PoolRollout =>
  createPoolRollout(spec, data, target, { threads, memory });

/** From what needs least: each has carries, or logarithms, that the next keeps. */
const STRATEGIES: readonly Strategy[] = ['segments', 'storeAll', 'storeNested'];

describe.each(SPECS)('%s', (_, spec, reordered) => {
  const [raw, rows] = [rawSets(spec, VALUES, SETS), rowsOf(spec)];
  const all = rolloutWith(spec, undefined);
  const plan = all.plan(SETS, WINDOWS.length, rows);
  // one byte less than it would like to have, until there is nothing left to give up
  const fewer = [all];
  while (fewer[0].plan(SETS, WINDOWS.length, rows).strategy !== 'segments') {
    fewer.unshift(rolloutWith(spec, fewer[0].plan(SETS, WINDOWS.length, rows).bytes - 1));
  }
  const [cut] = fewer;
  const least = cut.plan(SETS, WINDOWS.length, rows);
  afterAll(() => {
    for (const r of fewer) r.dispose();
  });

  it('storing all carries, those of loops inside too, and segments give the same gradient', () => {
    const strategies = fewer.map((r) => r.plan(SETS, WINDOWS.length, rows).strategy);
    expect(strategies).toEqual(STRATEGIES);
    const [wanted, got] = [all, cut].map((r) => r.gradient(raw, WINDOWS, rows));
    expectSameBits({ byWindow: got.byWindow }, { byWindow: wanted.byWindow });
    if (!reordered) expectSameBits({ gradient: got.gradient }, { gradient: wanted.gradient });
    // steps inside are the same steps, whether they are kept or repeated
    for (const r of fewer.slice(1)) expectSameBits({ ...r.gradient(raw, WINDOWS, rows) }, { ...wanted });
    for (const { name, column, size } of all.layout.entries) {
      const [a, b] = [wanted, got].map((r) => r.gradient.subarray(column * SETS, (column + size) * SETS));
      const largest = Math.max(...a.map(Math.abs));
      for (const [i, x] of a.entries()) expect(Math.abs(b[i] - x), name).toBeLessThanOrEqual(TOLERANCE * largest);
    }
  });

  it('segments on the reference have the bits of wasm', () => {
    // the reference does one lane after the other
    const bound = least.bytesPerLane;
    const plain = rolloutWith(spec, bound, reference);
    expect(plain.plan(SETS, WINDOWS.length, rows)).toEqual({ ...least, bytes: bound, bound });
    const [a, b] = [plain, cut].map((r) => r.gradient(raw, WINDOWS, rows).gradient);
    expectSameBits({ gradient: a }, { gradient: b });
    plain.dispose();
  });

  it('keeps within the bound, or says how much is needed at least', () => {
    expect(rolloutWith(spec, plan.bytes).plan(SETS, WINDOWS.length, rows)).toEqual({ ...plan, bound: plan.bytes });
    expect(least.bytes).toBeLessThan(plan.bytes);
    const tight = rolloutWith(spec, least.bytes - 1);
    const refuse = () => tight.gradient(raw, WINDOWS, rows);
    expect(refuse).toThrow(UserError);
    expect(refuse).toThrow(
      `memory: at least ${least.bytes} bytes are needed for a training step of 6 lanes, got --memory ${least.bytes - 1}; allow more memory, fewer threads or shorter windows`,
    );
    // a value has no tape
    expect(tight.value(raw, WINDOWS, rows).objective.every(Number.isFinite)).toBe(true);
    tight.dispose();
  });
});

describe('the plan', () => {
  it('needs as much memory as there are steps, or as their root', () => {
    const spec = specOf(data, { pool: pools.hmm });
    const all = rolloutWith(spec, undefined);
    const bytes = (rows: number) => all.plan(1, 1, rows).bytes;
    expect(bytes(2501) / bytes(626)).toBeCloseTo(4, 1);
    // enough for neither length, whatever is given up
    const cut = rolloutWith(spec, bytes(626) / 2);
    expect(cut.plan(1, 1, 2501).bytes / cut.plan(1, 1, 626).bytes).toBeCloseTo(2, 1);
  });

  it('keeps carries alone where more would fill the memory, though no bound is set', () => {
    const all = rolloutWith(specOf(data, { pool: pools.hmm }), undefined);
    const [short, long] = [2 ** 20, 2 ** 26].map((rows) => all.plan(1, 1, rows));
    expect([short.strategy, long.strategy]).toEqual(['storeNested', 'storeAll']);
    expect(short.bytes * 64).toBeGreaterThan(2 ** 31);
  });

  it('counts a group of lanes for each thread at work', () => {
    const spec = specOf(data, { pool: pools.hmm });
    const [one, eight] = [1, 8].map((threads) => {
      const rollout = rolloutWith(spec, undefined, wasm, threads);
      return (sets: number, windows = 1) => rollout.plan(sets, windows, 500).bytes;
    });
    expect(one(1)).toBe(one(2));
    expect(one(4)).toBe(2 * one(2));
    expect(eight(100)).toBe(8 * one(100));
    // pairs apart, while threads have nothing to do
    expect(eight(6)).toBe(3 * one(2));
    // as many lanes, but pairs are of one window
    expect(eight(1, 6)).toBe(6 * one(2));
  });

  it.runIf(nativeLanes >= 4)('lets windows of native stand alone before it keeps less', () => {
    const [, spec] = SPECS[2];
    const native = createNativeTarget('now');
    const [sets, rows] = [2, 601];
    const pairs = rolloutWith(spec, undefined, native);
    const plan = pairs.plan(sets, WINDOWS.length, rows);
    expect(plan).toMatchObject({ strategy: 'storeNested', bytes: 4 * plan.bytesPerLane });
    const alone = rolloutWith(spec, plan.bytes - 1, native);
    expect(alone.plan(sets, WINDOWS.length, rows)).toMatchObject({ strategy: 'storeNested', bytes: plan.bytes / 2 });
    const raw = rawSets(spec, VALUES, sets);
    const [a, b] = [pairs, alone].map((r) => r.gradient(raw, WINDOWS, rows));
    expectSameBits({ gradient: a.gradient }, { gradient: b.gradient });
    for (const r of [pairs, alone]) r.dispose();
  });

  // wasm gives each thread a tape for a group of neighbouring sets of one window
  describe('is what wasm sets aside', () => {
    const threads = 8;
    const [, spec] = SPECS[2];
    const rows = 601;
    const all = rolloutWith(spec, undefined, wasm, threads);
    const compiled = (strategy: Strategy): Planned => {
      const program = adjoint(systemProgram(asSystem(spec), poolLayout(spec), 'score'), {
        wrt: [PARAMETERS, RULE],
        seeds: { score: 'one' },
        strategy: { [EPOCHS]: strategy },
      });
      return planned(program);
    };

    function expectSetAside(rollout: PoolRollout, made: Planned, sets: number, windows: number): void {
      const plan = rollout.plan(sets, windows, rows);
      const vectors = vectorsOf(made.costs, sets, windows, threads);
      const { live } = made.plan;
      const buffers = live.buffers.map((b) => [b.name, new Float64Array(b.columns * sets)]);
      const run = { steps: rows - 1, ...plan.run };
      const inputs = { sets, windows, run, window: {}, buffers: Object.fromEntries(buffers) };
      const job = { jobBytes: 4 * jobWords(live).count, leastRows: 0 } as const;
      const frame = frameOf(live, inputs, { ...job, lanes: 2 * vectors, threads });
      const working = Math.min(threads, frame.groups);
      const set = frame.tapeBytes * working;
      // rows of a buffer start at cache lines
      const slack = 64 * live.buffers.filter((b) => b.kind === 'tape').length * working;
      expect(set).toBeGreaterThanOrEqual(plan.bytes);
      expect(set).toBeLessThanOrEqual(plan.bytes + slack);
    }

    const whole = compiled('storeNested');
    it.each([
      [1, 1],
      [4, 2],
      [1, 8],
      [3, 2],
      [40, 2],
    ])('%i sets, %i windows', (sets, windows) => {
      expect(all.plan(sets, windows, rows).strategy).toBe('storeNested');
      expectSetAside(all, whole, sets, windows);
    });

    it('of carries alone, and in segments', () => {
      const plain = rolloutWith(spec, all.plan(4, 2, rows).bytes - 1, wasm, threads);
      expect(plain.plan(4, 2, rows).strategy).toBe('storeAll');
      expectSetAside(plain, compiled('storeAll'), 4, 2);
      const cut = rolloutWith(spec, plain.plan(4, 2, rows).bytes - 1, wasm, threads);
      expect(cut.plan(4, 2, rows).strategy).toBe('segments');
      expectSetAside(cut, compiled('segments'), 4, 2);
    });
  });
});
