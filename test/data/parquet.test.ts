import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readParquetTable } from '../../src/data/column-table.js';
import { onDisk } from '../../src/data/on-disk.js';
import { readParquet } from '../../src/data/parquet-reader.js';
import { UserError } from '../../src/errors.js';
import { useTempFolder } from './helpers.js';
import { slowParquet } from './slow-parquet.js';

const folder = useTempFolder();

const good = readFileSync(new URL('fixtures/candles-zstd.parquet', import.meta.url));

async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const table = await readParquetTable(onDisk(folder.write('damaged.parquet', bytes)));
    for (const name of table.names) table.times(name);
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
}

describe('damaged Parquet files', () => {
  it('end in numbers or in one line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 8 * good.length - 1 }), async (bit) => {
        const damaged = Buffer.from(good);
        damaged[bit >> 3] ^= 1 << (bit & 7);
        await outcome(damaged);
      }),
      { seed: 7, numRuns: 25 },
    );
  });

  it('are given up when their time is over', async () => {
    await expect(readParquet(slowParquet(), 1)).rejects.toThrow('one that takes more than 1 s to read');
    expect((await readParquet(good)).rows).toBe(5);
  });

  it('are given up when they fill the memory, and the process goes on', async () => {
    // the root of the schema as one that repeats: its reader makes one list that grows for ever
    const delta = readFileSync(new URL('fixtures/candles-delta.parquet', import.meta.url));
    expect((await readParquet(delta)).rows).toBe(5);
    const root = delta.indexOf(Buffer.from('\x35\x00\x18\x06schema', 'latin1'));
    expect(root).toBeGreaterThan(0);
    delta[root + 1] = 4;
    expect(await outcome(delta)).toMatch(/ got one that takes too much memory to read; /);
  });

  it('that are cut are told', async () => {
    expect(await outcome(good.subarray(0, good.length - 1))).toMatch(
      /^damaged\.parquet: expected a whole Parquet file, got /,
    );
  });
});
