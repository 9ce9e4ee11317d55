/** Floor 3. Time of price dynamics: a year has 365 days, as everywhere. */
import type { Clock } from '../../src/rollout/clock.js';

const YEAR = 365 * 86_400_000;

/** A step in years. */
export const yearsOf = ({ interval }: Clock): number => interval / YEAR;

/** The clock whose step takes so many years. */
export const clockOf = (years: number): Clock => ({ interval: years * YEAR });
