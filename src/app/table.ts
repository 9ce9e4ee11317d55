/** Floor 5½. Columns of numbers by time, as a file: Arrow, or CSV where its name ends so. */
import type { Output } from '../files/output.js';

/** Columns by name, each with a number a row. */
type Columns = Readonly<Record<string, Float64Array>>;

/** When rows are: from a time on (ms UTC, as of a dataset), or (null) steps of a scenario, which has no date. */
export interface Times {
  readonly start: number | null;
  /** Milliseconds. */
  readonly interval: number;
}

/**
 * Writes the columns after the times of `rows`: `timestamp`, in Arrow ms UTC, in CSV ISO 8601; or `step` and `seconds` since
 * the first. Numbers in CSV are the shortest that are read back to the last bit. Gives the names of the columns.
 */
export async function writeTable(
  output: Output,
  { start, interval }: Times,
  rows: Int32Array,
  columns: Columns,
): Promise<readonly string[]> {
  const isCsv = output.path.endsWith('.csv');
  if (start === null) {
    const seconds = Float64Array.from(rows, (row) => (row * interval) / 1000);
    const all = { step: Float64Array.from(rows), seconds, ...columns };
    await output.write(isCsv ? csv(all) : await arrow(all));
    return Object.keys(all);
  }
  const at = Array.from(rows, (row) => start + row * interval);
  await output.write(
    isCsv
      ? csv({ timestamp: at.map((ms) => new Date(ms).toISOString()), ...columns })
      : await arrow({ timestamp: BigInt64Array.from(at, BigInt), ...columns }),
  );
  return ['timestamp', ...Object.keys(columns)];
}

type Cells = Readonly<Record<string, ArrayLike<string | number>>>;
type ArrowColumns = Readonly<Record<string, Float64Array | BigInt64Array>>;

async function arrow(columns: ArrowColumns): Promise<Buffer> {
  const { tableFromArrays, tableToIPC } = await import('apache-arrow');
  return Buffer.from(tableToIPC(tableFromArrays(columns), 'file'));
}

/** Rows of CSV that are one string: all of them may be more than the longest that there is. */
const PIECE = 20_000;

function csv(columns: Cells): Buffer {
  const cell = (name: string) => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
  const values = Object.values(columns);
  const count = values[0].length;
  const line = (row: number) => `${values.map((x) => x[row]).join(',')}\n`;
  const pieces = [Buffer.from(`${Object.keys(columns).map(cell).join(',')}\n`)];
  for (let from = 0; from < count; from += PIECE) {
    const rows = Math.min(PIECE, count - from);
    pieces.push(Buffer.from(Array.from({ length: rows }, (_, i) => line(from + i)).join('')));
  }
  return Buffer.concat(pieces);
}

/** Columns of a row-major array, one for each name. */
export function columnsOf(data: Float64Array, names: readonly string[]): Record<string, Float64Array> {
  const rows = data.length / names.length;
  const column = (i: number) => Float64Array.from({ length: rows }, (_, row) => data[row * names.length + i]);
  return Object.fromEntries(names.map((name, i) => [name, column(i)]));
}
