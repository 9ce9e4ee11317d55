/** Long straight stretches that the wasm target cuts into sections: where, and that no bit tells. */
import { describe, expect, it } from 'vitest';
import {
  adjoint,
  buffer,
  type Expr,
  emit,
  type Item,
  input,
  load,
  type Program,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';
import { planned } from '../../src/targets/grouped/plan.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { sectionsOf } from '../../src/targets/wasm/sections.js';
import { agree } from './agreement.js';
import { numbers } from './programs.js';

const sum = (xs: readonly Expr[]): Expr => xs.reduce((a, b) => a.add(b));

/** What a step makes of n numbers. */
type Step = (xs: readonly Expr[]) => Expr;

/** One after the other: nothing but the sum goes from one to the next. */
const apart: Step = (xs) => sum(xs.map((x) => x.mul(x.log())));

/** Of all at once: three numbers of each wait for what all of them are divided by. */
const together: Step = (xs) => {
  const made = xs.map((x) => {
    const log = x.log();
    return [log, log.square().add(1).sqrt(), log.mul(x).abs()];
  });
  const total = sum(made.flat());
  return sum(made.map(([a, b, c]) => a.div(total).mul(b.div(total)).add(c.div(total))));
};

/** A walk in steps of numbers that move with the clock; now and then one of them is stored, and some lanes start anew. */
const walk = (n: number, step: Step): Program =>
  trace('walk', () => {
    const length = input('N');
    const x = buffer('set', 'x', n, { differentiable: true });
    const start = Array.from({ length: n }, (_, i) => load(x, i));
    const path = buffer('output', 'path', 1, { rows: length });
    const end = scan({
      name: 'steps',
      length,
      init: start[0],
      body: (y, t) => {
        const here = start.map((s, i) => s.add(t.float().mul(0.01 * (i + 1))));
        const next = y.mul(0.5).add(step(here).mul(0.1));
        emit(path, 0, next, t, t.mod(3).equal(1));
        return where(next.greater(0.3), next.exp().div(next.square().add(2)).log(), next);
      },
    });
    emit(buffer('output', 'loss', 1), 0, end);
  });

const gradientOf = (program: Program): Program =>
  adjoint(program, { wrt: ['x'], seeds: { loss: 'one' }, strategy: { steps: 'storeNested' } });

const inputs = (sets: number, n: number, N: number): Inputs => ({
  ...{ sets, windows: 2, run: { N }, window: {} },
  buffers: { x: numbers(n * sets).map((v) => 0.2 + Math.abs(Math.tanh(v))) },
});

const isVector = (e: Expr): boolean => e.dtype === 'f64' && !e.uniform;

describe('a long sum', () => {
  it('is cut where little goes from one part to the next', () => {
    const { body } = planned(walk(8, apart)).plan;
    const found = [...sectionsOf(body)];
    expect(found).toHaveLength(1);
    const [[items, sections]] = found;
    expect(sections.flatMap((s) => s.items)).toEqual(items);
    const own = sections.flatMap((s) => (s.leaving === null ? [] : [s.leaving.filter(isVector).length]));
    expect(own.length).toBeGreaterThan(3);
    expect(Math.max(...own)).toBeLessThanOrEqual(2);
  });

  it('knows what is read behind each section', () => {
    for (const [, sections] of sectionsOf(planned(gradientOf(walk(8, apart))).plan.body)) {
      const readFrom = sections.map(({ items }) => new Set(items.flatMap(readIn)));
      for (const [k, { items, leaving }] of sections.entries()) {
        if (leaving === null) continue;
        const made = items.flatMap((item) => (item.kind === 'let' ? [item.expr] : []));
        const read = made.filter((e) => readFrom.slice(k + 1).some((later) => later.has(e)));
        for (const e of read) expect(leaving).toContain(e);
      }
    }
  });

  it.each<[string, number, Step]>([
    ['short', 2, apart],
    ['of what needs all the others', 8, together],
  ])('is left whole where it is %s', (_, n, step) => {
    expect(sectionsOf(planned(walk(n, step)).plan.body).size).toBe(0);
  });
});

const readIn = (item: Item): readonly Expr[] => {
  if (item.kind === 'let') return item.expr.args;
  if (item.kind === 'store') return [item.emit.value, item.emit.slot];
  return item.kind === 'arm' ? [item.mask, ...item.body.flatMap(readIn)] : [];
};

describe.each<[string, number, Step]>([
  ['8 numbers', 8, apart],
  ['13 numbers', 13, apart],
  ['8 numbers that need each other', 8, together],
])('of %s', (_, n, step) => {
  const program = walk(n, step);
  it.each([
    ['value', program],
    ['gradient', gradientOf(program)],
  ])('the %s has the bits of the reference', (_name, asked) => {
    for (const sets of [1, 4, 7]) for (const N of [25, 1, 0]) agree(wasm, asked, inputs(sets, n, N), [1]);
  });
});
