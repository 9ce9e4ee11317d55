/** Gradients of whole markets by every parameter against central differences; the same bits on reference and wasm. */
import { describe, expect, it } from 'vitest';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { differences } from '../rollout/differences.js';
import { expectSameBits } from '../targets/agreement.js';
import { marketOf, rolloutOf, SHAPES } from './markets.js';

const ROWS = 13;
const SCENARIOS = Int32Array.of(2, 9);
/** Relative to the largest entry of a parameter; differences over steps with arbitrage that begins and ends say no more. */
const TOLERANCE = 2e-6;

describe.each(Object.entries(SHAPES).filter(([, s]) => s.arrivals !== 1))('%s', (_, settings) => {
  const market = marketOf(4, settings);
  const { rollout, raw } = rolloutOf(market, wasm);
  const { objective, gradient } = rollout.gradient(raw, SCENARIOS, ROWS);

  it('has the gradient that central differences find, by every parameter', () => {
    const wanted = differences(raw, (lanes) => rollout.value(lanes, SCENARIOS, ROWS).objective);
    for (const e of rollout.layout.entries) {
      const columns = Array.from({ length: e.size }, (_x, i) => e.column + i);
      const largest = Math.max(...columns.map((k) => Math.abs(wanted[k].value)));
      const error = Math.max(...columns.map((k) => Math.abs(wanted[k].value - gradient[k])));
      const doubt = Math.max(...columns.map((k) => wanted[k].doubt));
      expect(error, `${e.name}: ${largest} ± ${doubt}`).toBeLessThan(TOLERANCE * largest + 2 * doubt + 1e-9);
      expect(doubt, `${e.name}: differences agree`).toBeLessThanOrEqual(1e-4 * largest + 1e-8);
    }
    expect(objective.every(Number.isFinite)).toBe(true);
  });
  it('has the same bits on the reference', () => {
    const other = rolloutOf(market, reference).rollout;
    const found = other.gradient(raw, SCENARIOS, ROWS);
    expectSameBits({ objective: found.objective, gradient: found.gradient }, { objective, gradient });
    other.dispose();
    rollout.dispose();
  });
});

it('has the gradient where the joint optimum leaves a pool alone that is beyond its band', () => {
  const { rollout, raw } = rolloutOf(marketOf(5, SHAPES['risk fee of all pools']), wasm);
  const { gradient } = rollout.gradient(raw, SCENARIOS, ROWS);
  const wanted = differences(raw, (lanes) => rollout.value(lanes, SCENARIOS, ROWS).objective);
  const { column } = rollout.layout.entries.find((e) => e.name === 'compute-market.riskFee') ?? { column: -1 };
  expect(Math.abs(gradient[column] / wanted[column].value - 1)).toBeLessThan(TOLERANCE);
  rollout.dispose();
});
