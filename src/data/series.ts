/** Floor 4. One asset's rows as a file gives them: which columns, and the checks that every row must pass. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { looksLikeArrow } from './arrow/file.js';
import { resolveColumns } from './candle-columns.js';
import { type CandleColumns, readCandleText } from './candle-text.js';
import { readArrowTable, readParquetTable } from './column-table.js';
import type { LayoutOptions } from './layout.js';
import { RowChecks } from './row-checks.js';
import { latin1, type Source } from './source.js';

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

export type SeriesOptions = LayoutOptions;

/**
 * Reads a file of candles, oldest or newest first, and checks every row. The container (CSV, gzip, ZIP, Arrow, Parquet) is
 * told by its first bytes.
 */
export async function readSeries(source: Source, options: SeriesOptions): Promise<Series> {
  const container = await detectContainer(source);
  const read = container === 'text' ? readCandleText(source, options) : readColumnar(source, container, options);
  return inOrder(source.path, await read);
}

/** Told by the first bytes, not by the name. */
export async function detectContainer(source: Source): Promise<'arrow' | 'parquet' | 'text'> {
  const head = await source.part(0, 8);
  if (head.length === 0) throw new UserError(`${fileName(source.path)}: the file is empty; fetch it again`);
  const magic = latin1(head);
  if (looksLikeArrow(head) || magic.startsWith('FEA1')) return 'arrow';
  return magic.startsWith('PAR1') ? 'parquet' : 'text';
}

/** Whole candles of a file, oldest first; null columns where the file has none. */
export async function readCandles(source: Source, options: SeriesOptions): Promise<CandleColumns> {
  const container = await detectContainer(source);
  const columns =
    container === 'text' ? await readCandleText(source, options, true) : await readColumnar(source, container, options);
  const { time, close, volume, open = null, high = null, low = null, places, checks } = columns;
  if (checks.backwards) for (const array of [time, close, volume, open, high, low, places]) array?.reverse();
  return columns;
}

async function readColumnar(source: Source, container: 'arrow' | 'parquet', o: SeriesOptions): Promise<CandleColumns> {
  const { path } = source;
  if (o.format !== undefined && o.format !== 'columns') {
    throw new UserError(
      `${fileName(path)}: --format ${o.format} is a CSV layout, but this file has named columns; leave it out`,
    );
  }
  const table = await (container === 'arrow' ? readArrowTable(source) : readParquetTable(source));
  const cells = resolveColumns({ path, names: table.names, first: null }, o.columns, o.volumeUnit);
  const numbers = (cell: number | null) => (cell === null ? null : table.numbers(table.names[cell]));
  const [time, close] = [table.times(table.names[cells.time]), table.numbers(table.names[cells.close])];
  const [volume, opens, high, low] = [cells.volume, cells.open, cells.high, cells.low].map(numbers);
  const checks = new RowChecks(fileName(path), 'row', o.volumeUnit);
  for (let row = 0; row < time.length; row++) {
    const at = (column: Float64Array | null) => (column === null ? Number.NaN : column[row]);
    const prices = { open: at(opens), high: at(high), low: at(low), close: close[row] };
    checks.add({ time: time[row], volume: at(volume), ...prices }, row + 1);
  }
  return { time, close, volume, open: opens, high, low, places: Int32Array.from(time, (_, row) => row + 1), checks };
}

/** The columns, oldest row first and with the volume in the numéraire. */
function inOrder(path: string, { time, close, volume, places, checks }: CandleColumns): Series {
  if (time.length < 2) {
    throw new UserError(`${fileName(path)}: expected at least 2 rows, got ${time.length}; fetch it again`);
  }
  if (checks.backwards) for (const array of [time, close, volume, places]) array?.reverse();
  if (volume !== null && checks.volumeUnit === 'base') {
    for (let row = 0; row < volume.length; row++) volume[row] *= close[row];
  }
  return { path, times: time, close, volume, where: (row) => `${checks.unit} ${places[row]}` };
}
