/** The wasm target's threads: equal bits for any number, and failures that reach the caller. */
import { describe, expect, it } from 'vitest';
import { buffer, emit, input, load, scan, trace, where } from '../../src/graph/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree, expectSameBits } from './agreement.js';

/** A roll-out of a window's own length that reads one row of a series chosen by the window. */
const program = trace('threads', () => {
  const a = load(buffer('set', 'a', 1), 0);
  const p = load(buffer('series', 'p', 1), 0, input('row', 'window'));
  const steps = input('steps', 'window');
  const tape = buffer('tape', 'tape', 1, { rows: input('longest') });
  const forward = scan({
    length: steps,
    bound: input('longest'),
    init: a,
    body: (s, t) => {
      emit(tape, 0, s, t);
      return where(s.less(a), s.exp().sub(1).abs().add(p), s.mul(0.5));
    },
  });
  const back = scan({
    length: steps,
    bound: input('longest'),
    reverse: true,
    init: forward,
    body: (s, t) => s.mul(0.99).add(load(tape, 0, t)),
  });
  emit(buffer('output', 'z', 1), 0, back);
});

function inputsFor(sets: number, rows: Int32Array, steps: Int32Array): Inputs {
  return {
    sets,
    windows: rows.length,
    run: { longest: Math.max(...steps) },
    window: { row: rows, steps },
    buffers: {
      a: Float64Array.from({ length: sets }, (_v, i) => Math.sin(i + 1)),
      p: Float64Array.from({ length: 100 }, (_v, i) => 0.1 * Math.cos(i)),
    },
  };
}

describe('threads', () => {
  it('give the bits of one thread, whatever their number and however unequal the groups', () => {
    const windows = 40;
    const rows = Int32Array.from({ length: windows }, (_v, w) => 2 * w);
    const steps = Int32Array.from({ length: windows }, (_v, w) => ((w * 37) % 50) * 400);
    const inputs = inputsFor(11, rows, steps);
    const wanted = agree(wasm, program, inputs, [1, 2, 3, 5]);
    const executable = wasm.compile(program, { threads: 4 });
    for (let i = 0; i < 20; i++) expectSameBits(executable.run(inputs), wanted);
    executable.dispose();
  });

  it('are waited for, until the last group is done', () => {
    const waiting = trace('waiting', () => {
      const a = load(buffer('set', 'a', 1), 0);
      const z = scan({
        length: input('steps', 'window'),
        bound: input('longest'),
        init: a,
        body: (s) => s.mul(0.5).add(a),
      });
      emit(buffer('output', 'z', 1), 0, z);
    });
    // the caller's thread is through with the first group when a worker still has much to do for the second
    const inputs = inputsFor(2, Int32Array.of(0, 0), Int32Array.of(1_000_000, 20_000_000));
    const executable = wasm.compile(waiting, { threads: 2 });
    for (let i = 0; i < 5; i++)
      expectSameBits(executable.run(inputs), {
        z: Float64Array.from([...inputs.buffers.a, ...inputs.buffers.a], (v) => 2 * v),
      });
    executable.dispose();
  });

  it.each([0, -1, 1.5])('are refused where they are %d', (threads) => {
    expect(() => wasm.compile(program, { threads })).toThrow(`expected, got ${threads}`);
  });

  it('are as many as the machine has when nothing is said', () => {
    const inputs = inputsFor(64, Int32Array.of(1, 2), Int32Array.of(300, 200));
    const executable = wasm.compile(program);
    expectSameBits(executable.run(inputs), wasm.compile(program, { threads: 1 }).run(inputs));
    executable.dispose();
  });

  it('pass a trap on to the caller and go on with the next run', () => {
    const executable = wasm.compile(program, { threads: 2 });
    // the caller's thread starts with the first windows, which take long: the others, read far outside the memory by
    // the worker, have trapped by then
    const rows = Int32Array.from({ length: 64 }, (_v, w) => (w < 2 ? 0 : 400_000_000));
    const steps = Int32Array.from({ length: 64 }, (_v, w) => (w < 2 ? 10_000_000 : 1));
    expect(() => executable.run(inputsFor(2, rows, steps))).toThrow(/^threads: wasm: .*out of bounds/);
    const good = inputsFor(6, Int32Array.of(3, 4, 5), Int32Array.of(9, 0, 4));
    expectSameBits(executable.run(good), agree(wasm, program, good, [1]));
    executable.dispose();
  });
});
