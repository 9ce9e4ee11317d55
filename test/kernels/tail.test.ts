/** Quantiles and tail means as objectives: against sorting, for any number of samples, with ties; and their gradients. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { quantile, tailMean } from '../../src/evaluate/statistics.js';
import { adjoint, buffer, constant, emit, input, load, scan, type Tree, trace } from '../../src/graph/index.js';
import type { ObjectiveContext, Row } from '../../src/rollout/model.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree } from '../targets/agreement.js';

/** The score of an objective over values v_0 = 1, v_1 … v_m that are given, and its gradient. */
function programOf(name: string) {
  const program = trace(name, () => {
    const samples = input('samples');
    const values = buffer('set', 'values', 1, { differentiable: true });
    const fold = <T extends Tree>(init: T, step: (carry: T, sample: Row, t: typeof samples) => T) =>
      scan({
        name: 'values',
        length: samples,
        init,
        body: (carry, t) => step(carry, { value: [load(values, 0, t)] }, t),
      });
    const context = { first: { value: [constant(1)] }, samples, fold } as unknown as ObjectiveContext;
    emit(buffer('output', 'score', 1), 0, registry.objectives[name].score(context));
  });
  return adjoint(program, { wrt: ['values'], seeds: { score: 'one' } });
}

const KINDS = ([95, 99] as const).flatMap((percent) => [
  [`var_daily_${percent}`, (r: Float64Array) => quantile(r, (100 - percent) / 100)] as const,
  [`cvar_weekly_${percent}`, (r: Float64Array) => tailMean(r, (100 - percent) / 100)] as const,
]);

describe.each(KINDS)('%s', (name, wanted) => {
  const program = programOf(name);
  const ask = (returns: readonly number[]) => {
    let v = 1;
    const values = Float64Array.from(returns, (r) => (v *= 1 + r));
    const out = agree(
      wasm,
      program,
      { sets: 1, windows: 1, run: { samples: returns.length }, window: {}, buffers: { values } },
      [1],
    );
    return { score: out.score[0], gradient: out['d.values'], values };
  };

  it('is that of the sorted returns', () => {
    // hundredths: ties are frequent
    const some = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 2, maxLength: 150 });
    fc.assert(
      fc.property(some, (hundredths) => {
        const returns = hundredths.map((x) => x / 100);
        expect(ask(returns).score).toBeCloseTo(wanted(Float64Array.from(returns)), 12);
      }),
      { numRuns: 60 },
    );
  });

  it('has the gradient of differences', () => {
    // evenly spread, in no order: none overtakes another within the steps
    const returns = Array.from({ length: 150 }, (_, i) => (((i * 61) % 150) - 70) / 1000);
    const { gradient, values } = ask(returns);
    const of = (v: Float64Array) => wanted(v.map((x, i) => x / (i === 0 ? 1 : v[i - 1]) - 1));
    const differences = values.map((x, k) => {
      const moved = (h: number) => of(values.map((y, i) => (i === k ? x + h : y)));
      return (moved(1e-6) - moved(-1e-6)) / 2e-6;
    });
    for (const [k, d] of differences.entries()) expect(gradient[k]).toBeCloseTo(d, 8);
    expect(gradient.filter((g) => g !== 0).length).toBeGreaterThan(1);
  });

  it('shares it evenly among returns that tie', () => {
    // the same loss six times among gains
    const returns = Array.from({ length: 24 }, (_, i) => (i % 4 === 0 ? -0.25 : 0.5));
    const { gradient, values } = ask(returns);
    // ∂score/∂r_k from ∂score/∂v: a return moves all later values in proportion, Σ_{j ≥ k} g_j·v_j/(1 + r_k)
    const byReturn = returns.map(
      (r, k) => gradient.reduce((sum, g, j) => sum + (j < k ? 0 : g * values[j]), 0) / (1 + r),
    );
    returns.forEach((r, k) => {
      expect(byReturn[k]).toBeCloseTo(r < 0 ? 1 / 6 : 0, 12);
    });
  });
});
