/**
 * Floor 4. What recorded trades and tops must be. What would silently make a wrong market is refused with file, place, value
 * and remedy; what feeds do and can be put right is put right and counted.
 */
import { basename } from 'node:path';
import { UserError } from '../../errors.js';
import { formatTime } from '../time.js';
import { formatOf } from './formats.js';
import type { RawColumns } from './raw.js';
import type { Tops, Trades } from './recording.js';

export interface Part {
  readonly path: string;
  readonly format: RawColumns['format'];
  readonly trades: Trades | null;
  readonly tops: Tops | null;
  /** Rows in the file that are of the market. */
  readonly read: number;
  /** What was put right, a sentence each. */
  readonly notes: readonly string[];
}

export interface CheckOptions {
  /** The market wanted of a file with several. */
  readonly symbol?: string;
  /** Whether tops whose bid is not below their ask are left out; else they are refused. */
  readonly crossed: 'refuse' | 'drop';
}

/** Events of a feed come a little out of order; by more it is another order of the file. */
const LATEST_BY = 1000;

/** The rows of one market, checked and in the order of time. Throws UserError. */
export function checkedPart(raw: RawColumns, o: CheckOptions): Part {
  const file = basename(raw.path);
  const kept = ofMarket(raw, o.symbol);
  if (kept.length === 0) throw new UserError(`${file}: expected at least one trade or top, got none; fetch it again`);
  checkIds(raw, kept);
  const { order, moved } = inOrder(raw, kept);
  const notes = moved === 0 ? [] : [`${file}: ${counted(moved, raw.unit)} came out of order by up to a second; sorted`];
  const { kind } = formatOf(raw.format);
  const common = { path: raw.path, format: raw.format, read: kept.length };
  if (kind === 'trades') return { ...common, trades: tradesOf(raw, order), tops: null, notes };
  const { rows, dropped } = uncrossed(raw, order, o.crossed);
  if (dropped > 0) {
    notes.push(`${file}: ${counted(dropped, raw.unit)} with a bid that is not below the ask left out`);
    if (rows.length === 0) throw new UserError(`${file}: expected tops with bid < ask, got none; are they exchanged?`);
  }
  return { ...common, trades: null, tops: topsOf(raw, rows), notes };
}

const counted = (n: number, unit: string) => `${n} ${unit}${n === 1 ? '' : 's'}`;

const at = (raw: RawColumns, row: number): string => `${basename(raw.path)} ${raw.unit} ${raw.places[row]}`;

function ofMarket({ path, symbols, symbol, places }: RawColumns, wanted: string | undefined): Int32Array {
  const all = Int32Array.from(places, (_, row) => row);
  if (symbol === null) return all;
  const which = wanted === undefined ? (symbols.length < 2 ? 0 : -1) : symbols.indexOf(wanted);
  if (which >= 0) return symbols.length < 2 ? all : all.filter((row) => symbol[row] === which);
  if (symbols.length === 0) return all;
  const list = `${symbols.slice(0, 8).join(', ')}${symbols.length > 8 ? ', …' : ''}`;
  throw new UserError(
    wanted === undefined
      ? `${basename(path)}: expected one market, got ${list}; choose one with --symbol ${symbols[0]}`
      : `${basename(path)}: --symbol expected one of its markets, ${list}, got '${wanted}'`,
  );
}

/** A trade that is there twice would count twice. */
function checkIds(raw: RawColumns, rows: Int32Array): void {
  const { id } = raw.values;
  if (id === undefined) return;
  const seen = new Map<number, number>();
  // ascending or descending ids need no table
  const way = Math.sign(id[rows[rows.length - 1]] - id[rows[0]]);
  const isMonotone = rows.every((row, i) => i === 0 || Math.sign(id[row] - id[rows[i - 1]]) === way);
  if (isMonotone && way !== 0) return;
  for (const row of rows) {
    const before = seen.get(id[row]);
    if (before === undefined) seen.set(id[row], row);
    else {
      throw new UserError(
        `${at(raw, row)}: trade ${id[row]} occurs twice (also ${raw.unit} ${raw.places[before]}); remove one of the two`,
      );
    }
  }
}

/** Rows oldest first: those of a file that runs backwards turned round, those of a feed that came late put where they belong. */
function inOrder(raw: RawColumns, rows: Int32Array): { order: Int32Array; moved: number } {
  const time = raw.values.time as Float64Array;
  const backwards = time[rows[rows.length - 1]] < time[rows[0]];
  const order = backwards ? rows.slice().reverse() : rows;
  let latest = Number.NEGATIVE_INFINITY;
  let latestRow = 0;
  let moved = 0;
  for (const row of order) {
    if (time[row] >= latest) {
      [latest, latestRow] = [time[row], row];
      continue;
    }
    moved++;
    if (latest - time[row] <= LATEST_BY) continue;
    throw new UserError(
      `${at(raw, row)}: time ${formatTime(time[row])} is out of order, as ${raw.unit} ${raw.places[latestRow]} has ${formatTime(latest)}; sort the rows by time, or remove what is there twice`,
    );
  }
  // stable: trades of one time stay in their order
  return { order: moved === 0 ? order : order.slice().sort((a, b) => time[a] - time[b] || a - b), moved };
}

function positive(
  raw: RawColumns,
  order: Int32Array,
  names: readonly ('price' | 'size' | 'bid' | 'ask' | 'bidSize' | 'askSize')[],
) {
  for (const name of names) {
    const column = raw.values[name];
    if (column === undefined) continue;
    for (const row of order) {
      if (column[row] > 0) continue;
      throw new UserError(
        `${at(raw, row)}: expected a ${plain[name]} above 0, got ${column[row]}; mend or remove the ${raw.unit}`,
      );
    }
  }
}

const plain = {
  price: 'price',
  size: 'size',
  bid: 'bid',
  ask: 'ask',
  bidSize: 'size of the bid',
  askSize: 'size of the ask',
};

function tradesOf(raw: RawColumns, order: Int32Array): Trades {
  positive(raw, order, ['price', 'size']);
  const { time, side, price, size, base, value } = raw.values as Required<RawColumns['values']>;
  /** In the asset: contracts that count the quote currency, or a fixed amount of it, have a column beside them. */
  const units = (row: number): number => {
    if (base === undefined || (value !== undefined && size[row] !== value[row])) return size[row];
    return base[row] > 0 ? base[row] : size[row];
  };
  return {
    time: Float64Array.from(order, (row) => time[row]),
    side: Int8Array.from(order, (row) => side[row]),
    price: Float64Array.from(order, (row) => price[row]),
    size: Float64Array.from(order, units),
  };
}

function uncrossed(raw: RawColumns, order: Int32Array, policy: CheckOptions['crossed']) {
  positive(raw, order, ['bid', 'ask', 'bidSize', 'askSize']);
  const { bid, ask } = raw.values as Required<RawColumns['values']>;
  const rows = order.filter((row) => bid[row] < ask[row]);
  const dropped = order.length - rows.length;
  if (dropped > 0 && policy === 'refuse') {
    const row = order.find((r) => !(bid[r] < ask[r])) as number;
    throw new UserError(
      `${at(raw, row)}: expected a bid below the ask, got ${bid[row]} and ${ask[row]} (${dropped} such in the file); leave such tops out with --crossed drop, or mend them`,
    );
  }
  return { rows, dropped };
}

function topsOf({ values }: RawColumns, order: Int32Array): Tops {
  const { time, bid, ask, bidSize, askSize } = values;
  const pick = (column: Float64Array | undefined) =>
    column === undefined ? null : Float64Array.from(order, (row) => column[row]);
  const sized = bidSize !== undefined && askSize !== undefined;
  return {
    time: pick(time) as Float64Array,
    bid: pick(bid) as Float64Array,
    ask: pick(ask) as Float64Array,
    bidSize: sized ? pick(bidSize) : null,
    askSize: sized ? pick(askSize) : null,
  };
}
