/** Floor 4. What the cells of a text of candles are: by the named format, by the header, or by number. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { type ColumnNames, headerCells, isTitle, resolveColumns, type TableColumns } from './candle-columns.js';
import { type CsvDialect, type CsvHead, isHeader } from './csv-head.js';
import { formatsThatFit, volumesAgree } from './fit.js';
import {
  type CandleCells,
  type CandleFormat,
  candleFormats,
  checkHeader,
  type FormatName,
  formatNames,
  inWords,
  type VolumeUnit,
} from './formats.js';

export interface LayoutOptions extends CsvDialect {
  /** undefined: columns by name or number. */
  readonly format?: FormatName;
  readonly columns: ColumnNames;
  /** Unit of a volume column found by name (the exchanges' formats know theirs). */
  readonly volumeUnit: VolumeUnit;
}

/** What the cells of a text are, and its first rows. */
export interface Layout {
  /** null: columns by name or number. */
  readonly format: CandleFormat | null;
  readonly cells: CandleCells;
  readonly headerLines: number;
  readonly names: readonly string[] | null;
  readonly rows: readonly (readonly string[])[];
}

/** Throws UserError where the cells are not told, or the first lines do not have what the format claims. */
export function layoutOf(path: string, head: CsvHead, o: LayoutOptions): Layout {
  const format: CandleFormat | null = o.format === undefined || o.format === 'columns' ? null : candleFormats[o.format];
  // the title that CryptoDataDownload puts above its header
  const titled = format?.header !== undefined && head.rows.length > 1 && isTitle(head.rows[0]);
  const lines = titled ? head.rows.slice(1) : head.rows;
  if (lines.length === 0) throw new UserError(`${fileName(path)}: expected rows of prices, got none; fetch it again`);
  const [first] = lines;
  const asked = [o.columns.time, o.columns.close].some((name) => name !== undefined && isHeaderName(name, first));
  const hasHeader = isHeader(first) || (format === null && asked);
  const rows = hasHeader ? lines.slice(1) : lines;
  const table: TableColumns = { path, names: hasHeader ? first : null, first: rows[0] ?? null };
  const headerLines = (titled ? 1 : 0) + (hasHeader ? 1 : 0);
  const cells = format === null ? columnCells(table, rows, o) : formatCells(table, o, format);
  if (format !== null && !volumesAgree(rows, format)) {
    throw new UserError(
      `${fileName(path)}: ${o.format} has the volume in the asset and in the numéraire side by side, but their ratio is no price here; ${otherFormats(formatsThatFit(rows))}`,
    );
  }
  return { format, cells, headerLines, names: table.names, rows };
}

function columnCells(
  table: TableColumns,
  rows: Layout['rows'],
  { columns, volumeUnit, skipLines = 0 }: LayoutOptions,
): CandleCells {
  const numbered = columns.time !== undefined && columns.close !== undefined;
  if (table.names !== null || numbered) return resolveColumns(table, columns, volumeUnit);
  const fitting = formatsThatFit(rows);
  const all = fitting.length > 0 ? fitting : formatNames.filter((name) => name !== 'columns');
  throw new UserError(
    `${fileName(table.path)}: no header in line ${skipLines + 1}, so the cells' meaning must be told: --format with one of ${inWords(all)}, or numbers of the cells, such as --time-column 1 --close-column 5`,
  );
}

function formatCells(table: TableColumns, o: LayoutOptions, format: CandleFormat): CandleCells {
  const name = o.format as FormatName;
  const named = headerCells(table, format);
  if (named !== null) return named;
  if (format.cells === null) {
    throw new UserError(
      `${fileName(table.path)}: ${name} has ${format.words}, got ${(table.names ?? table.first ?? []).join(', ')}; use --format columns`,
    );
  }
  if (table.names !== null) checkHeader(table.path, table.names, name, format.cells, (o.skipLines ?? 0) + 1);
  return format.cells;
}

/** A name that stands in the first line makes it a header; a number may be a row's. */
const isHeaderName = (asked: string, first: readonly string[]) => !/^\d+$/.test(asked) && first.includes(asked);

/** What to do where the first rows are not what was claimed. */
export const otherFormats = (fitting: readonly FormatName[]): string =>
  fitting.length > 0
    ? `the first rows fit ${inWords(fitting)}`
    : 'the first rows fit no known format: number the cells, such as --time-column 1 --close-column 5';
