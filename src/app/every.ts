/** Floor 5½. `--every`: rows between those of a path. */
import { stepsFault } from '../config/times.js';
import { UserError } from '../errors.js';
import { defaultOf, wholeSteps } from '../rollout/clock.js';

/** An hour, which may be shorter than a step. */
const HOURLY = { default: 60, time: 'minutes', whole: true } as const;

/** Rows that a path has unless another time between them is asked for, where it has as many steps. */
const FEWEST = 100;

/**
 * Rows of the time asked for; unasked an hour, or less where that would give a path of `steps` rows fewer than 100. Throws a UserError with exit
 * code 2 where it is no whole number of them.
 */
export function rowsBetween(asked: number | undefined, interval: number, steps: number): number {
  const minutes = asked ?? defaultOf(HOURLY, { interval });
  const rows = wholeSteps({ interval }, minutes, 'minutes');
  if (rows !== null) return asked === undefined ? Math.min(rows, Math.max(1, Math.floor(steps / FEWEST))) : rows;
  const [expected, way] = stepsFault({ interval }, minutes, 'minutes');
  throw new UserError(`--every: ${expected}, got ${minutes} minutes; ${way}`, 2);
}
