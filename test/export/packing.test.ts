import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packWeights } from '../../src/export/index.js';
import { packingLoss } from '../../src/export/quantamm-packing.js';

describe('packWeights', () => {
  it('packs a change of 3e-4 over a day to 3 units and loses 13.6 %', () => {
    const packed = packWeights([0.5, 0.5], [0.5003, 0.4997], 86_400);
    expect(packed.weights).toEqual([500_000_000n, 500_000_000n]);
    expect(packed.multipliers).toEqual([3n, -3n]);
    expect(packed.realised).toEqual([0.5002592, 0.4997408]);
    expect(packed.lost[0]).toBeCloseTo(0.136, 12);
    expect(packed.lost[1]).toBeCloseTo(0.136, 12);
    expect(packingLoss(3e-4, 86_400)).toEqual({ units: 3n, lost: expect.closeTo(0.136, 12) });
  });

  it('loses a change below one unit per second altogether, and none where there is none', () => {
    const packed = packWeights([0.5, 0.25, 0.25], [0.50008, 0.24992, 0.25], 86_400);
    expect(packed.multipliers).toEqual([0n, 0n, 0n]);
    expect(packed.lost).toEqual([1, 1, 0]);
  });

  it('never moves further than asked, and falls short by less than one unit a second', () => {
    const weight = fc.double({ noNaN: true, min: 0, max: 1 });
    fc.assert(
      fc.property(weight, weight, fc.integer({ min: 60, max: 1e6 }), (from, to, interval) => {
        const { realised, lost, multipliers } = packWeights([from], [to], interval);
        expect(lost[0] >= 0 && lost[0] <= 1).toBe(true);
        const left = Math.abs(to - from) - Math.abs(Number(multipliers[0]) * interval * 1e-9);
        expect(left > -1e-15 && left < (interval + 1) * 1e-9).toBe(true);
        expect(Math.abs(realised[0] - from)).toBeLessThanOrEqual(Math.abs(to - from) + 1.1e-9);
      }),
    );
  });

  it('refuses what the chain cannot store', () => {
    expect(() => packWeights([0.5], [0.5, 0.5], 60)).toThrow('expected as many targets as weights (1), got 2');
    expect(() => packWeights([0.5], [1.5], 60)).toThrow('a weight must be in [0, 1], got 1.5');
    expect(() => packWeights([0.5], [0.5], 59.5)).toThrow('whole seconds above 0, got 59.5');
  });
});
