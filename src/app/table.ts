/** Floor 5½. Columns of numbers by time, as a file: Arrow, or CSV where its name ends so. */
import type { Dataset } from '../data/dataset.js';
import type { Output } from '../files/output.js';

/** Columns by name, each with a number a row. */
type Columns = Readonly<Record<string, Float64Array>>;

/**
 * Writes the columns after `timestamp`, the times of `rows` of the dataset: in Arrow ms UTC, in CSV ISO 8601. Numbers in
 * CSV are the shortest that are read back to the last bit. Gives the names of the columns.
 */
export async function writeTable(
  output: Output,
  { start, interval }: Pick<Dataset, 'start' | 'interval'>,
  rows: Int32Array,
  columns: Columns,
): Promise<readonly string[]> {
  const times = Array.from(rows, (row) => start + row * interval);
  await output.write(output.path.endsWith('.csv') ? csv(times, columns) : await arrow(times, columns));
  return ['timestamp', ...Object.keys(columns)];
}

async function arrow(times: readonly number[], columns: Columns): Promise<Buffer> {
  const { tableFromArrays, tableToIPC } = await import('apache-arrow');
  return Buffer.from(tableToIPC(tableFromArrays({ timestamp: BigInt64Array.from(times, BigInt), ...columns }), 'file'));
}

/** Rows of CSV that are one string: all of them may be more than the longest that there is. */
const PIECE = 20_000;

function csv(times: readonly number[], columns: Columns): Buffer {
  const cell = (name: string) => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
  const values = Object.values(columns);
  const line = (row: number) => `${[new Date(times[row]).toISOString(), ...values.map((x) => x[row])].join(',')}\n`;
  const pieces = [Buffer.from(`${['timestamp', ...Object.keys(columns)].map(cell).join(',')}\n`)];
  for (let from = 0; from < times.length; from += PIECE) {
    const rows = Math.min(PIECE, times.length - from);
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
