/**
 * The webgpu target against the reference in float32, on whatever device is here. WGSL promises less than the reference:
 * quotients within 2.5 units of the last place, any NaN or none, subnormal numbers or 0. So comparisons have tolerances,
 * and leave out what WGSL leaves open.
 */
import { describe, expect, it } from 'vitest';
import { buffer, emit, input, load, scan, trace } from '../../src/graph/index.js';
import { SAMPLES_F32 } from './programs.js';
import { device, expectClose, missing, onBoth, runOn } from './webgpu-device.js';

/** Half a unit of the last place of float32. */
const ULP = 2 ** -24;

const [, ...NESTS] = SAMPLES_F32;

describe.skipIf(missing)('nests of everything that a graph has', () => {
  // the longest have some 500 operations one after the other, and most errors take their places by chance
  it.each(NESTS.map((s) => [s.name, s] as const))('%s', async (_name, { program, runs }) => {
    for (const inputs of runs) {
      const [got, wanted] = await onBoth(program, inputs);
      expectClose(got, wanted, 100 * ULP, 1e-6);
    }
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
