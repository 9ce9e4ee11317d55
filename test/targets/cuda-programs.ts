/** What the tests of the cuda target's runtime run: a program with every kind of buffer, and its adjoint. */
import { adjoint, buffer, emit, input, load, scan, trace } from '../../src/graph/index.js';
import type { Inputs } from '../../src/targets/target.js';

/** Every kind of buffer but tapes, which its adjoint has. */
export const mix = trace('mix', () => {
  const n = input('N');
  const first = input('first', 'window');
  const a = load(buffer('set', 'a', 2, { differentiable: true }), 1, 1);
  const b = load(buffer('lane', 'b', 3), 2, 1);
  const p = buffer('series', 'p', 2);
  const out = buffer('output', 'y', 2, { rows: n });
  const last = scan({
    length: n,
    name: 'steps',
    init: a,
    body: (s, t) => {
      const next = s
        .mul(b)
        .add(load(p, 1, t, first))
        .mul(0.5);
      emit(out, 1, next, t, t.mod(3).equal(1));
      emit(out, 0, s.exp(), n.sub(t).sub(1));
      return next;
    },
  });
  emit(buffer('output', 'z', 1), 0, last);
});
export const gradient = adjoint(mix, { wrt: ['a'], seeds: { z: 'one' }, strategy: { steps: 'storeAll' } });

export const SERIES = Float64Array.from({ length: 2 * 40 }, (_, i) => Math.sin(i));

export function inputsOf(sets: number, windows: number, scale = 1, N = 11): Inputs {
  const numbers = (length: number) => Float64Array.from({ length }, (_, i) => scale * Math.cos(i * i));
  return {
    sets,
    windows,
    run: { N },
    window: { first: Int32Array.from({ length: windows }, (_, w) => (5 * w) % 29) },
    buffers: { a: numbers(2 * 2 * sets), b: numbers(2 * 3 * windows * sets), p: SERIES },
  };
}
