/**
 * Floor 4. A recording of one market: trades by the side that took, tops of its book, or both, each in the order of time; and
 * its identity (a hash over what the numbers are, not over how a file stores them).
 */
import { sha256 } from '../../hash.js';

/** Trades of others, a row each, oldest first. */
export interface Trades {
  /** ms UTC to the microsecond, never descending. */
  readonly time: Float64Array;
  /** Of the aggressor: 1 where a buyer took (an ask of the book was filled), −1 where a seller did. */
  readonly side: Int8Array;
  /** In the quote currency, > 0. */
  readonly price: Float64Array;
  /** Units of the asset, > 0. */
  readonly size: Float64Array;
}

/** The best bid and ask from a time on, a row each, oldest first. */
export interface Tops {
  /** ms UTC to the microsecond, never descending. */
  readonly time: Float64Array;
  /** 0 < bid < ask. */
  readonly bid: Float64Array;
  readonly ask: Float64Array;
  /** Units of the asset on offer there, > 0; both null where they were not recorded. */
  readonly bidSize: Float64Array | null;
  readonly askSize: Float64Array | null;
}

/** At least one of trades and tops is there. */
export interface Recording {
  readonly asset: string;
  /** The currency of its prices; null where it is not known. */
  readonly quote: string | null;
  readonly trades: Trades | null;
  readonly tops: Tops | null;
  /** sha256 (hex) over asset, quote, trades and tops. */
  readonly hash: string;
  /** Provenance: source, recipe, … Not part of the hash. */
  readonly meta: Readonly<Record<string, string>>;
}

/** Completes the fields of a recording with their hash; times are rounded to µs. Throws RangeError where columns are not equally long, or all missing. */
export function createRecording(fields: Omit<Recording, 'hash'>): Recording {
  const { trades, tops } = fields;
  if (trades === null && tops === null) throw new RangeError('createRecording: expected trades or tops, got neither');
  for (const columns of [trades, tops]) {
    const lengths = columnsOf(columns).map((column) => column.length);
    if (lengths.some((length) => length !== lengths[0])) {
      throw new RangeError(`createRecording: expected equally long columns, got ${lengths.join(', ')}`);
    }
  }
  const timed = {
    ...fields,
    trades: trades === null ? null : { ...trades, time: toMicroseconds(trades.time) },
    tops: tops === null ? null : { ...tops, time: toMicroseconds(tops.time) },
  };
  return { ...timed, hash: hashOf(timed) };
}

/** Times of which a file keeps every bit. */
const toMicroseconds = (time: Float64Array): Float64Array => time.map((ms) => Math.round(1e3 * ms) / 1e3);

const columnsOf = (columns: Trades | Tops | null): (Float64Array | Int8Array)[] =>
  columns === null ? [] : Object.values(columns).filter((column) => column !== null);

function hashOf({ asset, quote, trades, tops }: Omit<Recording, 'hash'>): string {
  const head = { asset, quote, trades: trades !== null, tops: tops !== null, sizes: tops?.bidSize != null };
  const all = [
    ...(trades === null ? [] : [trades.time, trades.side, trades.price, trades.size]),
    ...(tops === null ? [] : [tops.time, tops.bid, tops.ask, tops.bidSize, tops.askSize]),
  ];
  const bytes = all.flatMap((column) =>
    column === null ? [] : [new Uint8Array(column.buffer, column.byteOffset, column.byteLength)],
  );
  return sha256(JSON.stringify(head), ...bytes);
}

/** Times of the first and the last event, ms UTC. */
export function spanOf({ trades, tops }: Pick<Recording, 'trades' | 'tops'>): { from: number; to: number } {
  const times = [trades, tops].flatMap((part) => (part === null ? [] : [part.time]));
  return {
    from: Math.min(...times.map((time) => time[0])),
    to: Math.max(...times.map((time) => time[time.length - 1])),
  };
}

/** Rows of `time` before `t`, which never descends: the place of the first at or after it. */
export function rowsBefore(time: Float64Array, t: number): number {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle] < t) low = middle + 1;
    else high = middle;
  }
  return low;
}
