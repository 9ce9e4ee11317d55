/**
 * Floor 4. Further series put beside the prices of a dataset: supplies of assets, fees, gas, supply of the pool's own
 * shares — values with times of their own — and trades of others with the pool.
 */
import { basename } from 'node:path';
import { UserError } from '../errors.js';
import { askedColumn, type TableColumns, unnamedTime } from './candle-columns.js';
import { readArrowTable, readParquetTable } from './column-table.js';
import { readCsv } from './csv.js';
import { type CsvDialect, isHeader } from './csv-head.js';
import { createDataset, type Dataset } from './dataset.js';
import { isName, NAME_RULE } from './names.js';
import { onDisk } from './on-disk.js';
import { detectContainer } from './series.js';
import { formatTime } from './time.js';
import { placeTrades, readTrades, type TradesReport } from './trades.js';

/** A file of values with times, and the name that its series gets. */
export interface SeriesFile {
  readonly name: string;
  readonly path: string;
}

export interface AttachOptions extends CsvDialect {
  /** Left out: a column called time, timestamp or date, else the first. */
  readonly timeColumn?: string;
  /** Left out: a column called like the series, or value, else the one beside the time. */
  readonly valueColumn?: string;
  /** Whether rows before the first value get it; else they are refused. */
  readonly backfill: boolean;
  /** A file of trades with the pool: columns time, in, out, amount. */
  readonly trades?: string;
  /** The command that asked for it, kept in the dataset's meta. */
  readonly recipe?: string;
}

export interface SeriesReport {
  readonly name: string;
  readonly file: string;
  /** Values in the file, and of them those that some row got. */
  readonly read: number;
  readonly used: number;
  /** Rows before the first value, which got it. */
  readonly backfilled: number;
}

export interface AttachResult {
  readonly dataset: Dataset;
  readonly series: readonly SeriesReport[];
  readonly trades: TradesReport | null;
}

/** `supply.BTC=path`. Throws UserError for a name that is none. */
export function parseSeriesFile(text: string): SeriesFile {
  const at = text.indexOf('=');
  const [name, path] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (isName(name) && path !== '') return { name, path };
  throw new UserError(
    `attach: expected NAME=file, such as supply.BTC=btc-supply.csv or fee=fees.csv, got '${text}'; NAME is ${NAME_RULE}`,
    2,
  );
}

/**
 * The dataset with a series for each file; a series of that name that it had is replaced. Each row gets the last value
 * whose time is at or before its own, so that no row knows of later values.
 *
 * Throws UserError, naming file and line, for what is not a number with a time, for times that do not ascend, and for rows
 * before the first value.
 */
export async function attachSeries(
  dataset: Dataset,
  files: readonly SeriesFile[],
  options: AttachOptions,
): Promise<AttachResult> {
  const twice = files.find((file, i) => files.findIndex((f) => f.name === file.name) !== i);
  if (twice !== undefined) {
    throw new UserError(`attach: '${twice.name}' is named twice; give each series one file`, 2);
  }
  const series: Record<string, Float64Array> = { ...dataset.series };
  const reports: SeriesReport[] = [];
  for (const file of files) {
    const { values, report } = spread(dataset, file, await readValues(file, options), options.backfill);
    series[file.name] = values;
    reports.push(report);
  }
  const trades =
    options.trades === undefined
      ? null
      : placeTrades(dataset, await readTrades(options.trades, dataset.assets, options), basename(options.trades));
  Object.assign(series, trades?.series);
  const meta = {
    ...dataset.meta,
    ...Object.fromEntries(files.map((file) => [`series.${file.name}`, basename(file.path)])),
    ...(options.trades === undefined ? {} : { 'series.trades': basename(options.trades) }),
    ...(options.recipe === undefined ? {} : { attached: options.recipe }),
  };
  return {
    dataset: createDataset({ ...dataset, series, meta }),
    series: reports,
    trades: trades === null ? null : trades.report,
  };
}

interface StampedValues {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly where: (row: number) => string;
}

async function readValues(file: SeriesFile, o: AttachOptions): Promise<StampedValues> {
  const container = await detectContainer(onDisk(file.path));
  const read = container === 'text' ? await readText(file, o) : await readTable(file, container, o);
  const { times, where } = read;
  const name = basename(file.path);
  if (times.length === 0) throw new UserError(`${name}: expected at least one value, got none; fetch it again`);
  const disorder = times.findIndex((time, row) => row > 0 && !(time > times[row - 1]));
  if (disorder > 0) {
    throw new UserError(
      `${name} ${where(disorder)}: expected a time after ${formatTime(times[disorder - 1])}, got ${formatTime(times[disorder])}; sort the rows by time, each time once`,
    );
  }
  return read;
}

async function readText(file: SeriesFile, o: AttachOptions): Promise<StampedValues> {
  const { values, lines } = await readCsv(onDisk(file.path), o, ({ rows }) => {
    const named = isHeader(rows[0] ?? []);
    const names = named ? rows[0] : null;
    const cells = columnsOf(file, { path: file.path, names, first: rows[named ? 1 : 0] ?? null }, o);
    const columns = [
      { index: cells.time, name: names?.[cells.time] || 'time', kind: 'time' },
      { index: cells.value, name: names?.[cells.value] ?? file.name, kind: 'number' },
    ] as const;
    return { columns, headerLines: named ? 1 : 0 };
  });
  return { times: values[0], values: values[1], where: (row) => `line ${lines[row]}` };
}

async function readTable(file: SeriesFile, container: 'arrow' | 'parquet', o: AttachOptions): Promise<StampedValues> {
  const table = await (container === 'arrow' ? readArrowTable(onDisk(file.path)) : readParquetTable(onDisk(file.path)));
  const cells = columnsOf(file, { path: file.path, names: table.names, first: null }, o);
  return {
    times: table.times(table.names[cells.time]),
    values: table.numbers(table.names[cells.value]),
    where: (row) => `row ${row + 1}`,
  };
}

const TIMES = ['timestamp', 'time', 'date', 'datetime', 'unix'];

function columnsOf(file: SeriesFile, table: TableColumns, o: AttachOptions): { time: number; value: number } {
  const names = table.names ?? [];
  const asked = (flag: string, name: string | undefined) =>
    name === undefined ? null : askedColumn(table, flag, name);
  const called = (list: readonly string[]) => names.find((name) => list.includes(name.toLowerCase()));
  const [askedTime, askedValue] = [asked('time-column', o.timeColumn), asked('value-column', o.valueColumn)];
  if (askedTime !== null && askedValue !== null) return { time: askedTime, value: askedValue };
  const time = askedTime ?? timeOf(file, table, called(TIMES));
  // a column without a name is a table's index
  const others = names.filter((name, i) => i !== time && name !== '');
  if (table.names === null || others.length === 0) throw noColumns(file, table);
  if (askedValue !== null) return { time, value: askedValue };
  const value = called([file.name.toLowerCase()]) ?? called(['value']) ?? (others.length === 1 ? others[0] : undefined);
  if (value !== undefined) return { time, value: names.indexOf(value) };
  throw new UserError(
    `${basename(file.path)}: expected one column beside ${names[time]}, got ${others.join(', ')}; name it with --value-column`,
  );
}

/** A column with a usual name, else the first: one without a name only if it holds times. */
function timeOf(file: SeriesFile, table: TableColumns, usual: string | undefined): number {
  if (usual !== undefined) return (table.names as readonly string[]).indexOf(usual);
  if (table.names?.[0] === '' && unnamedTime(table) === null) throw noColumns(file, table);
  return 0;
}

const noColumns = ({ path }: SeriesFile, { names, first }: TableColumns): UserError =>
  new UserError(
    `${basename(path)}: expected a header and two columns, a time and a value, got ${(names ?? first ?? []).join(', ')}; write time,value above the rows`,
  );

/** Carries each value on until the next. */
function spread(
  d: Dataset,
  { name, path }: SeriesFile,
  { times, values }: StampedValues,
  backfill: boolean,
): { values: Float64Array; report: SeriesReport } {
  const file = basename(path);
  const end = d.start + (d.rows - 1) * d.interval;
  if (times[0] > end) {
    throw new UserError(
      `${file}: expected values up to ${formatTime(end)}, where the dataset ends, got the first at ${formatTime(times[0])}; fetch the same dates`,
    );
  }
  const backfilled = Math.max(0, Math.ceil((times[0] - d.start) / d.interval));
  if (backfilled > 0 && !backfill) {
    throw new UserError(
      `${file}: expected a value at ${formatTime(d.start)} or before, where the dataset begins, got the first at ${formatTime(times[0])}; fetch earlier ones, or let it stand for the ${backfilled} rows before it with --backfill`,
    );
  }
  const out = new Float64Array(d.rows);
  let last = 0;
  let used = 1;
  for (let row = 0; row < d.rows; row++) {
    const before = last;
    while (last + 1 < times.length && times[last + 1] <= d.start + row * d.interval) last++;
    if (last !== before && row > 0) used++;
    out[row] = values[last];
  }
  return { values: out, report: { name, file, read: times.length, used, backfilled } };
}
