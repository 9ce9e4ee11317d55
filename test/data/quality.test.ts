/** How far prices are a market's: filled and unchanged rows, bounce against known spreads, spikes, cleaned prices. */
import { describe, expect, it } from 'vitest';
import { bounceGain, bounceOf } from '../../src/data/bounce.js';
import { withoutBounce, withoutSpikes } from '../../src/data/clean.js';
import { closesOf } from '../../src/data/closes.js';
import { createDataset, type Dataset, selectAssets } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/dataset-file.js';
import { decodeFills, encodeFills } from '../../src/data/fills.js';
import { DataQuality } from '../../src/data/quality.js';
import { qualitySummary, qualityWarnings } from '../../src/data/quality-text.js';
import { MINUTE, runData, T0, useTempFolder } from './helpers.js';
import { type Market, market } from './thin.js';

const folder = useTempFolder();

const walk: Market = { assets: ['A'], rows: 20_000, step: 1e-3, spread: 0, filled: 0, seed: 7 };

/** One asset, from its prices. */
const dataset = (prices: readonly number[], change: Partial<Dataset> = {}): Dataset =>
  createDataset({
    assets: ['A'],
    start: T0,
    interval: MINUTE,
    rows: prices.length,
    prices: Float64Array.from(prices),
    volume: null,
    meta: {},
    ...change,
  });

const csv = (times: readonly number[], close: (i: number) => number) =>
  `time,close,volume\n${times.map((t, i) => `${T0 + t * MINUTE},${close(i)},1\n`).join('')}`;

describe('lists of filled rows', () => {
  it.each([['0'], ['1'], ['0001110'], ['1100001'], ['10101'], ['']])('come back: %s', (text) => {
    const mask = Uint8Array.from(text, Number);
    expect(decodeFills(encodeFills(mask), mask.length) ?? new Uint8Array()).toEqual(mask);
  });

  it('are of no use for another number of rows, or where they are no list', () => {
    const list = encodeFills(Uint8Array.of(0, 1, 1, 0));
    expect(decodeFills(list, 3)).toBeNull();
    expect(decodeFills(list, 5)).toBeNull();
    expect(decodeFills('1 !', 2)).toBeNull();
  });

  it('are kept by import, beside a hash that does not know them, and not shown', async () => {
    folder.write(
      'A.csv',
      csv([0, 1, 2, 6, 7], () => 5),
    );
    await runData('import', `A=${folder.path('A.csv')}`, '-o', folder.path('a.arrow'));
    const d = await loadDataset(folder.path('a.arrow'));
    expect(createDataset({ ...d, meta: {} }).hash).toBe(d.hash);
    const [{ filled }] = new DataQuality(d).over();
    expect(filled).toEqual({ rows: 3, share: 3 / 8, longest: 3, longestFrom: 3 });
    // of parts of the rows as well
    expect(new DataQuality(d).over([4, 8])[0].filled).toEqual({ rows: 2, share: 0.5, longest: 2, longestFrom: 4 });
    const told = JSON.parse(await runData('inspect', folder.path('a.arrow'), '--json')) as { meta: object };
    expect(Object.keys(told.meta).filter((key) => key.startsWith('fills'))).toEqual([]);
  });

  it('are not needed where volume is known, nor for what an old dataset says of the whole', () => {
    const [prices, volume] = [
      [1, 1, 2, 2, 2, 2],
      [3, 3, 3, 0, 0, 1],
    ];
    const [{ filled }] = new DataQuality(dataset(prices, { volume: Float64Array.from(volume) })).over();
    expect(filled).toMatchObject({ rows: 2, longest: 2, longestFrom: 3 });
    const old = new DataQuality(dataset(prices, { meta: { 'filled.A': '4', 'longest_gap.A': '3' } }));
    expect(old.over()[0].filled).toEqual({ rows: 4, share: 4 / 6, longest: 3, longestFrom: null });
    expect(old.over([0, 3])[0].filled).toBeNull();
    expect(new DataQuality(dataset(prices)).over()[0].filled).toBeNull();
  });

  it('follow their asset', () => {
    const two = market({ ...walk, assets: ['A', 'B'], rows: 50, filled: 0.4 });
    const [a, b] = new DataQuality(two).over();
    expect(new DataQuality(selectAssets(two, ['B', 'A'])).over()).toEqual([b, a]);
    expect(a.filled).not.toEqual(b.filled);
  });
});

describe('bounce', () => {
  // Σ r_t r_{t+1}/n has a deviation of about var/√n, so s² = −4·cov₁ one of 4·var/√n
  it.each([
    { step: 1e-3, spread: 4e-3, filled: 0 },
    { step: 1e-3, spread: 1.5e-3, filled: 0 },
    { step: 2e-3, spread: 1.2e-2, filled: 0.26 },
  ])('has the spread that it was made with: $spread at a step of $step, $filled filled', (change) => {
    const d = market({ ...walk, ...change });
    const [{ bounce, filled }] = new DataQuality(d).over();
    expect(bounce.found).toBe(true);
    const n = d.rows - (filled?.rows ?? 0);
    const steps = change.step ** 2 / (1 - change.filled);
    const variance = steps + change.spread ** 2 / 2;
    expect(Math.abs(bounce.spread ** 2 - change.spread ** 2)).toBeLessThan((3 * 4 * variance) / Math.sqrt(n));
    const rho = -(change.spread ** 2) / 4 / variance;
    expect(bounce.autocorrelation).toBeCloseTo(rho, 1);
    expect(bounce.standardError).toBeCloseTo(1 / Math.sqrt(n), 2);
  });

  it('is not found in random walks, in few rows, and where nothing moves', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [{ bounce }] = new DataQuality(market({ ...walk, rows: 3000, seed })).over();
      expect(bounce.found).toBe(false);
      expect(Math.abs(bounce.autocorrelation as number)).toBeLessThan(4 / Math.sqrt(3000));
    }
    const few = market({ ...walk, rows: 50, spread: 0.01 });
    expect(bounceOf(closesOf(few, 0, null)).found).toBe(false);
    expect(bounceOf(closesOf(dataset([5, 5, 5, 5]), 0, null)).autocorrelation).toBeNull();
    const rounded = dataset(Array.from({ length: 3000 }, (_, i) => Number((100 * 1.00001 ** i).toFixed(8))));
    const { autocorrelation, found } = bounceOf(closesOf(rounded, 0, null));
    expect(autocorrelation).toBeLessThan(-0.4);
    expect(found).toBe(false);
  });

  it('is gone from cleaned prices, which move as much as the efficient ones', () => {
    for (const [spread, filled] of [
      [4e-3, 0],
      [8e-3, 0.26],
      [2e-3, 0.26],
    ]) {
      const d = market({ ...walk, spread, filled });
      const clean = { ...d, prices: withoutBounce(new DataQuality(d), [[0, d.rows]]) };
      const [before, after] = [d, clean].map((x) => new DataQuality(x).over()[0]);
      expect(before.bounce.autocorrelation as number).toBeLessThan(-0.2);
      expect(Math.abs(after.bounce.autocorrelation as number)).toBeLessThan(0.03);
      expect(after.bounce.found).toBe(false);
      expect(after.filled).toEqual(before.filled);
      let squares = 0;
      for (let row = 1000; row < d.rows; row++) squares += Math.log(clean.prices[row] / clean.prices[row - 1]) ** 2;
      expect(Math.sqrt(squares / (d.rows - 1000))).toBeCloseTo(walk.step, 4);
    }
  });

  it('is taken out without a look at later prices, but for the autocorrelation, and only where it is', () => {
    const d = market({ ...walk, rows: 4000, spread: 4e-3 });
    const quality = new DataQuality(d);
    const clean = withoutBounce(quality, [[0, 2000]]);
    expect(clean.subarray(2000)).toEqual(d.prices.subarray(2000));
    const gain = bounceGain(quality.over([0, 2000])[0].bounce.autocorrelation as number);
    let mean = Math.log(d.prices[0]);
    for (let row = 1; row < 2000; row++) {
      mean += gain * (Math.log(d.prices[row]) - mean);
      expect(clean[row]).toBeCloseTo(Math.exp(mean), 9);
    }
    const still = market(walk);
    expect(withoutBounce(new DataQuality(still), [[0, still.rows]])).toEqual(still.prices);
  });

  it('has a filter that follows from the autocorrelation', () => {
    expect(bounceGain(0)).toBe(1);
    expect(bounceGain(0.2)).toBe(1);
    // θ = ½: ρ = −.5/1.25
    expect(bounceGain(-0.4)).toBeCloseTo(0.5, 12);
    expect(bounceGain(-0.5)).toBeGreaterThan(0);
    expect(bounceGain(-0.6)).toBe(bounceGain(-0.5));
  });
});

describe('spikes', () => {
  const prices = Array.from(market({ ...walk, rows: 400 }).prices);
  const changed = (change: Readonly<Record<number, number>>) => dataset(prices.map((p, row) => p * (change[row] ?? 1)));

  it('are found with row, time and factor, and mended with the price before', () => {
    const d = changed({ 50: 100, 200: 0.5, 201: 0.5 });
    const quality = new DataQuality(d);
    const [{ spikes, bounce }] = quality.over();
    expect(spikes.map(({ row, until, time }) => [row, until, time])).toEqual([
      [50, 51, T0 + 50 * MINUTE],
      [200, 202, T0 + 200 * MINUTE],
    ]);
    expect(spikes[0].factor).toBeCloseTo(100, -1);
    expect(spikes[1].factor).toBeCloseTo(0.5, 2);
    // they are no bounce
    expect(bounce.found).toBe(false);
    const mended = withoutSpikes(quality);
    for (let row = 0; row < 400; row++) {
      expect(mended[row]).toBe(row === 50 ? prices[49] : row === 200 || row === 201 ? prices[199] : prices[row]);
    }
    expect(quality.over([100, 400])[0].spikes.map((s) => s.row)).toEqual([200]);
  });

  it('are not found in moves that stay, in wild stretches, and in small jumps', () => {
    const crash = Object.fromEntries(Array.from({ length: 350 }, (_, i) => [i + 50, 0.7]));
    expect(new DataQuality(changed(crash)).over()[0].spikes).toEqual([]);
    expect(new DataQuality(changed({ 50: 1.004 })).over()[0].spikes).toEqual([]);
    const wild = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i + 150, i % 2 === 0 ? 1.05 : 1]));
    expect(new DataQuality(changed(wild)).over()[0].spikes).toEqual([]);
  });

  it('are told at import, by inspect and in JSON, with row and factor', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => i);
    folder.write(
      'ETH.csv',
      csv(rows, (i) => prices[i] * (i === 50 ? 100 : 1)),
    );
    const args = ['import', folder.path('ETH.csv'), '-o', folder.path('s.arrow')];
    const text = /warning: ETH: .*× 99\.\d in row 51 \(2018-01-01T00:50Z\)|warning: ETH: .*× 100 in row 51/;
    expect(await runData(...args)).toMatch(text);
    const json = JSON.parse(await runData(...args, '--json')) as { warnings: string[] };
    expect(json.warnings).toHaveLength(1);
    expect(await runData('inspect', folder.path('s.arrow'))).toMatch(text);
    const told = JSON.parse(await runData('inspect', folder.path('s.arrow'), '--json'));
    expect(told.warnings).toEqual(json.warnings);
    expect(told.assets[0].quality.spikes).toMatchObject([{ row: 50, until: 51 }]);
  });
});

describe('sentences', () => {
  it('name asset, share and longest gap of hours on a grid of minutes', async () => {
    const hours = Array.from({ length: 100 }, (_, h) => 60 * h);
    folder.write(
      'A.csv',
      csv(hours, (h) => 5 + (h % 7)),
    );
    const args = ['import', `A=${folder.path('A.csv')}`, '--interval', '1m', '-o', folder.path('a.arrow')];
    const said = await runData(...args);
    expect(said).toContain('A: 98.3 % of the rows are filled (longest gap 59m from 2018-01-01T00:01Z)');
    const d = await loadDataset(folder.path('a.arrow'));
    expect(qualitySummary(d, new DataQuality(d).over())).toContain('A 98.3 % filled');
  });

  it('say nothing of the currency of the prices, which stands at 1', () => {
    const { prices } = market({ ...walk, rows: 2000 });
    const both = Float64Array.from({ length: 4000 }, (_, at) => (at % 2 === 0 ? prices[at / 2] : 1));
    const pair = (meta: Record<string, string>) =>
      new DataQuality(dataset(new Array(2000).fill(1), { assets: ['A', 'USDC'], prices: both, meta }));
    const quality = pair({ numeraire: 'USDC' });
    expect(qualityWarnings(quality.data, quality.over())).toEqual([]);
    expect(quality.lastPrices(1999)[1]).toEqual({ asset: 'USDC', row: 1999, known: true });
    const other = pair({ numeraire: 'USD' });
    expect(qualityWarnings(other.data, other.over())).toHaveLength(1);
  });

  it('tell a gap of most of a day, a price at rest, and nothing of a market in order', () => {
    const told = (prices: readonly number[], change: Partial<Dataset> = {}) => {
      const d = dataset(prices, change);
      return qualityWarnings(d, new DataQuality(d).over());
    };
    const gap = Array.from({ length: 20_000 }, (_, i) => 5 + (i % 3) / 10);
    const mask = new Uint8Array(20_000).fill(1, 300, 300 + 14 * 60);
    gap.fill(gap[299], 300, 300 + 14 * 60);
    expect(told(gap, { meta: { 'fills.A': encodeFills(mask) } }).join()).toContain('longest gap 14h from');
    expect(told(new Array(2000).fill(5)).join()).toContain('A: the price stands still in 100 % of the rows');
    const fine = market({ ...walk, rows: 2000 });
    expect(qualityWarnings(fine, new DataQuality(fine).over())).toEqual([]);
    expect(qualitySummary(fine, new DataQuality(fine).over())).toBeNull();
  });
});
