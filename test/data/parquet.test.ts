import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readParquetTable } from '../../src/data/column-table.js';
import { readParquet } from '../../src/data/parquet-reader.js';
import { UserError } from '../../src/errors.js';
import { useTempFolder } from './helpers.js';

const folder = useTempFolder();

const good = readFileSync(new URL('fixtures/candles-zstd.parquet', import.meta.url));

async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const table = await readParquetTable(folder.write('damaged.parquet', bytes));
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
    await expect(readParquet(good, 0)).rejects.toThrow('one that takes more than 0 s to read');
    expect((await readParquet(good)).rows).toBe(5);
  });

  it('that are cut are told', async () => {
    expect(await outcome(good.subarray(0, good.length - 1))).toMatch(
      /^damaged\.parquet: expected a whole Parquet file, got /,
    );
  });
});
