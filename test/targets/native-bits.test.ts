/**
 * The native target against the reference, to the bit: all samples and random programs, on every kind of vector that this
 * processor has and by every compiler that is here.
 */

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adjoint, buffer, type Expr, emit, input, load, scan, trace, where } from '../../src/graph/index.js';
import { planned } from '../../src/targets/grouped/plan.js';
import { cacheFolder } from '../../src/targets/native/cache.js';
import { findCompiler } from '../../src/targets/native/compiler.js';
import { createNativeTarget } from '../../src/targets/native/index.js';
import { jobWords } from '../../src/targets/native/job.js';
import { nativePlanned } from '../../src/targets/native/pairs.js';
import { groupFunction } from '../../src/targets/native/printer.js';
import { widthOf } from '../../src/targets/native/width.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree, expectSameBits } from './agreement.js';
import { isCompiler, missing, ownCache, withEnvironment } from './native-setup.js';
import { numbers, SAMPLES } from './programs.js';
import { agreeOnRandomPrograms } from './random-programs.js';

/** A series and sets by rows that differ by window, choices that few lanes need, and the gradient of it. */
const trade = (steps: number) =>
  adjoint(
    trace('trade', () => {
      const first = input('first', 'window');
      const [p, a] = [buffer('series', 'p', 2), buffer('set', 'a', 2, { differentiable: true })];
      const kept = load(a, 1, 0, first.mod(2).mul(0));
      const { x } = scan({
        name: 'steps',
        length: steps,
        init: { x: kept },
        body: (c, t) => {
          const price = load(p, 0, t, first.add(1));
          const gap = c.x.div(price.add(load(p, 1, t)));
          return { x: where(gap.less(1), c.x.mul(gap.exp()).add(load(a, 0)), c.x) };
        },
      });
      emit(buffer('output', 'loss', 1), 0, x);
    }),
    { wrt: ['a'], seeds: { loss: 'one' }, strategy: { steps: 'storeNested' } },
  );
/** Steps within days, each of which computes something. */
const days = (steps: number) =>
  adjoint(
    trace('days', () => {
      const first = input('first', 'window');
      const [p, a] = [buffer('series', 'p', 2), buffer('set', 'a', 2, { differentiable: true })];
      const { x } = scan({
        name: 'days',
        length: steps / 1000,
        init: { x: load(a, 1) },
        body: (day, d) =>
          scan({
            name: 'steps',
            length: 1000,
            init: { x: day.x },
            body: (c, t) => ({
              x: c.x
                .neg()
                .exp()
                .mul(load(p, 0, d.mul(1000).add(t), first))
                .add(load(a, 0)),
            }),
          }),
      });
      emit(buffer('output', 'loss', 1), 0, x);
    }),
    { wrt: ['a'], seeds: { loss: 'one' }, strategy: { days: 'storeNested' } },
  );
const inputsOf = (sets: number, windows: number, steps = 6) => ({
  ...{ sets, windows, run: {} },
  window: { first: Int32Array.from({ length: windows }, (_, w) => 3 * w) },
  buffers: {
    p: numbers(2 * (steps + 34)).map((v) => 1.5 + Math.abs(v % 1)),
    a: numbers(4 * sets).map((v) => 1 + Math.abs(v % 1)),
  },
});

/** $CC, by what it leaves out of what the processor has. */
const COMPILERS = ['gcc', 'clang']
  .filter(isCompiler)
  .flatMap((name) =>
    process.arch === 'x64'
      ? [name, `${name} -mno-avx512f`, `${name} -mno-avx512f -mno-avx2 -mno-avx`].map((CC) => ({ CC }))
      : [{ CC: name }],
  );

describe.skipIf(missing !== null)('samples', () => {
  ownCache();
  const native = createNativeTarget('now');

  it.each(SAMPLES)('$name', ({ program, runs }) => {
    for (const inputs of runs) agree(native, program, inputs);
    expect(runs.length).toBeGreaterThan(0);
  });
});

describe.each(COMPILERS)('by $CC', ({ CC }) => {
  ownCache();
  const sample = (part: string) => SAMPLES.find(({ name }) => name.includes(part)) as (typeof SAMPLES)[number];

  it('every op, control flow and memory', () => {
    withEnvironment({ CC }, () => {
      const native = createNativeTarget('now');
      for (const { program, runs } of [
        sample('every op'),
        sample('solve in a loop, backwards'),
        sample('a loop in an arm'),
      ]) {
        for (const inputs of runs) agree(native, program, inputs, [2]);
      }
    });
  });

  it('random programs', () => {
    expect(() => withEnvironment({ CC }, () => agreeOnRandomPrograms(createNativeTarget('now'), 8, 17))).not.toThrow();
  });
});

it.runIf(process.arch === 'x64' && COMPILERS.length > 0)('are of the widths that are asked for', () => {
  const of = (CC: string) => withEnvironment({ CC }, findCompiler);
  const [{ CC }] = COMPILERS;
  expect(of(`${CC} -mno-avx512f -mno-avx2 -mno-avx`)).toMatchObject({ instructions: 'sse2', lanes: 2 });
  const widest = of(CC);
  if (widest.instructions !== 'sse2')
    expect(of(`${CC} -mno-avx512f`)).toMatchObject({ instructions: 'avx2', lanes: 4 });
  // another processor is another entry of the cache
  expect(of(`${CC} -mno-avx512f -mno-avx2 -mno-avx`).fingerprint).not.toBe(widest.fingerprint);
});

const lanes = missing === null ? findCompiler().lanes : 0;

describe.skipIf(missing !== null)('groups', () => {
  ownCache();
  const { program, runs } = SAMPLES.find(
    ({ name }) => name === 'arms of a mask, backwards',
  ) as (typeof SAMPLES)[number];
  const plan = nativePlanned(program);
  const rows = nativePlanned(trade(6));

  it('of any width have the same bits', () => {
    const native = createNativeTarget('now');
    const values = numbers(40);
    for (const sets of [1, 2, 3, 4, 5, 8, 9, 17, 33]) {
      agree(native, program, { ...runs[0], sets, buffers: { a: values.slice(0, sets) } }, [1]);
    }
  });

  it.each([
    [1, 8, 2],
    [3, 8, 4],
    [4, 2, 2],
    [4, 8, 4],
    [5, 8, 8],
    [8, 4, 4],
  ])('of %i sets have vectors no wider than they fill, of at most %i lanes: %i', (sets, most, lanes) => {
    expect(widthOf(plan, sets, 3, 1, most).lanes).toBe(lanes);
  });

  it.each([
    [4, 2, 1, 8, { lanes: 8, windows: 2 }],
    [3, 4, 2, 8, { lanes: 8, windows: 2 }],
    [2, 2, 1, 8, { lanes: 4, windows: 2 }],
    [4, 3, 1, 8, { lanes: 4, windows: 1 }],
    [4, 2, 2, 8, { lanes: 4, windows: 1 }],
    [4, 2, 1, 4, { lanes: 4, windows: 1 }],
    [5, 2, 1, 8, { lanes: 8, windows: 1 }],
  ])('of %i sets and %i windows on %i threads, of at most %i lanes: %o', (sets, windows, threads, most, wanted) => {
    expect(widthOf(rows, sets, windows, threads, most)).toMatchObject(wanted);
  });

  it.each([
    [16, { lanes: 8, windows: 2 }],
    [15, { lanes: 4, windows: 1 }],
  ])('of 4 sets and 4 windows on 2 threads, with tapes of %d lanes: %o', (atOnce, wanted) => {
    expect(widthOf(rows, 4, 4, 2, 8, atOnce)).toMatchObject(wanted);
  });

  it.runIf(lanes >= 4)('have windows alone where their tapes may not be so many', () => {
    const executable = createNativeTarget('now').compile(trade(8), { threads: 1 });
    const inputs = inputsOf(2, 2, 8);
    const made = () => readdirSync(cacheFolder()).length;
    const before = made();
    const wanted = executable.run({ ...inputs, lanesAtOnce: 4 });
    expectSameBits(executable.run(inputs), wanted);
    expect(made()).toBe(before + 1);
    expectSameBits(executable.run({ ...inputs, lanesAtOnce: 3 }), wanted);
    expect(made()).toBe(before + 2);
  });

  it('of two windows side by side have the same bits', () => {
    const native = createNativeTarget('now');
    const made = trade(6);
    for (const [sets, windows] of [
      [1, 2],
      [2, 4],
      [3, 2],
      [4, 6],
      [4, 3],
      [5, 2],
    ])
      agree(native, made, inputsOf(sets, windows), [1, 2]);
  });

  // of more than 16 MB: stored past the cache, read back with rows ahead on their way, on pages that may be large
  it('have the same bits on large tapes', () => {
    const native = createNativeTarget('now');
    const steps = 600_000;
    const made = days(steps);
    const plan = planned(made);
    expect(groupFunction(plan, jobWords(plan.plan.live), 1)).toMatch(/int32_t ahead = .*\s+fetch\(/);
    for (const [sets, windows, threads] of [
      [1, 2, 1],
      [4, 2, 1],
      [3, 3, 2],
    ]) {
      const inputs = inputsOf(sets, windows, steps);
      const wanted = wasm.compile(made, { threads: 1 }).run(inputs);
      expectSameBits(native.compile(made, { threads }).run(inputs), wanted);
      expect([...wanted['d.a']].every(Number.isFinite)).toBe(true);
    }
  });

  it('stand side by side only where nothing but rows follows from what differs by window', () => {
    expect(rows.varying).not.toBeNull();
    const refused: ((row: Expr) => Expr)[] = [
      (row) => row.float(),
      (row) => where(row.less(3), 1, 2),
      (row) =>
        load(buffer('series', 's', 1), 0, 0, row)
          .int()
          .float(),
      (row) => load(buffer('lane', 'l', 1), 0, 0, row),
    ];
    for (const made of refused) {
      const program = trace('refused', () => emit(buffer('output', 'y', 1), 0, made(input('first', 'window'))));
      expect(nativePlanned(program).varying).toBeNull();
    }
  });

  it('share out windows and sets among threads', () => {
    expect(widthOf(plan, 8, 1, 2, 8).lanes).toBe(4);
    expect(widthOf(plan, 8, 2, 2, 8).lanes).toBe(8);
  });
});
