/** docs/metrics.md: it names every metric and every objective, and what it says of rows and of objectives is so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import type { MetricInput } from '../../src/evaluate/metric-input.js';
import { metrics } from '../../src/evaluate/metrics.js';
import { heldPrices, metricOf, type Path, record } from '../../src/evaluate/path.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { root } from '../package/pages.js';
import { pools, rawSets, specOf, walk } from '../rollout/setup.js';

const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8');
const [measured, trained] = page.split('## Objectives and penalties');

/** Rows of the tables: their cells. A bar that is part of a formula is written \|. */
const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\| (`.*) \|$/gm)].map(([, line]) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
const namesIn = (cell: string): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name);

describe('the page', () => {
  it('has every metric once, with its unit', () => {
    const rows = rowsOf(measured);
    expect(rows.flatMap(([names]) => namesIn(names)).sort()).toEqual(Object.keys(metrics).sort());
    for (const [names, , unit] of rows) {
      for (const name of namesIn(names)) expect(unit.split(/[ ,]/)[0], name).toBe(metrics[name].kind);
    }
  });

  it('tells of every objective that it has or says how it differs', () => {
    const names = rowsOf(trained).flatMap(([cell]) => namesIn(cell));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(Object.keys(registry.objectives)).toContain(name);
    // all others go by the tables of the metrics, but for those that it says are none
    const figures = namesIn(/Of an evaluation only: (.*)/.exec(trained)?.[1] ?? '');
    const both = new Set([...names, ...Object.keys(metrics).filter((name) => !figures.includes(name))]);
    expect(Object.keys(registry.objectives).sort()).toEqual([...both].sort());
  });
});

describe('rows', () => {
  const prices = walk(2, 45_000, 1e-3, 8);

  /** A pool that holds one of each asset, with a fee of 1. */
  function held(rows: number): MetricInput {
    const input = { prices: prices.prices.subarray(0, 2 * rows), assets: 2, startReserves: Float64Array.of(1, 1) };
    const values = Float64Array.from({ length: rows }, (_, t) => input.prices[2 * t] + input.prices[2 * t + 1]);
    const quotes = { prices: input.prices.map((p) => 1.1 * p), depths: input.prices };
    return {
      ...input,
      values,
      reserves: input.prices.map(() => 1),
      fees: 1,
      losses: 2,
      quotes,
      weights: input.prices.map((p, k) => p / values[Math.floor(k / 2)]),
    };
  }

  const least = rowsOf(measured).flatMap(([names, , , undefinedWhere]) => {
    const rows = /fewer than ([\d,]+) rows/.exec(undefinedWhere)?.[1] ?? '2';
    return namesIn(names).map((name): [string, number] => [name, Number(rows.replace(',', ''))]);
  });

  it.each(least)('%s needs %i', (name, rows) => {
    expect(metrics[name].compute(held(rows - 1))).toBeNull();
    const { compute } = metrics[name];
    // two rows may hold no fall to divide by
    expect(compute(held(name === 'calmar' ? 100 : rows))).toEqual(expect.any(Number));
  });
});

describe('an objective is the metric of its name', () => {
  const first = 100;
  const data = walk(2, 43_400, 6e-4, 4);
  const measured = Object.values(registry.objectives).filter(({ name }) => Object.hasOwn(metrics, name));

  it('all but those that the page tells from their metrics', () => {
    const others = Object.keys(registry.objectives).filter((name) => !measured.some((m) => m.name === name));
    const told = rowsOf(trained).flatMap(([cell]) => namesIn(cell));
    expect(others.sort()).toEqual(told.filter((name) => !Object.hasOwn(metrics, name)).sort());
  });

  describe.each([
    ['tfmm', true],
    ['tfmm', false],
    ['constant-weight', false],
    ['hmm', false],
  ] as const)('%s, closed form %s', (pool, zeroFee) => {
    const paths = new Map<number, { raw: Float64Array; path: Path }>();
    const specFor = (model: ObjectiveModel) => specOf(data, { pool: pools[pool], objective: model, zeroFee });

    /** The path of a window, recorded once. */
    function recorded(rows: number): { raw: Float64Array; path: Path } {
      const known = paths.get(rows);
      if (known !== undefined) return known;
      const spec = specFor(registry.objectives.returns);
      const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
      const raw = rawSets(spec, { 'tfmm.fee': 0.002 });
      const made = { raw, path: record(rollout, raw, [[first, first + rows]]) };
      rollout.dispose();
      paths.set(rows, made);
      return made;
    }

    // turnover is averaged over rule steps, the metric over minutes
    const same = measured
      .filter((m) => m.reads.includes('turnover') !== true && (!zeroFee || m.name !== 'fee_revenue_over_value'))
      .filter((m) => !m.reads.includes('quotes') || pools[pool].quotes !== undefined);
    it.each(same.map((m) => [m.name, m] as const))('%s', (name, model) => {
      // the last day is not whole
      const rows = Math.max(14_000, model.rows ?? 2 * model.every + 700);
      const { raw, path } = recorded(rows);
      const rollout = createPoolRollout(specFor(model), data, wasm, { threads: 1 });
      const [objective] = rollout.value(raw, Int32Array.of(first), rows).objective;
      rollout.dispose();
      const prices = heldPrices(
        { ...data, start: 0, interval: 60_000, series: {}, hash: '', meta: {} },
        path.reserves.length / rows,
      );
      const metric = metricOf(name, path, prices, [first, first + rows]) as number;
      expect(Math.abs(metric)).toBeGreaterThan(1e-5);
      // closed forms add up logarithms of legs; v/hold − 1 loses three digits of that
      expect(Math.abs(objective / metric - 1)).toBeLessThan(1e-11);
    });
  });
});
