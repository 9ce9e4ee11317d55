/** Floor 4. Numbers and times as files write them in text: one grammar for CSV, Arrow and Parquet, data and trades. */
import { epochToMs, parseTimeText } from './time.js';

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A decimal number with or without exponent, outer spaces allowed. NaN for all else: `0x10`, `1_000`, `Infinity`, ''. */
export function parseNumberText(text: string): number {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN;
}

/** An epoch number (s, ms, µs or ns by magnitude) or an ISO-like text, in ms UTC; NaN if it is neither. */
export function parseTimeOrEpoch(text: string): number {
  const epoch = parseNumberText(text);
  return Number.isNaN(epoch) ? parseTimeText(text) : epochToMs(epoch);
}

/** unscaled·10^−scale, as a text that `parseNumberText` makes the nearest float64 of. */
export const decimalText = (unscaled: bigint, scale: number): string => `${unscaled}e${-scale}`;
