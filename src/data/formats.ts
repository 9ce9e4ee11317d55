/** Floor 4. The exchanges' and archives' formats of candles by name: what the cells of their CSV files mean. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { nearestName } from './names.js';
import { recordFormatNames } from './recording/formats.js';

export type VolumeUnit = 'base' | 'quote';

/** Which cells (0-based) of a row are what. */
export interface CandleCells {
  readonly time: number;
  readonly close: number;
  /** null: there is none, or it is not asked for. */
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly volume: number | null;
  /** Whether the volume counts units of the asset (base) or of the numéraire (quote). */
  readonly volumeUnit: VolumeUnit;
}

/** The layout of an exchange's candle CSV, oldest or newest row first. */
export interface CandleFormat {
  /** Where a file has no header; null: its files have one. */
  readonly cells: CandleCells | null;
  /** Cells of a row as documented, and in words for help and errors. */
  readonly width: number;
  readonly words: string;
  /** How the time is written. */
  readonly times: readonly ('s' | 'ms' | 'µs' | 'text')[];
  /** The cell of the volume in the asset beside one in the numéraire: their ratio is a price. */
  readonly baseVolume?: number;
  /** Columns of its files with a header: names of the time, and of a volume in the numéraire. In small letters. */
  readonly header?: { readonly time: readonly string[]; readonly volume: readonly string[] | 'by symbol' };
  /** Minutes by which its clock is ahead of UTC. */
  readonly ahead?: number;
}

const ohlc = { time: 0, open: 1, high: 2, low: 3, close: 4 };

/** Cell orders as in the exchanges' documentation of their candle endpoints and archives. */
export const candleFormats = {
  'bitfinex-candles': {
    // Bitfinex puts close before high and low
    cells: { time: 0, open: 1, close: 2, high: 3, low: 4, volume: 5, volumeUnit: 'base' },
    width: 6,
    words: 'time (ms), open, close, high, low, volume',
    times: ['ms'],
  },
  'binance-klines': {
    cells: { ...ohlc, volume: 7, volumeUnit: 'quote' },
    width: 12,
    words: 'open time (ms or µs), open, high, low, close, volume, close time, quote volume, …',
    times: ['ms', 'µs'],
    baseVolume: 5,
  },
  'coinbase-candles': {
    cells: { time: 0, low: 1, high: 2, open: 3, close: 4, volume: 5, volumeUnit: 'base' },
    width: 6,
    words: 'time (s), low, high, open, close, volume',
    times: ['s'],
  },
  'kraken-ohlcvt': {
    cells: { ...ohlc, volume: 5, volumeUnit: 'base' },
    width: 7,
    words: 'time (s), open, high, low, close, volume, trades',
    times: ['s'],
  },
  'bitstamp-ohlc': {
    cells: { ...ohlc, volume: 5, volumeUnit: 'base' },
    width: 6,
    words: 'timestamp (s), open, high, low, close, volume',
    times: ['s'],
  },
  'bybit-klines': {
    cells: { ...ohlc, volume: 6, volumeUnit: 'quote' },
    width: 7,
    words: 'start time (ms), open, high, low, close, volume, turnover',
    times: ['ms'],
    baseVolume: 5,
  },
  'bybit-mt4': {
    cells: { ...ohlc, volume: 5, volumeUnit: 'base' },
    width: 6,
    words: 'time (YYYY.MM.DD hh:mm, UTC+3), open, high, low, close, volume',
    times: ['text'],
    ahead: 180,
  },
  'okx-candles': {
    cells: { ...ohlc, volume: 7, volumeUnit: 'quote' },
    width: 9,
    words: 'ts (ms), open, high, low, close, vol, volCcy, volCcyQuote, confirm; or by the header of its archives',
    times: ['ms'],
    header: { time: ['ts', 'open_time'], volume: ['volccyquote', 'vol_quote'] },
  },
  'kucoin-klines': {
    // KuCoin puts close before high and low
    cells: { time: 0, open: 1, close: 2, high: 3, low: 4, volume: 6, volumeUnit: 'quote' },
    width: 7,
    words: 'time (s), open, close, high, low, volume, turnover',
    times: ['s'],
    baseVolume: 5,
  },
  cryptodatadownload: {
    cells: null,
    width: 9,
    words: 'a title, a header: unix, date, symbol, open, high, low, close, Volume <asset>, Volume <currency>',
    times: ['s', 'ms', 'µs', 'text'],
    header: { time: ['unix', 'unix timestamp', 'date'], volume: 'by symbol' },
  },
} as const satisfies Record<string, CandleFormat>;

export type FormatName = keyof typeof candleFormats | 'columns';

export const formatNames: readonly FormatName[] = [
  ...(Object.keys(candleFormats) as (keyof typeof candleFormats)[]),
  'columns',
];

/** Whether a word names a format of candles. */
export const isFormat = (name: string): name is FormatName => (formatNames as readonly string[]).includes(name);

/** Checks a `--format` value of candles. */
export function parseFormat(name: string): FormatName {
  if (isFormat(name)) return name;
  const all = [...formatNames, ...recordFormatNames];
  throw new UserError(
    `--format: '${name}' is not known; did you mean '${nearestName(name, all)}'? (${all.join(', ')})`,
    2,
  );
}

/** Names of formats with their cells, for a message. */
export const inWords = (names: readonly FormatName[]): string =>
  names.map((name) => (name === 'columns' ? name : `${name} (${candleFormats[name].words})`)).join('; ');

/** Refuses a header that puts a price elsewhere than the named format does: the prices would be another column's. */
export function checkHeader(
  path: string,
  header: readonly string[],
  name: FormatName,
  cells: CandleCells,
  line: number,
): void {
  for (const price of ['close', 'open', 'high', 'low'] as const) {
    const found = header.findIndex((cell) => cell.toLowerCase() === price);
    const claimed = cells[price] as number;
    if (found < 0 || found === claimed) continue;
    throw new UserError(
      `${fileName(path)} line ${line}: ${name} has the ${price} in cell ${claimed + 1}, but the header has it in cell ${found + 1}; use --format columns`,
    );
  }
}
