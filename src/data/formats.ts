/** Floor 4. What the cells of a candle file mean: the exchanges' formats by name, and columns found by their names. */
import { basename } from 'node:path';
import { UserError } from '../errors.js';
import { nearestName } from './names.js';

/** The layout of an exchange's headerless candle CSV (0-based cells). */
export interface CandleFormat {
  readonly time: number;
  readonly close: number;
  readonly volume: number;
  /** Whether the volume counts units of the asset (base) or of the numéraire (quote). */
  readonly volumeUnit: VolumeUnit;
  /** Whether the exchange serves the newest row first. */
  readonly newestFirst: boolean;
  /** The cells in words, for help and errors. */
  readonly cells: string;
}

export type VolumeUnit = 'base' | 'quote';

/** Formats by name. Cell orders as in the exchanges' documentation of their candle endpoints and archives. */
export const candleFormats = {
  'bitfinex-candles': {
    time: 0,
    close: 2, // Bitfinex puts close before high and low
    volume: 5,
    volumeUnit: 'base',
    newestFirst: false,
    cells: 'time (ms), open, close, high, low, volume',
  },
  'binance-klines': {
    time: 0,
    close: 4,
    volume: 7,
    volumeUnit: 'quote',
    newestFirst: false,
    cells: 'open time (ms or µs), open, high, low, close, volume, close time, quote volume, …',
  },
  'coinbase-candles': {
    time: 0,
    close: 4,
    volume: 5,
    volumeUnit: 'base',
    newestFirst: true,
    cells: 'time (s), low, high, open, close, volume',
  },
} as const satisfies Record<string, CandleFormat>;

export type FormatName = keyof typeof candleFormats | 'columns';

export const formatNames: readonly FormatName[] = [
  ...(Object.keys(candleFormats) as (keyof typeof candleFormats)[]),
  'columns',
];

/** Checks a `--format` value. */
export function parseFormat(name: string): FormatName {
  if ((formatNames as readonly string[]).includes(name)) return name as FormatName;
  throw new UserError(
    `--format: '${name}' is not known; did you mean '${nearestName(name, formatNames)}'? (${formatNames.join(', ')})`,
    2,
  );
}

/** Column names as given by the user; where one is undefined, the usual names are tried. */
export interface ColumnNames {
  readonly time?: string;
  readonly close?: string;
  readonly volume?: string;
}

const USUAL = {
  time: ['timestamp', 'time', 'date', 'datetime', 'open_time', 'open time', 'unix'],
  close: ['close', 'price', 'close_price'],
  volume: ['volume', 'volume_base', 'base_volume', 'vol'],
} as const;

/**
 * Finds the columns in a header. The volume may be missing (null) unless it was named. Throws UserError with the columns
 * that there are.
 */
export function resolveColumns(
  path: string,
  header: readonly string[],
  wanted: ColumnNames,
): { time: string; close: string; volume: string | null } {
  const find = (what: keyof ColumnNames): string | null => {
    const asked = wanted[what];
    if (asked === undefined) return header.find((h) => USUAL[what].some((name) => name === h.toLowerCase())) ?? null;
    if (header.includes(asked)) return asked;
    throw new UserError(
      `${basename(path)}: --${what}-column '${asked}' is not among its columns: ${header.join(', ')}; did you mean '${nearestName(asked, header)}'?`,
    );
  };
  const need = (what: 'time' | 'close'): string => {
    const found = find(what);
    if (found !== null) return found;
    throw new UserError(
      `${basename(path)}: no ${what} column among ${header.join(', ')}; name it with --${what}-column, or the layout with --format`,
    );
  };
  return { time: need('time'), close: need('close'), volume: find('volume') };
}

/** Refuses a header that puts the close elsewhere than the named format does: the prices would be another column's. */
export function checkHeader(path: string, header: readonly string[], name: FormatName, format: CandleFormat): void {
  const close = header.findIndex((cell) => cell.toLowerCase() === 'close');
  if (close < 0 || close === format.close) return;
  throw new UserError(
    `${basename(path)} line 1: ${name} has the close in cell ${format.close + 1}, but the header has it in cell ${close + 1}; use --format columns`,
  );
}
