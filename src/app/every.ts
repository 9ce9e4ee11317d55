/** Floor 5½. `--every`: rows between those of a path. */
import { stepsFault } from '../config/times.js';
import { UserError } from '../errors.js';
import { defaultOf, wholeSteps } from '../rollout/clock.js';

/** An hour, which may be shorter than a step. */
const HOURLY = { default: 60, time: 'minutes', whole: true } as const;

/** Rows of the time asked for. Throws a UserError with exit code 2 where it is no whole number of them. */
export function rowsBetween(asked: number | undefined, interval: number): number {
  const minutes = asked ?? defaultOf(HOURLY, { interval });
  const rows = wholeSteps({ interval }, minutes, 'minutes');
  if (rows !== null) return rows;
  const [expected, way] = stepsFault({ interval }, minutes, 'minutes');
  throw new UserError(`--every: ${expected}, got ${minutes} minutes; ${way}`, 2);
}
