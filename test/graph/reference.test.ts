/** The reference target: loops, stores, arms and the lowered transcendentals against Math.*. */
import { describe, expect, it } from 'vitest';
import {
  buffer,
  constant,
  emit,
  expm1Near,
  input,
  integer,
  load,
  logNear,
  NEAR,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';

/** |a − b| in units of the last place of b. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const f = new Float64Array([Math.abs(b)]);
  const i = new BigInt64Array(f.buffer);
  i[0] += 1n;
  return Math.abs(a - b) / (f[0] - Math.abs(b));
}

describe('lowered transcendentals', () => {
  const program = trace('transcendentals', () => {
    const x = load(buffer('set', 'x', 1), 0);
    const out = buffer('output', 'y', 4);
    emit(out, 0, x.exp());
    emit(out, 1, x.abs().log());
    emit(out, 2, x.expm1());
    emit(out, 3, x.div(1e6).expm1());
  });
  const sets = 20_000;
  const x = Float64Array.from({ length: sets }, (_, i) => (((i * 7919) % sets) / sets) * 80 - 40);
  const { y } = reference.compile(program).run({ sets, windows: 1, run: {}, window: {}, buffers: { x } });
  it.each([
    ['exp', 0, Math.exp, 2, 1],
    ['log|x|', 1, (v: number) => Math.log(Math.abs(v)), 1.01, 1],
    ['expm1', 2, Math.expm1, 3, 1],
    ['expm1 near 0', 3, Math.expm1, 2, 1e6],
  ] as const)('%s stays within its bound of ulps', (_name, row, f, bound, scale) => {
    let worst = 0;
    for (let i = 0; i < sets; i++) if (x[i] !== 0) worst = Math.max(worst, ulps(y[row * sets + i], f(x[i] / scale)));
    expect(worst).toBeLessThanOrEqual(bound);
  });
});

describe('near 1', () => {
  const program = trace('near', () => {
    const x = load(buffer('set', 'x', 1), 0);
    const out = buffer('output', 'y', 2);
    emit(out, 0, logNear(x, constant(1)));
    emit(out, 1, expm1Near(x.sub(1)));
  });
  const sets = 20_000;
  // a third of the way in equal steps, the rest by orders of magnitude down to 1e-15
  const x = Float64Array.from(
    { length: sets },
    (_, i) => 1 + (NEAR - 1) * 10 ** (-14 * Math.max(0, 1.5 * (i / sets) - 0.5)) * Math.min(1, (3 * (i + 1)) / sets),
  );
  const { y } = reference.compile(program).run({ sets, windows: 1, run: {}, window: {}, buffers: { x } });
  it.each([
    ['the logarithm', 0, Math.log1p, 2],
    ['the exponential less 1', 1, Math.expm1, 3],
  ] as const)('%s stays within its bound of ulps', (_name, row, f, bound) => {
    let worst = 0;
    for (let i = 0; i < sets; i++)
      if (x[i] < 1 + Math.log(NEAR)) worst = Math.max(worst, ulps(y[row * sets + i], f(x[i] - 1)));
    expect(worst).toBeLessThanOrEqual(bound);
    expect(worst).toBeGreaterThan(0);
  });
});

describe('scan', () => {
  it('nests, closes over outer values, stores by slot and skips arms', () => {
    // Σ_k Σ_j a·(k + j) where the inner length is min(4, N − 4k), with every partial sum of even k stored
    const program = trace('nested', () => {
      const n = input('N');
      const a = load(buffer('set', 'a', 1), 0);
      const out = buffer('output', 'sums', 1, { rows: n });
      const total = buffer('output', 'total', 1);
      const [sum] = scan({
        name: 'outer',
        length: n.add(3).div(4),
        init: [a.mul(0)],
        body: ([s], k) => {
          const next = scan({
            name: 'inner',
            length: n.sub(k.mul(4)).minimum(4),
            bound: integer(4),
            init: [s],
            body: ([r], j) => {
              const kj = k.mul(4).add(j).float();
              return [where(a.less(0), r.sub(kj.add(1).log().exp()).add(1), r.add(a.mul(kj)))];
            },
          });
          emit(out, 0, next[0], k, k.mod(2).equal(0));
          return next;
        },
      });
      emit(total, 0, sum);
    });
    const run = (N: number) =>
      reference
        .compile(program)
        .run({ sets: 2, windows: 1, run: { N }, window: {}, buffers: { a: Float64Array.of(2, -1) } });
    const { total, sums } = run(10);
    expect(total[0]).toBe(2 * 45);
    expect(total[1]).toBeCloseTo(-45, 10);
    expect(sums[0]).toBe(2 * 6);
    expect(sums[2]).toBe(0); // k = 1 is odd: not stored
    expect(sums[4]).toBe(2 * 45);
  });
});
