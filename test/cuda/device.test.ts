/**
 * The cuda target on a GPU against the reference, to the bit, in float64 and in float32: every op and control flow, random programs, the roll-outs of
 * all shipped models, many lanes, launches that go on where others paused, and the golden figures.
 *
 * Not part of `npm test`: `npm run test:cuda` runs it, and fails where there is no GPU.
 */
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadDataset } from '../../src/data/dataset-file.js';
import { adjoint, buffer, emit, load, segmentInput, trace } from '../../src/graph/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { type CudaExecutable, type CudaTarget, createCudaTarget } from '../../src/targets/cuda/index.js';
import { Instance } from '../../src/targets/cuda/instance.js';
import { reference } from '../../src/targets/reference/index.js';
import { selfTest } from '../../src/targets/self-test.js';
import type { Inputs, SynchronousTarget } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { readCases } from '../../src/verify/cases.js';
import { verifyCases } from '../../src/verify/verify.js';
import { nest, nestedProgram } from '../graph/random.js';
import { answers, CASES } from '../ptx/cases.js';
import { flows, objectives, pools, rawSets, rules, specOf, walk } from '../rollout/setup.js';
import { agree, expectSameBits } from '../targets/agreement.js';
import { SAMPLES, SAMPLES_F32 } from '../targets/programs.js';

const cuda: CudaTarget = createCudaTarget();
/** Plans go by the caller's bound, so that they are those of the reference. */
const bounded: SynchronousTarget = { ...cuda, memory: undefined };

beforeAll(async () => {
  const { available, reason } = await cuda.probe();
  if (!available) throw new Error(`a GPU was expected: ${reason}`);
  console.log(reason);
});

describe.each([
  { precision: 'float64', samples: SAMPLES },
  { precision: 'float32', samples: SAMPLES_F32 },
] as const)('$precision', ({ precision, samples }) => {
  it.each(samples)('$name', ({ program, runs }) => {
    for (const inputs of runs) agree(cuda, program, inputs, [1], precision);
  });

  it('random nests of scans and their adjoints', () => {
    const value = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        nest,
        fc.array(value, { minLength: 9, maxLength: 9 }),
        fc.integer({ min: 1, max: 20 }),
        (spec, p, k) => {
          const run = { N: spec.steps, [segmentInput('outer')]: k, [segmentInput('inner')]: k };
          const inputs: Inputs = { sets: 3, windows: 1, run, window: {}, buffers: { p: Float64Array.from(p) } };
          const program = nestedProgram(spec);
          agree(cuda, program, inputs, [1], precision);
          const strategy = { outer: 'segments', inner: 'segments' } as const;
          const backwards = adjoint(program, { wrt: ['p'], seeds: { loss: 'one' }, strategy });
          agree(cuda, backwards, inputs, [1], precision);
        },
      ),
      { numRuns: 30, seed: 11 },
    );
  });

  it.each(CASES)('roll-outs of $name, $assets assets', (c) => {
    expectSameBits(answers(c, bounded, precision), answers(c, reference, precision));
  });
});

it.each(cuda.precisions)('passes the self-test that commands make, in %s', (precision) => {
  expect(selfTest(cuda, precision)).toBe(null);
});

it.each(cuda.precisions)('exp, log and expm1 of what the device calls no number, in %s', (precision) => {
  const program = trace('nan', () => {
    const x = load(buffer('set', 'x', 1), 0).sqrt();
    const out = buffer('output', 'y', 3);
    emit(out, 0, x.exp());
    emit(out, 1, x.log(), 0);
    emit(out, 2, x.expm1(), 0);
  });
  const x = Float64Array.of(-1, 0, 4, Number.NaN, Number.POSITIVE_INFINITY);
  agree(cuda, program, { sets: x.length, windows: 1, run: {}, window: {}, buffers: { x } }, [1], precision);
});

describe('many lanes', () => {
  const data = walk(3, 6000, 0.002);
  const settings = { chunkPeriod: 60, weightInterpolationPeriod: 60 };
  const fees = { 'tfmm.fee': 0.003, 'momentum.memoryDays': 0.2, 'momentum.k': 20, 'elastic.v0': 1e-3 };
  const momentum = { pool: pools.tfmm, rule: rules.momentum, flow: flows.elastic, objective: objectives.returns };

  // odd numbers: no block is full at the end
  it('have the bits of wasm', () => {
    const spec = specOf(data, momentum, settings);
    const windows = Int32Array.of(1000, 1777, 2003);
    const raw = rawSets(spec, fees, 3333);
    const [got, wanted] = [bounded, wasm].map((target) => {
      const rollout = createPoolRollout(spec, data, target, { threads: 2 });
      const { objective, gradient } = rollout.gradient(raw, windows, 601);
      rollout.dispose();
      return { objective, gradient };
    });
    expectSameBits(got, wanted);
  });

  // wasm has no float32
  it('have the bits of the reference in float32', () => {
    const spec = specOf(data, momentum, settings);
    const windows = Int32Array.of(1000, 1777);
    const raw = rawSets(spec, fees, 101);
    const [got, wanted] = [bounded, reference].map((target) => {
      const rollout = createPoolRollout(spec, data, target, { precision: 'float32' });
      const { objective, gradient } = rollout.gradient(raw, windows, 601);
      rollout.dispose();
      return { objective, gradient };
    });
    expectSameBits(got, wanted);
  });

  /** A training step with a rule on a GPU that seems to have so many bytes left: its answers, what crossed the bus. */
  function step(target: SynchronousTarget, sets: number, available?: number) {
    const spec = specOf(data, momentum, settings);
    const raw = rawSets(spec, fees, sets);
    const executables: CudaExecutable[] = [];
    const compile: SynchronousTarget['compile'] = (...asked) => {
      const executable = target.compile(...asked);
      executables.push(executable as CudaExecutable);
      return executable;
    };
    if (available !== undefined) vi.spyOn(Instance.prototype, 'available').mockReturnValue(available);
    const rollout = createPoolRollout(spec, data, { ...target, compile }, { threads: 2 });
    const { objective, gradient } = rollout.gradient(raw, Int32Array.of(1000, 1777, 2003), 601);
    const crossed = executables.flatMap((e) => e.report?.() ?? []).reduce((sum, r) => sum + r.bytesIn + r.bytesOut, 0);
    rollout.dispose();
    vi.restoreAllMocks();
    return { answers: { objective, gradient }, crossed };
  }

  // the rule's outputs, [42][3][sets], take 1 kB a set, the pool's gradient many times that
  it('of a rule have the bits of wasm whether its outputs stay, whole or cut, or cross the bus', () => {
    const sets = 1111;
    const { answers } = step(wasm, sets);
    const [whole, cut, host] = [undefined, 5000 * sets, 1100 * sets].map((available) => step(bounded, sets, available));
    for (const got of [whole, cut, host]) expectSameBits(got.answers, answers);
    for (const got of [whole, cut]) expect(got.crossed).toBeLessThan(host.crossed - 3 * 1000 * sets);
  });

  it('are the same twice', () => {
    const spec = specOf(data, { pool: pools.hmm, flow: flows.elastic }, {});
    const rollout = createPoolRollout(spec, data, cuda);
    const raw = rawSets(spec, { 'hmm.rho': 0.5, 'elastic.v0': 1e-3 }, 10_000);
    const [a, b] = [1, 2].map(() => rollout.gradient(raw, Int32Array.of(5), 2001));
    expectSameBits({ gradient: b.gradient }, { gradient: a.gradient });
    rollout.dispose();
  });
});

const GOLDEN = '../shared/golden';
describe.skipIf(!existsSync(GOLDEN))('golden figures', () => {
  it.each(['tfmm_zero_fee.json', 'arbitrage.json', 'hmm.json'])('%s', async (file) => {
    const prices = file.startsWith('tfmm') ? await loadDataset(`${GOLDEN}/prices.arrow`) : null;
    const reports = verifyCases(await readCases(`${GOLDEN}/${file}`), prices, cuda);
    expect(reports.length).toBeGreaterThan(0);
    for (const r of reports) {
      for (const d of r.deviations) expect(d.error, `${r.name}: ${d.field}`).toBeLessThanOrEqual(d.tolerance);
    }
  });
});
