// The report's small tools: escaping, numbers for people, thinning of lines, labels kept apart.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extent, roundTicks, shorten, spreadLabels } from '../../src/evaluate/report/chart.js';
import { decimate, spreadRows } from '../../src/evaluate/report/decimate.js';
import * as format from '../../src/evaluate/report/format.js';
import { html, trusted } from '../../src/evaluate/report/html.js';
import { logTicks } from '../../src/evaluate/report/training.js';

describe('html', () => {
  it('escapes text, keeps markup, joins lists, drops nothings', () => {
    const part = html`<b>${'<i>'}</b>`;
    expect(html`${[part, part]}${null}${false}${undefined}${0}${'"&\''}`.text).toBe(
      '<b>&lt;i&gt;</b><b>&lt;i&gt;</b>0&quot;&amp;&#39;',
    );
    expect(html`${trusted('<svg></svg>')}`.text).toBe('<svg></svg>');
  });
});

describe('numbers', () => {
  it('keeps about four digits', () => {
    expect([1234.56, 12.3456, 0.012345, 1, -7, 0].map(format.formatNumber)).toEqual([
      '1,234.6',
      '12.346',
      '0.01235',
      '1',
      '−7',
      '0',
    ]);
    expect([1.5e12, 2e-7, 10 ** -4, null, Number.NaN].map(format.formatNumber)).toEqual([
      '1.5T',
      '0.0000002',
      '0.0001',
      '–',
      '–',
    ]);
  });

  it('prints no exponents, and what rounding left of 0 as 0', () => {
    expect([1.58e-12, -3e-10, 3.14159e-6, 2.5e20].map(format.formatNumber)).toEqual([
      '0',
      '0',
      '0.00000314',
      '2.5 × 10²⁰',
    ]);
    expect([1e-5, 2.5e-12].map(format.formatPower)).toEqual(['10⁻⁵', '2.5 × 10⁻¹²']);
    expect([4e-8, -4e-8, 1e-12].map(format.formatBps)).toEqual(['< 0.01 bps', '> −0.01 bps', '0 bps']);
    expect(format.formatShortPercent(1.58e-12)).toBe('0%');
  });

  it('tells the ticks of an axis apart', () => {
    expect(format.tickLabels([1, 1.5, 2], format.formatDigits)).toEqual(['1.0', '1.5', '2.0']);
    expect(format.tickLabels([-0.005, 0, 0.01], format.formatShortPercent)).toEqual(['−0.5%', '0%', '1.0%']);
    expect(format.tickLabels([9e5, 1e6, 1.1e6], format.formatCompact)).toEqual(['900K', '1M', '1.1M']);
    expect(format.tickLabels([1.00001, 1.00002], format.formatDigits)).toEqual(['1.00001', '1.00002']);
    expect(format.tickLabels([1_000_100, 1_000_200], format.formatCompact)).toEqual(['1.0001M', '1.0002M']);
  });

  it('never prints a signed zero', () => {
    expect([format.formatNumber(-0), format.formatPercent(-0), format.formatShortPercent(-0)]).toEqual([
      '0',
      '0.00%',
      '0%',
    ]);
  });

  it('shows small percentages rather than 0.00%', () => {
    expect([0.12345, -0.3333, 0.000004].map(format.formatPercent)).toEqual(['12.35%', '−33.33%', '0.0004%']);
  });

  it('shows what rounding left of 0 as 0', () => {
    expect([-1.2e-16, 3e-15].map(format.formatPercent)).toEqual(['0.00%', '0.00%']);
    expect(format.formatMetric('daily_sharpe', -4e-12)).toBe('0.00');
  });

  it('pads figures that stand beside each other', () => {
    expect([1e6, 999_700, 12.5, 0].map(format.formatCompactFigure)).toEqual(['1.000M', '999.7K', '12.50', '0']);
  });

  it('writes metrics by their kind and unknown ones as numbers', () => {
    expect(format.formatMetric('returns', 0.5)).toBe('50.00%');
    expect(format.formatMetric('daily_sharpe', 0.5)).toBe('0.50');
    expect(format.formatMetric('my_metric', 2)).toBe('2.00');
    expect(format.metricLabel('my_metric')).toBe('my metric');
  });

  it('writes quantities in their unit', () => {
    expect(format.formatQuantity(0.00305, 'fraction')).toBe('30.5 bps');
    expect(format.formatQuantity(0.4, 'fraction')).toBe('40.00%');
    expect(format.formatQuantity(25, 'bps')).toBe('25 bps');
    expect(format.formatQuantity(0.05, '1')).toBe('0.05');
  });

  it('writes dates and spans in UTC', () => {
    expect(format.formatDate(Date.UTC(2018, 0, 1, 23, 59))).toBe('1 Jan 2018');
    expect([92 * 1440, 36 * 60, 45].map((minutes) => format.formatSpan(minutes * 60_000))).toEqual([
      '92 days',
      '36 hours',
      '45 minutes',
    ]);
  });
});

describe('decimate', () => {
  const clock = (rows: number) => Float64Array.from({ length: rows }, (_, i) => i);

  it('keeps the ends and every extreme, in order, within its bound', () => {
    const path = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 600 });
    fc.assert(
      fc.property(path, fc.integer({ min: 1, max: 30 }), (ys, runs) => {
        const points = decimate(clock(ys.length), Float64Array.from(ys), runs);
        expect(points.length).toBeLessThanOrEqual(Math.max(4 * runs, 1));
        expect(points[0].y).toBe(ys[0]);
        expect(points[points.length - 1].y).toBe(ys[ys.length - 1]);
        expect(Math.max(...points.map((p) => p.y))).toBe(Math.max(...ys));
        expect(Math.min(...points.map((p) => p.y))).toBe(Math.min(...ys));
        for (let i = 1; i < points.length; i++) expect(points[i].x).toBeGreaterThan(points[i - 1].x);
        for (const { x, y } of points) expect(y).toBe(ys[x]);
      }),
    );
  });

  it('turns a stretch without figures into one gap', () => {
    const ys = Float64Array.from({ length: 100 }, (_, i) => (i >= 50 && i < 60 ? Number.NaN : i));
    const gaps = decimate(clock(100), ys, 10).filter((p) => Number.isNaN(p.y));
    expect(gaps).toEqual([{ x: 50, y: Number.NaN }]);
  });

  it('spreads rows from first to last', () => {
    expect(spreadRows(3, 10)).toEqual([0, 1, 2]);
    expect(spreadRows(1001, 3)).toEqual([0, 500, 1000]);
  });
});

describe('chart tools', () => {
  it('keeps labels apart, in order, inside the chart', () => {
    const v = { domain: [0, 100] as [number, number], top: 0, bottom: 0, height: 100 };
    const wanted = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(wanted, (ys) => {
        const placed = spreadLabels(ys, v, 16);
        const sorted = [...placed].sort((a, b) => a - b);
        expect(sorted[0]).toBeGreaterThanOrEqual(-1e-9);
        expect(sorted[sorted.length - 1]).toBeLessThanOrEqual(100 + 1e-9);
        for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThanOrEqual(16 - 1e-9);
        for (const [i, a] of ys.entries()) {
          for (const [j, b] of ys.entries()) if (a > b) expect(placed[i]).toBeGreaterThan(placed[j]);
        }
      }),
    );
    expect(spreadLabels([90, 10], v, 16)).toEqual([90, 10]);
  });

  it('finds round ticks within a range', () => {
    expect(roundTicks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(roundTicks([-0.031, 0.017], 5)).toEqual([-0.03, -0.02, -0.01, 0, 0.01]);
    expect(roundTicks([8e4, 1.1e6], 5)).toEqual([2e5, 4e5, 6e5, 8e5, 1e6]);
    const range = fc.tuple(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(range, fc.integer({ min: 3, max: 8 }), ([low, span], count) => {
        const ticks = roundTicks([low, low + span], count);
        expect(ticks.length).toBeGreaterThanOrEqual(Math.floor(count / 1.6) - 1);
        expect(ticks.length).toBeLessThanOrEqual(Math.ceil(count * 1.6) + 1);
        for (const tick of ticks) expect(tick >= low - span * 1e-6 && tick <= low + span * (1 + 1e-6)).toBe(true);
      }),
    );
  });

  it('finds a range that is never empty, nor made of rounding', () => {
    expect(extent([0, 0], [0])).toEqual([-0.05, 0.05]);
    expect(extent([1e6, 1e6 + 1e-6])[0]).toBeLessThan(999_000);
    expect(extent([])).toEqual([0, 1]);
    expect(extent([5, Number.NaN])).toEqual([4.75, 5.25]);
    expect(extent([-0.4, -0.1], [0])[1]).toBe(0);
  });

  it('shortens by letters, not by code units', () => {
    expect(shorten('abcdef', 4)).toBe('abc…');
    expect(shorten('🦀🦀🦀', 3)).toBe('🦀🦀🦀');
  });

  it('labels decades, or steps between them', () => {
    expect(logTicks([0.0005, 20])).toEqual([0.001, 0.01, 0.1, 1, 10]);
    expect(logTicks([0.9, 30])).toEqual([1, 2, 5, 10, 20]);
    expect(logTicks([1e-9, 1e9])).toHaveLength(7);
  });
});
