/**
 * The webgpu target against the reference in float32, on whatever device is here. WGSL promises less than the reference:
 * quotients within 2.5 units of the last place, any NaN or none, subnormal numbers or 0. So comparisons have tolerances,
 * and leave out what WGSL leaves open.
 */
import { describe, expect, it } from 'vitest';
import { buffer, emit, input, liveness, load, scan, schedule, trace } from '../../src/graph/index.js';
import { shaderOf } from '../../src/targets/webgpu/printer.js';
import { opSamples, SAMPLES_F32 } from './programs.js';
import { device, expectClose, missing, onBoth, runOn } from './webgpu-device.js';

/** Half a unit of the last place of float32. */
const ULP = 2 ** -24;

const [, ...NESTS] = SAMPLES_F32;

/** Half units of the last place by which an operation may miss the reference: twice what WGSL allows it, or our polynomials. */
const ERRORS: Readonly<Record<string, number>> = {
  ...{ add: 2, sub: 2, mul: 2, choose: 2, stop: 2, float: 2, div: 10, sqrt: 10 },
  ...{ exp: 16, log: 16, expm1: 16, graft: 16 },
};

/** Numbers that WGSL does not let a device take for something else: neither subnormal, nor infinite, nor NaN. */
const isNormal = (x: number) => x === 0 || (Math.abs(x) >= 2 ** -126 && Number.isFinite(x));

describe.skipIf(missing)('every op', () => {
  const { program, runs } = opSamples('float32', ['scale2', 'exponent', 'mantissa']);
  const names = liveness(program).buffers.flatMap((b) => (b.kind === 'output' ? [b.name] : []));
  const both = missing ? null : onBoth(program, runs[0]);

  it.each(names)('%s, where its arguments and its result are normal numbers', async (name) => {
    const [got, wanted] = (await both) as Awaited<ReturnType<typeof onBoth>>;
    const { sets, buffers } = runs[0];
    let compared = 0;
    wanted[name].forEach((v, k) => {
      const [x, y] = [buffers.x, buffers.y].map((given) => Math.fround(given[k % sets]));
      // 0/0 where a quotient's divisor is 0 has no value either
      if (![x, y, v].every(isNormal)) return;
      compared++;
      // a zero has no sign to rely on
      const allowed = (ERRORS[name] ?? 0) * ULP * Math.abs(v);
      if (!(Math.abs(got[name][k] - v) <= allowed)) expect.fail(`${x}, ${y}: ${v} was expected, got ${got[name][k]}`);
    });
    expect(compared).toBeGreaterThan(600);
  });

  it('has its edges: exp saturates, log is NaN outside the normal positive numbers', async () => {
    const x = Float64Array.of(200, -200, 87, -87, 0, -1, 1);
    const edges = trace('edges', () => {
      const a = load(buffer('set', 'x', 1), 0);
      emit(buffer('output', 'exp', 1), 0, a.exp());
      emit(buffer('output', 'log', 1), 0, a.log());
    });
    const [{ exp, log }] = await onBoth(edges, { sets: 7, windows: 1, run: {}, window: {}, buffers: { x } });
    expect([exp[0], exp[1]]).toEqual([exp[2], exp[3]]);
    expect([...log].slice(4)).toEqual([Number.NaN, Number.NaN, 0]);
  });

  it('keeps the digits of small numbers: expm1 near 0, log near 1', async () => {
    const x = Float64Array.from({ length: 2000 }, (_, i) =>
      Math.fround(2 ** (-i / 20) * (i % 2 === 0 ? 1 : -1) * 0.34),
    );
    const small = trace('small', () => {
      const a = load(buffer('set', 'x', 1), 0);
      emit(buffer('output', 'expm1', 1), 0, a.expm1());
      emit(buffer('output', 'log', 1), 0, a.add(1).log());
    });
    const [got] = await onBoth(small, { sets: x.length, windows: 1, run: {}, window: {}, buffers: { x } });
    const near = (name: string, f: (x: number) => number) =>
      x.reduce((w, v, i) => Math.max(w, Math.abs(got[name][i] / f(v) - 1)), 0);
    expect(near('expm1', Math.expm1)).toBeLessThan(16 * ULP);
    const logs = x.map((v) => Math.log(Math.fround(1 + v)));
    const worst = logs.reduce((w, v, i) => (v === 0 ? w : Math.max(w, Math.abs(got.log[i] / v - 1))), 0);
    expect(worst).toBeLessThan(16 * ULP);
  });
});

describe.skipIf(missing)('nests of everything that a graph has', () => {
  // the longest have some 500 operations one after the other, and most errors take their places by chance
  it.each(NESTS.map((s) => [s.name, s] as const))('%s', async (_name, { program, runs }) => {
    for (const inputs of runs) {
      const [got, wanted] = await onBoth(program, inputs);
      expectClose(got, wanted, 100 * ULP, 1e-6);
    }
  });
});

describe('a loop that carries more than a function of WGSL may declare', () => {
  it('has the rest in the module', () => {
    const COUNT = 2600;
    const many = trace('many', () => {
      const x = load(buffer('set', 'x', 1), 0);
      const ends = scan({
        length: input('N'),
        init: Array.from({ length: COUNT }, (_, i) => x.add(i)),
        body: (carries) => carries.map((_c, i) => carries[(i + 1) % COUNT]),
      });
      const out = buffer('output', 'y', COUNT);
      ends.forEach((e, i) => {
        emit(out, i, e);
      });
    });
    const { text } = shaderOf(schedule(many));
    const bytes = (declared: RegExp) => 4 * [...text.matchAll(declared)].length;
    const [inside, outside] = [bytes(/ {2}var c\d+_\d+: f32/g), bytes(/^var<private> p0_c\d+_\d+: f32;/gm)];
    expect(inside + outside).toBe(4 * COUNT);
    for (const all of [inside, outside]) expect(all).toBeLessThan(8192);
  });
});

describe.skipIf(missing)('draws', () => {
  it('have the bits of the reference', async () => {
    const draws = SAMPLES_F32.find((s) => s.name.startsWith('draws'));
    for (const inputs of draws?.runs ?? []) {
      const [got, wanted] = await onBoth((draws as (typeof SAMPLES_F32)[number]).program, inputs);
      expect([...got.u]).toEqual([...wanted.u]);
    }
  });
});

describe.skipIf(missing)('a run', () => {
  const program = trace('sums', () => {
    const n = input('N');
    const out = buffer('output', 'y', 1, { rows: n });
    const end = scan({
      length: n,
      init: load(buffer('set', 'x', 1), 0),
      body: (s, t) => {
        emit(out, 0, s, t);
        return s.add(1);
      },
    });
    emit(buffer('output', 'z', 1), 0, end);
  });
  const inputs = { sets: 3, windows: 1, run: { N: 5000 }, window: {}, buffers: { x: Float64Array.of(0, 0.5, 0.25) } };

  it('tells how far it is, and goes on after a pause', async () => {
    const executable = device().compile(program);
    const shares: number[] = [];
    const parts = executable.resumable(inputs);
    let next = parts.next();
    while (next.done !== true) {
      if (typeof next.value === 'number') shares.push(next.value);
      else await next.value;
      next = parts.next();
    }
    expect([...next.value.z]).toEqual([5000, 5000.5, 5000.25]);
    expect(next.value.y[3 * 4999]).toBe(4999);
    // the first part is one step
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    executable.dispose();
  });

  it('that is left gives way to the next', async () => {
    const executable = device().compile(program);
    const parts = executable.resumable(inputs);
    await parts.next().value;
    expect(() => executable.resumable(inputs).next()).toThrow('a run in parts has to end before the next one starts');
    parts.return({});
    expect((await runOn(executable, inputs)).z[0]).toBe(5000);
    executable.dispose();
  });

  it('in float64 is refused', () => {
    expect(() => device().compile(program, { precision: 'float64' })).toThrow(
      'precision: float32 was expected on webgpu, got float64',
    );
  });
});
