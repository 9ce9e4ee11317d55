/**
 * Floor 4. The file form of a recording: one Arrow IPC table, a row an event in the order of time, with `timestamp` (µs UTC),
 * of trades `side` (1, −1), `price`, `size`, of tops `bid`, `bid_size`, `ask`, `ask_size`. Where it has both, what a row is not
 * is 0: the side of a top, the bid of a trade. Of one time trades come first, as a top is what they left. The schema's
 * metadata carries the market, the hash and, under `meta.`, the provenance.
 */
import { basename } from 'node:path';
import type { DataType } from 'apache-arrow';
import { UserError } from '../../errors.js';
import { type ColumnTable, readArrowTable } from '../column-table.js';
import { encodeArrow, HASH_KEY, META_PREFIX, narrowest, readMeta } from '../dataset-form.js';
import { onDisk } from '../on-disk.js';
import { detectContainer } from '../series.js';
import { formatTime } from '../time.js';
import { createRecording, type Recording, type Tops, type Trades } from './recording.js';
import { isRecordingTable, MARKET_KEY, TOP_COLUMNS, TRADE_COLUMNS } from './recording-columns.js';

/** Reads a recording that `data import` made. Throws UserError for another file, and for a damaged one. */
export const loadRecording = async (path: string): Promise<Recording> =>
  recordingOf(await readArrowTable(onDisk(path)), basename(path));

/** Whether a file is a recording; false for what is no Arrow file. Throws UserError where it cannot be read. */
export const isRecordingFile = async (path: string): Promise<boolean> =>
  (await detectContainer(onDisk(path))) === 'arrow' && isRecordingTable(await readArrowTable(onDisk(path)));

/** The recording in a table of a file of that name. */
export function recordingOf(table: ColumnTable, name: string): Recording {
  if (!isRecordingTable(table)) {
    throw new UserError(
      `${name}: expected a recording of trades or tops of a book, got the columns ${table.names.join(', ')}; make one of an exchange's files with 'poolgrad data import'`,
    );
  }
  const has = (columns: readonly string[]) => columns.every((column) => table.names.includes(column));
  const time = table.times('timestamp');
  const side = has(TRADE_COLUMNS) ? table.numbers('side') : null;
  const isTrade = (row: number) => side !== null && side[row] !== 0;
  const places = (of: (row: number) => boolean) => Int32Array.from(rowsWhere(time.length, of));
  const pick = (at: Int32Array, column: Float64Array) => Float64Array.from(at, (row) => column[row]);
  const trades = side === null ? null : tradesAt(places(isTrade), table, time, side, pick);
  const tops = has(TOP_COLUMNS)
    ? topsAt(
        places((row) => !isTrade(row)),
        table,
        time,
        pick,
      )
    : null;
  checkOrder(time, name);
  checkEvents(trades, tops, name);
  const [asset, quote = null] = (table.metadata.get(MARKET_KEY) ?? name.replace(/\.\w+$/, '')).split('\t');
  const recording = createRecording({ asset, quote, trades, tops, meta: readMeta(table, name) });
  const expected = table.metadata.get(HASH_KEY);
  if (expected !== undefined && expected !== recording.hash) {
    throw new UserError(
      `${name}: its numbers do not match the hash stored with them (${expected.slice(0, 12)}…); the file was damaged or edited: make it again`,
    );
  }
  return recording;
}

function* rowsWhere(rows: number, of: (row: number) => boolean): Generator<number> {
  for (let row = 0; row < rows; row++) if (of(row)) yield row;
}

type Pick = (at: Int32Array, column: Float64Array) => Float64Array;

function tradesAt(at: Int32Array, table: ColumnTable, time: Float64Array, side: Float64Array, pick: Pick): Trades {
  const [price, size] = ['price', 'size'].map((column) => pick(at, table.numbers(column)));
  return { time: pick(at, time), side: Int8Array.from(at, (row) => side[row]), price, size };
}

function topsAt(at: Int32Array, table: ColumnTable, time: Float64Array, pick: Pick): Tops {
  const column = (name: string) => (table.names.includes(name) ? pick(at, table.numbers(name)) : null);
  const [bid, ask] = TOP_COLUMNS.map((name) => pick(at, table.numbers(name)));
  const [bidSize, askSize] = ['bid_size', 'ask_size'].map(column);
  const sized = bidSize !== null && askSize !== null;
  return { time: pick(at, time), bid, ask, bidSize: sized ? bidSize : null, askSize: sized ? askSize : null };
}

function checkOrder(time: Float64Array, name: string): void {
  for (let row = 1; row < time.length; row++) {
    if (time[row] >= time[row - 1]) continue;
    throw new UserError(
      `${name} row ${row + 1}: expected events in the order of time, got ${formatTime(time[row])} after ${formatTime(time[row - 1])}; import it again`,
    );
  }
  if (time.length === 0) throw new UserError(`${name}: expected at least one trade or top, got none; import it again`);
}

/** What only a file that another program wrote or damaged can have. */
function checkEvents(trades: Trades | null, tops: Tops | null, name: string): void {
  const fail = (what: string, got: string) => new UserError(`${name}: expected ${what}, got ${got}; import it again`);
  if (trades !== null) {
    const { side, price, size } = trades;
    for (let i = 0; i < side.length; i++) {
      if (Math.abs(side[i]) === 1 && price[i] > 0 && size[i] > 0) continue;
      throw fail(
        'trades of side 1 or -1, price and size above 0',
        `side ${side[i]}, price ${price[i]}, size ${size[i]}`,
      );
    }
  }
  if (tops !== null) {
    const { bid, ask, bidSize, askSize } = tops;
    for (let i = 0; i < bid.length; i++) {
      const sizes = bidSize === null || askSize === null || (bidSize[i] > 0 && askSize[i] > 0);
      if (bid[i] > 0 && ask[i] > bid[i] && sizes) continue;
      throw fail('tops with 0 < bid < ask and sizes above 0', `bid ${bid[i]}, ask ${ask[i]}`);
    }
  }
}

/** The bytes of a recording's file. */
export async function encodeRecording({ asset, quote, trades, tops, hash, meta }: Recording): Promise<Uint8Array> {
  const arrow = await import('apache-arrow');
  const order = mergedOrder(trades, tops);
  const rows = order.length;
  /** What trades have in their rows, and tops in theirs; 0 elsewhere. */
  const spread = (ofTrades: ArrayLike<number> | null, ofTops: ArrayLike<number> | null) =>
    Float64Array.from(order, (at) => (at >= 0 ? ofTrades?.[at] : ofTops?.[-1 - at]) ?? 0);
  const times = spread(trades?.time ?? null, tops?.time ?? null);
  const columns: [string, DataType, Float32Array | Float64Array | BigInt64Array | Int8Array][] = [
    [
      'timestamp',
      new arrow.TimestampMicrosecond('UTC'),
      BigInt64Array.from(times, (ms) => BigInt(Math.round(1e3 * ms))),
    ],
  ];
  const add = (name: string, ofTrades: ArrayLike<number> | null, ofTops: ArrayLike<number> | null) => {
    if (ofTrades === null && ofTops === null) return;
    const data = narrowest(spread(ofTrades, ofTops));
    columns.push([name, data instanceof Float32Array ? new arrow.Float32() : new arrow.Float64(), data]);
  };
  if (trades !== null) {
    columns.push(['side', new arrow.Int8(), Int8Array.from(spread(trades.side, null))]);
    add('price', trades.price, null);
    add('size', trades.size, null);
  }
  if (tops !== null) {
    add('bid', null, tops.bid);
    add('bid_size', null, tops.bidSize);
    add('ask', null, tops.ask);
    add('ask_size', null, tops.askSize);
  }
  return encodeArrow(columns, rows, [
    [HASH_KEY, hash],
    [MARKET_KEY, [asset, ...(quote === null ? [] : [quote])].join('\t')],
    ...Object.entries(meta).map(([key, value]): [string, string] => [META_PREFIX + key, value]),
  ]);
}

/** Events in the order of time: i ≥ 0 is trade i, −1 − j is top j. Of one time trades come first. */
function mergedOrder(trades: Trades | null, tops: Tops | null): Int32Array {
  const [a, b] = [trades?.time ?? new Float64Array(0), tops?.time ?? new Float64Array(0)];
  const order = new Int32Array(a.length + b.length);
  let [i, j] = [0, 0];
  for (let row = 0; row < order.length; row++) {
    order[row] = j === b.length || (i < a.length && a[i] <= b[j]) ? i++ : -1 - j++;
  }
  return order;
}
