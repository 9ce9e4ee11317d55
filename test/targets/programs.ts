/** Small programs that together use everything that a graph has, each with the runs in which exact targets are compared. */
import { make } from '../../src/graph/expr.js';
import {
  adjoint,
  buffer,
  type ComputedOp,
  constant,
  draw,
  type Expr,
  emit,
  input,
  integer,
  load,
  type Precision,
  type Program,
  scan,
  segmentInput,
  solve,
  trace,
  truth,
  where,
} from '../../src/graph/index.js';
import type { Inputs } from '../../src/targets/target.js';

export interface Sample {
  readonly name: string;
  readonly program: Program;
  readonly runs: readonly Inputs[];
}

/** Numbers of many magnitudes, the same in every run of the test. */
export function numbers(count: number): Float64Array {
  let state = 1;
  return Float64Array.from({ length: count }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return ((state >>> 8) / 2 ** 23 - 1) * 2 ** ((state & 31) - 12);
  });
}

/** What the bit primitives are defined for: normal numbers, and exponents that leave them normal. */
const RANGES = {
  float64: { least: 1e-300, most: 1e300, scaled: 1e200, exponents: 200, lowest: 0, magic: 1.5 * 2 ** 52 },
  float32: { least: 1e-37, most: 1e38, scaled: 1e15, exponents: 150, lowest: -75, magic: 1.5 * 2 ** 23 },
} as const;

interface Arguments {
  readonly x: Expr;
  readonly y: Expr;
  readonly i: Expr;
  readonly j: Expr;
  readonly range: (typeof RANGES)[Precision];
}

const pick = (m: Expr) => where(m, 3, 5);
/** Positive, not subnormal, finite, a number. */
const normal = ({ x, range }: Arguments) => where(x.abs().lessEqual(range.most), x.abs().maximum(range.least), 1);
const biased = ({ i, range }: Arguments) => i.mod(range.exponents).add(range.lowest).float().add(range.magic);

/** Every op of the op table, as a value that can be stored. */
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
  scale2: (a) =>
    make('scale2', [
      normal(a)
        .maximum(1 / a.range.scaled)
        .minimum(a.range.scaled),
      biased(a),
    ]),
  exponent: (a) => make('exponent', [normal(a)]),
  mantissa: (a) => make('mantissa', [normal(a)]),
  less: ({ x, y }) => pick(x.less(y)),
  lessEqual: ({ x, y }) => pick(x.lessEqual(y)),
  and: ({ x, y }) => pick(x.less(y).and(x.less(0))),
  or: ({ x, y }) => pick(x.less(y).or(x.less(0))),
  not: ({ x, y }) => pick(x.less(y).not()),
  // zeros of either sign are cases of their own
  where: ({ x, y }) => {
    const zeros = where(x.less(0.5), where(y.less(2), 0, x), where(x.less(3), -0, where(y.less(9), y, 0)));
    return where(x.less(y), zeros, where(y.less(1), y, -0));
  },
  choose: ({ x, y, i, j }) => where(i.less(j), x, y.add(1)),
  stop: ({ x, y }) => x.stopGradient().add(y),
  graft: ({ x, y }) => x.exp().withGradientOf(y),
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
  int: ({ i, j }) => i.float().div(3).int().add(j.float().mul(-0.7).int()).float(),
  mask: ({ x, i, j }) => where(i.less(j).mask().and(truth(true, 'bool')), x, 0),
  draw: ({ i, j }) => draw(i, j, i.mul(j), 7),
};

/** One output an op: over pairs of special numbers and of random ones, and windows that pair integers. */
export function opSamples(precision: Precision, without: readonly ComputedOp[] = []): Sample {
  const special = [0, -0, 1, -1, 0.5, 1e-300, 5e-324, -1e300, 1.7e308, 709, -709, 1e16, Number.NaN];
  // the same edges in float32: the smallest and largest numbers, of which some are subnormal, and of exp
  if (precision === 'float32') special.push(1e-37, 1e-40, 2 ** -149, -1e38, 3.4e38, 88.5, -88.5, 1 + 2 ** -24);
  special.push(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const random = numbers(150);
  const x = Float64Array.from([...special.flatMap((a) => special.map(() => a)), ...random]);
  const y = Float64Array.from([...special.flatMap(() => special), ...random.map((_v, k) => random[(k * 7 + 3) % 150])]);
  const i = Int32Array.of(0, 5, 5, 123456, 2147483647, 17);
  const j = Int32Array.of(0, 9, 5, 0, 1, 4);
  const program = trace('every op', () => {
    const range = RANGES[precision];
    const [a, b] = ['x', 'y'].map((n) => load(buffer('set', n, 1), 0));
    for (const [name, f] of Object.entries(OPS)) {
      if (without.includes(name as ComputedOp)) continue;
      emit(buffer('output', name, 1), 0, f({ x: a, y: b, i: input('i', 'window'), j: input('j', 'window'), range }));
    }
  });
  const runs = [{ sets: x.length, windows: i.length, run: {}, window: { i, j }, buffers: { x, y } }];
  return { name: 'every op', program, runs };
}

/** One value per set from a body that is given a set value and the run-time integer N. */
const simple = (f: (a: Expr, n: Expr) => Expr) =>
  trace('simple', () => {
    const a = load(buffer('set', 'a', 1, { differentiable: true }), 0);
    emit(buffer('output', 'z', 1), 0, f(a, input('N')));
  });

/** Differences of prefix sums, of which float32 would leave nothing, and what is read narrow beside them. */
function differences(): Sample {
  const ROWS = 60;
  const program = trace('differences', () => {
    const n = input('N');
    const p = buffer('series', 'p', 2);
    const first = input('first', 'window');
    const sum = (t: Expr) => load(p, 1, t, first);
    // before the loop and used in it: a pause keeps it
    const whole = sum(n).sub(sum(integer(0)));
    emit(
      buffer('output', 'z', 1),
      0,
      scan({
        length: n,
        init: load(buffer('set', 'a', 1), 0),
        body: (s, t) => {
          const moved = t
            .add(4)
            .float()
            .mul(load(p, 0, t.add(1), first))
            .sub(sum(t.add(4)).sub(sum(t)));
          return s
            .sub(whole)
            .mul(load(p, 0, t, first))
            .add(moved)
            .add(where(moved.less(0), sum(t).mul(1e-9), 0));
        },
      }),
    );
  });
  const prices = numbers(ROWS).map((x) => 1 + (x - Math.trunc(x)) / 9);
  let total = 1e8;
  const p = Float64Array.from({ length: 2 * ROWS }, (_v, i) => {
    if (i % 2 === 0) return prices[i / 2];
    total += prices[(i - 1) / 2];
    return total;
  });
  const inputs = { ...setsOf(3, 50), windows: 2, window: { first: Int32Array.of(0, 5) } };
  return { name: 'differences of prefix sums', program, runs: [{ ...inputs, buffers: { ...inputs.buffers, p } }] };
}

const setsOf = (sets: number, N: number, a = numbers(sets)): Inputs => ({
  ...{ sets, windows: 1, run: { N }, window: {} },
  buffers: { a },
});

const SCANS: readonly Sample[] = [
  {
    name: 'scans up and down, of lengths known at run time',
    program: simple((a, n) => {
      const up = scan({ length: n, init: a, body: (s, t) => s.mul(0.5).add(t.float()) });
      return scan({ length: n.sub(1), reverse: true, init: up, body: (s, t) => s.mul(3).sub(t.float()) });
    }),
    runs: [0, 1, 2, 7].map((N) => setsOf(5, N)),
  },
  {
    name: 'carries that change places',
    program: simple((a, n) => {
      const [x, y, z] = scan({ length: n, init: [a, a.mul(2), a.mul(3)], body: ([p, q, r]) => [q, r.add(p), p] });
      return x.add(y.mul(10)).add(z.mul(100));
    }),
    runs: [0, 1, 2, 5].map((N) => setsOf(3, N)),
  },
  {
    name: 'scans that each lane ends for itself, of up to two thousand million steps',
    program: simple((a, n) => {
      const [x, steps] = scan({
        length: n,
        init: [a.abs(), constant(0)],
        body: ([v, k]) => {
          const go = v.greater(1e-3);
          return [where(go, v.mul(0.5), v), where(go, k.add(1), k)];
        },
        active: ([v]) => v.greater(1e-3),
      });
      return x.add(steps);
    }),
    runs: [setsOf(9, 200), setsOf(9, 3), setsOf(9, 2_000_000_000)],
  },
  {
    name: 'nested scans, the inner length from the outer step, an inner carry used after it',
    program: simple((a, n) => {
      const inner = (s: Expr, k: Expr) =>
        scan({
          length: k.mod(4),
          bound: integer(4),
          init: s.mul(0.9),
          body: (r, j) => r.abs().add(k.mul(4).add(j).float()).sqrt(),
        });
      return scan({ length: n, init: a, body: (s, k) => inner(s, k).add(a) });
    }),
    runs: [setsOf(4, 13)],
  },
];

const MEMORY: readonly Sample[] = [
  {
    name: 'rows and columns of every kind of buffer, stores under a predicate',
    program: trace('stores', () => {
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
          const next = s
            .mul(b)
            .add(load(p, 1, t, first))
            .add(load(p, 0, t.add(1), integer(3)));
          emit(out, 1, next, t, t.mod(3).equal(1));
          emit(out, 0, s, n.sub(t).sub(1));
          return next;
        },
      });
    }),
    runs: [
      [1, 1],
      [2, 3],
      [3, 2],
      [5, 4],
      [1, 9],
    ].map(([sets, windows]) => ({
      ...{ sets, windows, run: { N: 11 } },
      window: { first: Int32Array.from({ length: windows }, (_v, w) => 3 * w) },
      buffers: { a: numbers(3 * 2 * sets), b: numbers(2 * 3 * windows * sets), p: numbers(2 * 40) },
    })),
  },
  {
    name: 'tapes that a later reverse scan reads, in every outer step anew',
    program: simple((a, n) => {
      const states = buffer('tape', 'states', 2, { rows: n.add(1) });
      const extra = buffer('tape', 'extra', 1, { rows: n });
      return scan({
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
    }),
    runs: [1, 4, 7, 40].map((sets) => setsOf(sets, 9)),
  },
];

/** Costly enough that the schedule makes an arm of it. */
const costly = (x: Expr) => x.exp().add(1).log().mul(x.sqrt());

const masked = (condition: (a: Expr, s: Expr) => Expr) =>
  simple((a, n) =>
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
const gradientOf = (program: Program) => adjoint(program, { wrt: ['a'], seeds: { z: 'one' } });
const less = masked((a, s) => s.less(a));
const notLess = masked((a, s) => a.lessEqual(s).not());

const ARMS: readonly Sample[] = [
  { name: 'arms of a mask', program: less, runs: [setsOf(33, 25)] },
  { name: 'arms of a mask, backwards', program: gradientOf(less), runs: [setsOf(33, 25)] },
  { name: 'arms of a negated mask', program: notLess, runs: [setsOf(33, 25)] },
  { name: 'arms of a negated mask, backwards', program: gradientOf(notLess), runs: [setsOf(33, 25)] },
  {
    name: 'a loop in an arm, beside one that all lanes take',
    program: simple((a, n) => {
      const all = scan({ length: n, init: a, body: (s, t) => s.mul(0.5).add(t.float()) });
      const some = scan({ length: n.add(2), init: all, body: (s) => costly(s.abs()) });
      return where(all.less(a), some, all).add(scan({ length: n, init: all, body: (s) => costly(s.add(1).abs()) }));
    }),
    runs: [setsOf(33, 7)],
  },
  {
    name: 'arms of a uniform condition, which guard their loads and loops',
    program: trace('guarded', () => {
      const n = input('N');
      const a = load(buffer('set', 'a', 1), 0);
      const p = buffer('series', 'p', 1);
      const z = scan({
        length: n,
        init: a,
        body: (s, t) => {
          const sum = scan({ length: t, bound: n, init: s, body: (r, j) => r.add(load(p, 0, j).mul(costly(r.abs()))) });
          // beyond row 4 lies an address far from all buffers
          const row = where(t.less(5), load(p, 0, t.mul(t.div(5).mul(100_000_000).add(1))), sum);
          return where(t.mod(2).equal(0), row, costly(s.abs())).add(a);
        },
      });
      emit(buffer('output', 'z', 1), 0, z);
    }),
    runs: [{ ...setsOf(6, 9), buffers: { a: numbers(6), p: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) } }],
  },
];

/** x³ + x = θ, for positive θ */
const root = (theta: Expr) =>
  solve({
    residual: (x) => x.mul(x.square()).add(x).sub(theta),
    derivative: (x) => x.square().mul(3).add(1),
    low: constant(0),
    high: theta.maximum(1),
    start: constant(1),
    needed: theta.greater(0),
  });
const searching = simple((a, n) =>
  scan({ name: 'steps', length: n, init: a, body: (x) => where(a.greater(0), root(x.add(1).mul(a)), x) }),
);
/** Roots near and far, and lanes that want none. */
const sought = setsOf(8, 12, Float64Array.of(1e-12, 0.3, 1.5, 4, 1e9, 0, -2, Number.NaN));

const SEARCHES: readonly Sample[] = [
  { name: 'solve in a loop', program: searching, runs: [sought] },
  ...(['storeAll', 'segments'] as const).map((steps) => ({
    name: `solve in a loop, backwards, ${steps}`,
    program: adjoint(searching, { wrt: ['a'], seeds: { z: 'one' }, strategy: { steps } }),
    runs: [1, 5, 20].map((k) => ({ ...sought, run: { N: 12, [segmentInput('steps')]: k } })),
  })),
];

const DRAWS: Sample = {
  name: 'draws by window and step',
  program: trace('draws', () => {
    const out = buffer('output', 'u', 1, { rows: input('N') });
    const first = input('first', 'window');
    const seed = input('seed');
    scan({
      length: input('N'),
      init: load(buffer('set', 'a', 1), 0),
      body: (s, t) => {
        const next = s
          .mul(0.5)
          .add(draw(seed, first, t, 0))
          .add(draw(seed, integer(3), t.mul(first), 1));
        emit(out, 0, next, t);
        return next;
      },
    });
  }),
  runs: [0, 42, -7, 2147483647].map((seed) => ({
    ...setsOf(3, 20),
    windows: 3,
    run: { N: 20, seed },
    window: { first: Int32Array.of(0, -1, 123456789) },
  })),
};

const NESTS: readonly Sample[] = [...SCANS, ...MEMORY, ...ARMS, ...SEARCHES, DRAWS];

export const SAMPLES: readonly Sample[] = [opSamples('float64'), ...NESTS];

/** For compiles in float32. */
export const SAMPLES_F32: readonly Sample[] = [opSamples('float32'), ...NESTS, differences()];
