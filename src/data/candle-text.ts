/** Floor 4. Candles of a text file: its columns read and checked, and what else it may be where they are not candles. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { type CsvPlan, readCsv } from './csv.js';
import type { CsvColumn } from './csv-rows.js';
import { formatsThatFit } from './fit.js';
import type { FormatName } from './formats.js';
import { type Layout, type LayoutOptions, layoutOf, otherFormats } from './layout.js';
import { RowChecks } from './row-checks.js';
import type { Source } from './source.js';

/** Columns as the file has them, checked row by row. */
export interface CandleColumns {
  readonly time: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array | null;
  /** Kept only where they are asked for; null where the file has none. */
  readonly open?: Float64Array | null;
  readonly high?: Float64Array | null;
  readonly low?: Float64Array | null;
  /** Lines or rows of the file. */
  readonly places: Int32Array;
  readonly checks: RowChecks;
}

/** Reads a CSV (also gzip or ZIP); of open, high and low only what is `whole`. Throws UserError with line, cause and remedy. */
export async function readCandleText(source: Source, o: LayoutOptions, whole = false): Promise<CandleColumns> {
  const { path } = source;
  let layout: Layout | undefined;
  let checks: RowChecks | undefined;
  try {
    const { values, lines } = await readCsv(source, o, (head) => {
      layout = layoutOf(path, head, o);
      checks = new RowChecks(fileName(path), 'line', layout.cells.volumeUnit);
      return planOf(layout, checks, whole);
    });
    const rest = [...values];
    const [time, close] = [rest.shift(), rest.shift()] as [Float64Array, Float64Array];
    const { cells } = layout as unknown as Layout;
    const next = (cell: number | null) => (cell === null ? null : (rest.shift() ?? null));
    const volume = next(cells.volume);
    const [opens, high, low] = whole ? [cells.open, cells.high, cells.low].map(next) : [null, null, null];
    const ahead = ((layout as Layout).format?.ahead ?? 0) * 60_000;
    if (ahead !== 0) for (let row = 0; row < time.length; row++) time[row] -= ahead;
    return { time, close, volume, open: opens, high, low, places: lines, checks: checks as RowChecks };
  } catch (error) {
    if (!(error instanceof UserError) || !layout?.format) throw error;
    throw withOtherFormats(error, o.format as FormatName, { ...layout, rowsRead: checks?.rows ?? 0 });
  }
}

/** Time, close and volume are kept; open, high and low are only looked at, where they are not wanted. */
function planOf({ cells, headerLines, names }: Layout, checks: RowChecks, whole: boolean): CsvPlan {
  const name = (cell: number, what: string) => (names === null || names[cell] === '' ? what : names[cell]) ?? what;
  const columns: CsvColumn[] = [];
  const add = (what: 'time' | 'close' | 'volume' | 'open' | 'high' | 'low', passing = false): number => {
    const index = cells[what];
    if (index === null) return -1;
    return columns.push({ index, name: name(index, what), kind: what === 'time' ? 'time' : 'number', passing }) - 1;
  };
  const [time, close, volume] = [add('time'), add('close'), add('volume')];
  const [opens, high, low] = (['open', 'high', 'low'] as const).map((price) => add(price, !whole));
  const at = (row: Float64Array, column: number) => (column < 0 ? Number.NaN : row[column]);
  const check = (row: Float64Array, line: number) => {
    const prices = { open: at(row, opens), high: at(row, high), low: at(row, low), close: row[close] };
    checks.add({ time: row[time], volume: at(row, volume), ...prices }, line);
  };
  return { columns, headerLines, check };
}

/** The error, with the formats that the rows fit where the named one is not among them. */
function withOtherFormats(
  error: UserError,
  format: FormatName,
  { rows, rowsRead }: Layout & { rowsRead: number },
): UserError {
  const fitting = formatsThatFit(rows);
  const odd = fitting.includes(format) || (fitting.length === 0 && rowsRead > 0);
  return odd ? error : new UserError(`${error.message}; ${otherFormats(fitting)}`, error.exitCode);
}
