/** Floor 4. Times in a config: a number in the field's own unit, as ever, or text such as 12s, 5m or 1d. */
import { z } from 'zod';
import { durationOf, formatDuration } from '../data/time.js';
import { type Clock, type TimeUnit, UNIT_MS } from '../rollout/clock.js';
import { message } from './explain.js';
import { type NumberRange, numberIn, rangeText } from './fields.js';

/** What an editor takes for a time. */
const TEXT = /^\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*$/;

export const isTimeUnit = (unit: string): unit is TimeUnit => Object.hasOwn(UNIT_MS, unit);

/** What a time may be: `a number from 1 to 10 (minutes)`; of text, what that may be too. */
function timeText(range: NumberRange, unit: TimeUnit, input: unknown): string {
  const number = `${rangeText(range)} (${unit})`;
  return typeof input === 'string' ? `${number}, or a time such as 12s, 5m or 1d` : number;
}

/**
 * A time as a number in `unit`; `text` makes the message (explain.ts) of every way to miss it of what was expected, and
 * `fallback` (in that unit) stands for one that is left out.
 */
export function timeIn(
  range: NumberRange,
  unit: TimeUnit,
  text: (expected: string) => string,
  fallback?: number,
): z.ZodType<number> {
  const error = ({ input }: { input?: unknown }) => text(timeText(range, unit, input));
  const within = numberIn(range, text(timeText(range, unit, 0)));
  const written = z.union([within, z.string().regex(TEXT, { error })], { error });
  return (fallback === undefined ? written : written.default(fallback)).transform((given, c) => {
    const time = typeof given === 'string' ? (durationOf(given) ?? Number.NaN) / UNIT_MS[unit] : given;
    if (within.safeParse(time).success) return time;
    c.issues.push({ code: 'custom', input: given, message: error({ input: given }) });
    return z.NEVER;
  });
}

/** A time with a default in `unit`, which the error names as the way out. */
export function time(doc: string, fallback: number, range: NumberRange, unit: TimeUnit) {
  const text = (expected: string) =>
    message(`expected ${expected}`, `${doc}; leave it out for the default ${fallback}`);
  return timeIn(range, unit, text, fallback).describe(doc);
}

/** What was expected of a time that is not of whole steps, and the nearest that are. */
export function stepsFault(
  { interval }: Clock,
  given: number,
  unit: TimeUnit,
): readonly [expected: string, way: string] {
  const steps = (given * UNIT_MS[unit]) / interval;
  const near = [...new Set([Math.floor(steps), Math.ceil(steps)].map((k) => Math.max(1, k)))];
  const text = near.map((k) => formatDuration(k * interval)).join(' or ');
  return [`expected a time of whole steps of ${formatDuration(interval)}`, `take ${text}`];
}
