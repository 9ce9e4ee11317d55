/**
 * The native target against the reference, to the bit: all samples and random programs, on every kind of vector that this
 * processor has and by every compiler that is here.
 */
import { describe, expect, it } from 'vitest';
import { planned } from '../../src/targets/grouped/plan.js';
import { findCompiler } from '../../src/targets/native/compiler.js';
import { createNativeTarget } from '../../src/targets/native/index.js';
import { widthOf } from '../../src/targets/native/width.js';
import { agree } from './agreement.js';
import { isCompiler, missing, ownCache, withEnvironment } from './native-setup.js';
import { numbers, SAMPLES } from './programs.js';
import { agreeOnRandomPrograms } from './random-programs.js';

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

describe.skipIf(missing !== null)('groups', () => {
  ownCache();
  const { program, runs } = SAMPLES.find(
    ({ name }) => name === 'arms of a mask, backwards',
  ) as (typeof SAMPLES)[number];
  const { costs } = planned(program);

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
    expect(widthOf(costs, sets, 3, 1, most).lanes).toBe(lanes);
  });

  it('share out windows and sets among threads', () => {
    expect(widthOf(costs, 8, 1, 2, 8).lanes).toBe(4);
    expect(widthOf(costs, 8, 2, 2, 8).lanes).toBe(8);
  });
});
