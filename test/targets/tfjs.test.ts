/**
 * The tfjs target against the reference target, on each backend that is available here.
 *
 * Inputs are float32 numbers, so that what is compared is the arithmetic alone. One op rounds once (2⁻²⁴) and the
 * transcendentals of a backend may be a few ulp off: 2e-6 relative. Roll-outs add a rounding for each operation of each
 * step: their tolerances stand at the tests.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  adjoint,
  buffer,
  type ComputedOp,
  draw,
  type Expr,
  emit,
  input,
  integer,
  load,
  lower,
  type Program,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs, SynchronousTarget } from '../../src/targets/target.js';
import { emission } from '../../src/targets/tfjs/emit.js';
import { loadTfjs, tfjs, tfjsTarget } from '../../src/targets/tfjs/index.js';
import { loadEngine, type Tf } from '../../src/targets/tfjs/load.js';

const warnings = vi.spyOn(console, 'warn');
const available: string[] = [];
for (const backend of ['cpu', 'wasm', 'tensorflow']) {
  const { available: found, reason } = await tfjs(backend).probe();
  if (found) available.push(backend);
  else console.info(`tfjs tests skip the backend ${backend}: ${reason}`);
}

const SINGLE_OP = 2e-6;

/** |got − wanted| ≤ tolerance·|wanted| for each value; NaN and ∞ must be the same. */
function expectClose(got: Float64Array, wanted: Float64Array, tolerance: number): void {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    if (Number.isNaN(wanted[i]) || !Number.isFinite(wanted[i])) expect(got[i]).toBe(wanted[i]);
    else
      expect(Math.abs(got[i] - wanted[i]) / Math.max(1e-30, Math.abs(wanted[i])), `at ${i}`).toBeLessThanOrEqual(
        tolerance,
      );
  }
}

/** How many scopes TensorFlow.js opens in `body`: one for each op and each step. */
function scopesOf(tf: Tf, body: () => void): number {
  const engine = tf.engine();
  const open = engine.startScope;
  const spy = vi.spyOn(engine, 'startScope').mockImplementation((...args) => open.apply(engine, args));
  body();
  const { length } = spy.mock.calls;
  spy.mockRestore();
  return length;
}

/** Runs on both targets; checks that the tfjs target leaves no tensor behind. */
function compare(tf: Tf, target: SynchronousTarget, program: Program, inputs: Inputs, tolerance: number) {
  const wanted = reference.compile(program).run(inputs);
  const before = tf.memory().numTensors;
  const got = target.compile(program).run(inputs);
  expect(tf.memory().numTensors).toBe(before);
  expect(Object.keys(got)).toEqual(Object.keys(wanted));
  for (const name of Object.keys(wanted)) expectClose(got[name], wanted[name], tolerance);
  return { got, wanted };
}

/** n numbers in [low, high) that float32 holds, the same in every run. */
function numbers(n: number, low: number, high: number, seed = 1): Float64Array {
  const values = new Float32Array(n);
  for (let i = 0, x = seed; i < n; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    values[i] = low + (high - low) * (x / 2 ** 32);
  }
  return Float64Array.from(values);
}

interface Operands {
  /** By lane: any sign, with ties between x and y; positive. */
  readonly x: Expr;
  readonly y: Expr;
  readonly p: Expr;
  /** The same for all lanes: a series value, integers. */
  readonly u: Expr;
  readonly i: Expr;
  readonly j: Expr;
}

/** Every op of the table: on lanes, on numbers, on both. Truth values are shown through a choice. */
const cases: Partial<Record<ComputedOp, (o: Operands) => Expr[]>> = {
  add: ({ x, y, u }) => [x.add(y), x.add(u), u.add(x), u.add(0.5)],
  sub: ({ x, y, u }) => [x.sub(y), x.sub(u), u.sub(x), u.sub(0.5)],
  mul: ({ x, y, u }) => [x.mul(y), x.mul(u), u.mul(x), u.mul(0.5)],
  div: ({ x, p, u }) => [x.div(p), x.div(u), u.div(p), u.div(0.7)],
  neg: ({ x, u }) => [x.neg(), u.neg()],
  abs: ({ x, u }) => [x.abs(), u.neg().abs()],
  max: ({ x, y, u }) => [x.maximum(y), x.maximum(u), u.maximum(x), u.maximum(7)],
  min: ({ x, y, u }) => [x.minimum(y), x.minimum(u), u.minimum(x), u.minimum(7)],
  sqrt: ({ p, u }) => [p.sqrt(), u.sqrt()],
  exp: ({ x, u }) => [x.exp(), u.exp()],
  log: ({ p, u }) => [p.log(), u.log()],
  expm1: ({ x, u }) => [x.expm1(), x.mul(1e-4).expm1(), u.expm1()],
  less: ({ x, y, u }) => [where(x.less(y), 1, 2), where(x.less(u), 1, 2), where(u.less(7), 1, 2)],
  lessEqual: ({ x, y, u }) => [where(x.lessEqual(y), 1, 2), where(u.lessEqual(x), 1, 2), where(u.lessEqual(7), 1, 2)],
  and: ({ x, y, u, i }) => [
    where(x.less(0).and(y.less(0)), 1, 2),
    where(x.less(0).and(u.less(7)), 1, 2),
    where(x.less(0).and(i.less(3).mask()), 1, 2),
    where(u.less(7).and(x.less(0)), 1, 2),
    where(i.less(3).mask().and(x.less(0)), 1, 2),
  ],
  or: ({ x, y, u, i }) => [
    where(x.less(0).or(y.less(0)), 1, 2),
    where(x.less(0).or(u.less(7)), 1, 2),
    where(x.less(0).or(i.less(3).mask()), 1, 2),
    where(u.less(7).or(x.less(0)), 1, 2),
    where(i.less(3).mask().or(x.less(0)), 1, 2),
  ],
  not: ({ x, u }) => [where(x.less(0).not(), 1, 2), where(u.less(7).not(), 1, 2)],
  where: ({ x, y, p, u }) => [
    where(x.less(0), y, x),
    where(x.less(0), u, y),
    where(x.less(0), y, u),
    where(u.less(7), x, y),
    // the side not taken is NaN or infinite
    where(x.less(0), x, x.log()),
    where(p.less(0), x.div(y.sub(y)), 3),
  ],
  choose: ({ x, y, i }) => [where(i.less(3), x, y), where(i.less(30), x, y)],
  stop: ({ x, u }) => [x.stopGradient(), u.stopGradient()],
  graft: ({ x, u }) => [x.withGradientOf(u), u.withGradientOf(x)],
  iadd: ({ x, i, j }) => [x.mul(i.add(j).float())],
  isub: ({ x, i, j }) => [x.mul(i.sub(j).float())],
  imul: ({ x, i, j }) => [x.mul(i.mul(j).float())],
  idiv: ({ x, i, j }) => [x.mul(i.div(j).float())],
  imod: ({ x, i, j }) => [x.mul(i.mod(j).float())],
  imin: ({ x, i, j }) => [x.mul(i.minimum(j).float())],
  imax: ({ x, i, j }) => [x.mul(i.maximum(j).float())],
  ilt: ({ x, y, i, j }) => [where(i.less(j), x, y), where(j.less(i), x, y)],
  ieq: ({ x, y, i, j }) => [where(i.equal(j), x, y), where(i.equal(11), x, y)],
  cand: ({ x, y, i, j }) => [where(i.less(20).and(j.less(20)), x, y), where(i.less(j).and(j.less(20)), x, y)],
  cor: ({ x, y, i, j }) => [where(i.less(j).or(j.less(20)), x, y), where(i.less(j).or(j.less(2)), x, y)],
  cnot: ({ x, y, i, j }) => [where(i.less(j).not(), x, y), where(j.less(i).not(), x, y)],
  float: ({ x, i }) => [x.add(i.float())],
  int: ({ x, u, i }) => [x.mul(u.mul(-0.7).int().float()), x.mul(i.float().div(3).int().float())],
  mask: ({ x, y, i }) => [where(i.less(3).mask(), x, y), where(x.less(0).and(i.less(30).mask()), x, y)],
  draw: ({ x, i, j }) => [x.mul(draw(i, j, 3, 0)), x.mul(draw(i, 0, j, 1))],
};
/** Ops that only lower() makes. */
const LOWERED = ['scale2', 'exponent', 'mantissa'];

describe.each(available)('tfjs on %s', (backend) => {
  let tf: Tf;
  let target: SynchronousTarget;
  beforeAll(async () => {
    target = await loadTfjs(backend);
    tf = await loadEngine(backend);
  });

  it('has a case here for every op of its table', () => {
    expect(new Set([...Object.keys(cases), ...LOWERED])).toEqual(new Set(Object.keys(emission(tf))));
  });

  it.each(Object.entries(cases))('%s', (_op, build) => {
    const sets = 64;
    const program = trace('op', () => {
      const lanes = buffer('set', 'lanes', 3);
      const u = load(buffer('series', 'series', 1), 0, input('i').sub(11));
      const operands = { x: load(lanes, 0), y: load(lanes, 1), p: load(lanes, 2), u, i: input('i'), j: input('j') };
      const results = build(operands);
      const out = buffer('output', 'out', results.length);
      results.forEach((r, column) => {
        emit(out, column, r);
      });
    });
    const x = numbers(sets, -4, 4);
    const y = numbers(sets, -4, 4, 7).map((v, k) => (k % 5 === 0 ? x[k] : v));
    const lanes = Float64Array.of(...x, ...y, ...numbers(sets, 0.1, 50, 3));
    const buffers = { lanes, series: Float64Array.of(1.375) };
    compare(tf, target, program, { sets, windows: 1, run: { i: 11, j: 3 }, window: {}, buffers }, SINGLE_OP);
  });

  it('nests scans of run-time length, closes over outer values and stores by slot where `when` holds', () => {
    const program = trace('nested', () => {
      const n = input('N');
      const a = load(buffer('set', 'a', 1), 0);
      const sums = buffer('output', 'sums', 2, { rows: n });
      const total = buffer('output', 'total', 1);
      const [sum, swapped] = scan({
        name: 'outer',
        length: n.add(3).div(4),
        init: [a.mul(0), a.exp()],
        body: ([s, other], k) => {
          const [r] = scan({
            name: 'inner',
            length: n.sub(k.mul(4)).minimum(4),
            bound: integer(4),
            init: [s],
            body: ([r], j) => [r.add(a.mul(k.mul(4).add(j).float()))],
          });
          emit(sums, 0, r, k, k.mod(2).equal(0));
          emit(sums, 1, other, k);
          return [other.add(1), r];
        },
      });
      emit(total, 0, sum.add(swapped));
    });
    for (const N of [1, 10, 23]) {
      const inputs = { sets: 5, windows: 1, run: { N }, window: {}, buffers: { a: numbers(5, 0.5, 2) } };
      compare(tf, target, program, inputs, 1e-6);
    }
  });

  it('runs no step of an empty scan', () => {
    const program = trace('empty', () => {
      const out = buffer('output', 'y', 1);
      const x = load(buffer('set', 'x', 1), 0);
      const [y] = scan({ length: input('N'), init: [x], body: ([c]) => [c.mul(2)] });
      emit(out, 0, y);
    });
    const inputs = { sets: 3, windows: 1, run: { N: 0 }, window: {}, buffers: { x: numbers(3, 1, 2) } };
    compare(tf, target, program, inputs, 0);
  });

  /** y ← y + a·(p_t − y); then the derivative of the last y by a, from the y's on a tape, backwards. */
  const taped = trace('taped', () => {
    const n = input('N');
    const start = input('start', 'window');
    const prices = buffer('series', 'prices', 1);
    const a = load(buffer('set', 'a', 1), 0);
    const tape = buffer('tape', 'tape', 2, { rows: n });
    const out = buffer('output', 'out', 2);
    const [y] = scan({
      name: 'forward',
      length: n,
      init: [a],
      body: ([y], t) => {
        const p = load(prices, 0, t, start);
        emit(tape, 0, y, t);
        emit(tape, 1, p.log(), t);
        return [y.add(a.mul(p.sub(y)))];
      },
    });
    const [ybar, abar] = scan({
      name: 'backward',
      length: n,
      reverse: true,
      init: [a.mul(0).add(1), a.mul(0)],
      body: ([ybar, abar], t) => {
        const p = load(tape, 1, t).exp();
        return [ybar.mul(a.neg().add(1)), abar.add(ybar.mul(p.sub(load(tape, 0, t))))];
      },
    });
    emit(out, 0, y);
    emit(out, 1, abar.add(ybar));
  });
  const tapedInputs = (N: number) => {
    const window = { start: Int32Array.of(0, 7, 3) };
    return {
      sets: 4,
      windows: 3,
      run: { N },
      window,
      buffers: { prices: numbers(N + 7, 1, 2), a: numbers(4, 0.01, 0.2) },
    };
  };

  it('reads a tape backwards, window by window', () => {
    // 50 steps; the series and its logarithm stay float64 numbers on the host, the rest rounds at each step
    compare(tf, target, taped, tapedInputs(50), 2e-5);
  });

  it('agrees over a long roll-out within the drift of float32', () => {
    // 3,000 steps of a contraction: errors do not add up in y, but do in the sum over all steps
    compare(tf, target, taped, tapedInputs(3000), 5e-5);
  });

  it('runs windows that do not differ in integers as one tensor, with lane and set inputs', () => {
    const program = trace('together', () => {
      const n = input('N');
      const lane = buffer('lane', 'lane', 2);
      const a = load(buffer('set', 'a', 2), 1, 1);
      const out = buffer('output', 'out', 2, { rows: n });
      scan({
        length: n,
        init: [a],
        body: ([s], t) => {
          const next = s.add(load(lane, 1, t).mul(a));
          emit(out, 0, next, t);
          emit(out, 1, t.float().div(3), t);
          return [next];
        },
      });
    });
    const buffers = { lane: numbers(3 * 2 * 2 * 4, 1, 2), a: numbers(2 * 2 * 4, 1, 2, 9) };
    compare(tf, target, program, { sets: 4, windows: 2, run: { N: 3 }, window: {}, buffers }, 1e-6);
  });

  it('takes the arms of masks that differ by lane, that agree, and of uniform predicates', () => {
    const program = trace('arms', () => {
      const x = load(buffer('set', 'x', 1), 0);
      const limit = load(buffer('series', 'limit', 2), 0, 0);
      const out = buffer('output', 'out', 3, { rows: integer(6) });
      /** x^16 + …, dear enough to be an arm; with a loop inside, too. */
      const dear = (v: Expr) => {
        let s = v;
        for (let k = 0; k < 12; k++) s = s.mul(v).add(k + 1);
        return s;
      };
      const looped = (v: Expr) => scan({ length: 5, init: [v], body: ([s]) => [s.mul(v).add(1)] })[0];
      scan({
        length: 6,
        init: [x],
        body: ([c], t) => {
          // −2, −1, 0, 1, 2, 3: no lane, some lanes, all lanes
          const mask = x.less(t.sub(2).float().mul(limit));
          emit(out, 0, where(mask, dear(c), c.sub(1)), t);
          emit(out, 1, where(mask, looped(c), looped(c.mul(0.5))), t);
          emit(out, 2, where(t.mod(2).equal(0), dear(c.mul(0.9)), looped(c)), t);
          return [c.mul(1.01)];
        },
      });
    });
    const buffers = { x: Float64Array.of(-1.5, -0.5, 0.25, 1.5, 1.75), limit: Float64Array.of(1, 0) };
    const { wanted } = compare(tf, target, program, { sets: 5, windows: 1, run: {}, window: {}, buffers }, 2e-5);
    expect(new Set(wanted.out).size).toBeGreaterThan(40); // the cases differ
  });

  it('ends a scan whose lanes have all converged, at the latest a few steps after the reference', () => {
    // Newton's iteration for √a: further steps change nothing
    const program = trace('newton', () => {
      const a = load(buffer('set', 'a', 1), 0);
      const out = buffer('output', 'root', 1);
      const [root] = scan({
        length: 200,
        init: [a, a.mul(0).add(1)],
        body: ([x, _change]) => {
          const next = x.add(a.div(x)).mul(0.5);
          return [next, next.sub(x).abs()];
        },
        active: ([x, change]) => x.mul(1e-6).less(change),
      });
      emit(out, 0, root);
    });
    const inputs = { sets: 3, windows: 1, run: {}, window: {}, buffers: { a: Float64Array.of(2, 9, 1024) } };
    const executable = target.compile(program);
    let root: Float64Array = new Float64Array();
    const scopes = scopesOf(tf, () => {
      root = executable.run(inputs).root;
    });
    expectClose(root, Float64Array.of(Math.SQRT2, 3, 32), 1e-6);
    expect(scopes).toBeLessThan(200); // 12 steps of nine scopes each; all 200 steps would open 1,800
  });

  it('leaves out an arm with a loop that no lane needs', () => {
    const program = trace('rare', () => {
      const x = load(buffer('set', 'x', 1), 0);
      const [slow] = scan({ length: 100, init: [x], body: ([s]): [Expr] => [s.mul(x).add(1)] });
      emit(buffer('output', 'y', 1), 0, where(x.less(0.5), slow, x));
    });
    const executable = target.compile(program);
    const at = (...x: number[]) =>
      scopesOf(tf, () =>
        executable.run({ sets: 2, windows: 1, run: {}, window: {}, buffers: { x: Float64Array.from(x) } }),
      );
    expect(at(0.6, 0.7)).toBeLessThan(20);
    expect(at(0.6, 0.4)).toBeGreaterThan(200);
  });

  it('holds no more tensors over a long loop than over a short one, but for the tape', () => {
    const peak = (program: Program, inputs: Inputs) => {
      let most = 0;
      const scopes = vi.spyOn(tf.engine(), 'endScope').mockImplementation((result) => {
        most = Math.max(most, tf.memory().numTensors);
        return Object.getPrototypeOf(tf.engine()).endScope.call(tf.engine(), result);
      });
      const before = tf.memory();
      target.compile(program).run(inputs);
      scopes.mockRestore();
      const after = tf.memory();
      expect(after.numTensors).toBe(before.numTensors);
      expect(after.numBytes).toBe(before.numBytes);
      return most - before.numTensors;
    };
    const plain = trace('plain', () => {
      const a = load(buffer('set', 'a', 1), 0);
      const out = buffer('output', 'out', 1);
      const [y] = scan({ length: input('N'), init: [a], body: ([y], t) => [y.add(a.mul(t.float())).sqrt()] });
      emit(out, 0, y);
    });
    const at = (N: number) => ({ sets: 4, windows: 1, run: { N }, window: {}, buffers: { a: numbers(4, 1, 2) } });
    expect(peak(plain, at(400))).toBe(peak(plain, at(20)));
    // one of the tape's two columns holds tensors, the other numbers; windows give theirs back
    expect(peak(taped, tapedInputs(60)) - peak(taped, tapedInputs(20))).toBe(40);
  });

  it('computes adjoints: nested scans, arms, a stream on the tape, segments, saved values', () => {
    const program = trace('chunks', () => {
      const n = input('N');
      const start = input('start', 'window');
      const prices = buffer('series', 'prices', 2);
      const params = buffer('set', 'p', 3, { differentiable: true });
      const [a, b, c] = [0, 1, 2].map((k) => load(params, k));
      const samples = buffer('tape', 'samples', 1, { rows: n });
      const [, reserve] = scan({
        name: 'chunks',
        length: n.add(4).div(5),
        init: [a, b.square().add(1)],
        body: ([w, r], k): [Expr, Expr] => {
          const target = where(k.equal(0), w, w.mul(0.7).add(c.mul(load(prices, 0, k, start))));
          const [next] = scan({
            name: 'minutes',
            length: n.sub(k.mul(5)).minimum(5),
            bound: integer(5),
            init: [r],
            body: ([x], j): [Expr] => {
              const price = load(prices, 1, k.mul(5).add(j), start);
              const q = x.mul(price).div(target.abs().add(0.5));
              const trade = where(
                q.greater(1.2),
                q.sub(1).log().mul(a.mul(b).exp()).sub(x.sqrt()),
                x.mul(c.neg().exp()),
              );
              emit(samples, 0, x.mul(price), k.mul(5).add(j));
              return [x.add(trade.mul(0.1))];
            },
          });
          return [target, next];
        },
      });
      const [sum] = scan({
        name: 'samples',
        length: n,
        init: [a.mul(0)],
        body: ([s], t): [Expr] => [s.add(load(samples, 0, t).abs().add(0.1).log())],
      });
      emit(buffer('output', 'loss', 1), 0, sum.add(reserve));
    });
    const wrt = { wrt: ['p'], seeds: { loss: 'one' } } as const;
    const window = { start: Int32Array.of(2, 9) };
    const buffers = { prices: numbers(80, 0.5, 1.5), p: numbers(12, 0.2, 1, 5) };
    const inputs = { sets: 4, windows: 2, run: { N: 23, segment_chunks: 2 }, window, buffers };
    // 23 steps forward, again and backward; loss and gradients are sums of terms of both signs (2.2e-5 measured)
    for (const options of [wrt, { ...wrt, strategy: { chunks: 'segments' } as const }, { ...wrt, save: ['minutes'] }]) {
      const { wanted } = compare(tf, target, adjoint(program, options), inputs, 1e-4);
      expect(wanted['d.p'].every((g) => Number.isFinite(g) && g !== 0)).toBe(true);
    }
  });

  it('leaves nothing behind after an error, nor inside of a gradient', () => {
    const before = tf.memory().numTensors;
    const program = trace('e', () => {
      const x = load(buffer('set', 'x', 1), 0);
      const [y] = scan({ length: 3, init: [x], body: ([c]) => [c.add(x.mul(c).exp())] });
      emit(buffer('output', 'y', 1), 0, y);
    });
    const inputs = { sets: 2, windows: 1, run: {}, window: {}, buffers: { x: Float64Array.of(0.1, 0.2) } };
    expect(() => target.compile(lower(program)).run(inputs)).toThrow(/^tfjs: scale2 .*lower\(\)/);
    expect(tf.memory().numTensors).toBe(before);
    const executable = target.compile(program);
    const slope = tf.tidy(() => {
      const g = tf.grad((x) => x.mul(executable.run(inputs).y[0]));
      return g(tf.scalar(2)).dataSync()[0];
    });
    expect(slope).toBeCloseTo(executable.run(inputs).y[0], 5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a run without its inputs', () => {
    const inputs = { sets: 2, windows: 1, run: { N: 3 }, window: {}, buffers: {} };
    expect(() => target.compile(taped).run(inputs)).toThrow('taped: the input prices was expected, got nothing');
  });
});

describe('tfjs', () => {
  it('has names, is not exact, and its default is the cpu backend', async () => {
    expect([tfjsTarget.name, tfjsTarget.exact, tfjs('wasm').name]).toEqual(['tfjs', false, 'tfjs:wasm']);
    const { available, device } = await tfjsTarget.probe();
    expect([available, device]).toEqual([true, 'cpu']);
  });
  it('is silent on the console', () => {
    expect(warnings).not.toHaveBeenCalled();
  });
  it('does not compile for a backend that was not loaded', () => {
    const program = trace('none', () => emit(buffer('output', 'y', 1), 0, input('i').float()));
    expect(() => tfjs('abacus').compile(program)).toThrow("the backend abacus is not loaded; await loadTfjs('abacus')");
  });
  afterAll(() => warnings.mockRestore());
});
