// Floor 5. Numbers and dates as a report prints them: a true minus sign, thousands apart, no false digits, UTC.
import type { Parameter } from '../../rollout/model.js';
import { metrics } from '../metrics.js';

export const MISSING = '–';
const MINUS = '\u2212';

/** What the formats differ in. */
const DIFFER = [
  'notation',
  'minimumFractionDigits',
  'maximumFractionDigits',
  'minimumSignificantDigits',
  'maximumSignificantDigits',
] as const;

type Options = Pick<Intl.NumberFormatOptions, (typeof DIFFER)[number]>;

/** Making one takes far longer than using it, and a report prints thousands of figures in a dozen ways. */
const formats = new Map<string, Intl.NumberFormat>();

function localised(x: number, options: Options): string {
  let key = '';
  for (const name of DIFFER) key += `${options[name]} `;
  let format = formats.get(key);
  if (format === undefined) {
    // The sign of a figure that rounds to zero says nothing.
    format = new Intl.NumberFormat('en-US', { signDisplay: 'negative', ...options });
    formats.set(key, format);
  }
  return format.format(x).replace('-', MINUS);
}

/** What is smaller is what rounding left of 0. */
export const NOISE = 1e-9;

/** Fixed decimals, unless that would hide a small figure: then `significant` digits. */
function fixed(x: number, decimals: number, significant: number, options: Options = {}): string {
  const smallest = 10 ** -decimals / 2;
  if (Math.abs(x) > NOISE && Math.abs(x) < smallest)
    return localised(x, { ...options, maximumSignificantDigits: significant });
  return localised(x, { ...options, minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** 1,234.5 · 12.35 · 0.0123: about four significant digits, and never an exponent that one has to decipher. */
export function formatNumber(x: number | null): string {
  if (x === null || !Number.isFinite(x)) return MISSING;
  const size = Math.abs(x);
  if (size <= NOISE) return '0';
  if (size >= 1e15) return formatPower(x);
  if (size >= 1e9) return localised(x, { notation: 'compact', maximumSignificantDigits: 4 });
  if (size >= 1) return localised(x, { maximumFractionDigits: size >= 1000 ? 1 : size >= 100 ? 2 : 3 });
  // 9.99e-5: a computed 1e-4 may fall short of it.
  return localised(x, { maximumSignificantDigits: size < 9.99e-5 ? 3 : 4 });
}

const RAISED = [...'⁰¹²³⁴⁵⁶⁷⁸⁹'];

/** 10⁻⁵ · 2.5 × 10²⁰ */
export function formatPower(x: number): string {
  const [mantissa, exponent] = x.toExponential(2).split('e').map(Number);
  const raised = [...String(Math.abs(exponent))].map((digit) => RAISED[Number(digit)]).join('');
  const power = `10${exponent < 0 ? '⁻' : ''}${raised}`;
  return mantissa === 1 ? power : `${localised(mantissa, { maximumFractionDigits: 2 })} × ${power}`;
}

/** A fraction of 1 as 12.34%; from 1,000% on without decimals. */
export function formatPercent(x: number | null): string {
  if (x === null || !Number.isFinite(x)) return MISSING;
  if (Math.abs(x) >= 10) return `${localised(x * 100, { maximumFractionDigits: 0 })}%`;
  return `${fixed(x * 100, 2, 2)}%`;
}

/** A fraction of 1 with at most three digits, 8.65% or −20%: for axes, shares and changes. */
export function formatShortPercent(x: number, digits = 3): string {
  return `${localised(Math.abs(x) <= NOISE ? 0 : x * 100, { maximumSignificantDigits: digits })}%`;
}

/** A fraction of 1 in basis points: 30 bps. */
export function formatBps(x: number): string {
  const bps = x * 1e4;
  if (Math.abs(x) > NOISE && Math.abs(bps) < 0.005) return `${bps < 0 ? `> ${MINUS}` : '< '}0.01 bps`;
  return `${localised(bps, { maximumFractionDigits: 2 })} bps`;
}

/** 1.25M, 980K, 12.5: for axes. */
export function formatCompact(x: number, digits = 4): string {
  return localised(x, { notation: 'compact', maximumSignificantDigits: digits });
}

/** A figure with as many significant digits as are asked for. */
export const formatDigits = (x: number, digits: number): string => localised(x, { maximumSignificantDigits: digits });

/** Labels of the ticks of an axis, by `write`, with just so many digits that no two are alike, and as many decimals each. */
export function tickLabels(ticks: readonly number[], write: (x: number, digits: number) => string): string[] {
  for (let digits = 3; ; digits++) {
    const labels = ticks.map((tick) => write(tick, digits));
    if (digits === 15 || new Set(labels).size === ticks.length) return aligned(labels);
  }
}

/** 2 and 2.25 as 2.00 and 2.25, where all have one unit; 0 needs no decimals. */
function aligned(labels: string[]): string[] {
  const parts = labels.map((label) => /^(\D?[\d,]+)(?:\.(\d+))?(\D*)$/.exec(label));
  if (new Set(parts.map((p) => p?.[3])).size > 1 || parts.some((p) => p === null)) return labels;
  const most = Math.max(...parts.map((p) => p?.[2]?.length ?? 0));
  return parts.map((p, i) => {
    const [whole, decimals = '', unit] = p!.slice(1);
    return most === 0 || (Number(whole) === 0 && decimals === '')
      ? labels[i]
      : `${whole}.${decimals.padEnd(most, '0')}${unit}`;
  });
}

/** 1.250M, 980.0K, 12.50: for figures beside each other. */
export function formatCompactFigure(x: number): string {
  const minimumSignificantDigits = x === 0 ? 1 : 4;
  return localised(x, { notation: 'compact', minimumSignificantDigits, maximumSignificantDigits: 4 });
}

/** A metric's figure in its own manner. */
export function formatMetric(name: string, x: number | null): string {
  if (x === null || !Number.isFinite(x)) return MISSING;
  return metrics[name]?.kind === 'fraction' ? formatPercent(x) : fixed(x, 2, 2);
}

/** How the ticks of an axis of this metric are written. */
export function metricAxis(name: string): (x: number, digits: number) => string {
  return metrics[name]?.kind === 'fraction' ? formatShortPercent : formatDigits;
}

/** A metric's name for people. */
export function metricLabel(name: string): string {
  return metrics[name]?.label ?? name.replaceAll('_', ' ');
}

/** The unit that a parameter is shown in: shares and fees are fractions (a risk fee is no fee but the slope of one). */
export const shownUnit = ({ transform, role, unit }: Parameter): string =>
  transform.simplex === true || role === 'fee' ? 'fraction' : unit;

/** A parameter's figure with its unit; fractions below 5 % in basis points. */
export function formatQuantity(x: number, unit: string): string {
  if (!Number.isFinite(x)) return MISSING;
  if (unit === 'fraction') return Math.abs(x) < 0.05 ? formatBps(x) : formatPercent(x);
  if (unit === '' || unit === '1') return formatNumber(x);
  return `${formatNumber(x)} ${unit.replace(/^1\//, 'per ')}`;
}

let dates: Intl.DateTimeFormat | undefined;

/** 3 Oct 2018 */
export function formatDate(ms: number): string {
  dates ??= new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  return dates.format(ms);
}

let minutes: Intl.DateTimeFormat | undefined;

/** 3 Oct 2018, 14:30 */
export function formatMinute(ms: number): string {
  minutes ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return minutes.format(ms);
}

/** What comes every so many minutes, as said after `every`: minute, 60 minutes, 3 hours, day, 12 seconds. */
export function everyText(minutes: number): string {
  const seconds = Math.round(minutes * 60_000) / 1000;
  const units = [
    ['day', 86_400, 1],
    ['hour', 3600, 2],
    ['minute', 60, 1],
    ['second', 1, 1],
  ] as const;
  const found = units.find(([, length, least]) => seconds % length === 0 && seconds >= least * length);
  const [name, length] = found ?? ['second', 1];
  const count = seconds / length;
  return count === 1 ? name : `${count} ${name}s`;
}

/** A span in the largest unit that leaves at least two of it: 92 days, 36 hours, 45 minutes, 36 seconds. */
export function formatSpan(ms: number): string {
  if (ms < 2 * 60_000) return `${localised(ms / 1000, { maximumFractionDigits: 2 })} seconds`;
  const minutes = Math.round(ms / 60_000);
  if (minutes >= 2 * 1440) return `${localised(minutes / 1440, { maximumFractionDigits: 0 })} days`;
  if (minutes >= 120) return `${localised(minutes / 60, { maximumFractionDigits: 0 })} hours`;
  return `${minutes} minutes`;
}
