/** Floor 4. The first lines of a CSV text: what stands between the cells, and whether the first line names columns. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { parseTimeOrEpoch } from './numbers.js';
import { textOf } from './source.js';

/** As the user states it; left out: told by the first line. */
export interface CsvDialect {
  /** What stands between cells: one of , ; | and tab. */
  readonly delimiter?: string;
  /** Lines above the header or the first row, to be passed over. */
  readonly skipLines?: number;
}

/** The first lines, as cells without quotes and outer spaces. */
export interface CsvHead {
  /** At most 50 lines, empty ones left out; none where the file has none. */
  readonly rows: readonly (readonly string[])[];
  readonly delimiter: string;
}

const DELIMITERS: readonly string[] = [',', ';', '\t', '|'];

const MOST_ROWS = 50;

/** Reads the lines of `bytes`. Throws UserError for bytes that are no text. */
export async function readHead(bytes: Uint8Array, path: string, stated: string | undefined): Promise<CsvHead> {
  const text = textOf(bytes);
  if (text.includes('\0')) {
    throw new UserError(`${fileName(path)}: expected CSV, Arrow or Parquet, got other binary data; export it as one`);
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const delimiter = stated ?? tellDelimiter(lines[0] ?? '');
  const first = lines.slice(0, MOST_ROWS);
  if (!first.some((line) => line.includes('"'))) {
    return { rows: first.map((line) => line.split(delimiter).map((cell) => cell.trim())), delimiter };
  }
  // by itself, so that a quote that is open is found in its line
  await parseQuoted(new TextEncoder().encode(first[0]), path, delimiter, 0);
  const records = await parseQuoted(bytes, path, delimiter, 0, MOST_ROWS);
  return { rows: records.map(({ record }) => record), delimiter };
}

/** The commonest of them in the line, outside quotes; of equally common ones not the comma, which may stand in numbers. */
function tellDelimiter(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => bare.split(delimiter).length;
  return DELIMITERS.reduce((a, b) => (count(b) > 1 && count(b) >= count(a) ? b : a));
}

/** Whether a line can only be a header: something stands in it, and no cell is a number or a time. */
export function isHeader(cells: readonly string[]): boolean {
  return cells.some((cell) => cell !== '') && cells.every((cell) => Number.isNaN(parseTimeOrEpoch(cell)));
}

export interface QuotedRecord {
  readonly record: string[];
  /** Lines of the text up to the end of the record. */
  readonly info: { readonly lines: number };
}

/** Records of a text with quoted cells, which begins after `before` lines of the file. Throws UserError for open quotes. */
export async function parseQuoted(
  bytes: Uint8Array,
  path: string,
  delimiter: string,
  before: number,
  most?: number,
): Promise<QuotedRecord[]> {
  // the same parser as csv-parse/sync, which needs no Node.js
  const { parse } = await import('csv-parse/browser/esm/sync');
  const options = { delimiter, info: true, trim: true, relax_column_count: true, skip_empty_lines: true } as const;
  try {
    // The types of csv-parse do not know what `info` does to the records.
    return parse(textOf(bytes), most === undefined ? options : { ...options, to: most }) as unknown as QuotedRecord[];
  } catch (error) {
    const reason = (error as Error).message.replace(/at line (\d+)/, (_, line) => `at line ${Number(line) + before}`);
    throw new UserError(`${fileName(path)}: expected CSV, got ${reason}; mend the quotes`);
  }
}
