/** The wasm target against the reference: every op, control flow, memory, threads. All comparisons are of bits. */
import { describe, expect, it } from 'vitest';
import { make } from '../../src/graph/expr.js';
import {
  buffer,
  type ComputedOp,
  draw,
  type Expr,
  emit,
  input,
  integer,
  load,
  scan,
  trace,
  truth,
  where,
} from '../../src/graph/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree, expectSameBits } from './agreement.js';

const SPECIAL = [0, -0, 1, -1, 0.5, 1e-300, 5e-324, -1e300, 1.7e308, 709, -709, 1e16, Number.NaN];
const INFINITE = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Numbers of many magnitudes, the same in every run of the test. */
function numbers(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    const x = (state >>> 8) / 2 ** 23 - 1;
    return x * 2 ** ((state & 31) - 12);
  });
}

interface Arguments {
  readonly x: Expr;
  readonly y: Expr;
  readonly i: Expr;
  readonly j: Expr;
}

const pick = (m: Expr) => where(m, 3, 5);

/** Every op, as a value that can be stored. */
const OPS: Readonly<Record<ComputedOp, (a: Arguments) => Expr>> = {
  add: ({ x, y }) => x.add(y),
  sub: ({ x, y }) => x.sub(y),
  mul: ({ x, y }) => x.mul(y),
  div: ({ x, y }) => x.div(y),
  neg: ({ x }) => x.neg(),
  abs: ({ x }) => x.abs(),
  max: ({ x, y }) => x.maximum(y),
  min: ({ x, y }) => x.minimum(y),
  sqrt: ({ x }) => x.sqrt(),
  exp: ({ x }) => x.exp(),
  log: ({ x }) => x.log(),
  expm1: ({ x }) => x.expm1(),
  scale2: ({ x, i }) => make('scale2', [x.abs().maximum(1e-9).minimum(1e9), i.mod(200).float().add(6755399441055744)]),
  exponent: ({ x }) => make('exponent', [x.abs().maximum(1e-300).minimum(1e300)]),
  mantissa: ({ x }) => make('mantissa', [x.abs().maximum(1e-300).minimum(1e300)]),
  less: ({ x, y }) => pick(x.less(y)),
  lessEqual: ({ x, y }) => pick(x.lessEqual(y)),
  and: ({ x, y }) => pick(x.less(y).and(x.less(0))),
  or: ({ x, y }) => pick(x.less(y).or(x.less(0))),
  not: ({ x, y }) => pick(x.less(y).not()),
  // zeros of either sign have cases of their own
  where: ({ x, y }) => {
    const zeros = where(x.less(0.5), where(y.less(2), 0, x), where(x.less(3), -0, where(y.less(9), y, 0)));
    return where(x.less(y), zeros, where(y.less(1), y, -0));
  },
  choose: ({ x, y, i, j }) => where(i.less(j), x, y.add(1)),
  stop: ({ x, y }) => x.stopGradient().add(y),
  iadd: ({ i, j }) => i.add(j).float(),
  isub: ({ i, j }) => i.sub(j).float(),
  imul: ({ i, j }) => i.mul(j).float(),
  idiv: ({ i, j }) => i.div(j).float().add(i.div(7).float()),
  imod: ({ i, j }) => i.mod(j).float().add(i.mod(7).float()),
  imin: ({ i, j }) => i.minimum(j).float(),
  imax: ({ i, j }) => i.maximum(j).float(),
  ilt: ({ i, j }) => pick(i.less(j)),
  ieq: ({ i, j }) => pick(i.equal(j)),
  cand: ({ i, j }) => pick(i.less(j).and(i.less(9))),
  cor: ({ i, j }) => pick(i.less(j).or(i.less(9))),
  cnot: ({ i, j }) => pick(i.less(j).not()),
  float: ({ i }) => i.float(),
  mask: ({ x, i, j }) => where(i.less(j).mask().and(truth(true, 'bool')), x, 0),
  draw: ({ i, j }) => draw(i, j, i.mul(j), 7),
};

describe('ops', () => {
  const pairs = [...SPECIAL, ...INFINITE].flatMap((a) => [...SPECIAL, ...INFINITE].map((b) => [a, b]));
  const random = numbers(600);
  const x = Float64Array.from([...pairs.map(([a]) => a), ...random]);
  const y = Float64Array.from([...pairs.map(([, b]) => b), ...random.map((_v, i) => random[(i * 7 + 3) % 600])]);
  const i = Int32Array.of(0, 5, 5, 123456, 2147483647, 17);
  const j = Int32Array.of(0, 9, 5, 0, 1, 4);
  it.each(Object.entries(OPS))('%s', (name, f) => {
    const program = trace(name, () => {
      const [a, b] = ['x', 'y'].map((n) => load(buffer('set', n, 1), 0));
      emit(buffer('output', 'z', 1), 0, f({ x: a, y: b, i: input('i', 'window'), j: input('j', 'window') }));
    });
    agree(wasm, program, { sets: x.length, windows: i.length, run: {}, window: { i, j }, buffers: { x, y } }, [1]);
  });
});

/** One value per set from a body that is given a set value and the run-time integer N. */
const simple = (f: (a: Expr, n: Expr) => Expr) =>
  trace('simple', () => {
    const a = load(buffer('set', 'a', 1), 0);
    emit(buffer('output', 'z', 1), 0, f(a, input('N')));
  });

const setsOf = (sets: number, N: number): Inputs => ({
  sets,
  windows: 1,
  run: { N },
  window: {},
  buffers: { a: Float64Array.from(numbers(sets)) },
});

describe('scan', () => {
  it.each([0, 1, 2, 7])('of length %i known at run time, forwards and in reverse', (N) => {
    const program = simple((a, n) => {
      const up = scan({ length: n, init: a, body: (s, t) => s.mul(0.5).add(t.float()) });
      return scan({ length: n.sub(1), reverse: true, init: up, body: (s, t) => s.mul(3).sub(t.float()) });
    });
    agree(wasm, program, setsOf(5, N));
  });

  it('assigns all carries at once', () => {
    const program = simple((a, n) => {
      const [x, y, z] = scan({ length: n, init: [a, a.mul(2), a.mul(3)], body: ([p, q, r]) => [q, r.add(p), p] });
      return x.add(y.mul(10)).add(z.mul(100));
    });
    const { z } = agree(wasm, program, { ...setsOf(1, 2), buffers: { a: Float64Array.of(1) } });
    expect(z[0]).toBe(4 + 30 + 200); // (1, 2, 3) → (2, 3 + 1, 1) → (4, 1 + 2, 2)
  });

  it('ends early when no lane is active, and not while one is', () => {
    // each lane halves until it is small; a lane that is done keeps its value
    const program = simple((a, n) => {
      const [x, steps] = scan({
        length: n,
        init: [a.abs(), a.mul(0)],
        body: ([v, k]) => {
          const go = v.greater(1e-3);
          return [where(go, v.mul(0.5), v), where(go, k.add(1), k)];
        },
        active: ([v]) => v.greater(1e-3),
      });
      return x.add(steps);
    });
    agree(wasm, program, setsOf(9, 200));
    const executable = wasm.compile(program, { threads: 1 });
    const start = performance.now();
    executable.run({ ...setsOf(2, 2_000_000_000), buffers: { a: Float64Array.of(1, 3) } });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('nests, with an inner length that depends on the outer step and a value of the inner carry used after it', () => {
    const program = simple((a, n) =>
      scan({
        length: n,
        init: a,
        body: (s, k) =>
          scan({
            length: k.mod(4),
            bound: integer(4),
            init: s.mul(0.9),
            body: (r, j) => r.add(k.mul(4).add(j).float()).sqrt(),
          }).add(a),
      }),
    );
    agree(wasm, program, setsOf(4, 13));
  });
});

describe('stores', () => {
  it('go to rows and columns of an output, under a predicate, the rest is 0', () => {
    const program = trace('stores', () => {
      const n = input('N');
      const first = input('first', 'window');
      const a = load(buffer('set', 'a', 2), 1, 2);
      const b = load(buffer('lane', 'b', 3), 2, 1);
      const p = buffer('series', 'p', 2);
      const out = buffer('output', 'y', 2, { rows: n });
      scan({
        length: n,
        init: a,
        body: (s, t) => {
          const next = s.mul(b).add(load(p, 1, t, first));
          emit(out, 1, next, t, t.mod(3).equal(1));
          emit(out, 0, s, n.sub(t).sub(1));
          return next;
        },
      });
    });
    for (const [sets, windows] of [
      [1, 1],
      [2, 3],
      [3, 2],
      [5, 4],
    ]) {
      agree(wasm, program, {
        sets,
        windows,
        run: { N: 11 },
        window: { first: Int32Array.from({ length: windows }, (_v, w) => 5 * w) },
        buffers: {
          a: Float64Array.from(numbers(3 * 2 * sets)),
          b: Float64Array.from(numbers(2 * 3 * windows * sets)),
          p: Float64Array.from(numbers(2 * 40)),
        },
      });
    }
  });

  it('to tapes are read back by a later reverse scan, in every outer step anew', () => {
    const program = trace('tapes', () => {
      const n = input('N');
      const a = load(buffer('set', 'a', 1), 0);
      const states = buffer('tape', 'states', 2, { rows: n.add(1) });
      const extra = buffer('tape', 'extra', 1, { rows: n });
      const total = scan({
        length: integer(3),
        init: a,
        body: (outer, k) => {
          const end = scan({
            length: n,
            init: outer,
            body: (s, t) => {
              emit(states, 0, s, t);
              emit(states, 1, s.mul(2), t.add(1));
              emit(extra, 0, s.add(k.float()), t);
              return s.mul(0.5).add(t.float());
            },
          });
          return scan({
            length: n,
            reverse: true,
            init: end,
            body: (s, t) => s.add(load(states, 0, t).mul(load(extra, 0, t))).sub(load(states, 1, t.add(1))),
          });
        },
      });
      emit(buffer('output', 'z', 1), 0, total);
    });
    for (const sets of [1, 4, 7, 40]) agree(wasm, program, setsOf(sets, 9));
  });
});

describe('arms', () => {
  /** Costly enough that the schedule makes an arm of it. */
  const costly = (x: Expr) => x.exp().add(1).log().mul(x.sqrt());

  it.each([
    ['a mask', (a: Expr, s: Expr) => s.less(a)],
    ['its negation', (a: Expr, s: Expr) => a.lessEqual(s).not()],
  ])('of %s are computed for the lanes that need them', (_name, condition) => {
    const program = simple((a, n) =>
      scan({
        length: n,
        init: a,
        body: (s, t) => {
          const m = condition(a, s);
          const x = costly(s.abs().add(t.float()));
          const y = costly(s.mul(s).add(2));
          return where(m, x.sub(y.mul(where(s.less(0), costly(x.add(3)), 1))), where(m, 0, costly(s.abs()).sub(1)));
        },
      }),
    );
    agree(wasm, program, setsOf(33, 25));
  });

  it('of a uniform condition guard their loads and loops', () => {
    const program = trace('guarded', () => {
      const n = input('N');
      const a = load(buffer('set', 'a', 1), 0);
      const p = buffer('series', 'p', 1);
      const z = scan({
        length: n,
        init: a,
        body: (s, t) => {
          const inside = t.less(5);
          const sum = scan({ length: t, bound: n, init: s, body: (r, j) => r.add(load(p, 0, j).mul(costly(r.abs()))) });
          // beyond row 4 an address far outside the memory would trap
          const row = where(inside, load(p, 0, t.mul(t.div(5).mul(100_000_000).add(1))), sum);
          return where(t.mod(2).equal(0), row, costly(s.abs()));
        },
      });
      emit(buffer('output', 'z', 1), 0, z);
    });
    const inputs = setsOf(6, 9);
    agree(wasm, program, { ...inputs, buffers: { ...inputs.buffers, p: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) } });
  });
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
      a: Float64Array.from(numbers(sets), (v) => v * scale),
      p: Float64Array.from(numbers(300), (v) => v / scale),
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
