/** Compiles in float32: the reference's operations, transcendentals and draws, what stays wide, and who refuses. */
import { describe, expect, it } from 'vitest';
import { buffer, draw, type Expr, emit, input, integer, liveness, load, trace } from '../../src/graph/index.js';
import { tapeBytesPerLane } from '../../src/targets/layout.js';
import { reference } from '../../src/targets/reference/index.js';
import { SELF_TEST } from '../../src/targets/self-test.js';
import type { Outputs } from '../../src/targets/target.js';
import { tfjs } from '../../src/targets/tfjs/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { emitted } from '../ptx/target.js';
import { gradient } from './cuda-programs.js';
import { numbers, SAMPLES_F32 } from './programs.js';

/** f of pairs of numbers, in float32. */
function compute(f: (x: Expr, y: Expr) => Expr, x: Float64Array, y = x): Float64Array {
  const program = trace('f', () => {
    const [a, b] = ['x', 'y'].map((name) => load(buffer('set', name, 1), 0));
    emit(buffer('output', 'z', 1), 0, f(a, b));
  });
  const inputs = { sets: x.length, windows: 1, run: {}, window: {}, buffers: { x, y } };
  return reference.compile(program, { precision: 'float32' }).run(inputs).z;
}

const { fround } = Math;

describe('an operation', () => {
  const x = numbers(2000);
  const y = x.map((_v, i) => x[(7 * i + 3) % x.length]);
  it.each<[string, (x: Expr, y: Expr) => Expr, (x: number, y: number) => number]>([
    ['add', (x, y) => x.add(y), (x, y) => x + y],
    ['sub', (x, y) => x.sub(y), (x, y) => x - y],
    ['mul', (x, y) => x.mul(y), (x, y) => x * y],
    ['div', (x, y) => x.div(y), (x, y) => x / y],
    ['sqrt', (x) => x.abs().sqrt(), (x) => Math.sqrt(Math.abs(x))],
    ['by a constant', (x) => x.mul(0.1), (x) => x * fround(0.1)],
    ['with a constant beyond float32', (x) => x.add(1e-300), (x) => x],
  ])('rounds its arguments and its result: %s', (_name, f, wanted) => {
    expect([...compute(f, x, y)]).toEqual(Array.from(x, (a, i) => fround(wanted(fround(a), fround(y[i])))));
  });
});

/** |a − b| in float32 units of the last place of b. */
function ulps(a: number, b: number): number {
  const f = Float32Array.of(Math.abs(b));
  new Int32Array(f.buffer)[0] += 1;
  return Math.abs(a - b) / (f[0] - fround(Math.abs(b)));
}

describe('lowered transcendentals', () => {
  const COUNT = 200_000;
  const grid = (from: number, to: number) =>
    Float64Array.from({ length: COUNT }, (_, i) => fround(from + ((to - from) * i) / (COUNT - 1)));
  const powers = grid(-125.99, 127.99).map((k) => fround(2 ** k));
  const nearOne = grid(0.7, 1.42);
  it.each<[string, (x: Expr) => Expr, (x: number) => number, Float64Array, number]>([
    ['exp', (x) => x.exp(), Math.exp, grid(-87, 87), 1.1],
    ['log', (x) => x.log(), Math.log, powers, 0.8],
    ['log near 1', (x) => x.log(), Math.log, nearOne, 1],
    ['expm1', (x) => x.expm1(), Math.expm1, grid(-20, 87), 3],
    ['expm1 near 0', (x) => x.expm1(), Math.expm1, grid(-0.35, 0.35), 3.2],
    ['expm1 of small numbers', (x) => x.expm1(), Math.expm1, powers.filter((p) => p < 0.1), 1.1],
  ])('%s stays within its bound of ulps', (_name, f, wanted, x, bound) => {
    const got = compute(f, x);
    const worst = x.reduce((w, v, i) => (v === 0 ? w : Math.max(w, ulps(got[i], wanted(v)))), 0);
    expect(worst).toBeLessThanOrEqual(bound);
    // the bound is no more than what is needed
    expect(worst).toBeGreaterThan(bound / 2);
  });

  it('have the edges that are written above them', () => {
    const x = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-40, -1, 1);
    const [nan, top, bottom] = [Number.NaN, compute((v) => v.exp(), Float64Array.of(87))[0], Math.exp(-87)];
    expect([...compute((v) => v.exp(), x)].slice(0, 2)).toEqual([nan, top]);
    expect(ulps(compute((v) => v.exp(), x)[2], bottom)).toBeLessThan(2);
    expect([...compute((v) => v.exp(), x)].slice(3, 6)).toEqual([1, 1, 1]);
    expect([...compute((v) => v.log(), x)]).toEqual([nan, nan, nan, nan, nan, nan, nan, 0]);
    expect([...compute((v) => v.expm1(), x)].slice(0, 5)).toEqual([nan, top, -1, 0, 0]);
  });
});

describe('draws', () => {
  it('are the float64 draws cut to 23 bits and a half', () => {
    const program = trace('draws', () => {
      const out = buffer('output', 'u', 1);
      emit(out, 0, draw(integer(3), input('lane', 'window'), 7, 0));
    });
    const windows = 4000;
    const lane = Int32Array.from({ length: windows }, (_, i) => i * 7919);
    const inputs = { sets: 1, windows, run: {}, window: { lane }, buffers: {} };
    const [wide, narrow] = (['float64', 'float32'] as const).map(
      (precision) => reference.compile(program, { precision }).run(inputs).u,
    );
    expect([...narrow]).toEqual(Array.from(wide, (u) => (Math.floor(u * 2 ** 23) + 0.5) / 2 ** 23));
    expect(narrow.every((u) => u > 0 && u < 1 && fround(u) === u)).toBe(true);
  });
});

describe('what lanes share', () => {
  const sample = SAMPLES_F32[SAMPLES_F32.length - 1];
  const [wide, narrow] = (['float64', 'float32'] as const).map((precision) =>
    reference.compile(sample.program, { precision }).run(sample.runs[0]),
  ) as [Outputs, Outputs];

  it('is differenced in float64: sums of 1e8 leave float32 nothing', () => {
    const worst = wide.z.reduce((w, v, i) => Math.max(w, Math.abs(narrow.z[i] / v - 1)), 0);
    // some 100 roundings of 6e-8
    expect(worst).toBeLessThan(1e-5);
    expect(worst).toBeGreaterThan(0);
  });

  it('and nothing else is: kernels without such differences have no double arithmetic', () => {
    const text = (program: typeof sample.program) => emitted(program, 'float32').text;
    expect(text(sample.program)).toMatch(/sub\.rn\.f64/);
    expect(text(sample.program)).toMatch(/cvt\.rn\.f32\.f64/);
    for (const { name, program } of SAMPLES_F32) {
      // pauses keep every value as a double
      if (name !== sample.name) expect(text(program), name).not.toMatch(/(add|sub|mul|div|sqrt|neg|abs)\.(rn\.)?f64/);
    }
  });
});

describe('precision', () => {
  it('of a target that has another is refused with what would mend it', () => {
    expect(() => wasm.compile(gradient, { precision: 'float32' })).toThrow(
      'precision: float64 was expected on wasm, got float32; ask for float64, or take another device: cuda or webgpu, or reference for a look at small things',
    );
    expect(() => tfjs().compile(gradient, { precision: 'float64' })).toThrow(
      'precision: float32 was expected on tfjs, got float64; ask for float32, or take another device: wasm or cuda',
    );
  });

  it('of float32 halves the tapes', () => {
    const live = liveness(SELF_TEST);
    expect(tapeBytesPerLane(live, { N: 5 })).toBeGreaterThan(0);
    expect(tapeBytesPerLane(live, { N: 5 }, 'float32')).toBe(tapeBytesPerLane(live, { N: 5 }) / 2);
  });
});
