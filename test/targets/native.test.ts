/** The native target against the reference, to the bit: every op, control flow and memory on this processor's vectors. */
import { describe, expect, it } from 'vitest';
import { buffer, emit, input, load, scan, trace } from '../../src/graph/index.js';
import { createNativeTarget } from '../../src/targets/native/index.js';
import { selfTest } from '../../src/targets/self-test.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree, expectSameBits } from './agreement.js';
import { missing, ownCache } from './native-setup.js';
import { numbers, SAMPLES } from './programs.js';

describe.skipIf(missing !== null)('native', () => {
  ownCache();
  const native = createNativeTarget('now');

  it('passes the self-test', () => {
    expect(selfTest(native)).toBeNull();
  });

  it.each(SAMPLES.filter(({ name }) => /every op|uniform condition/.test(name)))('$name', ({ program, runs }) => {
    for (const inputs of runs) {
      const values = Object.values(agree(native, program, inputs)).flatMap((o) => [...o]);
      expect(new Set(values).size).toBeGreaterThan(1);
    }
  });

  const program = trace('runs', () => {
    const a = load(buffer('set', 'a', 1), 0);
    const p = buffer('series', 'p', 1);
    const n = input('N');
    const out = buffer('output', 'z', 1, { rows: n });
    scan({
      length: n,
      init: a,
      body: (s, t) => {
        const next = s.mul(0.9).add(load(p, 0, t));
        emit(out, 0, next, t);
        return next;
      },
    });
  });
  const inputs = (sets: number, N: number, scale: number): Inputs => ({
    sets,
    windows: 1,
    run: { N },
    window: {},
    buffers: { a: numbers(sets).map((v) => v * scale), p: numbers(300).map((v) => v / scale) },
  });

  it('of one executable with changed inputs, sizes and series does not disturb itself', () => {
    const executable = native.compile(program, { threads: 2 });
    for (const [sets, N, scale] of [
      [4, 10, 1],
      [4, 10, 2],
      [300, 200, 1],
      [3, 0, 1],
      [5, 100, 3],
    ]) {
      const given = inputs(sets, N, scale);
      const first = executable.run(given);
      expectSameBits(executable.run(given), first);
      expectSameBits(first, wasm.compile(program, { threads: 1 }).run(given));
    }
    executable.dispose();
    // disposed: its memory is given back, and asked for again by the next run
    expectSameBits(executable.run(inputs(4, 10, 1)), agree(wasm, program, inputs(4, 10, 1)));
  });

  it('takes a row outside its buffer for the last one', () => {
    const outside = trace('outside', () => {
      const p = buffer('series', 'p', 2);
      const row = input('row', 'window');
      const out = buffer('output', 'z', 2, { rows: input('N') });
      emit(out, 0, load(p, 1, row).add(load(buffer('set', 'a', 1), 0, row)), row);
    });
    const rows = Int32Array.of(0, 1, 2, 3, 2147483647, -1, -2147483648);
    const run = native.compile(outside, { threads: 2 }).run({
      ...{ sets: 3, windows: rows.length, run: { N: 2 }, window: { row: rows } },
      buffers: { a: Float64Array.of(1, 2, 3), p: Float64Array.of(0, 10, 0, 20, 0, 30) },
    });
    const [first, last] = [0, 1].map((row) => run.z.slice(2 * row * 3 * rows.length, (2 * row + 1) * 3 * rows.length));
    expect([...first.slice(0, 3)]).toEqual([11, 12, 13]);
    expect([...last.slice(3)]).toEqual([20, 30, 30, 30, 30, 30].flatMap((p) => [p + 1, p + 2, p + 3]));
  });

  it('refuses what is missing, and threads that are no number of threads', () => {
    const { buffers: _buffers, ...rest } = inputs(1, 1, 1);
    expect(() => native.compile(program).run({ ...rest, buffers: {} })).toThrow(/input a was expected/);
    expect(() => native.compile(program, { threads: 0 })).toThrow('threads: a whole number from 1 was expected, got 0');
    expect(() => native.compile(program, { precision: 'float32' })).toThrow(
      'precision: float64 was expected on native',
    );
  });

  it('that needs more memory than there is says how much', () => {
    const executable = native.compile(program, { threads: 1 });
    expect(() => executable.run(inputs(4, 2_000_000_000, 1))).toThrow(/native: runs needs 6400000\d{4} bytes/);
    expectSameBits(executable.run(inputs(4, 10, 1)), agree(wasm, program, inputs(4, 10, 1)));
  });
});
