/** solve: roots, implicit gradients, lanes that need very different numbers of steps, lanes that need none. */
import { describe, expect, it } from 'vitest';
import {
  adjoint,
  buffer,
  constant,
  type Expr,
  emit,
  input,
  load,
  type Program,
  type SolveSpec,
  scan,
  solve,
  trace,
  where,
} from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { agree } from '../targets/agreement.js';

/** y = solve(…θ…) for every lane, θ in the set buffer `p`. */
const program = (spec: (theta: Expr) => SolveSpec): Program =>
  trace('root', () => {
    emit(buffer('output', 'y', 1), 0, solve(spec(load(buffer('set', 'p', 1, { differentiable: true }), 0))));
  });

const lanes = (...p: number[]): Inputs => ({
  sets: p.length,
  windows: 1,
  run: {},
  window: {},
  buffers: { p: Float64Array.from(p) },
});

/** x³ + x = θ */
const cubic = (theta: Expr, options: Partial<SolveSpec> = {}): SolveSpec => ({
  residual: (x) => x.mul(x.square()).add(x).sub(theta),
  derivative: (x) => x.square().mul(3).add(1),
  low: constant(0),
  high: theta.maximum(1),
  start: constant(1),
  ...options,
});

describe('solve', () => {
  it('finds roots to rounding, whatever the number of steps', () => {
    const theta = [0, 1e-12, 1e-3, 0.5, 2, 10, 1e3, 1e9, 1e15];
    const y = agree(wasm, program(cubic), lanes(...theta)).y;
    theta.forEach((t, i) => {
      // how far x is off, in units of itself
      const off = (y[i] ** 3 + y[i] - t) / (3 * y[i] ** 2 + 1);
      expect(Math.abs(off), `θ = ${t}`).toBeLessThanOrEqual(1e-14 * y[i]);
    });
  });

  it('bisects where Newton leaves the bracket', () => {
    // arctan-like: from 3 Newton's steps run away
    const spec = (theta: Expr): SolveSpec => ({
      residual: (x) => x.sub(theta).div(x.sub(theta).square().add(0.01).sqrt()),
      derivative: (x) => {
        const r = x.sub(theta).square().add(0.01);
        return constant(0.01).div(r.mul(r.sqrt()));
      },
      low: constant(-3),
      high: constant(100),
      start: constant(3),
    });
    const theta = [-2.5, 0.25, 2.999, 60];
    const y = agree(wasm, program(spec), lanes(...theta)).y;
    theta.forEach((t, i) => {
      expect(Math.abs(y[i] - t)).toBeLessThan(1e-14 * Math.abs(t));
    });
  });

  it('has the gradient of the implicit function, of which the steps are no part', () => {
    const inputs = lanes(0.1, 0.5, 2, 10, 1e3);
    const gradient = adjoint(program(cubic), { wrt: ['p'], seeds: { y: 'one' } });
    const got = agree(wasm, gradient, inputs);
    const forward = reference.compile(program(cubic));
    inputs.buffers.p.forEach((t, i) => {
      expect(got['d.p'][i] * (3 * got.y[i] ** 2 + 1)).toBeCloseTo(1, 12);
      const difference = derivative((v) => forward.run(lanes(v)).y[0], t);
      expect(Math.abs(got['d.p'][i] / difference - 1)).toBeLessThan(1e-8);
    });
    // the gradient repeats the search, but has no loop of its own
    const loops = [...gradient.graph.root.scans].map((s) => s.name);
    expect(loops).toEqual(['solve']);
  });

  it('leaves lanes alone that need no root, and ends when the others are done', () => {
    const spec = (theta: Expr) => cubic(theta, { needed: theta.greater(0) });
    const masked = trace('masked', () => {
      const theta = load(buffer('set', 'p', 1, { differentiable: true }), 0);
      emit(buffer('output', 'y', 1), 0, where(theta.greater(0), solve(spec(theta)), -1));
    });
    const inputs = lanes(-5, 2, Number.NaN, 10);
    const got = agree(wasm, adjoint(masked, { wrt: ['p'], seeds: { y: 'one' } }), inputs);
    expect([got.y[0], got.y[2]]).toEqual([-1, -1]);
    expect([got['d.p'][0], got['d.p'][2]]).toEqual([0, 0]);
    expect(got.y[3]).toBeCloseTo(2, 14);
    expect(got['d.p'][3]).toBeCloseTo(1 / 13, 14);
  });

  it('gives what it has after maxSteps', () => {
    const y = (maxSteps: number) => reference.compile(program((t) => cubic(t, { maxSteps }))).run(lanes(1e9)).y[0];
    const errors = [0, 1, 5, 10, 100].map((n) => Math.abs(y(n) - y(100)));
    expect(errors.at(-1)).toBe(0);
    for (let i = 1; i < errors.length; i++) expect(errors[i]).toBeLessThanOrEqual(errors[i - 1]);
    expect(errors[1]).toBeGreaterThan(1);
  });

  it('works inside a loop, and its gradient through many steps', () => {
    const looped = trace('looped', () => {
      const theta = load(buffer('set', 'p', 1, { differentiable: true }), 0);
      const [s] = scan({
        name: 'steps',
        length: input('N'),
        init: [theta],
        body: ([x]) => [solve(cubic(x.add(1).mul(theta)))],
      });
      emit(buffer('output', 'y', 1), 0, s);
    });
    const inputs = { ...lanes(0.3, 1.5, 4), run: { N: 12 } };
    const got = agree(wasm, adjoint(looped, { wrt: ['p'], seeds: { y: 'one' } }), inputs);
    const forward = reference.compile(looped);
    inputs.buffers.p.forEach((t, i) => {
      const difference = derivative((v) => forward.run({ ...lanes(v), run: { N: 12 } }).y[0], t);
      expect(Math.abs(got['d.p'][i] / difference - 1)).toBeLessThan(1e-8);
    });
  });
});
