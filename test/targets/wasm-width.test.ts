/** How many vectors the wasm target does one beside the other: what it chooses, and that every choice has the same bits. */
import { describe, expect, it } from 'vitest';
import {
  adjoint,
  buffer,
  draw,
  type Expr,
  emit,
  input,
  integer,
  load,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';
import { planned } from '../../src/targets/grouped/plan.js';
import { vectorsOf } from '../../src/targets/grouped/width.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree } from './agreement.js';
import { numbers } from './programs.js';

/** One long chain a step: arms by lane on either side, an arm for all lanes, a search that ends early, what all sets share. */
const chain = trace('chain', () => {
  const n = input('N');
  const x = buffer('set', 'x', 2, { differentiable: true });
  const p = buffer('series', 'p', 1);
  const path = buffer('output', 'path', 1, { rows: n });
  const end = scan({
    length: n,
    init: { s: load(x, 0), v: load(x, 1) },
    body: ({ s, v }, t) => {
      const noise = draw(integer(3), input('seed', 'window'), t, 0).sub(0.5);
      const price = load(p, 0, t);
      const moved = s.add(noise.mul(v)).add(price.log().mul(price.sqrt()).mul(0.01));
      const folded = scan({
        name: 'fold',
        length: integer(30),
        init: moved,
        body: (y) => where(y.greater(1), y.mul(0.7), y),
        active: (y) => y.greater(1),
      });
      const large = folded.greater(0.2);
      const traded = where(large, folded.exp().div(folded.square().add(2)).sqrt().sub(0.4), folded);
      const met = where(traded.less(-0.5), traded.neg().log().sub(traded.mul(0.3).expm1()).mul(0.1), traded);
      const daily = where(t.mod(4).equal(0), met.mul(0.5).add(v.abs().sqrt()).div(met.square().add(3)), met);
      emit(path, 0, daily, t);
      return { s: daily, v: where(large, v.mul(0.99), v) };
    },
  });
  emit(buffer('output', 'y', 1), 0, end.s.add(end.v));
});

/** Many numbers that have nothing to do with each other, and are quickly done. */
const wide = trace('wide', () => {
  const x = buffer('set', 'x', 64);
  const sums = scan({
    length: input('N'),
    init: Array.from({ length: 64 }, (_, i) => load(x, i)),
    body: (all) => all.map((s, i) => s.mul(0.5).add(i)),
  });
  emit(
    buffer('output', 'y', 1),
    0,
    sums.reduce((a: Expr, b: Expr) => a.add(b)),
  );
});

function inputs(sets: number, windows: number): Inputs {
  return {
    sets,
    windows,
    run: { N: 23 },
    window: { seed: Int32Array.from({ length: windows }, (_, w) => 5 + w) },
    buffers: { x: numbers(2 * sets).map((v) => v % 2), p: numbers(23).map((v) => 1 + Math.abs(v)) },
  };
}

describe('groups', () => {
  const both = adjoint(chain, { wrt: ['x'], seeds: { y: 'one', path: 'one' } });

  it.each([
    [1, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [6, 3],
    [7, 4],
    [8, 4],
    [17, 3],
  ])('of %i sets have %i vectors, and the bits of the reference', (sets, vectors) => {
    expect(vectorsOf(planned(chain).costs, sets, 3, 1)).toBe(vectors);
    agree(wasm, chain, inputs(sets, 3));
    agree(wasm, both, inputs(sets, 3));
  });

  it('stay narrow where threads would have nothing to do', () => {
    expect(vectorsOf(planned(chain).costs, 4, 1, 2)).toBe(1);
    expect(vectorsOf(planned(chain).costs, 8, 1, 2)).toBe(2);
    expect(vectorsOf(planned(chain).costs, 8, 2, 2)).toBe(4);
  });

  it('stay narrow where one vector keeps a processor busy', () => {
    expect(vectorsOf(planned(wide).costs, 100, 8, 1)).toBe(1);
  });

  it('of one executable may be of other widths from run to run', () => {
    const executable = wasm.compile(both, { threads: 1 });
    for (const sets of [8, 1, 4, 8]) {
      const own = inputs(sets, 2);
      expect(executable.run(own)).toEqual(agree(wasm, both, own, [1]));
    }
    executable.dispose();
  });
});

describe('a plan', () => {
  const scaled = (factor: number) =>
    trace('scaled', () => emit(buffer('output', 'y', 1), 0, load(buffer('set', 'x', 1), 0).mul(factor)));

  it('is made once of equal programs, and anew of others', () => {
    expect(planned(scaled(3))).toBe(planned(scaled(3)));
    expect(planned(scaled(3))).not.toBe(planned(scaled(5)));
    const run = (factor: number) =>
      wasm
        .compile(scaled(factor))
        .run({ sets: 2, windows: 1, run: {}, window: {}, buffers: { x: Float64Array.of(1, 2) } });
    expect([3, 5, 3].map((factor) => Array.from(run(factor).y))).toEqual([
      [3, 6],
      [5, 10],
      [3, 6],
    ]);
  });
});
