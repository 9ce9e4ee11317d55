/**
 * Floor 4. The dataset's file form: an Arrow IPC file with columns `timestamp` (ms UTC), `close_<ASSET>`,
 * `volume_<ASSET>` and `series_<NAME>`; the schema's metadata carries the hash and, under `meta.`, the provenance.
 */
import type { DataType } from 'apache-arrow';
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { inline } from '../terminal.js';
import { checkDataset, checkNames } from './check.js';
import { type ColumnTable, readArrowTable } from './column-table.js';
import { createDataset, type Dataset } from './dataset.js';
import { isRecordingTable } from './recording/recording-columns.js';
import type { Source } from './source.js';
import { formatDuration, formatTime } from './time.js';

const CLOSE = 'close_';
const VOLUME = 'volume_';
const SERIES = 'series_';
export const HASH_KEY = 'poolgrad.hash';
export const META_PREFIX = 'meta.';

/**
 * Reads a dataset from an Arrow IPC file: our own, or any file with a `timestamp` column on a gapless grid and
 * `close_<ASSET>` columns (`volume_<ASSET>` and `series_<NAME>` optional). Throws UserError for a missing or damaged file, a gap, and
 * whatever `checkDataset` refuses.
 */
export const readDataset = async (source: Source): Promise<Dataset> =>
  datasetOf(await readArrowTable(source), fileName(source.path));

/** The dataset in a table of a file of that name. */
export function datasetOf(table: ColumnTable, name: string): Dataset {
  const assets = table.names.filter((column) => column.startsWith(CLOSE)).map((column) => column.slice(CLOSE.length));
  if (!isDatasetTable(table)) {
    if (isRecordingTable(table)) {
      throw new UserError(
        `${name}: expected a dataset of prices, got a recording of trades and tops of a book; make prices of it with 'poolgrad data resample ${name} --interval 1m --out prices.arrow' (a maker is evaluated on it by --data)`,
      );
    }
    throw new UserError(
      `${name}: expected columns timestamp and close_<ASSET>, got ${table.names.join(', ')}; make a dataset of it with 'poolgrad data import'`,
    );
  }
  const seriesNames = table.names
    .filter((column) => column.startsWith(SERIES))
    .map((column) => column.slice(SERIES.length));
  checkNames(assets, name, 'asset');
  checkNames(seriesNames, name, 'series');
  const { start, interval } = readGrid(table.times('timestamp'), name);
  const prices = gather(table, CLOSE, assets);
  const hasVolume = assets.every((asset) => table.names.includes(VOLUME + asset));
  const volume = hasVolume ? gather(table, VOLUME, assets) : null;
  const series = Object.fromEntries(seriesNames.map((column) => [column, table.numbers(SERIES + column)]));
  const meta = readMeta(table, name);
  const fields = { assets, start, interval, rows: table.rows, prices, volume, series, meta };
  checkDataset(fields, name);
  const dataset = createDataset(fields);
  const expected = table.metadata.get(HASH_KEY);
  if (expected !== undefined && expected !== dataset.hash) {
    throw new UserError(
      `${name}: its numbers do not match the hash stored with them (${expected.slice(0, 12)}…); the file was damaged or edited: make it again`,
    );
  }
  return dataset;
}

/** Whether a file has the columns of a dataset. */
export const isDatasetTable = ({ names }: Pick<ColumnTable, 'names'>): boolean =>
  names.includes('timestamp') && names.some((column) => column.startsWith(CLOSE));

/** What a file says of where its numbers came from. */
export function readMeta(table: ColumnTable, name: string): Record<string, string> {
  const entries = [...table.metadata].filter(([key]) => key.startsWith(META_PREFIX));
  if (entries.length === 0) return { source: name };
  // a foreign file's: each is one line wherever it is shown
  return Object.fromEntries(entries.map(([key, value]) => [inline(key.slice(META_PREFIX.length)), inline(value)]));
}

function readGrid(times: Float64Array, name: string): { start: number; interval: number } {
  if (times.length < 2) throw new UserError(`${name}: expected at least 2 rows, got ${times.length}`);
  const start = times[0];
  const interval = times[1] - start;
  for (let row = 1; row < times.length; row++) {
    if (times[row] - times[row - 1] === interval && interval > 0) continue;
    const step = formatDuration(Math.abs(interval));
    throw new UserError(
      `${name} row ${row + 1}: expected a gapless grid of ${step}, got ${formatTime(times[row])} after ${formatTime(times[row - 1])}; fill it with 'poolgrad data import'`,
    );
  }
  return { start, interval };
}

function gather(table: ColumnTable, prefix: string, assets: readonly string[]): Float64Array {
  const n = assets.length;
  const out = new Float64Array(table.rows * n);
  assets.forEach((asset, j) => {
    const column = table.numbers(prefix + asset);
    for (let row = 0; row < column.length; row++) out[row * n + j] = column[row];
  });
  return out;
}

/** The bytes of a dataset's file. */
export async function encodeDataset(d: Dataset): Promise<Uint8Array> {
  checkDataset(d, 'dataset');
  const arrow = await import('apache-arrow');
  const times = new BigInt64Array(d.rows);
  for (let row = 0; row < d.rows; row++) times[row] = BigInt(d.start + row * d.interval);
  const columns: [string, DataType, Float32Array | Float64Array | BigInt64Array][] = [
    ['timestamp', new arrow.TimestampMillisecond('UTC'), times],
  ];
  const add = (name: string, values: Float64Array) => {
    const data = narrowest(values);
    columns.push([name, data instanceof Float32Array ? new arrow.Float32() : new arrow.Float64(), data]);
  };
  for (const [prefix, values] of [[CLOSE, d.prices] as const, [VOLUME, d.volume] as const]) {
    if (values === null) continue;
    d.assets.forEach((asset, j) => {
      add(prefix + asset, columnOf(values, j, d.rows, d.assets.length));
    });
  }
  for (const [name, values] of Object.entries(d.series)) add(SERIES + name, values);
  const meta: [string, string][] = Object.entries(d.meta).map(([key, value]) => [META_PREFIX + key, value]);
  return encodeArrow(columns, d.rows, [[HASH_KEY, d.hash], ...meta]);
}

/** The bytes of an Arrow IPC file of columns without nulls: name, type and `rows` values of it each. */
export async function encodeArrow(
  columns: readonly (readonly [string, DataType, ArrayBufferView])[],
  rows: number,
  metadata: readonly (readonly [string, string])[],
): Promise<Uint8Array> {
  const arrow = await import('apache-arrow');
  const fields = columns.map(([name, type]) => new arrow.Field(name, type, false));
  const schema = new arrow.Schema(fields, new Map(metadata));
  const children = columns.map(([, type, data]) => arrow.makeData({ type, length: rows, nullCount: 0, data } as never));
  const batch = new arrow.RecordBatch(
    schema,
    arrow.makeData({ type: new arrow.Struct(fields), length: rows, nullCount: 0, children }),
  );
  // Not compressed: the writer of apache-arrow 21.2 stores the compressed length where the format wants the uncompressed
  // one, and other readers (pyarrow) refuse such files.
  return arrow.tableToIPC(new arrow.Table(schema, batch), 'file');
}

/** Column `j` of rows × n numbers. */
function columnOf(values: Float64Array, j: number, rows: number, n: number): Float64Array {
  const column = new Float64Array(rows);
  for (let row = 0; row < rows; row++) column[row] = values[row * n + j];
  return column;
}

/** As float32 where that loses nothing (half the size of the file), else as float64. */
export const narrowest = (column: Float64Array): Float32Array | Float64Array =>
  column.every((value) => Math.fround(value) === value) ? new Float32Array(column) : column;
