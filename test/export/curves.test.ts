/** E-CLPs in the numbers of their contracts: the same pool as in the model's units. */
import { describe, expect, it } from 'vitest';
import { eclpParameters, rescaled } from '../../kernels/pools/e-clp/contract.js';
import { draw } from '../../src/targets/runtime.js';
import { ellipticPool } from '../kernels/pair-brute.js';

const uniform = (k: number, i: number, low: number, high: number): number => low * (high / low) ** draw(91, k, i, 0);
const cases = Array.from({ length: 40 }, (_, k) => ({
  values: {
    peak: uniform(k, 0, 0.9, 1.1),
    below: uniform(k, 1, 0.01, 2),
    above: uniform(k, 2, 0.01, 2),
    lambda: uniform(k, 3, 1.01, 100),
  },
  unit: uniform(k, 4, 0.03, 30),
}));

describe('an E-CLP whose prices are counted in a unit', () => {
  it('pays out the same by the parameters of the contract', () => {
    for (const { values, unit } of cases) {
      const { alpha, beta, c, s, lambda } = eclpParameters(values, unit);
      const [low, high] = [values.peak / (1 + values.below), values.peak * (1 + values.above)];
      expect(alpha / (low * unit)).toBeCloseTo(1, 14);
      expect(beta / (high * unit)).toBeCloseTo(1, 14);
      const [x, y] = [3, 2 * unit];
      const counted = ellipticPool([x * unit, y], { q: values.peak, lambda: values.lambda, alpha: low, beta: high });
      const plain = ellipticPool([x, y], { q: s / c, lambda, alpha, beta });
      // a contract's λ grows with the unit, and its plain formulas lose λ² of some roundings
      const room = 1e-14 * (1 + lambda ** 2);
      expect(Math.abs((plain.most(0) * unit) / counted.most(0) - 1)).toBeLessThan(room);
      expect(Math.abs(plain.most(1) / counted.most(1) - 1)).toBeLessThan(room);
      for (const part of [1e-3, 0.3, 0.9]) {
        const paid = part * Math.min(x, plain.most(0));
        expect(Math.abs(plain.out(0, paid) / counted.out(0, paid * unit) - 1)).toBeLessThan(room / part);
        const other = part * Math.min(y, plain.most(1));
        expect(Math.abs((plain.out(1, other) * unit) / counted.out(1, other) - 1)).toBeLessThan(room / part);
      }
    }
  });

  it('comes back where the unit is taken back', () => {
    for (const { values, unit } of cases) {
      const plain = eclpParameters(values, 1);
      const there = rescaled(plain, unit);
      const back = rescaled(there, 1 / unit);
      for (const key of ['c', 's', 'lambda'] as const) expect(Math.abs(back[key] / plain[key] - 1)).toBeLessThan(1e-9);
    }
  });

  it('is stretched along the axes where it was a circle, which has no peak', () => {
    for (const unit of [0.05, 1, 251]) {
      const contract = eclpParameters({ peak: 1.02, below: 0.2, above: 0.1, lambda: 1 }, unit);
      // 90° or 0
      if (unit !== 1) expect(Math.min(contract.c, contract.s)).toBeLessThan(1e-12);
      expect(contract.lambda / Math.max(unit, 1 / unit)).toBeCloseTo(1, 12);
    }
    expect(rescaled({ c: 0.6, s: 0.8, lambda: 1 }, 1)).toEqual({ c: 0.6, s: 0.8, lambda: 1 });
  });
});
