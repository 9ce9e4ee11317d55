/**
 * Floor 4. Trades of others with a pool, from a file to series of a dataset: in each row at most one trade, of an amount
 * paid in of one asset for whatever the pool gives of another.
 */
import { basename } from 'node:path';
import { UserError } from '../errors.js';
import { paidSeries, takenSeries } from '../rollout/series.js';
import type { Dataset } from './dataset.js';
import { nearestName } from './names.js';
import { parseNumberText, parseTimeOrEpoch } from './numbers.js';
import { readTextBytes } from './read-file.js';
import { formatTime } from './time.js';

export interface Trade {
  /** ms UTC */
  readonly time: number;
  /** Columns of the assets paid in and taken out. */
  readonly paid: number;
  readonly taken: number;
  /** Of the asset paid in, fee included. */
  readonly amount: number;
  readonly line: number;
}

export interface TradesReport {
  readonly file: string;
  readonly read: number;
  /** Outside the span of the dataset. */
  readonly outside: number;
  /** Put into a later row, as there was another trade in theirs, and the longest such delay in rows. */
  readonly delayed: number;
  readonly longestDelay: number;
}

const COLUMNS = ['time', 'in', 'out', 'amount'] as const;

/** Reads a CSV (also .gz) with the columns time, in, out, amount; sorted by time. Throws UserError naming the line. */
export async function readTrades(path: string, assets: readonly string[]): Promise<Trade[]> {
  const { parse } = await import('csv-parse/sync');
  const bytes = await readTextBytes(path);
  const name = basename(path);
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  try {
    rows = parse(bytes, { bom: true, columns: true, info: true, trim: true, skip_empty_lines: true }) as never;
  } catch (error) {
    throw new UserError(`${name}: expected CSV, got ${(error as Error).message}; mend the line`);
  }
  const missing = COLUMNS.find((column) => rows.length > 0 && rows[0].record[column] === undefined);
  if (missing !== undefined) {
    throw new UserError(
      `${name}: expected the columns ${COLUMNS.join(', ')}, got ${Object.keys(rows[0].record).join(', ')}; rename them`,
    );
  }
  if (rows.length === 0) throw new UserError(`${name}: expected at least one trade, got none; fetch it again`);
  const trades = rows.map(({ record, info }) => tradeOf(record, info.lines, name, assets));
  return trades.sort((a, b) => a.time - b.time);
}

function tradeOf(record: Record<string, string>, line: number, file: string, assets: readonly string[]): Trade {
  const fail = (what: string, got: string): never => {
    throw new UserError(`${file} line ${line}: expected ${what}, got '${got}'; mend or remove the line`);
  };
  const asset = (column: 'in' | 'out') => {
    const at = assets.indexOf(record[column]);
    const near = nearestName(record[column], assets);
    return at >= 0 ? at : fail(`an asset of the dataset (did you mean ${near}?)`, record[column]);
  };
  const time = parseTimeOrEpoch(record.time);
  if (!Number.isFinite(time)) fail('a time (epoch number or ISO text)', record.time);
  const amount = parseNumberText(record.amount);
  if (!(amount > 0 && amount < Number.POSITIVE_INFINITY)) fail('an amount above 0', record.amount);
  const [paid, taken] = [asset('in'), asset('out')];
  if (paid === taken) fail(`another asset for ${record.in}`, record.out);
  return { time, paid, taken, amount, line };
}

/**
 * Each trade in the row of its time. Trades of one row and direction are added up; one in another direction waits for the
 * next row that is free.
 */
export function placeTrades(
  d: Dataset,
  trades: readonly Trade[],
  file: string,
): { series: Record<string, Float64Array>; report: TradesReport } {
  const zeros = () => d.assets.map(() => new Float64Array(d.rows));
  const [paid, taken] = [zeros(), zeros()];
  const direction = new Int32Array(d.rows).fill(-1);
  const n = d.assets.length;
  let [outside, delayed, longestDelay] = [0, 0, 0];
  for (const trade of trades) {
    const due = Math.floor((trade.time - d.start) / d.interval);
    if (due < 0 || due >= d.rows) {
      outside++;
      continue;
    }
    const wanted = trade.paid * n + trade.taken;
    let row = due;
    while (row < d.rows && direction[row] !== -1 && direction[row] !== wanted) row++;
    if (row === d.rows) {
      throw new UserError(
        `${file} line ${trade.line}: expected a free row for the trade of ${formatTime(trade.time)}, got none up to the end of the dataset; leave it out, or add up trades`,
      );
    }
    direction[row] = wanted;
    paid[trade.paid][row] += trade.amount;
    taken[trade.taken][row] = 1;
    if (row === due) continue;
    delayed++;
    longestDelay = Math.max(longestDelay, row - due);
  }
  if (outside === trades.length) {
    const span = `${formatTime(d.start)} to ${formatTime(d.start + (d.rows - 1) * d.interval)}`;
    throw new UserError(`${file}: expected trades within ${span}, got none; fetch the same dates`);
  }
  const series = Object.fromEntries(
    d.assets.flatMap((asset, i) => [
      [paidSeries(asset), paid[i]],
      [takenSeries(asset), taken[i]],
    ]),
  );
  return { series, report: { file, read: trades.length, outside, delayed, longestDelay } };
}
