/**
 * Floor 4. Columnar files (Arrow IPC / Feather, Parquet) behind one small interface: columns by name as float64
 * numbers or as times in milliseconds UTC.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../errors.js';
import { readingFailed } from './read-file.js';
import { epochToMs, parseTimeText } from './time.js';

/** A file of equally long columns. `numbers` and `times` throw UserError naming the row of a cell that is neither. */
export interface ColumnTable {
  readonly names: readonly string[];
  readonly rows: number;
  readonly metadata: ReadonlyMap<string, string>;
  numbers(name: string): Float64Array;
  /** Milliseconds UTC, from timestamps, dates, epoch numbers (s, ms, µs or ns by magnitude) or ISO texts. */
  times(name: string): Float64Array;
}

type Cell = number | bigint | string | Date | null | undefined | object;

/** Reads an Arrow IPC (Feather v2) file, plain or with LZ4- or ZSTD-compressed batches. */
export async function readArrowTable(path: string): Promise<ColumnTable> {
  const arrow = await loadArrow();
  const bytes = await readFile(path).catch(readingFailed(path));
  if (bytes.subarray(0, 4).toString('latin1') === 'FEA1') {
    throw new UserError(`${basename(path)}: this is Feather version 1, which is not read; save it again as version 2`);
  }
  try {
    const table = arrow.tableFromIPC(bytes);
    // tableFromIPC answers an empty table for bytes that are no Arrow file.
    if (table.schema.fields.length === 0) throw new Error('no columns in it');
    const metadata = table.schema.metadata;
    const names = table.schema.fields.map((field) => field.name);
    const cells = (name: string): Iterable<Cell> => {
      const vector = table.getChild(name)!;
      // The plain array of a float column is several times faster to walk than the vector.
      const isPlain = arrow.DataType.isFloat(vector.type) && vector.type.precision > 0 && vector.nullCount === 0;
      return isPlain ? vector.toArray() : vector;
    };
    // The reader takes timestamps of any unit to milliseconds, but leaves bare integers alone.
    const isTimestamp = (name: string) => arrow.DataType.isTimestamp(table.getChild(name)!.type);
    const isDate = (name: string) => arrow.DataType.isDate(table.getChild(name)!.type);
    return columnTable(path, names, table.numRows, metadata, cells, (name) => isTimestamp(name) || isDate(name));
  } catch (error) {
    throw unreadable(path, 'Arrow IPC (Feather)', error);
  }
}

/** Reads a Parquet file (uncompressed, Snappy, GZIP, ZSTD, LZ4 or Brotli pages). */
export async function readParquetTable(path: string): Promise<ColumnTable> {
  const { parquetMetadata, parquetRead, parquetSchema } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const bytes = await readFile(path).catch(readingFailed(path));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const metadata = parquetMetadata(file);
    const names = parquetSchema(metadata).children.map((child) => child.element.name);
    const chunks = new Map<string, Map<number, ArrayLike<Cell>>>(names.map((name) => [name, new Map()]));
    await parquetRead({
      file,
      metadata,
      compressors,
      onChunk: (chunk) => void chunks.get(chunk.columnName)?.set(chunk.rowStart, chunk.columnData as ArrayLike<Cell>),
    });
    const cells = function* (name: string): Iterable<Cell> {
      const parts = [...chunks.get(name)!].sort(([a], [b]) => a - b);
      for (const [, part] of parts) for (let i = 0; i < part.length; i++) yield part[i];
    };
    return columnTable(path, names, Number(metadata.num_rows), new Map(), cells, () => false);
  } catch (error) {
    throw unreadable(path, 'Parquet', error);
  }
}

function columnTable(
  path: string,
  names: readonly string[],
  rows: number,
  metadata: ReadonlyMap<string, string>,
  cells: (name: string) => Iterable<Cell>,
  inMilliseconds: (name: string) => boolean,
): ColumnTable {
  const read = (name: string, what: string, convert: (cell: Cell) => number) => {
    const out = new Float64Array(rows);
    let row = 0;
    for (const cell of cells(name)) {
      const value = convert(cell);
      if (!Number.isFinite(value)) {
        const shown = typeof cell === 'string' ? `'${cell}'` : String(cell);
        throw new UserError(
          `${basename(path)} row ${row + 1}: expected ${what} in column '${name}', got ${shown}; mend or remove the row`,
        );
      }
      out[row++] = value;
    }
    return out;
  };
  return {
    names,
    rows,
    metadata,
    numbers: (name) => read(name, 'a number', (cell) => (isNumeric(cell) ? Number(cell) : Number.NaN)),
    times: (name) => {
      const toMs = inMilliseconds(name) ? Number : epochToMs;
      return read(name, 'a time', (cell) => {
        if (cell instanceof Date) return cell.getTime();
        if (typeof cell === 'string') return parseTimeText(cell);
        return isNumeric(cell) ? toMs(Number(cell)) : Number.NaN;
      });
    },
  };
}

function isNumeric(cell: Cell): cell is number | bigint {
  return typeof cell === 'number' || typeof cell === 'bigint';
}

function unreadable(path: string, kind: string, error: unknown): Error {
  if (error instanceof UserError) return error;
  const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return new UserError(`${basename(path)}: expected a whole ${kind} file, got ${reason}; fetch or export it again`);
}

let arrowModule: Promise<typeof import('apache-arrow')> | undefined;

/** apache-arrow with codecs registered: it brings none itself, and Feather files in the wild are LZ4-compressed. */
export function loadArrow(): Promise<typeof import('apache-arrow')> {
  arrowModule ??= (async () => {
    const [arrow, lz4, fzstd] = await Promise.all([import('apache-arrow'), import('lz4js'), import('fzstd')]);
    arrow.compressionRegistry.set(arrow.CompressionType.LZ4_FRAME, { decode: (data) => lz4.decompress(data) });
    // fzstd may answer a view at an odd offset, on which 8-byte numbers cannot be laid.
    const decode = (data: Uint8Array) => {
      const plain = fzstd.decompress(data);
      return plain.byteOffset % 8 === 0 ? plain : plain.slice();
    };
    arrow.compressionRegistry.set(arrow.CompressionType.ZSTD, { decode });
    return arrow;
  })();
  return arrowModule;
}
