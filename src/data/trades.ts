/**
 * Floor 4. Trades of others with a pool, from a file to series of a dataset: in each row at most one trade, of an amount
 * paid in of one asset for whatever the pool gives of another.
 */
import { basename } from 'node:path';
import { UserError } from '../errors.js';
import { paidSeries, takenSeries } from '../pools/series.js';
import { readCsv } from './csv.js';
import type { CsvDialect } from './csv-head.js';
import { assetWords, type CsvColumn } from './csv-rows.js';
import type { Dataset } from './dataset.js';
import { onDisk } from './on-disk.js';
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

/** Reads a CSV (also packed) with the columns time, in, out, amount; sorted by time. Throws UserError naming the line. */
export async function readTrades(path: string, assets: readonly string[], dialect: CsvDialect = {}): Promise<Trade[]> {
  const name = basename(path);
  const { values, lines } = await readCsv(onDisk(path), dialect, ({ rows }) => {
    const header = rows[0] ?? [];
    if (rows.length > 1 && !COLUMNS.every((column) => header.includes(column))) {
      throw new UserError(`${name}: expected the columns ${COLUMNS.join(', ')}, got ${header.join(', ')}; rename them`);
    }
    const asset = assetWords(assets);
    const kinds: Record<string, CsvColumn['kind']> = { time: 'time', in: asset, out: asset, amount: 'number' };
    const columns = COLUMNS.map((column) => ({ index: header.indexOf(column), name: null, kind: kinds[column] }));
    return { columns, headerLines: 1 };
  });
  const [times, paid, taken, amounts] = values;
  if (times.length === 0) throw new UserError(`${name}: expected at least one trade, got none; fetch it again`);
  const trades = Array.from(times, (time, row): Trade => {
    const trade = { time, paid: paid[row], taken: taken[row], amount: amounts[row], line: lines[row] };
    checkTrade(trade, name, assets);
    return trade;
  });
  return trades.sort((a, b) => a.time - b.time);
}

function checkTrade({ paid, taken, amount, line }: Trade, file: string, assets: readonly string[]): void {
  const fail = (what: string, got: string): never => {
    throw new UserError(`${file} line ${line}: expected ${what}, got '${got}'; mend or remove the line`);
  };
  if (!(amount > 0)) fail('an amount above 0', String(amount));
  if (paid === taken) fail(`another asset for ${assets[paid]}`, assets[taken]);
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
