/** Paths that stand still, grow steadily, or fall to nothing: no metric of them is made of rounding, and none explodes. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import type { MetricInput } from '../../src/evaluate/metric-input.js';
import { computeMetrics, metrics } from '../../src/evaluate/metrics.js';
import { heldPrices, metricOf, record } from '../../src/evaluate/path.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { pools, rawSets, specOf } from '../rollout/setup.js';

const ROWS = 45_000;
const HALF = ROWS / 2;

/** A pool worth `value` that holds one asset at a price of 1, by the minute. */
function held(value: (t: number) => number, fees = 0): MetricInput {
  const values = Float64Array.from({ length: ROWS }, (_, t) => value(t));
  return {
    values,
    startReserves: Float64Array.of(values[0]),
    reserves: values,
    prices: new Float64Array(ROWS).fill(1),
    assets: 1,
    fees,
    losses: 0,
    quotes: { prices: new Float64Array(ROWS).fill(1), depths: new Float64Array(ROWS).fill(1) },
  };
}

const RATIOS = ['sharpe', 'daily_sharpe', 'daily_log_sharpe', 'sortino', 'calmar', 'sterling'];

describe('ratios', () => {
  it.each([
    ['stands still', (_t: number) => 1e6],
    ['is tiny and still', () => 1e-6],
    ['is 0', () => 0],
    ['earns the same each minute', (t: number) => 1e6 * (1 + 4e-7) ** t],
    ['adds the same in logarithms', (t: number) => Math.exp(13 + 1e-6 * t)],
    ['trembles by rounding', (t: number) => 1e6 * (1 + (t % 3) * 2 ** -52)],
  ])('are not defined for a value that %s', (_, value) => {
    const figures = computeMetrics(held(value));
    for (const name of RATIOS) expect(figures[name], name).toBeNull();
  });

  it('of falls are defined where the value falls steadily; those of deviations are not', () => {
    const figures = computeMetrics(held((t) => 1e6 * (1 - 1e-6) ** t));
    for (const name of ['sharpe', 'daily_sharpe', 'daily_log_sharpe']) expect(figures[name], name).toBeNull();
    for (const name of ['sortino', 'calmar', 'sterling']) expect(figures[name], name).toBeLessThan(0);
  });

  it('are defined from deviations on that are no rounding', () => {
    const figures = computeMetrics(held((t) => 1e6 * (1 + 1e-9 * Math.sin(t))));
    for (const name of RATIOS) expect(figures[name], name).toEqual(expect.any(Number));
  });
});

describe('every metric', () => {
  it.each([
    ['falls to 0 and stays there', (t: number) => (t < HALF ? 1e6 * (1 - t / HALF) : 0)],
    ['falls to 0 at the last row', (t: number) => 1e6 * (1 - t / (ROWS - 1))],
    ['falls by a factor of 1e19', (t: number) => 1e6 * (1 - 1e-3) ** t],
    ['is 0', () => 0],
  ])('of a value that %s is null or within bounds', (_, value) => {
    for (const [name, figure] of Object.entries(computeMetrics(held(value)))) {
      if (figure !== null) expect(Math.abs(figure), name).toBeLessThan(1e5);
      if (figure !== null && metrics[name].kind === 'fraction') expect(figure, name).toBeGreaterThanOrEqual(-1);
    }
  });

  it('says that all is lost where all is', () => {
    const figures = computeMetrics(held((t) => 1e6 * (1 - t / (ROWS - 1))));
    expect(figures).toMatchObject({ returns: -1, annualised_returns: -1, returns_over_hodl: -1, max_draw_down: -1 });
    // no daily return follows a day of 0
    const gone = computeMetrics(held((t) => (t < HALF ? 1e6 : 0)));
    expect(gone).toMatchObject({ returns: -1, var_daily_95: null, cvar_daily_99: null, daily_sharpe: null });
  });

  it('leaves no impermanent loss of more than everything', () => {
    expect(computeMetrics(held(() => 1e6, 9.95e6)).il).toBeNull();
    expect(computeMetrics(held(() => 1e6, 4e5)).il).toBeCloseTo(-0.4, 14);
  });
});

describe('objectives are their metrics there too, with a gradient that is finite', () => {
  const rows = 43_400;
  const still = {
    assets: ['A0', 'A1'],
    rows,
    prices: new Float64Array(2 * rows).fill(1),
    volume: new Float64Array(2 * rows).fill(1),
    series: {},
  };
  const rising = { ...still, prices: still.prices.map((_, k) => 1.000001 ** Math.floor(k / 2)) };
  const kinds = Object.values(registry.objectives).filter(
    (m) => Object.hasOwn(metrics, m.name) && !m.reads.includes('quotes'),
  );

  describe.each([
    ['a fee from flow at still prices', still, registry.flows.elastic],
    ['prices that rise in step', rising, null],
  ] as const)('%s', (_, data, flow) => {
    const pool = pools['constant-weight'];
    const specFor = (name: string) => specOf(data, { pool, flow, objective: registry.objectives[name] });
    const raw = rawSets(specFor('returns'), { 'constant-weight.fee': 0.003, 'elastic.v0': 5e-4 });
    const recorded = createPoolRollout(specFor('returns'), data, wasm, { threads: 1 });
    const path = record(recorded, raw, [[0, rows]]);
    recorded.dispose();
    const prices = heldPrices({ ...data, start: 0, interval: 60_000, hash: '', meta: {} }, 2);

    it.each(kinds.filter((m) => m.reads.includes('turnover') !== true).map((m) => m.name))('%s', (name) => {
      const rollout = createPoolRollout(specFor(name), data, wasm, { threads: 1 });
      const { objective, gradient } = rollout.gradient(raw, Int32Array.of(0), rows);
      rollout.dispose();
      expect(gradient.every(Number.isFinite)).toBe(true);
      const metric = metricOf(name, path, prices, [0, rows]);
      // these divide by a basis point at least: no fall is worth more than a small one
      if (['sortino', 'calmar', 'sterling'].includes(name))
        expect([metric, Math.sign(objective[0])]).toEqual([null, 1]);
      else expect(objective[0]).toBeCloseTo(metric ?? 0, 11);
    });
  });
});
