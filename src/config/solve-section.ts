/** Floor 4. The section `solve` of a config: what `hjb solve` is asked beside the market. */
import { z } from 'zod';
import { message } from './explain.js';
import { numberIn, optionalNumber, section } from './fields.js';

const above = { above: 0 };
const rate = { min: 0 };

export const solveFields = {
  horizon: optionalNumber('seconds until the end; none: the long run', above),
  times: z
    .array(numberIn(rate, message('expected seconds to go, 0 or more', 'for example times: [30, 5, 1, 0]')), {
      error: message('expected a list of seconds to go', 'for example times: [30, 5, 1, 0]'),
    })
    .min(1, { error: message('expected at least one time to go', 'leave it out for some of the horizon') })
    .max(50, { error: message('expected at most 50 times to go', 'leave some out') })
    .optional()
    .describe('times to go that are shown, seconds'),
  taker: z
    .union([z.literal('unlimited'), z.number().nonnegative()], {
      error: message('expected lots a second at most, or unlimited', 'system.takerCost is what a lot costs'),
    })
    .optional()
    .describe('how fast inventory may be got rid of by crossing the spread'),
  driftDecay: optionalNumber('rate at which the drift decays, from the start until the horizon', rate),
  gamma: optionalNumber('aversion of exponential utility, per unit of money, in place of phi', above),
  sigma: optionalNumber('volatility of the mid, money per √second', rate),
  mid: optionalNumber('price of the mid, to show basis points too', above),
};

export const solveSection = section('what `hjb solve` is asked beside the market; no training reads it', solveFields);
