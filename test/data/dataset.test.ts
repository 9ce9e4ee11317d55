import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { createDataset, type Dataset, loadDataset, saveDataset, selectAssets } from '../../src/data/dataset.js';
import { T0, useTempFolder } from './helpers.js';

const folder = useTempFolder();

function example(changes: Partial<Dataset> = {}): Dataset {
  return createDataset({
    assets: ['AAA', 'BBB'],
    start: T0,
    interval: 60_000,
    rows: 3,
    prices: Float64Array.of(0.1, 2, Math.PI, 2.5, 5e-324, 1e300),
    volume: Float64Array.of(0, 1, 2, 3.3, 4, 5),
    meta: { source: 'a test', 'filled.AAA': '1' },
    ...changes,
  });
}

describe('saveDataset and loadDataset', () => {
  it('round-trips every bit, the hash and the meta', async () => {
    const d = example();
    await saveDataset(folder.path('sub/x.arrow'), d);
    expect(await loadDataset(folder.path('sub/x.arrow'))).toEqual(d);
  });

  it('stores a column as float32 only where that loses nothing', async () => {
    const prices = Float64Array.of(0.5, 2, 0.25, 2.1, 0.125, 3);
    await saveDataset(folder.path('x.arrow'), example({ prices, volume: null }));
    const { fields } = tableFromIPC(readFileSync(folder.path('x.arrow'))).schema;
    expect(fields.map((f) => String(f.type))).toEqual(['Timestamp<MILLISECOND, UTC>', 'Float32', 'Float64']);
    expect((await loadDataset(folder.path('x.arrow'))).prices).toEqual(prices);
  });

  it('keeps unknown volume unknown', async () => {
    await saveDataset(folder.path('x.arrow'), example({ volume: null }));
    expect((await loadDataset(folder.path('x.arrow'))).volume).toBeNull();
  });

  it('refuses a file whose numbers were changed after it was written', async () => {
    const path = folder.path('x.arrow');
    await saveDataset(path, example());
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from(Float64Array.of(0.1).buffer));
    expect(at).toBeGreaterThan(0);
    bytes.writeDoubleLE(0.2, at);
    writeFileSync(path, bytes);
    await expect(loadDataset(path)).rejects.toThrow(/x\.arrow: its numbers do not match the hash/);
  });

  it('refuses a truncated file, a missing file and a table of something else', async () => {
    const path = folder.path('x.arrow');
    await saveDataset(path, example());
    writeFileSync(folder.path('cut.arrow'), readFileSync(path).subarray(0, 700));
    await expect(loadDataset(folder.path('cut.arrow'))).rejects.toThrow(/^cut\.arrow: expected a whole Arrow IPC/);
    await expect(loadDataset(folder.path('none.arrow'))).rejects.toThrow(/none\.arrow: no such file; check the path$/);
    await expect(loadDataset(new URL('fixtures/candles-lz4.feather', import.meta.url).pathname)).rejects.toThrow(
      /expected columns timestamp and close_<ASSET>, got date, close, volume; make a dataset of it/,
    );
  });
});

describe('hash', () => {
  it('depends on assets, start, interval, prices and volume, not on meta', () => {
    const { hash } = example();
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(example({ meta: {} }).hash).toBe(hash);
    const prices = Float64Array.of(0.1, 2, Math.PI, 2.5, 5e-324, 1.1e300);
    const others = [{ prices }, { assets: ['AAA', 'CCC'] }, { start: 0 }, { interval: 1 }, { volume: null }];
    const hashes = new Set(others.map((changes) => example(changes).hash));
    expect(hashes.size).toBe(others.length);
    expect(hashes.has(hash)).toBe(false);
  });
});

describe('selectAssets', () => {
  it('reorders and picks columns of prices and volume', () => {
    const swapped = selectAssets(example(), ['BBB', 'AAA']);
    expect([...swapped.prices]).toEqual([2, 0.1, 2.5, Math.PI, 1e300, 5e-324]);
    expect([...(swapped.volume ?? [])]).toEqual([1, 0, 3.3, 2, 5, 4]);
    expect([...selectAssets(example(), ['BBB']).prices]).toEqual([2, 2.5, 1e300]);
    expect(selectAssets(swapped, ['AAA', 'BBB']).hash).toBe(example().hash);
  });

  it('names the nearest asset for an unknown one, and refuses a repeated one', () => {
    expect(() => selectAssets(example(), ['BBBB'])).toThrow(
      "assets: 'BBBB' is not in the dataset; did you mean 'BBB'? (it has AAA, BBB)",
    );
    expect(() => selectAssets(example(), ['AAA', 'AAA'])).toThrow("assets: 'AAA' is named twice");
    expect(() => selectAssets(example(), [])).toThrow('expected at least one asset');
  });
});

const golden = new URL('../../../shared/golden/prices.arrow', import.meta.url).pathname;

describe('golden price file', () => {
  it.skipIf(!existsSync(golden))('loads (skipped where ../shared/golden is missing)', async () => {
    const d = await loadDataset(golden);
    expect([d.assets, d.rows, d.interval, d.start]).toEqual([
      ['AAA', 'BBB', 'CCC', 'DDD'],
      64800,
      60_000,
      Date.UTC(2023, 0, 1),
    ]);
    expect([...d.prices.subarray(0, 4)]).toEqual([20000, 1500, 30, 0.8]);
    expect(d.volume).toBeNull();
  });
});
