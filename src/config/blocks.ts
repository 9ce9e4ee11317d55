/** Floor 4. Blocks of a chain within a step of the data, at which arbitrageurs come to a pool. */
import { formatDuration } from '../data/time.js';
import { ARRIVALS, type Blocks } from '../rollout/bridge.js';
import type { Clock } from '../rollout/clock.js';
import { ConfigError, message } from './explain.js';
import { choice, number, numberIn, strict } from './fields.js';

/** The section `blocks` of a pool. */
export const blocksSection = strict('blocks within a step', {
  seconds: numberIn(
    { above: 0, max: 86_400 },
    message('expected the seconds from one block to the next', 'for example seconds: 12'),
  ).describe('seconds from one block to the next, of which a whole number makes a step'),
  arrival: choice('when blocks come: evenly, or at random moments at the same rate', ARRIVALS, 'regular'),
  seed: number('seed of the prices between rows', 1, { min: 0, max: 2 ** 32 - 1, whole: true }),
}).optional();

const AT = ['pool', 'blocks', 'seconds'];
/** A whole number of blocks but for this. */
const ROUNDING = 1e-6;

/** Blocks of the section. Throws a ConfigError where they do not fit the step. */
export function resolveBlocks(
  { seconds, arrival, seed }: { readonly seconds: number; readonly arrival: Blocks['arrival']; readonly seed: number },
  { interval }: Clock,
): Blocks {
  const step = formatDuration(interval);
  const count = interval / (seconds * 1000);
  if (count < 1 - ROUNDING) {
    throw new ConfigError(
      AT,
      `expected blocks within a step of ${step}, got ${seconds} s; take shorter ones, or leave blocks out`,
    );
  }
  if (Math.abs(count - Math.round(count)) <= ROUNDING) return { interval: interval / Math.round(count), arrival, seed };
  const near = [Math.ceil(count), Math.floor(count)].map((k) => Number((interval / 1000 / k).toPrecision(6)));
  throw new ConfigError(
    AT,
    `expected blocks of which a whole number makes a step of ${step}, got ${seconds}; take ${near.join(' or ')}`,
  );
}
