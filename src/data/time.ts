/** Floor 4. Times as files write them, and as people read them. All times are UTC; inside, milliseconds. */
import { UserError } from '../errors.js';

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: MINUTE, h: 60 * MINUTE, d: 1440 * MINUTE };

/** Milliseconds in a day; a year has 365 of them everywhere in this project. */
export const DAY = 1440 * MINUTE;

/** Whether roll-outs step by rows so many ms apart: a whole number of them makes a day, or they are of whole days. */
export const isStep = (interval: number): boolean => DAY % interval === 0 || interval % DAY === 0;

/** The last time that JavaScript's dates know, in ms from 1970: September 275760. */
export const LATEST = 8.64e15;

/**
 * An epoch number in s, ms, µs or ns, told apart by magnitude (unambiguous from March 1973 on), in ms.
 * Binance, for one, moved its archives from ms to µs in 2025. NaN beyond the dates that JavaScript knows.
 */
export function epochToMs(epoch: number): number {
  const size = Math.abs(epoch);
  if (size < 1e11) return epoch * 1000;
  if (size < 1e14) return epoch;
  if (size < 1e17) return epoch / 1000;
  // a double has 256 ns here: to the µs
  return size < 8e21 ? Math.round(epoch / 1e3) / 1e3 : Number.NaN;
}

const TIME_TEXT = /^(\d{4})([-.])(\d\d)\2(\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|UTC|[+-]\d\d:?\d\d)?)?$/;

/**
 * An ISO-like text (`2018-01-01`, `2018-01-01 00:05:00`, `2018.01.01 00:05`, with or without a zone) in ms UTC; NaN if it is
 * none, or no day of the calendar: `Date.parse` reads 31 June as 1 July.
 */
export function parseTimeText(text: string): number {
  const match = TIME_TEXT.exec(text.trim());
  if (match === null) return Number.NaN;
  const [, year, , month, day, time = '00:00', zone = 'Z'] = match;
  const date = `${year}-${month}-${day}`;
  if (new Date(`${date}T00:00Z`).getUTCDate() !== Number(day)) return Number.NaN;
  return Date.parse(`${date}T${time}${zone === 'UTC' ? 'Z' : zone}`);
}

/** `2018-01-01T00:05Z`: to the minute, or to the second where the time has seconds. */
export function formatTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return ms % MINUTE === 0 ? `${iso.slice(0, 16)}Z` : `${iso.slice(0, 19)}Z`;
}

/** A duration in its largest whole unit: `1m`, `5m`, `2h`, `45d`. */
export function formatDuration(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find((u) => ms >= UNITS[u] && ms % UNITS[u] === 0);
  return unit === undefined ? `${ms}ms` : `${ms / UNITS[unit]}${unit}`;
}

/** Milliseconds of `1m`, `5m`, `1.5h`, `1d`, `30s`, `250ms`; null for what is none. */
export function durationOf(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim());
  const ms = match === null ? 0 : Number(match[1]) * UNITS[match[2]];
  return ms > 0 ? ms : null;
}

/** The same in whole milliseconds; `op` names the flag in the error. */
export function parseDuration(text: string, op: string): number {
  const ms = durationOf(text);
  if (ms === null || !Number.isInteger(ms))
    throw new UserError(`${op}: expected a duration such as 1m, 5m or 1h, got '${text}'`, 2);
  return ms;
}

/** `129600 minutes`, `365 days`, `7200 steps of 12s`: so many rows that are `interval` ms apart. */
export function stepsText(rows: number, interval: number, show: (rows: number) => string = String): string {
  const units: Readonly<Record<number, string>> = {
    [UNITS.s]: 'seconds',
    [MINUTE]: 'minutes',
    [UNITS.h]: 'hours',
    [DAY]: 'days',
  };
  return `${show(rows)} ${units[interval] ?? `steps of ${formatDuration(interval)}`}`;
}

/** A duration in the largest unit that leaves at least two of it, to three digits: `90m`, `10.5h`, `7d`. */
export function formatAbout(ms: number): string {
  const unit = ['d', 'h', 'm'].find((u) => ms >= 2 * UNITS[u]);
  return unit === undefined ? formatDuration(ms) : `${Number((ms / UNITS[unit]).toPrecision(3))}${unit}`;
}
