// Metrics: against the golden figures over whole simulated paths, and against figures worked by hand.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricInput } from '../../src/evaluate/metric-input.js';
import { computeMetrics, drawdowns, metrics } from '../../src/evaluate/metrics.js';
import { quantile, tailMean } from '../../src/evaluate/statistics.js';
import { hasGolden, readGoldenCases, readSyntheticPrices, rowMajor } from '../oracle/golden.js';
import { simulateMomentum } from '../oracle/tfmm-momentum.js';

const of = (...xs: number[]) => Float64Array.from(xs);

/** One asset of constant price 1 held in amount v₀: only the value path matters. */
function path(values: ArrayLike<number>, minutesPerRow = 1440): MetricInput {
  return {
    values: Float64Array.from(values),
    startReserves: of(values[0]),
    prices: new Float64Array(values.length).fill(1),
    assets: 1,
    minutesPerRow,
  };
}
const figure = (name: string, input: MetricInput) => metrics[name].compute(input);

describe.skipIf(!hasGolden('tfmm_zero_fee.json'))('golden metrics', () => {
  const columns = readSyntheticPrices();
  const cases = readGoldenCases('tfmm_zero_fee.json', ['momentum', 'anti_momentum']);
  it.each(cases.map((c, i) => [`${i}: ${c.rule}, ${c.assets.length} assets`, c] as const))('%s', (_, c) => {
    const assets = c.assets.length;
    const run = simulateMomentum(c, rowMajor(columns, c.assets, c.rows));
    const { values, prices, weights } = run;
    const got = computeMetrics({ values, prices, weights, assets, startReserves: run.reserves.slice(0, assets) });
    expect(Object.keys(c.metrics).length).toBeGreaterThan(9);
    for (const [name, want] of Object.entries(c.metrics)) {
      if (want === null) expect(got[name], name).toBeNull();
      else expect(Math.abs(got[name]! / want - 1), name).toBeLessThan(1e-8);
    }
  });
});

describe('returns', () => {
  it('compares with the start, with holding the start, and with an even split', () => {
    const input = {
      values: of(100, 120),
      startReserves: of(60, 20),
      prices: of(1, 2, 1.5, 1),
      assets: 2,
    };
    expect(figure('returns', input)).toBeCloseTo(0.2, 14);
    expect(figure('returns_over_hodl', input)).toBeCloseTo(120 / (60 * 1.5 + 20) - 1, 14);
    expect(figure('returns_over_uniform_hodl', input)).toBeCloseTo(120 / (50 * 1.5 + 25) - 1, 14);
  });

  it('annualises over the minutes of all rows', () => {
    const year = new Float64Array(365).fill(100);
    year[364] = 110;
    expect(figure('annualised_returns', path(year))).toBeCloseTo(0.1, 12);
    expect(figure('annualised_returns', path([100, 110], 720))).toBeCloseTo(1.1 ** 365 - 1, 2);
  });
});

describe('ratios', () => {
  // Daily returns +10 %, −10 %, +10 %: mean 1/30, population deviation √(.08/9), downside √(.01/3).
  const input = path([100, 110, 99, 108.9]);

  it('daily Sharpe and Sortino by hand', () => {
    expect(figure('daily_sharpe', input)).toBeCloseTo((Math.sqrt(365) / 30) * Math.sqrt(9 / 0.08), 10);
    expect(figure('sortino', input)).toBeCloseTo((Math.sqrt(365) / 30) * Math.sqrt(3 / 0.01), 10);
  });

  it('Sharpe of daily rows is the daily Sharpe', () => {
    expect(figure('sharpe', input)).toBeCloseTo(figure('daily_sharpe', input)!, 10);
  });

  it('samples days from minutes', () => {
    const minutes = new Float64Array(3 * 1440 + 1).fill(7);
    for (const [day, v] of [100, 110, 99, 108.9].entries()) minutes[day * 1440] = v;
    expect(figure('daily_sharpe', path(minutes, 1))).toBeCloseTo(figure('daily_sharpe', input)!, 12);
    expect(figure('daily_log_sharpe', path(minutes, 1))).toBeCloseTo(figure('daily_log_sharpe', input)!, 12);
  });

  it('Calmar and Sterling divide by the whole drawdown and by the blocks’ mean', () => {
    const values = new Float64Array(60).fill(100);
    values[10] = 80; // first block: −20 %
    values.fill(120, 31);
    values[45] = 108; // second block: −10 % from its own peak
    const annual = 1.2 ** (365 / 60) - 1;
    expect(figure('calmar', path(values))).toBeCloseTo(annual / 0.2, 12);
    expect(figure('sterling', path(values))).toBeCloseTo(annual / 0.15, 12);
  });
});

describe('drawdowns', () => {
  it('measures from the peak so far', () => {
    expect([...drawdowns(of(10, 5, 20, 15))]).toEqual([0, 0.5, 0, 0.25]);
  });

  it('tells the loss from the start from the fall from the peak', () => {
    const input = path([100, 200, 90, 150]);
    expect(figure('greatest_draw_down', input)).toBeCloseTo(-0.1, 14);
    expect(figure('max_draw_down', input)).toBeCloseTo(-0.55, 14);
  });

  it('is 0, not −0, for a path that never falls', () => {
    expect(Object.is(figure('max_draw_down', path([1, 2, 3])), 0)).toBe(true);
    expect(Object.is(figure('greatest_draw_down', path([1, 2, 3])), 0)).toBe(true);
  });

  it('takes the ulcer index over whole blocks only', () => {
    const values = new Float64Array(45).fill(100);
    values.fill(90, 15, 30);
    values[40] = 1; // in the unfinished second block
    expect(figure('ulcer', path(values))).toBeCloseTo(-Math.sqrt(0.5 * 0.01), 14);
  });
});

describe('value at risk', () => {
  it('interpolates between order statistics', () => {
    expect(quantile(of(3, 1, 2), 0.5)).toBe(2);
    expect(quantile(of(0, 1, 2, 3), 0.25)).toBeCloseTo(0.75, 14);
  });

  it('averages the tail with a fractional last entry', () => {
    expect(tailMean(of(5, -4, -2, 0, 1), 0.5)).toBeCloseTo((-4 - 2 + 0.5 * 0) / 2.5, 14);
    expect(tailMean(of(5, -4), 0.05)).toBe(-4);
  });

  it('lies between the worst return and the mean', () => {
    const returns = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(returns, fc.double({ min: 0.01, max: 1, noNaN: true }), (xs, q) => {
        const tail = tailMean(Float64Array.from(xs), q);
        const average = xs.reduce((a, x) => a + x, 0) / xs.length;
        expect(tail).toBeLessThanOrEqual(average + 1e-12);
        expect(tail).toBeGreaterThanOrEqual(Math.min(...xs) - 1e-12);
      }),
    );
  });

  it('takes weeks from every seventh day', () => {
    const values = Float64Array.from({ length: 22 }, (_, day) => 100 * 1.01 ** day);
    expect(figure('var_weekly_95', path(values))).toBeCloseTo(1.01 ** 7 - 1, 12);
    expect(figure('cvar_daily_99', path(values))).toBeCloseTo(0.01, 12);
  });
});

describe('fees and turnover', () => {
  it('relates fees to the starting value', () => {
    expect(figure('fee_revenue_over_value', { ...path([200, 210]), fees: 5 })).toBeCloseTo(0.025, 14);
    expect(figure('fee_revenue_over_value', path([200, 210]))).toBeNull();
  });

  it('averages the weight moved per row, negated', () => {
    const input = { values: of(1, 1, 1), startReserves: of(1, 1), prices: new Float64Array(6).fill(1), assets: 2 };
    expect(figure('turnover', { ...input, weights: of(0.5, 0.5, 0.6, 0.4, 0.6, 0.4) })).toBeCloseTo(-0.1, 14);
    expect(figure('turnover', input)).toBeNull();
  });
});

describe('losses to arbitrage', () => {
  it('are shares of the start, those of rebalancing less what trading outside costs', () => {
    const input = { ...path([200, 210]), losses: 4, rebalancing: 1 };
    expect(figure('lvr', input)).toBeCloseTo(-0.02, 14);
    expect(figure('rvr', input)).toBeCloseTo(-0.015, 14);
    expect(figure('rvr', { ...path([200, 210]), losses: 4 })).toBeCloseTo(-0.02, 14);
    expect(figure('lvr', path([200, 210]))).toBeNull();
  });

  it('impermanent loss leaves out what fees earned', () => {
    expect(figure('il', { ...path([200, 190]), fees: 6 })).toBeCloseTo(184 / 200 - 1, 14);
    expect(figure('il', path([200, 190]))).toBeNull();
  });
});

describe('a pool’s own prices', () => {
  /** Two assets and their credits; the second asset's quote stays at 2. */
  function quoted(prices: number[], outside: number[], minutesPerRow = 1440): MetricInput {
    const rows = prices.length;
    return {
      values: new Float64Array(rows).fill(1),
      startReserves: of(1, 1, 1, 1),
      prices: Float64Array.from({ length: 4 * rows }, (_, k) => [outside[Math.floor(k / 4)], 2, 1, 1][k % 4]),
      assets: 4,
      minutesPerRow,
      quotes: {
        prices: Float64Array.from({ length: 2 * rows }, (_, k) => (k % 2 === 0 ? prices[k / 2] : 2)),
        depths: Float64Array.from({ length: 2 * rows }, (_, k) => 1 + (k % 2)),
      },
    };
  }

  it('stability by whole weeks, assets averaged', () => {
    // first week 1 or 3: 1 − 1/2; second week still; the rest is no week
    const week = [1, 3, 1, 3, 1, 3, 2];
    const deviation = Math.sqrt(6 / 7) / 2;
    const input = quoted([...week, ...new Array(7).fill(5), 100], new Array(15).fill(1));
    expect(figure('price_stability', input)).toBeCloseTo((1 - deviation / 2 + 1) / 2, 14);
    expect(figure('price_stability', quoted([1, 2], [1, 1]))).toBeNull();
  });

  it('tracking error, root mean square over minutes and assets', () => {
    const input = quoted([Math.exp(0.1), 1, Math.exp(-0.3), 1], [1, 1, 1, 1]);
    expect(figure('tracking_error', input)).toBeCloseTo(-Math.sqrt((0.01 + 0.09) / 8), 14);
  });

  it('the longest stretch that is off, in minutes', () => {
    const input = quoted([1.06, 1, 1.06, 1.2, 0.94, 1.04], new Array(6).fill(1), 10);
    expect(figure('recovery_time', input)).toBe(-30);
    expect(Object.is(figure('recovery_time', quoted([1, 1], [1, 1])), 0)).toBe(true);
  });

  it('depth, averaged', () => {
    expect(figure('capital_efficiency', quoted([1, 1], [1, 1]))).toBeCloseTo(1.5, 14);
  });

  it('null for pools without', () => {
    const figures = computeMetrics(path([1, 2, 3]));
    for (const name of ['price_stability', 'tracking_error', 'recovery_time', 'capital_efficiency']) {
      expect(figures[name], name).toBeNull();
    }
  });
});

describe('where a metric is not defined', () => {
  it('is null for a path too short', () => {
    expect(Object.values(computeMetrics(path([100]))).every((x) => x === null)).toBe(true);
    const twoDays = computeMetrics(path(new Float64Array(2880).fill(3), 1));
    for (const name of ['daily_sharpe', 'daily_log_sharpe', 'sortino', 'ulcer', 'sterling', 'var_daily_95']) {
      expect(twoDays[name], name).toBeNull();
    }
    expect(computeMetrics(path(new Float64Array(29).fill(3))).ulcer).toBeNull();
    expect(computeMetrics(path(new Float64Array(14).fill(3))).var_weekly_95).toBeNull();
  });

  it('is null where a ratio has no denominator', () => {
    const rising = computeMetrics(path([1, 2, 4, 8]));
    expect(rising).toMatchObject({ sortino: null, calmar: null, daily_sharpe: null, returns: 7 });
  });

  it('refuses arrays that do not fit together', () => {
    expect(() => computeMetrics({ ...path([1, 2]), prices: of(1) })).toThrow('expected 2 entries of prices, got 1');
    expect(() => computeMetrics(path([1, 2], 7))).toThrow('minutesPerRow to divide 1440, or days of it, got 7');
  });
});
