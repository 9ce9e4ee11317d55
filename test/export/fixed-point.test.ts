import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  apportion,
  divideFloor,
  divideHalfEven,
  fromFixedPoint,
  rational,
  ratioToNumber,
  toFixedPoint,
  WAD,
} from '../../src/export/fixed-point.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 });

describe('rational', () => {
  it('is the exact value of a double', () => {
    expect(rational(0.75)).toEqual({ num: 3n << 51n, den: 1n << 53n });
    expect(rational(-2)).toEqual({ num: -2n << 51n, den: 1n << 51n });
    expect(rational(2 ** 60)).toEqual({ num: 1n << 60n, den: 1n });
    expect(rational(Number.MIN_VALUE)).toEqual({ num: 1n, den: 1n << 1074n });
    expect(() => rational(Number.NaN)).toThrow('expected a finite number, got NaN');
  });
});

describe('toFixedPoint', () => {
  it('keeps the binary value, not the shortest decimal', () => {
    expect(toFixedPoint(0.1)).toBe(100000000000000006n);
    expect(toFixedPoint(0.05)).toBe(50000000000000003n);
    expect(toFixedPoint(1e22)).toBe(10n ** 40n);
    expect(toFixedPoint(-0.5)).toBe(-(5n * 10n ** 17n));
  });

  it('rounds ties to the even unit, on both sides of zero', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5].map((x) => toFixedPoint(x, 1n))).toEqual([0n, 2n, 2n, 0n, -2n, -2n]);
  });

  it('multiplies before it rounds', () => {
    // 1440 × the double nearest 3e-4, which is 2.99999999999999973719e-4
    expect(toFixedPoint(3e-4, WAD, 1440n)).toBe(431999999999999962n);
  });

  it('is within half a unit of the exact value', () => {
    fc.assert(
      fc.property(finite, (x) => {
        const { num, den } = rational(x);
        const error = toFixedPoint(x) * den - num * WAD;
        expect(2n * (error < 0n ? -error : error) <= den).toBe(true);
      }),
    );
  });

  it('is monotone', () => {
    fc.assert(
      fc.property(finite, finite, (x, y) => {
        expect(x <= y ? toFixedPoint(x) <= toFixedPoint(y) : toFixedPoint(x) >= toFixedPoint(y)).toBe(true);
      }),
    );
  });

  it('comes back as the same double where the scale has room for it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 1, max: 1e30 }), (x) => {
        expect(fromFixedPoint(toFixedPoint(x, 10n ** 60n), 10n ** 60n)).toBe(x);
      }),
    );
  });
});

describe('ratioToNumber', () => {
  it('is correctly rounded: no other double is nearer', () => {
    const side = fc.bigInt({ min: 1n, max: 2n ** 200n });
    fc.assert(
      fc.property(side, side, (num, den) => {
        const x = ratioToNumber(num, den);
        const distance = (y: number) => {
          const r = rational(y);
          const d = num * r.den - r.num * den;
          // Compared at the common denominator r.den·den; r.den differs between neighbours, so scale by 2^2200.
          return ((d < 0n ? -d : d) << 2200n) / (r.den * den);
        };
        const ulp = x * 2 ** -52;
        expect(distance(x) <= distance(x + ulp)).toBe(true);
        expect(distance(x) <= distance(x - ulp)).toBe(true);
      }),
    );
    expect(ratioToNumber(-1n, 3n)).toBe(-1 / 3);
    expect(ratioToNumber(0n, 3n)).toBe(0);
  });
});

describe('integer division', () => {
  it('floors and rounds negative fractions too', () => {
    expect([7n, -7n, 6n, -6n].map((x) => divideFloor(x, 3n))).toEqual([2n, -3n, 2n, -2n]);
    expect([7n, -7n, 8n, -8n].map((x) => divideHalfEven(x, 3n))).toEqual([2n, -2n, 3n, -3n]);
  });
});

describe('apportion', () => {
  const shares = fc.array(fc.double({ noNaN: true, min: 1e-6, max: 1 }), { minLength: 1, maxLength: 8 });

  it('sums to the total exactly, each part within one unit of its share', () => {
    fc.assert(
      fc.property(shares, fc.constantFrom(WAD, 10n ** 9n, 7n), (raw, total) => {
        const parts = apportion(raw, total);
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
        const sum = raw.map((x) => toFixedPoint(x, 2n ** 120n)).reduce((a, b) => a + b, 0n);
        raw.forEach((x, i) => {
          const error = parts[i] * sum - toFixedPoint(x, 2n ** 120n) * total;
          expect((error < 0n ? -error : error) < sum).toBe(true);
        });
      }),
    );
  });

  it('keeps the order of the shares', () => {
    fc.assert(
      fc.property(shares, (raw) => {
        const sorted = [...raw].sort((a, b) => b - a);
        const parts = apportion(sorted, WAD);
        for (let i = 1; i < parts.length; i++) expect(parts[i - 1] >= parts[i]).toBe(true);
      }),
    );
  });

  it('gives the remainder to the largest fractions, ties to the earlier entry', () => {
    expect(apportion([1, 1, 1], 10n)).toEqual([4n, 3n, 3n]);
    expect(apportion([1, 2, 2], 9n)).toEqual([2n, 4n, 3n]);
  });

  it('keeps the minimum at the cost of the largest part', () => {
    expect(apportion([1, 9], 10n, 2n)).toEqual([2n, 8n]);
    fc.assert(
      fc.property(shares, (raw) => {
        const total = 10n ** 9n;
        const minimum = total / 20n;
        const parts = apportion(raw, total, minimum);
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
        expect(parts.every((part) => part >= minimum)).toBe(true);
      }),
    );
  });
});
