/** Floor 4. Formats of recorded trades and tops of books by name: what their columns are called, and where cells lie without. */
import { UserError } from '../../errors.js';
import type { Words } from '../csv-rows.js';
import { nearestName } from '../names.js';

/** What a column holds. `maker`: whether the buyer's order was the one in the book, so that the seller was the aggressor. */
export const FIELDS = [
  ...(['time', 'price', 'size', 'side', 'maker', 'id', 'symbol', 'base', 'value'] as const),
  ...(['bid', 'ask', 'bidSize', 'askSize'] as const),
] as const;
export type Field = (typeof FIELDS)[number];

/** Places of the columns that there are. */
export type Places = Readonly<Partial<Record<Field, number>>>;

export interface RecordFormat {
  readonly kind: 'trades' | 'tops';
  /** Its columns, for help and errors. */
  readonly words: string;
  /** Names of its columns in the plain form of `plainName`, the likeliest first. */
  readonly names: Readonly<Partial<Record<Field, readonly string[]>>>;
  /** Columns that tell it from the formats below it. */
  readonly telling: readonly string[];
  /** Cells of files without a header; absent where all have one. */
  readonly cells?: Places;
  /** How ids of trades run within a file; absent where they are not numbers. */
  readonly ids?: 'ascending' | 'distinct';
}

/** As the exchanges document their archives and messages; the first that fits counts. */
export const recordFormats = {
  'binance-agg-trades': {
    kind: 'trades',
    words: 'agg_trade_id, price, quantity, first_trade_id, last_trade_id, transact_time (ms or µs), is_buyer_maker, …',
    names: {
      id: ['aggtradeid'],
      time: ['transacttime', 'timestamp', 'time'],
      price: ['price'],
      size: ['quantity', 'qty'],
      maker: ['isbuyermaker'],
      symbol: ['symbol'],
    },
    telling: ['aggtradeid'],
    cells: { id: 0, price: 1, size: 2, time: 5, maker: 6 },
    ids: 'ascending',
  },
  'binance-trades': {
    kind: 'trades',
    words: 'id, price, qty, quote_qty, time (ms or µs), is_buyer_maker, …',
    names: {
      id: ['id'],
      time: ['time'],
      price: ['price'],
      size: ['qty'],
      maker: ['isbuyermaker'],
      base: ['baseqty'],
      symbol: ['symbol'],
    },
    telling: ['id', 'qty', 'isbuyermaker'],
    cells: { id: 0, price: 1, size: 2, time: 4, maker: 5 },
    ids: 'ascending',
  },
  'binance-book-ticker': {
    kind: 'tops',
    words: 'update_id, best_bid_price, best_bid_qty, best_ask_price, best_ask_qty, transaction_time (ms), event_time',
    names: {
      bid: ['bestbidprice'],
      bidSize: ['bestbidqty'],
      ask: ['bestaskprice'],
      askSize: ['bestaskqty'],
      time: ['transactiontime', 'eventtime'],
    },
    telling: ['updateid'],
    cells: { bid: 1, bidSize: 2, ask: 3, askSize: 4, time: 5 },
  },
  'bybit-trades': {
    kind: 'trades',
    words:
      'timestamp (s), symbol, side, size, price, tickDirection, trdMatchID, grossValue, homeNotional, foreignNotional',
    // inverse contracts count dollars: their size in the asset is the home notional
    names: {
      time: ['timestamp'],
      symbol: ['symbol'],
      side: ['side'],
      size: ['size'],
      price: ['price'],
      base: ['homenotional'],
      value: ['foreignnotional'],
    },
    telling: ['trdmatchid'],
  },
  'bybit-spot-trades': {
    kind: 'trades',
    words: 'id, timestamp (ms), price, volume, side, …',
    names: { id: ['id'], time: ['timestamp'], price: ['price'], size: ['volume'], side: ['side'] },
    telling: ['id', 'volume', 'side'],
    ids: 'ascending',
  },
  'hyperliquid-trades': {
    kind: 'trades',
    words: 'coin, side (A, B), px, sz, time (ms), tid, …',
    names: { symbol: ['coin'], side: ['side'], price: ['px'], size: ['sz'], time: ['time'], id: ['tid'] },
    telling: ['coin', 'px', 'sz', 'side'],
    ids: 'distinct',
  },
  trades: {
    kind: 'trades',
    words: 'columns called time, price, size, and side (buy, sell: of the aggressor) or is_buyer_maker',
    names: {
      time: ['timestamp', 'time', 'ts', 'date', 'datetime', 'transacttime', 'tradetime'],
      price: ['price', 'px', 'tradeprice'],
      size: ['size', 'qty', 'quantity', 'amount', 'sz', 'volume', 'vol', 'tradesize'],
      side: ['side', 'aggressorside', 'aggressor', 'takerside', 'direction'],
      maker: ['isbuyermaker', 'buyerismaker', 'buyermaker'],
      symbol: ['symbol', 'coin', 'instrument', 'market', 'pair'],
    },
    telling: [],
  },
  tops: {
    kind: 'tops',
    words: 'columns called time, bid, ask, and bid_size, ask_size',
    names: {
      time: ['timestamp', 'time', 'ts', 'date', 'datetime', 'transactiontime', 'eventtime'],
      bid: ['bid', 'bidprice', 'bestbid', 'bestbidprice', 'bidpx'],
      ask: ['ask', 'askprice', 'bestask', 'bestaskprice', 'askpx'],
      bidSize: ['bidsize', 'bidqty', 'bidamount', 'bidvolume', 'bestbidsize', 'bestbidqty', 'bidsz', 'bidquantity'],
      askSize: ['asksize', 'askqty', 'askamount', 'askvolume', 'bestasksize', 'bestaskqty', 'asksz', 'askquantity'],
      symbol: ['symbol', 'coin', 'instrument', 'market', 'pair'],
    },
    telling: [],
  },
} as const satisfies Record<string, RecordFormat>;

export type RecordFormatName = keyof typeof recordFormats;

export const recordFormatNames = Object.keys(recordFormats) as RecordFormatName[];

export const formatOf = (name: RecordFormatName): RecordFormat => recordFormats[name];

export const isRecordFormat = (name: string): name is RecordFormatName => Object.hasOwn(recordFormats, name);

/** `Is_Buyer Maker` → `isbuyermaker` */
export const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const BUYS = ['buy', 'b', 'bid', 'buyer', '1', '+1'];
const SELLS = ['sell', 's', 'a', 'ask', 'seller', '-1'];

/** The aggressor's side: 1 a buyer, −1 a seller. */
export const sideWords: Words = {
  numberOf: (text) => {
    const word = text.toLowerCase();
    return BUYS.includes(word) ? 1 : SELLS.includes(word) ? -1 : Number.NaN;
  },
  expected: () => 'the side of the aggressor (buy or sell)',
};

/** The aggressor's side by whether the buyer was the maker: then a seller took. */
export const makerWords: Words = {
  numberOf: (text) => {
    const word = text.toLowerCase();
    return ['true', '1', 't'].includes(word) ? -1 : ['false', '0', 'f'].includes(word) ? 1 : Number.NaN;
  },
  expected: () => 'true or false (whether the buyer was the maker)',
};

/** Columns as the user calls them: `price=px,side=dir`. Throws UserError. */
export function parseColumns(text: string): Readonly<Partial<Record<Field, string>>> {
  const entries = text.split(',').map((part): [Field, string] => {
    const at = part.indexOf('=');
    const [name, column] = [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()];
    const field = FIELDS.find((known) => plainName(known) === plainName(name));
    if (field !== undefined && column !== '') return [field, column];
    const near = name === '' ? '' : `; did you mean ${nearestName(name, FIELDS)}=${column}?`;
    throw new UserError(
      `--columns: expected FIELD=column with commas between, such as price=px,size=sz,side=dir, got '${part}'${near} (${FIELDS.join(', ')})`,
      2,
    );
  });
  return Object.fromEntries(entries);
}
