import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as arrow from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { readArrowTable } from '../../src/data/column-table.js';
import { onDisk } from '../../src/data/on-disk.js';
import { arrowBytes } from './arrow-files.js';
import { runData, useTempFolder } from './helpers.js';

const folder = useTempFolder();

const T = Date.UTC(2025, 0, 1);

/** A table of one column. */
async function reading(vector: arrow.Vector) {
  const table = new arrow.Table({ x: vector });
  return readArrowTable(onDisk(folder.write('x.feather', arrowBytes(table, 'file', 'lz4'))));
}

const of = (type: arrow.DataType, values: readonly unknown[]) =>
  arrow.vectorFromArray(values as never[], type as never);

/** 32-bit words of a decimal of that many bits, the low one first. */
function decimalVector(bits: number, scale: number, values: readonly bigint[]): arrow.Vector {
  const words = values.flatMap((value) =>
    Array.from({ length: bits / 32 }, (_, k) => Number(BigInt.asUintN(32, value >> BigInt(32 * k)))),
  );
  const type = new arrow.Decimal(scale, 38, bits);
  return new arrow.Vector([arrow.makeData({ type, length: values.length, data: Uint32Array.from(words) })]);
}

const long = (type: arrow.DataType, values: readonly bigint[]) =>
  new arrow.Vector([arrow.makeData({ type, length: values.length, data: BigInt64Array.from(values) } as never)]);

const texts = ['100.10000000', '1e-3', ' 7 '];
const ms = [T, T + 60_000].map(BigInt);

describe('numbers', () => {
  it.each<[string, arrow.Vector, number[]]>([
    ...[
      new arrow.Int8(),
      new arrow.Int16(),
      new arrow.Int32(),
      new arrow.Uint8(),
      new arrow.Uint16(),
      new arrow.Uint32(),
    ].map((type): [string, arrow.Vector, number[]] => [String(type), of(type, [1, 2, 100]), [1, 2, 100]]),
    ['Int64', of(new arrow.Int64(), [1n, -(2n ** 53n)]), [1, -(2 ** 53)]],
    ['Uint64', of(new arrow.Uint64(), [1n, 2n ** 63n]), [1, 2 ** 63]],
    ['Float16', of(new arrow.Float16(), [1.5, -0.25]), [1.5, -0.25]],
    ['Float32', of(new arrow.Float32(), [1.5, 0.1]), [1.5, Math.fround(0.1)]],
    ['Float64', of(new arrow.Float64(), [1.5, 0.1]), [1.5, 0.1]],
    ['decimal32', decimalVector(32, 2, [10010n, -10010n]), [100.1, -100.1]],
    ['decimal64', decimalVector(64, 4, [1001000n, -1001000n]), [100.1, -100.1]],
    ['decimal128', decimalVector(128, 8, [10_000_000_000n, 10_010_000_000n, -1n]), [100, 100.1, -1e-8]],
    ['decimal128 of 18 places', decimalVector(128, 18, [100_123456789012345678n]), [Number('100.123456789012345678')]],
    ['decimal256', decimalVector(256, 40, [10n ** 41n, -(10n ** 39n)]), [10, -0.1]],
    ['decimal of a negative scale', decimalVector(128, -3, [5n]), [5000]],
    ['text', of(new arrow.Utf8(), texts), [100.1, 1e-3, 7]],
    ['large text', of(new arrow.LargeUtf8(), texts), [100.1, 1e-3, 7]],
    ['text in a dictionary', of(new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), texts), [100.1, 1e-3, 7]],
  ])('of %s are read', async (_, vector, expected) => {
    expect([...(await reading(vector)).numbers('x')]).toEqual(expected);
  });

  it.each<[string, arrow.Vector, RegExp]>([
    [
      'no value',
      of(new arrow.Float64(), [1, null]),
      /^x\.feather row 2: expected a number in column 'x', got null; mend or remove the row$/,
    ],
    ['NaN', of(new arrow.Float64(), [1, Number.NaN]), /row 2: expected a number in column 'x', got NaN/],
    ['words', of(new arrow.Utf8(), ['1', 'n/a']), /row 2: expected a number in column 'x', got 'n\/a'/],
    ['a hexadecimal text', of(new arrow.Utf8(), ['0x10']), /row 1: expected a number in column 'x', got '0x10'/],
    [
      'bool',
      of(new arrow.Bool(), [true]),
      /^x\.feather: expected numbers in column 'x', got the type bool; cast it to float64 and save it again$/,
    ],
    [
      'a timestamp',
      long(new arrow.TimestampMillisecond(), ms),
      /got the type Timestamp<MILLISECOND>; cast it to float64/,
    ],
    ['a list', of(new arrow.List(new arrow.Field('item', new arrow.Float64())), [[1]]), /got the type list; cast/],
    [
      'a struct',
      of(new arrow.Struct([new arrow.Field('a', new arrow.Float64())]), [{ a: 1 }]),
      /got the type struct; cast/,
    ],
  ])('of %s are refused', async (_, vector, message) => {
    const table = await reading(vector);
    expect(() => table.numbers('x')).toThrow(message);
  });
});

describe('times', () => {
  const timestamps = [
    [new arrow.TimestampSecond(), 1n, 1000n],
    [new arrow.TimestampMillisecond(), 1n, 1n],
    [new arrow.TimestampMicrosecond(), 1000n, 1n],
    [new arrow.TimestampNanosecond(), 1_000_000n, 1n],
  ] as const;

  it.each<[string, arrow.Vector]>([
    ...timestamps.map(([type, times, by]): [string, arrow.Vector] => [
      String(type),
      long(
        type,
        ms.map((t) => (t * times) / by),
      ),
    ]),
    ['date64', long(new arrow.DateMillisecond(), ms)],
    [
      'Int64 of ns',
      of(
        new arrow.Int64(),
        ms.map((t) => t * 1_000_000n),
      ),
    ],
    [
      'Uint32 of s',
      of(
        new arrow.Uint32(),
        ms.map((t) => Number(t / 1000n)),
      ),
    ],
    ['Float64 of ms', of(new arrow.Float64(), ms.map(Number))],
    ['text of ms', of(new arrow.Utf8(), ms.map(String))],
    [
      'text of µs',
      of(
        new arrow.LargeUtf8(),
        ms.map((t) => `${t}000`),
      ),
    ],
    ['ISO text', of(new arrow.Utf8(), ['2025-01-01T00:00Z', '2025-01-01 00:01:00'])],
    ['decimal', decimalVector(128, 3, ms)],
  ])('of %s are read', async (_, vector) => {
    expect([...(await reading(vector)).times('x')]).toEqual([T, T + 60_000]);
  });

  it('of date32 are days', async () => {
    const type = new arrow.DateDay();
    const days = new arrow.Vector([arrow.makeData({ type, length: 2, data: Int32Array.of(20089, 20090) })]);
    expect([...(await reading(days)).times('x')]).toEqual([T, T + 86_400_000]);
  });

  it('beyond all dates are refused with their row', async () => {
    const table = await reading(long(new arrow.TimestampMillisecond(), [BigInt(T), 2n ** 53n + 1n]));
    expect(() => table.times('x')).toThrow(/^x\.feather row 2: expected a time in column 'x', got 9007199254740992/);
  });
});

it('a column that stands there twice cannot be read', async () => {
  const [a, b] = [1, 2].map((x) => of(new arrow.Float64(), [x]));
  const fields = [a, b].map((vector) => new arrow.Field('x', vector.type));
  const children = [a.data[0], b.data[0]];
  const data = arrow.makeData({ type: new arrow.Struct(fields), length: 1, children });
  const table = new arrow.Table(new arrow.RecordBatch(new arrow.Schema(fields), data));
  const read = await readArrowTable(onDisk(folder.write('x.feather', arrowBytes(table))));
  expect(() => read.numbers('x')).toThrow("x.feather: two columns are called 'x'; rename or remove one");
});

const cases = new URL('../../../shared/cases/', import.meta.url).pathname;

describe('the same rows in six containers', () => {
  const names = [
    'text.csv',
    'decimal.feather',
    'text.feather',
    'text-epoch.feather',
    'decimal.parquet',
    'text.parquet',
  ];
  const at = (name: string) => join(cases, 'feather-decimals-and-text-prices', name);

  it.skipIf(!existsSync(at(names[0])))('are one dataset (skipped where ../shared/cases is missing)', async () => {
    const hashes = new Set<string>();
    for (const name of names) {
      const json = await runData('import', `A=${at(name)}`, '--out', folder.path('o.arrow'), '--json');
      hashes.add(JSON.parse(json).hash);
    }
    expect(hashes.size).toBe(1);
  });
});
