/** Where the sets start: Sobol's properties, Latin slices, moments, and what stays put. */
import { describe, expect, it } from 'vitest';
import { primitivePolynomials, sobolPoints } from '../../src/train/sobol.js';
import { startRaw } from '../../src/train/starts.js';
import { COLUMNS, options, problem } from './fake.js';

const none = () => 0;
const some = (d: number) => (0.377 * (d + 1)) % 1;

describe('sobolPoints', () => {
  it('begins as published in two dimensions', () => {
    const points = sobolPoints(4, 2, none).map((p) => [...p].map((x) => Math.round(x * 8) / 8));
    expect(points).toEqual([
      [0, 0],
      [0.5, 0.5],
      [0.25, 0.75],
      [0.75, 0.25],
    ]);
  });

  it.each([
    ['unshifted', none],
    ['shifted', some],
  ])('%s: each coordinate of 2^k points has one in each of 2^k intervals', (_name, shift) => {
    for (const count of [2, 16, 128]) {
      const points = sobolPoints(count, 40, shift);
      for (let d = 0; d < 40; d++) {
        expect(new Set(points.map((p) => Math.floor(p[d] * count))).size).toBe(count);
      }
    }
  });

  it('the first two are a (0, 2)-sequence: one point in every elementary rectangle', () => {
    const points = sobolPoints(64, 2, some);
    for (let k = 0; k <= 6; k++) {
      const cells = points.map((p) => `${Math.floor(p[0] * 2 ** k)},${Math.floor(p[1] * 2 ** (6 - k))}`);
      expect(new Set(cells).size).toBe(64);
    }
  });

  it('uses all primitive polynomials: φ(2^d − 1)/d of each degree', () => {
    const counts: number[] = [];
    for (const { degree } of primitivePolynomials()) {
      if (degree > 9) break;
      counts[degree] = (counts[degree] ?? 0) + 1;
    }
    expect(counts.slice(1)).toEqual([1, 1, 2, 2, 6, 6, 18, 16, 48]);
  });

  it('integrates a product better than chance', () => {
    const points = sobolPoints(256, 7, some);
    const mean = points.reduce((a, p) => a + p.reduce((x, u) => x * 2 * u, 1), 0) / 256;
    // the standard error of random points would be √((4/3)^7 − 1)/16 = .16
    expect(Math.abs(mean - 1)).toBeLessThan(0.08);
  });
});

describe.each(['random', 'sobol', 'latin-hypercube'] as const)('startRaw, %s', (starts) => {
  const initial = Float64Array.from({ length: COLUMNS }, (_, c) => c - 3);
  const trainable = Uint8Array.of(1, 1, 0, 1, 1, 0, 1);
  const sets = 257;
  const raw = startRaw(problem({ initial, trainable, spread: 0.5 }), options({ sets, starts }));

  it('has the config in set 0 and in frozen columns', () => {
    for (let c = 0; c < COLUMNS; c++) {
      expect(raw[c * sets]).toBe(initial[c]);
      if (trainable[c] === 0) expect(new Set(raw.subarray(c * sets, (c + 1) * sets)).size).toBe(1);
    }
  });

  it('has mean, standard deviation and no correlation', () => {
    const tolerance = starts === 'random' ? 0.15 : 0.01;
    const columns = [0, 1, 3, 4, 6].map((c) =>
      raw.slice(c * sets + 1, (c + 1) * sets).map((x) => (x - initial[c]) / 0.5),
    );
    columns.forEach((a, i) => {
      expect(Math.abs(a.reduce((x, y) => x + y) / 256)).toBeLessThan(tolerance);
      expect(Math.abs(Math.sqrt(a.reduce((x, y) => x + y * y, 0) / 256) - 1)).toBeLessThan(tolerance);
      for (const b of columns.slice(0, i)) {
        expect(Math.abs(a.reduce((x, y, k) => x + y * b[k], 0) / 256)).toBeLessThan(0.25);
      }
    });
  });

  it('depends on the seed alone', () => {
    const at = (seed: number) => startRaw(problem({ initial, trainable }), options({ sets: 5, starts, seed }));
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });

  it('with one set is the config', () => {
    expect(startRaw(problem({ initial }), options({ sets: 1, starts }))).toEqual(initial);
  });
});

it('latin-hypercube: one set in each slice of each column', () => {
  const raw = startRaw(problem({ spread: 1 }), options({ sets: 33, starts: 'latin-hypercube' }));
  for (let c = 0; c < COLUMNS; c++) {
    const slices = [...raw.subarray(c * 33 + 1, (c + 1) * 33)].map((x) => Math.floor((x / Math.sqrt(12) + 0.5) * 32));
    expect(slices.sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, k) => k));
  }
});
