/**
 * Floor 4. Numeric columns of a CSV text, fast and in pieces. csv-parse takes 4.7 s for a year of minute candles (520,499
 * rows, 27 MB) because it makes a string of every cell; parsing the wanted cells straight from the bytes takes a fifth of a
 * second. Texts with quoted cells, which candle files hardly ever have, go through csv-parse.
 */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { type CsvDialect, type CsvHead, parseQuoted, readHead } from './csv-head.js';
import { type CsvColumn, type CsvColumns, CsvRows, type RowCheck } from './csv-rows.js';
import { joined, type Source, textOf } from './source.js';
import { textPieces } from './unpack.js';

/** What to read of a text, once its first lines are known. */
export interface CsvPlan {
  readonly columns: readonly CsvColumn[];
  /** Lines (empty ones not counted) before the first row. */
  readonly headerLines: number;
  readonly check?: RowCheck;
}

const NEWLINE = 10;
const QUOTE = 34;
/** Bytes that the first lines are told by. */
const HEAD = 1 << 16;
/** No line of prices is longer, nor a quoted cell. */
const LONGEST = 16 << 20;

/**
 * Reads the wanted columns of a file (also gzip or ZIP). Empty lines are passed over. Throws UserError naming the line for a
 * line with too few or too many cells, a cell that is not a number, or a time that is none.
 */
export async function readCsv(
  source: Source,
  dialect: CsvDialect,
  plan: (head: CsvHead) => CsvPlan,
): Promise<CsvColumns> {
  const { path } = source;
  const { skipLines = 0 } = dialect;
  let line = skipLines + 1;
  let rows: CsvRows | null = null;
  let delimiter = ',';
  for await (let bytes of wholeLines(source, skipLines)) {
    if (rows === null) {
      const head = await readHead(upToLine(bytes), path, dialect.delimiter);
      const { columns, headerLines, check = () => {} } = plan(head);
      delimiter = head.delimiter;
      rows = new CsvRows(path, columns, head.rows[Math.max(0, headerLines - 1)]?.length ?? 1, check);
      const header = bytes.subarray(0, headerEnd(bytes, headerLines));
      bytes = bytes.subarray(header.length);
      line += count(header, NEWLINE);
    }
    if (bytes.includes(QUOTE)) {
      rows.take(await parseQuoted(bytes, path, delimiter, line - 1), line - 1);
      line += count(bytes, NEWLINE);
    } else line = rows.scan(bytes, line, delimiter.charCodeAt(0));
  }
  if (rows === null) throw new UserError(`${fileName(path)}: expected lines of text, got none; fetch it again`);
  return rows.finish();
}

/** The first lines of a file (also gzip or ZIP); none where it has none. */
export async function readFirstLines(source: Source, { delimiter, skipLines = 0 }: CsvDialect): Promise<CsvHead> {
  for await (const bytes of wholeLines(source, skipLines)) return readHead(upToLine(bytes), source.path, delimiter);
  return { rows: [], delimiter: delimiter ?? ',' };
}

/** The text after its first `skip` lines, in pieces that end with a line; a quoted cell lies within one piece. */
async function* wholeLines(source: Source, skip: number): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array = new Uint8Array(0);
  let least = HEAD;
  let atStart = true;
  for await (const piece of textPieces(source)) {
    pending = joined(pending, piece);
    if (atStart && pending.length >= 3) {
      pending = pending.subarray(bomLength(pending));
      atStart = false;
    }
    for (; skip > 0 && pending.includes(NEWLINE); skip--) pending = pending.subarray(pending.indexOf(NEWLINE) + 1);
    const end = skip > 0 ? 0 : pending.lastIndexOf(NEWLINE) + 1;
    const open = end > 0 && count(pending.subarray(0, end), QUOTE) % 2 === 1;
    if (end > 0 && !open && pending.length >= least) {
      yield pending.subarray(0, end);
      pending = pending.subarray(end);
      least = 1;
    } else if (pending.length > LONGEST) throw endless(source.path, open);
  }
  if (skip === 0 && pending.length > 0) yield pending;
}

const endless = (path: string, open: boolean) =>
  new UserError(
    open
      ? `${fileName(path)}: expected CSV, got a quote that does not end within 16 MiB; mend the quotes`
      : `${fileName(path)}: expected CSV, got a line of more than 16 MiB; export it again`,
  );

/** The first lines of a piece, the last of them whole. */
function upToLine(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= HEAD) return bytes;
  const end = bytes.lastIndexOf(NEWLINE, HEAD);
  return bytes.subarray(0, end < 0 ? bytes.indexOf(NEWLINE) + 1 : end + 1);
}

/** Where the first `lines` lines that are not empty end. */
function headerEnd(bytes: Uint8Array, lines: number): number {
  let at = 0;
  while (lines > 0 && at < bytes.length) {
    const end = bytes.indexOf(NEWLINE, at);
    const next = end < 0 ? bytes.length : end + 1;
    if (textOf(bytes, at, next).trim() !== '') lines--;
    at = next;
  }
  return at;
}

function count(bytes: Uint8Array, byte: number): number {
  let found = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) found++;
  return found;
}

function bomLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
