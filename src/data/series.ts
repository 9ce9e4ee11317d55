/** Floor 4. One asset's rows as a file gives them: reading by format, and the checks that every row must pass. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../errors.js';
import { looksLikeArrow } from './arrow/file.js';
import { readArrowTable, readParquetTable } from './column-table.js';
import { type CsvColumn, firstLineCells, readCsvColumns } from './csv.js';
import {
  type CandleFormat,
  type ColumnNames,
  candleFormats,
  checkHeader,
  type FormatName,
  resolveColumns,
  type VolumeUnit,
} from './formats.js';
import { readingFailed, readTextBytes } from './read-file.js';
import { formatTime, parseTimeText } from './time.js';

/** Rows of one file, ascending in time, prices > 0. Gaps are allowed. */
export interface Series {
  readonly path: string;
  /** ms UTC, strictly increasing. */
  readonly times: Float64Array;
  readonly close: Float64Array;
  /** In the numéraire; null where the file has none. */
  readonly volume: Float64Array | null;
  /** `line 17` or `row 17` of the file, for errors. */
  where(row: number): string;
}

export interface SeriesOptions {
  /** undefined: columns by name. */
  readonly format?: FormatName;
  readonly columns: ColumnNames;
  /** Unit of a volume column found by name (the exchanges' formats know theirs). */
  readonly volumeUnit: VolumeUnit;
}

/** Reads a file of candles and checks every row. The container (CSV, gzip, Arrow, Parquet) is told by its first bytes. */
export async function readSeries(path: string, options: SeriesOptions): Promise<Series> {
  const container = await detectContainer(path);
  const series = container === 'text' ? await readCsv(path, options) : await readColumnar(path, container, options);
  checkSeries(series);
  return series;
}

/** Told by the first bytes, not by the name. */
export async function detectContainer(path: string): Promise<'arrow' | 'parquet' | 'text'> {
  const file = await open(path).catch(readingFailed(path));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0).catch(readingFailed(path));
    if (bytesRead === 0) throw new UserError(`${basename(path)}: the file is empty; fetch it again`);
    const magic = buffer.toString('latin1');
    if (looksLikeArrow(buffer) || magic.startsWith('FEA1')) return 'arrow';
    return magic.startsWith('PAR1') ? 'parquet' : 'text';
  } finally {
    await file.close();
  }
}

async function readColumnar(path: string, container: 'arrow' | 'parquet', o: SeriesOptions): Promise<Series> {
  if (o.format !== undefined && o.format !== 'columns') {
    throw new UserError(
      `${basename(path)}: --format ${o.format} is a CSV layout, but this file has named columns; leave it out`,
    );
  }
  const table = await (container === 'arrow' ? readArrowTable(path) : readParquetTable(path));
  const names = resolveColumns(path, table.names, o.columns);
  const close = table.numbers(names.close);
  const volume = names.volume === null ? null : table.numbers(names.volume);
  if (volume !== null && o.volumeUnit === 'base') toQuote(volume, close);
  return { path, times: table.times(names.time), close, volume, where: (row) => `row ${row + 1}` };
}

async function readCsv(path: string, o: SeriesOptions): Promise<Series> {
  const bytes = await readTextBytes(path);
  const first = await firstLineCells(bytes, path);
  const layout = o.format === undefined || o.format === 'columns' ? null : candleFormats[o.format];
  const hasHeader = Number.isNaN(Number(first[0])) && Number.isNaN(parseTimeText(first[0]));
  if (layout !== null && o.format !== undefined && hasHeader) checkHeader(path, first, o.format, layout);
  if (layout === null && !hasHeader) {
    const formats = Object.entries(candleFormats).map(([name, f]) => `${name} (${f.cells})`);
    throw new UserError(
      `${basename(path)}: no header in line 1, so the cells' meaning must be told: --format with one of ${formats.join('; ')}`,
    );
  }
  const { columns, unit } = layout === null ? namedCells(path, first, o) : formatCells(layout);
  const { values, lines } = await readCsvColumns(bytes, path, columns, hasHeader ? 1 : 0);
  if (layout?.newestFirst && values[0].length > 1 && values[0][0] > values[0][values[0].length - 1]) {
    for (const array of [...values, lines]) array.reverse();
  }
  const [times, close] = values;
  const volume = values[2] ?? null;
  if (volume !== null && unit === 'base') toQuote(volume, close);
  return { path, times, close, volume, where: (row) => `line ${lines[row]}` };
}

function formatCells(format: CandleFormat): { columns: CsvColumn[]; unit: VolumeUnit } {
  const columns: CsvColumn[] = [
    { index: format.time, name: 'time', kind: 'time' },
    { index: format.close, name: 'close', kind: 'number' },
    { index: format.volume, name: 'volume', kind: 'number' },
  ];
  return { columns, unit: format.volumeUnit };
}

function namedCells(path: string, header: string[], o: SeriesOptions): { columns: CsvColumn[]; unit: VolumeUnit } {
  const names = resolveColumns(path, header, o.columns);
  const columns: CsvColumn[] = [
    { index: header.indexOf(names.time), name: names.time, kind: 'time' },
    { index: header.indexOf(names.close), name: names.close, kind: 'number' },
  ];
  if (names.volume !== null) columns.push({ index: header.indexOf(names.volume), name: names.volume, kind: 'number' });
  return { columns, unit: o.volumeUnit };
}

/** Values a base volume at the row's close, in place. */
function toQuote(volume: Float64Array, close: Float64Array): void {
  for (let row = 0; row < volume.length; row++) volume[row] *= close[row];
}

/** Refuses what would silently make wrong prices: each error names file, row, value and remedy. */
function checkSeries({ path, times, close, volume, where }: Series): void {
  const name = basename(path);
  if (times.length < 2) throw new UserError(`${name}: expected at least 2 rows, got ${times.length}; fetch it again`);
  const cause = 'mend or remove it (a missing minute is a gap, which can be filled)';
  for (let row = 0; row < times.length; row++) {
    if (!(close[row] > 0)) {
      throw new UserError(`${name} ${where(row)}: expected a price > 0, got ${close[row]}; ${cause}`);
    }
    if (volume !== null && !(volume[row] >= 0)) {
      throw new UserError(`${name} ${where(row)}: expected a volume ≥ 0, got ${volume[row]}; ${cause}`);
    }
    if (row === 0 || times[row] > times[row - 1]) continue;
    const [now, before] = [formatTime(times[row]), formatTime(times[row - 1])];
    if (times[row] === times[row - 1]) {
      throw new UserError(
        `${name} ${where(row)}: time ${now} occurs twice (also ${where(row - 1)}); remove one of the two`,
      );
    }
    throw new UserError(
      `${name} ${where(row)}: time ${now} comes after ${before} (${where(row - 1)}); sort the rows by time, oldest first`,
    );
  }
}
