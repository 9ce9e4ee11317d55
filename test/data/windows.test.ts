import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawWindows, splitRows } from '../../src/data/windows.js';

describe('splitRows', () => {
  const spec = { train: 0.6, validation: 0.2, test: 0.2, burnInRows: 100, windowRows: 300 };

  it('puts the burn-in first and the splits after it, in order and without gaps', () => {
    expect(splitRows(1100, spec)).toEqual({
      train: [100, 700],
      validation: [700, 900],
      test: [900, 1100],
      burnIn: 100,
    });
  });

  it('covers all rows after the burn-in, whatever the fractions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 600_000 }),
        fc.nat(900),
        fc.nat(1000),
        fc.nat(1000),
        (rows, burnIn, a, b) => {
          const total = 1000 + a + b;
          const [train, validation, test] = [1000 / total, a / total, b / total];
          const s = splitRows(rows, { train, validation, test, burnInRows: burnIn, windowRows: 1, minRows: 0 });
          expect([s.train[0], s.train[1], s.validation[1], s.test[1]]).toEqual([
            burnIn,
            s.validation[0],
            s.test[0],
            rows,
          ]);
          if (test === 0) expect(s.test[0]).toBe(rows);
          expect(Math.abs(s.validation[1] - s.validation[0] - (rows - burnIn) * validation)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('states the rows needed and the rows there are', () => {
    expect(() => splitRows(500, spec)).toThrow(
      'split: train needs 300 rows, its 60 % of 400 (500 rows less 100 of burn-in) holds 240; give about 600 rows or more',
    );
    expect(splitRows(600, spec).train).toEqual([100, 400]);
    expect(() => splitRows(50, spec)).toThrow(
      'its 60 % of 0 (50 rows less 100 of burn-in) holds 0; give about 600 rows',
    );
    expect(() => splitRows(1100, { ...spec, minRows: 201 })).toThrow('validation needs 201 rows');
    expect(splitRows(1105, { ...spec, minRows: 201 }).test).toEqual([904, 1105]);
  });

  it('allows splits of nothing, and refuses fractions that are none', () => {
    const all = splitRows(1000, { ...spec, train: 1, validation: 0, test: 0 });
    expect(all).toEqual({ train: [100, 1000], validation: [1000, 1000], test: [1000, 1000], burnIn: 100 });
    expect(() => splitRows(1000, { ...spec, test: 0.3 })).toThrow('add up to 1, got 0.6 + 0.2 + 0.3 = 1.1');
    expect(() => splitRows(1000, { ...spec, train: 0, validation: 0.8 })).toThrow('add up to 1, got 0 + 0.8');
    expect(() => splitRows(1000, { ...spec, validation: -0.2, test: 0.6 })).toThrow('got 0.6 + -0.2 + 0.6');
    expect(() => splitRows(1000, { ...spec, train: Number.NaN })).toThrow('got NaN');
  });
});

describe('drawWindows', () => {
  it('draws sorted, aligned windows within the range', () => {
    const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const args = [fc.nat(500), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 60 })] as const;
    fc.assert(
      fc.property(...args, fc.array(uniform, { minLength: 1, maxLength: 9 }), (from, window, align, draws) => {
        const to = from + window + align + 20;
        let next = 0;
        const starts = drawWindows([from, to], window, draws.length, () => draws[next++], align);
        expect(starts).toHaveLength(draws.length);
        starts.forEach((start, i) => {
          expect(start).toBeGreaterThanOrEqual(Math.max(from, i === 0 ? 0 : starts[i - 1]));
          expect(start + window).toBeLessThanOrEqual(to);
          expect(start % align).toBe(0);
        });
      }),
    );
  });

  it('reaches the first and the last place, and no other', () => {
    const at = (u: number) => drawWindows([10, 20], 4, 1, () => u)[0];
    expect([at(0), at(0.9999999)]).toEqual([10, 16]);
    const aligned = (u: number) => drawWindows([10, 40], 4, 1, () => u, 12)[0];
    expect([aligned(0), aligned(0.9999999)]).toEqual([12, 36]);
    expect(drawWindows([10, 14], 4, 3, () => 0.7)).toEqual(Int32Array.of(10, 10, 10));
  });

  it('refuses a range without room', () => {
    expect(() => drawWindows([10, 13], 4, 1, () => 0)).toThrow(
      'windows: expected room for a window of 4 rows, got rows 10 to 13 (3); shorten the window or give more data',
    );
    expect(() => drawWindows([10, 20], 4, 1, () => 0, 50)).toThrow('4 rows that starts on a multiple of 50');
  });
});
