/** Gradients of Hamiltonian pools with respect to every parameter against central differences; wasm has the reference's bits. */
import { describe, expect, it } from 'vitest';
import { adjoint } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree } from '../targets/agreement.js';
import { inputsOf, raws, rollout, swingingPrices } from './hmm-programs.js';

const MINUTES = 50;
const VALUES = {
  rho: [0.05, 0.3, 0.6],
  priceScale: [1, 0.9, 1.2],
  marketFee: [0.003, 0.01, 0.001],
  riskFee: [0.02, 0.4, 0.1],
  alpha: [0.5, 3, 0.1],
};

interface Setup {
  readonly n: number;
  readonly amplitude: number;
  readonly settings: Record<string, number>;
  readonly values?: Partial<typeof VALUES>;
}

/**
 * f′(x): central differences extrapolated to fourth order, since a loss near 0 resolves its small gradients only with wide
 * steps; of steps 1e-2 … 1e-5 the one which its half agrees with best.
 */
function derivative(f: (x: number) => number, x: number): number {
  const unit = Math.max(1, Math.abs(x));
  const central = (h: number) => (f(x + h * unit) - f(x - h * unit)) / (2 * h * unit);
  let best = { value: Number.NaN, off: Number.POSITIVE_INFINITY };
  for (let k = 2; k <= 5; k += 0.5) {
    const [wide, narrow, narrower] = [1, 2, 4].map((d) => central(10 ** -k / d));
    const value = (4 * narrower - narrow) / 3;
    const off = Math.abs(value - (4 * narrow - wide) / 3);
    if (off < best.off) best = { value, off };
  }
  return best.value;
}

/** Largest deviation from the differences, relative to the largest gradient of its set. */
function gradientError({ n, amplitude, settings, values }: Setup): number {
  const sets = VALUES.rho.length;
  const p = raws(n, settings, { ...VALUES, ...values });
  const inputs = inputsOf(p, sets, swingingPrices(n, MINUTES, amplitude), MINUTES);
  const program = rollout(n, settings);
  const got = agree(wasm, adjoint(program, { wrt: ['p'], seeds: { loss: 'one' } }), inputs);
  const forward = reference.compile(program);
  let worst = 0;
  for (let s = 0; s < sets; s++) {
    const pairs = Array.from({ length: p.length / sets }, (_, k) => {
      const at = (v: number) => {
        const moved = Float64Array.from(p);
        moved[k * sets + s] = v;
        return forward.run({ ...inputs, buffers: { ...inputs.buffers, p: moved } }).loss[s];
      };
      return [got['d.p'][k * sets + s], derivative(at, p[k * sets + s])];
    });
    const largest = Math.max(...pairs.map(([, d]) => Math.abs(d)));
    expect(largest).toBeGreaterThan(1e-4);
    worst = Math.max(worst, ...pairs.map(([g, d]) => Math.abs(g - d) / largest));
  }
  return worst;
}

const fixed = { centre: 1, dynamicCurvature: 0 };

describe('hmm gradients', () => {
  for (const n of [1, 2, 3]) {
    it(`with trades, n = ${n}`, () => {
      expect(gradientError({ n, amplitude: 0.05, settings: fixed })).toBeLessThan(1e-7);
    });
    it(`within the no-trade band, n = ${n}`, () => {
      expect(gradientError({ n, amplitude: 0.0004, settings: fixed })).toBeLessThan(1e-7);
    });
  }

  it('with the scale in credits', () => {
    expect(gradientError({ n: 1, amplitude: 0.3, settings: { ...fixed, centre: 0 } })).toBeLessThan(1e-7);
  });

  it('with moving curvature', () => {
    expect(gradientError({ n: 2, amplitude: 0.1, settings: { ...fixed, dynamicCurvature: 1 } })).toBeLessThan(1e-7);
  });

  it('through trades that empty a reserve', () => {
    const values = { rho: [0.7, 0.8, 0.6], riskFee: [0.001, 0.01, 0.02] };
    expect(gradientError({ n: 1, amplitude: 0.6, settings: fixed, values })).toBeLessThan(1e-6);
  });
});
