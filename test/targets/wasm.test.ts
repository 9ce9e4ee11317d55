/** The wasm target against the reference: every op, control flow, memory, threads. All comparisons are of bits. */
import { describe, expect, it } from 'vitest';
import { buffer, emit, input, load, scan, trace } from '../../src/graph/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree, expectSameBits } from './agreement.js';
import { numbers, SAMPLES } from './programs.js';

it.each(SAMPLES)('$name', ({ program, runs }) => {
  for (const inputs of runs) {
    const values = Object.values(agree(wasm, program, inputs)).flatMap((o) => [...o]);
    // what is compared is alive: some lane has another number than the first one
    expect(new Set(values).size).toBeGreaterThan(inputs.sets * inputs.windows > 1 ? 1 : 0);
  }
});

it('assigns all carries at once', () => {
  const program = trace('carries', () => {
    const a = load(buffer('set', 'a', 1), 0);
    const init = [a, a.mul(2), a.mul(3)];
    const [x, y, z] = scan({ length: input('N'), init, body: ([p, q, r]) => [q, r.add(p), p] });
    emit(buffer('output', 'z', 1), 0, x.add(y.mul(10)).add(z.mul(100)));
  });
  const inputs = { sets: 1, windows: 1, run: { N: 2 }, window: {}, buffers: { a: Float64Array.of(1) } };
  expect(agree(wasm, program, inputs).z[0]).toBe(4 + 30 + 200); // (1, 2, 3) → (2, 3 + 1, 1) → (4, 1 + 2, 2)
});

describe('runs', () => {
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
    buffers: {
      a: numbers(sets).map((v) => v * scale),
      p: numbers(300).map((v) => v / scale),
    },
  });

  it('of one executable with changed inputs, sizes and series do not disturb each other', () => {
    const executable = wasm.compile(program, { threads: 2 });
    const series = inputs(1, 1, 1).buffers.p;
    for (const [sets, N, scale] of [
      [4, 10, 1],
      [4, 10, 2],
      [300, 200, 1],
      [3, 0, 1],
      [5, 100, 3],
    ]) {
      const given = inputs(sets, N, scale);
      const kept = { ...given, buffers: { ...given.buffers, p: series } };
      for (const each of [given, kept]) {
        const first = executable.run(each);
        const again = executable.run(each);
        expectSameBits(again, first);
        agree(wasm, program, each, [1]);
        expectSameBits(first, wasm.compile(program, { threads: 1 }).run(each));
      }
    }
    executable.dispose();
    // disposed: the memory is given back, and asked for again by the next run
    expectSameBits(executable.run(inputs(4, 10, 1)), agree(wasm, program, inputs(4, 10, 1)));
  });

  it('that need more than the memory can be say how much', () => {
    const executable = wasm.compile(program, { threads: 1 });
    expect(() => executable.run(inputs(4, 1_000_000_000, 1))).toThrow(/runs needs 3200000\d{4} bytes .* 4294967296/);
    agree(wasm, program, inputs(4, 10, 1));
  });

  it('with a missing input are refused', () => {
    const { buffers: _buffers, ...rest } = inputs(1, 1, 1);
    expect(() => wasm.compile(program).run({ ...rest, buffers: {} })).toThrow(/input a was expected/);
  });
});
