import { readFileSync } from 'node:fs';
import {
  type DataType,
  Float32,
  Float64,
  RecordBatchStreamWriter,
  Timestamp,
  TimeUnit,
  tableFromIPC,
  tableToIPC,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArrowColumns } from '../../src/data/arrow/index.js';
import { decodeLz4 } from '../../src/data/arrow/lz4.js';
import { readArrowTable } from '../../src/data/column-table.js';
import { loadDataset } from '../../src/data/dataset-file.js';
import { encodeArrow } from '../../src/data/dataset-form.js';
import { onDisk } from '../../src/data/on-disk.js';
import { UserError } from '../../src/errors.js';
import { arrowBytes, type Lz4Options, lz4Frame, priceTable, zstdFrame } from './arrow-files.js';
import { runData, useTempFolder } from './helpers.js';

const folder = useTempFolder();

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const plain = arrowBytes(priceTable());

const forms: Record<string, Buffer> = {
  'a plain file': plain,
  'a plain stream': arrowBytes(priceTable(), 'stream'),
  'an LZ4 file': arrowBytes(priceTable(), 'file', 'lz4'),
  'an LZ4 stream': arrowBytes(priceTable(), 'stream', 'lz4'),
  'a ZSTD file': arrowBytes(priceTable(), 'file', 'zstd'),
  'a ZSTD stream': arrowBytes(priceTable(), 'stream', 'zstd'),
};

describe('Arrow files', () => {
  it('are the same dataset in every form', async () => {
    const { hash } = await loadDataset(folder.write('plain.arrow', plain));
    for (const [name, bytes] of Object.entries(forms)) {
      expect((await loadDataset(folder.write('x.arrow', bytes))).hash, name).toBe(hash);
    }
  });

  it('hold what the library reads in them', async () => {
    for (const name of ['a plain file', 'a plain stream'] as const) {
      const table = await readArrowTable(onDisk(folder.write('x.arrow', forms[name])));
      const theirs = tableFromIPC(forms[name]);
      expect(table.rows).toBe(theirs.numRows);
      for (const column of ['close_A', 'close_B', 'volume_A']) {
        expect([...table.numbers(column)]).toEqual([...(theirs.getChild(column) ?? [])]);
      }
    }
  });

  it('give the floats and times that the library reads in them, under its names', async () => {
    const times = BigInt64Array.of(-1n, 0n, 1_700_000_000_123n, -(2n ** 53n) - 1n, 2n ** 62n + 513n, -(2n ** 31n));
    const units = [TimeUnit.SECOND, TimeUnit.MILLISECOND, TimeUnit.MICROSECOND, TimeUnit.NANOSECOND];
    const columns: [string, DataType, Float32Array | Float64Array | BigInt64Array][] = [
      ['float32', new Float32(), Float32Array.of(0.1, -0, 3, 1e30, Number.NaN, -7)],
      ['float64', new Float64(), Float64Array.of(0.1, -0, 3, 1e300, Number.NaN, -7)],
      ...units.map((unit): [string, DataType, BigInt64Array] => [
        TimeUnit[unit],
        new Timestamp(unit, unit === TimeUnit.SECOND ? null : 'UTC'),
        // the library writes an array that columns share once
        times.slice(),
      ]),
    ];
    const perMillisecond: Record<string, number> = { SECOND: 1e-3, MILLISECOND: 1, MICROSECOND: 1e3, NANOSECOND: 1e6 };
    const read = await readArrowColumns(await encodeArrow(columns, times.length, []));
    for (const [c, [name, type, data]] of columns.entries()) {
      const got = read.column(c);
      expect(got.cells, name).toBeInstanceOf(Float64Array);
      expect(got.kind).toBe(name.startsWith('float') ? 'number' : 'time');
      expect(got.type).toBe(String(type));
      const per = perMillisecond[name] ?? 1;
      expect([...got.cells]).toEqual(Array.from(data as Iterable<number | bigint>, (x) => Number(x) / per));
    }
  });

  it('may lie at any address, and be streams from before version 0.15', async () => {
    const { hash } = await loadDataset(folder.write('plain.arrow', plain));
    const writer = new RecordBatchStreamWriter({ writeLegacyIpcFormat: true });
    writer.write(priceTable());
    writer.finish();
    const legacy = writer.toUint8Array(true);
    expect(legacy[0]).not.toBe(0xff);
    expect((await loadDataset(folder.write('legacy.arrow', legacy))).hash).toBe(hash);
    const odd = Buffer.concat([Buffer.alloc(3), plain]).subarray(3);
    const columns = await readArrowColumns(odd);
    const expected = priceTable().getChild('close_A')?.toArray();
    expect([...columns.column(columns.names.indexOf('close_A')).cells]).toEqual([...expected]);
  });

  it('may have their schema without its length before it, as Polars 2 writes them', async () => {
    const framed = fixture('candles-lz4.feather');
    const bare = Buffer.from(framed);
    const length = framed.readInt32LE(12);
    expect(framed.readInt32LE(8)).toBe(-1);
    bare.fill(0, 8, 16 + length).set(framed.subarray(16, 16 + length), 8);
    const [expected, got] = [await readArrowColumns(framed), await readArrowColumns(bare)];
    expect(got.names).toEqual(expected.names);
    for (const i of expected.names.keys()) expect(got.column(i).cells).toEqual(expected.column(i).cells);
  });

  it('may come as a stream into import and attach', async () => {
    const one = priceTable().select(['timestamp', 'close_A']);
    const stream = folder.write('one.arrows', arrowBytes(one, 'stream'));
    const file = folder.write('one.feather', arrowBytes(one));
    for (const path of [stream, file]) {
      const args = ['--close-column', 'close_A', '--out', folder.path('o.arrow'), '--json'];
      expect(JSON.parse(await runData('import', `A=${path}`, ...args)).rows).toBe(24);
      const given = ['attach', folder.path('o.arrow'), `gas=${path}`, '--out', folder.path('g.arrow'), '--json'];
      expect(JSON.parse(await runData(...given)).series[0]).toMatchObject({ name: 'gas', read: 24, used: 24 });
    }
  });
});

/** What comes of bytes: numbers, or one line that says what is wrong. Anything else fails the test. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const path = folder.write('damaged.arrow', bytes);
  try {
    const table = await readArrowTable(onDisk(path));
    for (const name of new Set(table.names)) {
      try {
        table.numbers(name);
      } catch {
        table.times(name);
      }
    }
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
}

describe('damaged Arrow files', () => {
  it.each([
    ...Object.entries(forms),
    ['LZ4 by pyarrow', fixture('candles-lz4.feather')] as const,
    ['ZSTD by pyarrow', fixture('candles-zstd.feather')] as const,
  ])('%s: one flipped bit ends in numbers or in one line', async (_, bytes) => {
    const last = 8 * bytes.length - 1;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: last }), async (bit) => {
        const damaged = Buffer.from(bytes);
        damaged[bit >> 3] ^= 1 << (bit & 7);
        await outcome(damaged);
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it.each(Object.entries(forms))('%s: the first and last bytes, every bit', async (name, bytes) => {
    const ends = [...Array(24).keys(), ...Array.from({ length: 24 }, (_, i) => bytes.length - 1 - i)];
    for (const at of ends) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(bytes);
        damaged[at] ^= 1 << bit;
        const came = await outcome(damaged);
        // the magic words, and the marks that a message begins
        if (name === 'a plain file' && (at < 6 || at >= bytes.length - 6)) expect(came).not.toBe('read');
      }
    }
  });

  it.each(Object.entries(forms))('%s: cut anywhere', async (_, bytes) => {
    for (let length = 0; length < bytes.length; length += 1 + (length % 13)) await outcome(bytes.subarray(0, length));
  });

  it('a flipped continuation mark, which kept the library busy for ever, is told', async () => {
    const damaged = Buffer.from(plain);
    damaged[8] ^= 1;
    expect(await outcome(damaged)).toMatch(
      /^damaged\.arrow: expected a whole Arrow IPC \(Feather\) file, got a message of -2 bytes/,
    );
  });

  it('does not believe a compressed buffer that claims to hold gigabytes', async () => {
    for (const codec of ['lz4', 'zstd'] as const) {
      const bytes = arrowBytes(priceTable(), 'file', codec);
      const frame = codec === 'lz4' ? Buffer.from([4, 34, 77, 24]) : Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
      for (const size of [2n ** 28n, 2n ** 40n, 2n ** 62n, -2n]) {
        const damaged = Buffer.from(bytes);
        damaged.writeBigInt64LE(size, damaged.indexOf(frame) - 8);
        expect(await outcome(damaged)).toMatch(/expected a whole Arrow IPC .* (claim|should be)/);
      }
    }
  });
});

const repeated = Uint8Array.from({ length: 4096 }, (_, i) => (i % 1024 >= 1019 ? 0 : (i % 1024) * 7));

describe('LZ4 frames', () => {
  const flags = ['blockSums', 'contentSum', 'sized', 'dictionary', 'linked', 'stored'] as const;
  const all = Array.from({ length: 2 ** flags.length }, (_, bits) =>
    Object.fromEntries(flags.map((flag, k) => [flag, ((bits >> k) & 1) === 1])),
  ) as Lz4Options[];

  it('of all flags hold the same bytes', () => {
    for (const options of all) expect(decodeLz4(lz4Frame(repeated, options), 4096)).toEqual(repeated);
  });

  it('may follow one another, with others to be skipped between', () => {
    const skipped = Uint8Array.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const both = Buffer.concat([lz4Frame(repeated), skipped, lz4Frame(repeated, { linked: true })]);
    expect(decodeLz4(both, 8192)).toEqual(Uint8Array.from([...repeated, ...repeated]));
  });

  it('with a damaged byte are refused where a checksum tells', () => {
    const sums = [{ blockSums: true }, { contentSum: true }] as const;
    for (const options of sums) {
      const frame = lz4Frame(repeated, options);
      for (let at = 12; at < frame.length; at += 31) {
        const damaged = frame.slice();
        damaged[at] ^= 0x10;
        expect(() => decodeLz4(damaged, 4096), `byte ${at}`).toThrow();
      }
    }
  });

  it('neither read nor write beyond their ends', () => {
    const frame = lz4Frame(repeated);
    expect(() => decodeLz4(frame, 4095)).toThrow('more LZ4 data than stated');
    expect(() => decodeLz4(frame, 4097)).toThrow('4096 bytes of LZ4 data where 4097 should be');
    expect(() => decodeLz4(frame.subarray(0, 100), 4096)).toThrow();
    // independent blocks may not reach into the one before
    const crossing = lz4Frame(repeated, { linked: true });
    crossing[4] ^= 0x20;
    crossing[6] = lz4Frame(repeated)[6];
    expect(() => decodeLz4(crossing, 4096)).toThrow('an LZ4 match before the data (or one in a dictionary)');
  });

  it('with block checksums make the same dataset as ZSTD', async () => {
    const lz4 = arrowBytes(priceTable(), 'file', 'lz4', (data) => lz4Frame(data, { blockSums: true, sized: true }));
    const zstd = arrowBytes(priceTable(), 'file', 'zstd', zstdFrame);
    const { hash } = await loadDataset(folder.write('lz4.arrow', lz4));
    expect((await loadDataset(folder.write('zstd.arrow', zstd))).hash).toBe(hash);
  });
});

it('tableToIPC writes files without a schema message, which are read', async () => {
  const bytes = tableToIPC(priceTable(), 'file');
  expect((await loadDataset(folder.write('x.arrow', bytes))).rows).toBe(24);
});
