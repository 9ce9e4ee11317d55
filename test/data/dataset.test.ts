import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Table, tableFromArrays, tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { createDataset, type Dataset, selectAssets } from '../../src/data/dataset.js';
import { loadDataset, saveDataset } from '../../src/data/dataset-file.js';
import { UserError } from '../../src/errors.js';
import { arrowBytes } from './arrow-files.js';
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
    await expect(loadDataset('/dev/zero')).rejects.toThrow('/dev/zero: is a device; name a file');
    for (const [text, got] of [
      ['time,close\n1,2\n', 'text'],
      ['PAR1\x15\x04\x15\x20', 'Parquet'],
    ]) {
      const other = folder.write('prices.csv', text);
      await expect(loadDataset(other)).rejects.toThrow(
        `prices.csv: expected an Arrow IPC (Feather) file, got ${got}; if it has prices, make a dataset of it with 'poolgrad data import'`,
      );
    }
    await expect(loadDataset(folder.path('none.arrow'))).rejects.toThrow(/none\.arrow: no such file; check the path$/);
    await expect(loadDataset(new URL('fixtures/candles-lz4.feather', import.meta.url).pathname)).rejects.toThrow(
      /expected columns timestamp and close_<ASSET>, got date, close, volume; make a dataset of it/,
    );
  });
});

describe('foreign datasets', () => {
  /** As pandas or a script might write it: no hash, no meta. */
  function foreign(columns: Record<string, unknown>): string {
    return folder.write('f.arrow', arrowBytes(tableFromArrays(columns as never) as unknown as Table));
  }

  const timestamp = BigInt64Array.of(...[0, 1, 2].map((row) => BigInt(T0 + 60_000 * row)));
  const good = { timestamp, close_A: Float64Array.of(1, 2, 3) };

  it('are read', async () => {
    const d = await loadDataset(
      foreign({ ...good, volume_A: Float64Array.of(0, 1, 2), series_gas: Float64Array.of(1, -2, 3) }),
    );
    expect([d.assets, d.interval, [...(d.volume ?? [])], [...d.series.gas]]).toEqual([
      ['A'],
      60_000,
      [0, 1, 2],
      [1, -2, 3],
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'negative volume',
      { ...good, volume_A: Float64Array.of(1, -5, 1) },
      'f.arrow row 2: expected a volume ≥ 0 for A, got -5; mend the source and import it again',
    ],
    [
      'volume that is no number',
      { ...good, volume_A: Float64Array.of(1, 1, Number.POSITIVE_INFINITY) },
      "f.arrow row 3: expected a number in column 'volume_A', got Infinity; mend or remove the row",
    ],
    [
      'a series that is no number',
      { ...good, series_gas: Float64Array.of(1, Number.NaN, 1) },
      "f.arrow row 2: expected a number in column 'series_gas', got NaN; mend or remove the row",
    ],
    [
      'a price of 0',
      { ...good, close_A: Float64Array.of(1, 0, 1) },
      'f.arrow row 2: expected a price > 0 for A, got 0',
    ],
    ['an asset without a name', { ...good, close_: Float64Array.of(1, 1, 1) }, 'f.arrow: expected asset names, each'],
    [
      'an asset whose name is an escape sequence',
      { ...good, 'close_\u001b]0;x\u0007': Float64Array.of(1, 1, 1) },
      'rename its column',
    ],
    ['a series without a name', { ...good, series_: Float64Array.of(1, 1, 1) }, 'f.arrow: expected series names, each'],
    [
      'times beyond dates',
      { ...good, timestamp: Float64Array.of(8.6e21, 8.6e21, 8.6e21) },
      "f.arrow row 1: expected a time in column 'timestamp', got 8.6e+21",
    ],
    [
      'rows a fraction of a millisecond apart',
      { ...good, timestamp: [0.5, 1, 1.5].map((ms) => BigInt(1_735_689_600_000_000 + 1000 * ms)) },
      'f.arrow: expected rows whole milliseconds apart, at most 366 days, got 0.5 ms',
    ],
    [
      'rows years apart',
      { ...good, timestamp: [0, 1000, 2000].map((days) => BigInt(days * 86_400)) },
      'f.arrow: expected rows whole milliseconds apart, at most 366 days, got 86400000000 ms from 0',
    ],
  ])('with %s are refused', async (_, columns, message) => {
    const error = await loadDataset(foreign(columns)).catch((e) => e);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(message);
  });

  it('with the same column twice are refused', async () => {
    const text = readFileSync(foreign({ ...good, close_B: good.close_A.slice() })).toString('latin1');
    const path = folder.write('f.arrow', Buffer.from(text.replaceAll('close_B', 'close_A'), 'latin1'));
    await expect(loadDataset(path)).rejects.toThrow("f.arrow: expected each asset once, got 'A' twice");
  });

  it('are not written either', async () => {
    const path = folder.path('x.arrow');
    const bad = example({ volume: Float64Array.of(0, 1, 2, 3, 4, Number.POSITIVE_INFINITY) });
    await expect(saveDataset(path, bad)).rejects.toThrow('dataset row 3: expected a volume ≥ 0 for BBB, got Infinity');
    expect(existsSync(path)).toBe(false);
  });

  it('show a line break of their provenance as it is written', async () => {
    const path = folder.path('x.arrow');
    await saveDataset(path, example({ meta: { source: 'a\nhash: \u001b[31mforged' } }));
    expect((await loadDataset(path)).meta.source).toBe('a\\nhash: \\x1b[31mforged');
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
