/** Floor 5. Figures of a study in words, for a terminal and for its page. */
import { formatNumber, formatPercent, MISSING } from '../evaluate/report/format.js';
import type { Figure } from './claim.js';

const BPS = 1e4;

/** A number in the unit of its figure. */
export function inUnit(x: number | null, unit: string): string {
  if (x === null || !Number.isFinite(x)) return MISSING;
  if (unit === '%') return formatPercent(x);
  if (unit === 'bps') return `${formatNumber(x * BPS)} bps`;
  return unit === '' ? formatNumber(x) : `${formatNumber(x)} ${unit}`;
}

/** The figure, with its standard error where it has one. */
export function figureText({ value, error, unit }: Figure): string {
  if (error === undefined) return inUnit(value, unit);
  return `${inUnit(value, unit)} ± ${inUnit(error, unit)}`;
}

/** As a claim's number goes into a sentence: 0.34, not 0.33999999999999997. */
export const plain = (x: number): string => String(Number(x.toPrecision(6)));
