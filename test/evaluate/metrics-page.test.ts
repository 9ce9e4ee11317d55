/** docs/metrics.md: it names every metric and every objective, and what it says of rows and of objectives is so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { type MetricInput, metrics } from '../../src/evaluate/metrics.js';
import { heldPrices, metricOf, type Path, record } from '../../src/evaluate/path.js';
import { createRollout } from '../../src/rollout/rollout.js';
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

  it('has every objective and penalty once', () => {
    const kinds = rowsOf(trained).flatMap(([names, what]) =>
      namesIn(names).map((name) => `${name}: ${what.split(',')[0]}`),
    );
    const of = (models: object, what: string) => Object.keys(models).map((name) => `${name}: ${what}`);
    expect(kinds.sort()).toEqual(
      [...of(registry.objectives, 'objective'), ...of(registry.penalties, 'penalty')].sort(),
    );
  });
});

describe('rows', () => {
  const prices = walk(2, 45_000, 1e-3, 8);

  /** A pool that holds one of each asset, with a fee of 1. */
  function held(rows: number): MetricInput {
    const input = { prices: prices.prices.subarray(0, 2 * rows), assets: 2, startReserves: Float64Array.of(1, 1) };
    const values = Float64Array.from({ length: rows }, (_, t) => input.prices[2 * t] + input.prices[2 * t + 1]);
    return { ...input, values, fees: 1, weights: input.prices.map((p, k) => p / values[Math.floor(k / 2)]) };
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
  const data = walk(2, 15_000, 6e-4, 4);
  const [first, rows] = [100, 14_000];

  it.each(
    Object.keys(registry.objectives).flatMap((name) => [
      [name, 'tfmm', true] as const,
      [name, 'tfmm', false] as const,
      [name, 'constant-weight', false] as const,
      [name, 'hmm', false] as const,
    ]),
  )('%s of %s, closed form %s', (name, pool, zeroFee) => {
    const spec = specOf(data, { pool: pools[pool], objective: registry.objectives[name], zeroFee });
    const rollout = createRollout(spec, data, wasm, { threads: 1 });
    const raw = rawSets(spec, {});
    const [objective] = rollout.value(raw, Int32Array.of(first), rows).objective;
    const path: Path = record(rollout, raw, [[first, first + rows]]);
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
