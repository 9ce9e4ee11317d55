/** The op table: every derivative rule against central differences, the conventions at kinks, masked arms. */
import { describe, expect, it } from 'vitest';
import { derivatives } from '../../src/graph/derivatives.js';
import {
  adjoint,
  buffer,
  constant,
  type Expr,
  emit,
  input,
  integer,
  load,
  type Operand,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { AGREEMENT, checked, given, gradientError } from './check.js';

/** A program whose loss is a function of the columns of p. */
const program = (columns: number, f: (...p: Expr[]) => Expr) =>
  trace('function', () => {
    const p = buffer('set', 'p', columns, { differentiable: true });
    const x = Array.from({ length: columns }, (_, i) => load(p, i));
    emit(buffer('output', 'loss', 1), 0, f(...x));
  });

/** The gradient at one point. */
const gradientAt = (point: readonly number[], f: (...p: Expr[]) => Expr, run: Record<string, number> = {}) => {
  const both = checked(adjoint(checked(program(point.length, f)), { wrt: ['p'], seeds: { loss: 'one' } }));
  return [
    ...reference.compile(both).run(
      given(
        point.map((v) => [v]),
        { run },
      ),
    )['d.p'],
  ];
};

/** How each op with a derivative is written; the rest of the expression makes the cotangent differ from 1. */
const written: Partial<Record<string, (x: Expr, y: Expr) => Expr>> = {
  add: (x, y) => x.add(y).square(),
  sub: (x, y) => x.sub(y).square(),
  mul: (x, y) => x.mul(y).square(),
  div: (x, y) => x.div(y).square(),
  neg: (x, y) => x.exp().neg().mul(y),
  abs: (x, y) => x.abs().mul(y),
  max: (x, y) => x.maximum(y).mul(x),
  min: (x, y) => x.minimum(y).mul(x),
  sqrt: (x, y) => x.sqrt().mul(y),
  exp: (x, y) => x.exp().mul(y),
  log: (x, y) => x.log().mul(y),
  expm1: (x, y) => x.expm1().mul(y),
  where: (x, y) => where(x.less(y), x.square(), y.mul(x)).mul(y),
  choose: (x, y) => where(input('N').less(3), x.square(), y.mul(x)).mul(y),
  graft: (x, y) => x.mul(y).withGradientOf(x.mul(y).log().exp()).mul(y),
};

describe('derivatives', () => {
  const differentiable = Object.keys(derivatives);
  it('are tested for every op that has one', () => {
    expect(Object.keys(written).sort()).toEqual(differentiable.sort());
  });
  it.each(differentiable)('of %s agrees with central differences', (op) => {
    const f = program(2, written[op] as (x: Expr, y: Expr) => Expr);
    const points = [
      [0.7, 1.9, 0.3, 2.6],
      [1.3, 0.8, 2.1, 0.4],
    ];
    for (const N of [1, 5]) expect(gradientError(f, given(points, { run: { N } }))).toBeLessThan(AGREEMENT);
  });
  it('of a graft is that of the other, whose value nothing reads', () => {
    expect(gradientAt([2, 3], (x, y) => x.exp().withGradientOf(x.mul(y)))).toEqual([3, 2]);
    expect(gradientAt([2, -3], (x, y) => x.mul(y).withGradientOf(y.log().mul(x)).kept().add(x))).toEqual([1, 0]);
  });
  it('of stop is none', () => {
    expect(gradientAt([2, 3], (x, y) => x.stopGradient().mul(y).add(x))).toEqual([1, 2]);
  });
});

describe('conventions', () => {
  it('ties of max and min split ½–½', () => {
    expect(gradientAt([2, 2], (x, y) => x.maximum(y).mul(3))).toEqual([1.5, 1.5]);
    expect(gradientAt([2, 2], (x, y) => x.minimum(y).mul(3))).toEqual([1.5, 1.5]);
    expect(gradientAt([1], (x) => x.maximum(1).minimum(4))).toEqual([0.5]);
  });
  it('|x| and √x have derivative 0 at 0', () => {
    expect(gradientAt([0, -0], (x, y) => x.abs().add(y.abs()))).toEqual([0, 0]);
    expect(gradientAt([0, 4], (x, y) => x.sqrt().add(y.sqrt()))).toEqual([0, 0.25]);
    expect(gradientAt([0], (x) => x.square().sqrt())).toEqual([0]);
  });
  it('a parameter that only decides a choice has derivative 0', () => {
    expect(gradientAt([1, 5], (x, y) => where(x.less(2), y, y.square()))).toEqual([0, 1]);
  });
});

describe('an untaken arm leaks no NaN and no ∞', () => {
  const positive = (x: Expr) => constant(0).less(x);
  it('alone', () => {
    expect(gradientAt([-2, 3], (x, y) => where(positive(x), x.log().mul(y).exp(), y.mul(x)))).toEqual([3, -2]);
    expect(gradientAt([0, 3], (x, y) => where(positive(x), y.div(x), y))).toEqual([0, 1]);
  });
  it('nested in another', () => {
    const f = (x: Expr, y: Expr) => {
      const inner = where(y.less(1), y.sub(2).log(), x.sqrt().mul(y).log());
      return where(positive(x), inner, x.mul(y));
    };
    expect(gradientAt([-2, 3], f)).toEqual([3, -2]);
    expect(gradientAt([4, 3], f)).toEqual([0.125, 1 / 3]);
  });
  it('with a mask that two choices share', () => {
    const f = (x: Expr, y: Expr) => {
      const mask = positive(x);
      const root = x.log();
      return where(mask, root.mul(y), y).add(where(mask, root.exp(), y.mul(2)));
    };
    expect(gradientAt([-1, 2], f)).toEqual([0, 3]);
    expect(gradientAt([1, 2], f)).toEqual([3, 0]);
  });
  it('with a mask that is itself known only in an arm', () => {
    const f = (x: Expr, y: Expr) => {
      const logarithm = x.log();
      const inner = where(logarithm.less(0), logarithm.neg().sqrt(), logarithm.add(y));
      return where(positive(x), inner.mul(y), y.square());
    };
    expect(gradientAt([-1, 2], f)).toEqual([0, 4]);
    const [dx, dy] = gradientAt([Math.exp(2), 3], f);
    expect(dx).toBeCloseTo(3 * Math.exp(-2), 14);
    expect(dy).toBeCloseTo(8, 14);
  });
  it('that contains a scan', () => {
    const f = (x: Expr, y: Expr) => {
      const sum = scan({ length: 5, init: y, body: (s, t) => s.mul(x.log()).add(x.sqrt().mul(t.float())) });
      return where(positive(x), sum, x.add(y));
    };
    expect(gradientAt([-1, 2], f)).toEqual([1, 1]);
    expect(
      gradientError(
        program(2, f),
        given([
          [2, -1, 0.4],
          [1, 2, 3],
        ]),
      ),
    ).toBeLessThan(AGREEMENT);
  });
  it('that is hoisted out of the loop whose steps do not take it', () => {
    const f = (x: Expr, y: Expr) =>
      scan({ length: 4, init: y, body: (s) => where(s.less(100), s.mul(1.5), x.log().sqrt().mul(2).add(s)) });
    expect(gradientAt([-1, 2], f)).toEqual([0, 1.5 ** 4]);
    expect(gradientAt([0, 2], f)).toEqual([0, 1.5 ** 4]);
    expect(gradientAt([1, 200], f)).toEqual([0, 1]); // √0: by convention
    expect(gradientAt([Math.E, 200], f)[0]).toBeCloseTo(4 / Math.E, 14);
  });
  it('that two choices with different masks share', () => {
    const f = (x: Expr, y: Expr) => {
      const shared = x.log();
      return where(y.less(0), shared.mul(y), y).add(where(x.less(-5), 1, where(x.less(0), y, shared)));
    };
    expect(gradientAt([-1, 2], f)).toEqual([0, 2]);
    expect(gradientAt([2, 3], f)).toEqual([0.5, 1]);
  });
  it('that holds a whole scan outside the loop', () => {
    const f = (x: Expr, y: Expr) => {
      const roots = scan({ length: 3, init: y, body: (s) => s.mul(x.sqrt().log()) });
      return scan({ length: 4, init: y, body: (s) => where(s.less(100), s.mul(1.5), s.add(roots)) });
    };
    expect(gradientAt([-1, 2], f)).toEqual([0, 1.5 ** 4]);
    expect(
      gradientError(
        program(2, f),
        given([
          [4, 5],
          [200, 300],
        ]),
      ),
    ).toBeLessThan(AGREEMENT);
  });
  it('within a loop, step by step', () => {
    const f = (x: Expr, y: Expr) =>
      scan({
        length: 6,
        init: x,
        body: (s) => where(y.less(s), s.sub(y).mul(s.sub(y).log().neg()).exp(), s.mul(0.7)).maximum(0.1),
      });
    const choose = (x: Expr, y: Expr) =>
      scan({
        length: 6,
        init: x,
        body: (s, t) => where(t.less(3), s.mul(y), where(t.equal(0), s.sub(100).log(), s.mul(s).add(1))).mul(0.5),
      });
    expect(gradientAt([3, 0.9], f).every(Number.isFinite)).toBe(true);
    expect(
      gradientError(
        program(2, choose),
        given([
          [0.6, 1.1],
          [1.2, 0.8],
        ]),
      ),
    ).toBeLessThan(AGREEMENT);
  });
  it('under a uniform predicate, where loads are guarded', () => {
    const guarded = trace('guarded', () => {
      const p = buffer('set', 'p', 1, { differentiable: true });
      const far = input('far');
      const x = load(p, 0, integer(0));
      const other = where(far.less(2), load(p, 0, integer(1)).log(), constant(1));
      emit(buffer('output', 'loss', 1), 0, x.mul(other));
    });
    const both = reference.compile(checked(adjoint(checked(guarded), { wrt: ['p'], seeds: { loss: 'one' } })));
    const near = both.run(given([[2], [4]], { run: { far: 1 } }));
    expect([...near['d.p']]).toEqual([Math.log(4), 0.5].map((v) => expect.closeTo(v, 14)));
    const away = both.run(given([[2]], { run: { far: 3 } })); // row 1 does not exist
    expect([...away['d.p']]).toEqual([1, 0]);
  });
});

describe('dtypes', () => {
  const within = (f: (x: Expr, n: Expr) => Operand) => () =>
    trace('wrong', () => {
      f(load(buffer('set', 'p', 1), 0), input('N'));
    });
  it.each<[string, (x: Expr, n: Expr) => Operand, string]>([
    ['a float and an integer', (x, n) => x.add(n), 'graph: iadd expects i32, i32, got f64, i32'],
    ['a mask in arithmetic', (x) => x.less(1).exp(), 'graph: exp expects f64, got bool'],
    ['a number as a condition', (x) => where(x, 1, 2), 'graph: where expects bool, f64, f64, got f64, f64, f64'],
    ['an integer as an arm', (x, n) => where(x.less(0), n, 1), 'got bool, i32, f64'],
    ['mask and predicate', (x, n) => x.less(1).and(n.less(2)), 'graph: and expects bool, bool, got bool, cond'],
    ['a fraction for an integer', (_x, n) => n.add(0.5), 'graph: a i32 was expected, got the number 0.5'],
    ['what varies by lane as an integer', (x) => x.int(), 'graph: int expects what is the same for all lanes, got'],
    ['a slot that is a float', (x) => load(buffer('set', 'q', 1), 0, x), 'graph: load expects i32, i32, got i32, f64'],
  ])('%s is refused', (_name, f, message) => {
    expect(within(f)).toThrow(message);
  });
});
