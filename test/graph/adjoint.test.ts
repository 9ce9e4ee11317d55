/** Adjoints of programs against central differences: arms, nested scans, streams, segments, kept searches. */
import { describe, expect, it } from 'vitest';
import {
  adjoint,
  buffer,
  constant,
  draw,
  type Expr,
  emit,
  input,
  integer,
  load,
  Scan,
  scan,
  solve,
  trace,
  where,
} from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs, SynchronousTarget } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { AGREEMENT, checked, gradientError } from './check.js';

const series = (rows: number, columns: number) =>
  Float64Array.from({ length: rows * columns }, (_, i) => 1 + 0.4 * Math.sin(1.7 * i) + 0.1 * Math.cos(0.31 * i * i));

/** A program with most of what an adjoint has to deal with. */
const nested = trace('nested', () => {
  const n = input('N');
  const start = input('start', 'window');
  const prices = buffer('series', 'prices', 2);
  const params = buffer('set', 'p', 3, { differentiable: true });
  const [a, b, c] = [0, 1, 2].map((k) => load(params, k));
  const samples = buffer('tape', 'samples', 1, { rows: n });
  const hoisted = a.mul(b).exp();
  const [, r] = scan({
    name: 'chunks',
    length: n.add(4).div(5),
    init: [a, b.square().add(1)],
    body: ([w, reserve], k) => {
      const target = where(k.equal(0), w, w.mul(0.7).add(c.mul(load(prices, 0, k, start))));
      const [r2] = scan({
        name: 'minutes',
        length: n.sub(k.mul(5)).minimum(5),
        bound: integer(5),
        init: [reserve],
        body: ([x], j) => {
          const t = k.mul(5).add(j);
          const price = load(prices, 1, t, start);
          const q = x.mul(price).div(target.abs().add(0.5));
          // the untaken arm is the logarithm of a negative number
          const traded = where(q.greater(1.2), q.sub(1).log().mul(hoisted).sub(x.sqrt()), x.mul(c.neg().exp()));
          const next = x.add(traded.mul(0.1));
          emit(samples, 0, next.mul(price), t);
          return [next];
        },
      });
      return [target, r2];
    },
  });
  const [, mean, m2] = scan({
    name: 'samples',
    length: n,
    init: [a.mul(0), a.mul(0), a.mul(0)],
    body: ([count, average, spread], t) => {
      const v = load(samples, 0, t).abs().add(0.1).log();
      const d = v.sub(average);
      const next = average.add(d.div(count.add(1)));
      return [count.add(1), next, spread.add(d.mul(v.sub(next)))];
    },
  });
  emit(buffer('output', 'loss', 1), 0, mean.div(m2.div(n.float()).sqrt().add(1e-8)).add(r.mul(0.01)));
});

const inputs: Inputs = {
  sets: 3,
  windows: 1,
  run: { N: 23 },
  window: { start: Int32Array.of(2) },
  buffers: {
    prices: series(40, 2),
    p: Float64Array.of(0.4, 0.5, 0.3, 0.9, 1.1, 0.8, 0.6, -0.2, 0.25),
  },
};

describe('adjoint', () => {
  it('of nested scans with arms and streams agrees with central differences', () => {
    expect(gradientError(nested, inputs)).toBeLessThan(AGREEMENT);
  });

  it('is the same to the bit with segments', () => {
    const options = { wrt: ['p'], seeds: { loss: 'one' } } as const;
    const whole = reference.compile(adjoint(nested, options)).run(inputs);
    for (const k of [1, 2, 3, 5, 50]) {
      const cut = checked(adjoint(nested, { ...options, strategy: { chunks: 'segments' } }));
      const run = { ...inputs.run, segment_chunks: k };
      const got = reference.compile(cut).run({ ...inputs, run });
      expect([...got.loss]).toEqual([...whole.loss]);
      got['d.p'].forEach((g, i) => {
        expect(Math.abs(g - whole['d.p'][i])).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(g)));
      });
    }
  });

  it('keeps what was drawn instead of drawing again, in loops inside too, but not what few lanes want', () => {
    const normalLike = (j: Expr | number, k: Expr) => draw(input('seed'), j, k, 0).log().mul(2).exp();
    const program = trace('draws', () => {
      const p = load(buffer('set', 'p', 1, { differentiable: true }), 0);
      const [sum] = scan({
        name: 'steps',
        length: input('N'),
        init: [p],
        body: ([s], k) => {
          const price = normalLike(0, k);
          const seldom = where(s.greater(3), s.mul(normalLike(7, k)), s);
          const [inner] = scan({
            name: 'inner',
            length: integer(3),
            init: [seldom.mul(0.1)],
            body: ([x], j) => {
              const size = normalLike(j.add(1), k);
              return [where(x.less(price), x.add(p.mul(size)), x.mul(price).sub(size))];
            },
          });
          return [inner];
        },
      });
      emit(buffer('output', 'loss', 1), 0, sum);
    });
    const run = { N: 9, seed: 5 };
    const given: Inputs = { sets: 1, windows: 1, run, window: {}, buffers: { p: Float64Array.of(1.3) } };
    for (const strategy of ['storeAll', 'storeNested'] as const) {
      const derived = checked(adjoint(program, { wrt: ['p'], seeds: { loss: 'one' }, strategy: { steps: strategy } }));
      const draws = [...derived.graph.nodes.values()].filter((e) => e.op === 'draw');
      const within = (name: string) => draws.filter((e) => e.region instanceof Scan && e.region.name === name).length;
      // the loop inside is run again first but for storeNested
      expect([within('steps'), within('inner')]).toEqual([2, strategy === 'storeAll' ? 2 : 1]);
      expect([within('steps†'), within('inner†')]).toEqual([1, 0]);
      expect(gradientError(program, given, { strategy: { steps: strategy } })).toBeLessThan(AGREEMENT);
    }
  });

  it('keeps what a search found instead of searching again, in an arm too', () => {
    const program = trace('search', () => {
      const p = load(buffer('set', 'p', 1, { differentiable: true }), 0);
      const [sum] = scan({
        name: 'steps',
        length: input('N'),
        init: [constant(0)],
        body: ([s], k) => {
          const target = p.mul(k.float()).add(2);
          const root = solve({
            residual: (x) => x.mul(x).sub(target),
            derivative: (x) => x.mul(2),
            low: constant(0),
            high: target,
            start: target,
            tolerance: 1e-8,
          });
          return [where(target.less(4), s, s.add(root))];
        },
      });
      emit(buffer('output', 'loss', 1), 0, sum);
    });
    const derived = checked(adjoint(program, { wrt: ['p'], seeds: { loss: 'one' } }));
    const searches = (s: { scans: readonly Scan[] }): string[] =>
      s.scans.flatMap((q) => [...searches(q), ...q.scans.filter((i) => i.name === 'solve').map(() => q.name)]);
    const region = derived.graph.root.scans.map((s) => s.name);
    expect(region).toEqual(['steps', 'steps†']);
    expect(searches(derived.graph.root)).toEqual(['steps']);
    const given: Inputs = { sets: 1, windows: 1, run: { N: 9 }, window: {}, buffers: { p: Float64Array.of(0.7) } };
    const got = reference.compile(derived).run(given);
    // Σ √(p·k + 2) over the steps with p·k ≥ 2, and its derivative
    const steps = Array.from({ length: 9 }, (_, k) => k).filter((k) => 0.7 * k + 2 >= 4);
    expect(got.loss[0]).toBeCloseTo(
      steps.reduce((a, k) => a + Math.sqrt(0.7 * k + 2), 0),
      12,
    );
    expect(got['d.p'][0]).toBeCloseTo(
      steps.reduce((a, k) => a + k / (2 * Math.sqrt(0.7 * k + 2)), 0),
      12,
    );
  });

  it('stores the gradient of a stream by slot, where it was read', () => {
    const program = trace('stream', () => {
      const u = buffer('set', 'p', 2, { differentiable: true });
      const [sum] = scan({
        name: 'rows',
        length: input('N'),
        init: [load(buffer('set', 'q', 1), 0)],
        body: ([s], k) => [
          where(
            k.equal(0),
            s,
            s.mul(
              load(u, 0, k.sub(1), input('base', 'window'))
                .mul(load(u, 1, k.sub(1), input('base', 'window')))
                .exp(),
            ),
          ),
        ],
      });
      emit(buffer('output', 'loss', 1), 0, sum);
    });
    const p = Float64Array.from({ length: 12 }, (_, i) => 0.1 * i);
    const given: Inputs = {
      sets: 1,
      windows: 1,
      run: { N: 4 },
      window: { base: Int32Array.of(2) },
      buffers: { p, q: Float64Array.of(1) },
    };
    const g = reference.compile(adjoint(program, { wrt: ['p'], seeds: { loss: 'one' } })).run(given);
    // d/du_k0 Π exp(u_k0 u_k1) = loss·u_k1, slots 0…2 are rows 2…4
    for (let k = 0; k < 3; k++) {
      expect(g['d.p'][2 * k]).toBeCloseTo(g.loss[0] * p[2 * (k + 2) + 1], 10);
      expect(g['d.p'][2 * k + 1]).toBeCloseTo(g.loss[0] * p[2 * (k + 2)], 10);
    }
  });

  it('leaves out the outputs that are not wanted, and nothing else', () => {
    const program = trace('outputs', () => {
      const x = load(buffer('set', 'p', 1, { differentiable: true }), 0);
      const n = input('N');
      const path = buffer('output', 'path', 1, { rows: n });
      const last = scan({
        name: 'steps',
        length: n,
        init: x,
        body: (s, t) => {
          emit(path, 0, s.mul(x), t);
          return s.mul(x).exp();
        },
      });
      emit(buffer('output', 'last', 1), 0, last);
    });
    const given: Inputs = {
      sets: 1,
      windows: 1,
      run: { N: 4, segment_steps: 3 },
      window: {},
      buffers: { p: Float64Array.of(0.4), 'cot.path': Float64Array.of(1, -2, 3, 0.5) },
    };
    for (const strategy of ['storeAll', 'segments'] as const) {
      const of = (outputs?: readonly string[]) =>
        reference
          .compile(
            checked(adjoint(program, { wrt: ['p'], seeds: { path: 'input' }, outputs, strategy: { steps: strategy } })),
          )
          .run(given);
      const all = of();
      expect(Object.keys(all).sort()).toEqual(['d.p', 'last', 'path']);
      expect(of([])).toEqual({ 'd.p': all['d.p'] });
      expect(of(['last'])).toEqual({ 'd.p': all['d.p'], last: all.last });
    }
  });

  it('goes through no more steps of a loop that ended early than a lane was active for', () => {
    // rounds of a Newton square root; how many differs by lane and by the outer step
    const root = (early: boolean) =>
      trace('rounds', () => {
        const p = buffer('set', 'p', 2, { differentiable: true });
        const [x, target] = [load(p, 0), load(p, 1)];
        const last = scan({
          name: 'outer',
          length: 3,
          init: x,
          body: (s, t) => {
            const aim = target.add(t.float());
            const { y } = scan({
              name: 'rounds',
              length: 12,
              init: { y: s, open: where(s.square().sub(aim).abs().greater(1e-3), constant(1), 0) },
              body: (c) => {
                const open = c.open.greater(0);
                const next = c.y.add(aim.div(c.y)).mul(0.5);
                return {
                  y: where(open, next, c.y),
                  open: where(open.and(next.square().sub(aim).abs().greater(1e-3)), c.open, 0),
                };
              },
              active: early ? (c) => c.open.greater(0) : undefined,
            });
            return s.mul(0.3).add(y.mul(target.exp()));
          },
        });
        emit(buffer('output', 'loss', 1), 0, last);
      });
    const inputs: Inputs = {
      sets: 3,
      windows: 1,
      run: {},
      window: {},
      buffers: { p: Float64Array.of(1, 4, 0.2, 1.00001, 0.9, 2) },
    };
    const of = (early: boolean, target: SynchronousTarget) =>
      target.compile(checked(adjoint(root(early), { wrt: ['p'], seeds: { loss: 'one' } }))).run(inputs);
    const whole = of(false, reference);
    expect(of(true, reference)).toEqual(whole);
    expect(of(true, wasm)).toEqual(whole);
    expect(gradientError(root(true), inputs)).toBeLessThan(AGREEMENT);
  });
});
