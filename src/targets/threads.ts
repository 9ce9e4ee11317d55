/** Floor 1. How many threads a target is asked to use. */
import { UserError } from '../errors.js';

/** The number, if it is one. Throws a UserError otherwise. */
export function checkThreads(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new UserError(`threads: a whole number from 1 was expected, got ${threads}; leave it out to use all cores`);
}
