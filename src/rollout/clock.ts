/** Floor 2. Times in steps: what is so many minutes or days long takes so many steps of a clock. */
/** How long a step is. */
export interface Clock {
  /** Milliseconds. */
  readonly interval: number;
}

/** What the number of a time counts. */
export type TimeUnit = 'seconds' | 'minutes' | 'hours' | 'days';

/** A step a minute. */
export const MINUTES: Clock = { interval: 60_000 };

const MINUTE = 60_000;

/** Milliseconds of what the number of a time counts. */
export const UNIT_MS: Readonly<Record<TimeUnit, number>> = {
  seconds: 1000,
  minutes: MINUTE,
  hours: 60 * MINUTE,
  days: 1440 * MINUTE,
};

/** Rows of a time in minutes, at least 1. */
export const rowsOf = ({ interval }: Clock, minutes: number): number =>
  Math.max(1, Math.round((minutes * MINUTE) / interval));

/** Minutes of so many steps, 1 unless told. */
export const minutesOf = ({ interval }: Clock, steps = 1): number => (steps * interval) / MINUTE;

/** Steps of a day, which need be no whole number. */
export const rowsPerDay = ({ interval }: Clock): number => UNIT_MS.days / interval;

/** `every` of an objective that samples each step: shorter than any. */
export const EACH_STEP = Number.MIN_VALUE;

/** A time is a whole number of steps within this part of one: minutes of 5 s are 0.08333…. */
const ROUNDING = 1e-6;

/** The steps of a time, in its unit; null where that is no whole number of them from 1 on. */
export function wholeSteps({ interval }: Clock, time: number, unit: TimeUnit): number | null {
  const steps = (time * UNIT_MS[unit]) / interval;
  const whole = Math.round(steps);
  return whole >= 1 && Math.abs(steps - whole) <= ROUNDING ? whole : null;
}

/** What of a setting decides on its default. */
export interface Defaults {
  readonly default: number;
  readonly time?: TimeUnit;
  readonly whole?: true;
  readonly stepByDefault?: true;
}

/** The default of a setting: a time of whole steps is raised to such. */
export function defaultOf(s: Defaults, { interval }: Clock): number {
  if (s.time === undefined || s.whole !== true) return s.default;
  const step = interval / UNIT_MS[s.time];
  return s.stepByDefault === true ? step : Math.max(1, Math.ceil(s.default / step - ROUNDING)) * step;
}
