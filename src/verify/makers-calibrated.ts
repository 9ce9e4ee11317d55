/** Floor 5. Cases of a maker's market that is fitted to what was recorded: on plain numbers, in float64 whatever the target. */
import { z } from 'zod';
import { decayFromBins, decayFromDepths, decayFromFills, decayFromTouches } from '../makers/calibrate.js';
import { bounceOf, markoutOf, reversionOf, volatilities } from '../makers/volatility.js';
import { type Compared, comparedNested, kindOf, type NamedCheck, type Nested } from './named.js';
import { number, numbers } from './price-fields.js';

const nested: z.ZodType<Nested> = z.lazy(() => z.union([number.nullable(), z.array(nested)]));
const figures = z.record(z.string(), nested);

const stated = (got: Readonly<Record<string, Nested>>, want: Readonly<Record<string, Nested>>): readonly Compared[] =>
  Object.entries(want).map(([name, wanted]) => comparedNested(name, got[name], wanted));

const time = number.positive();

export const CALIBRATED_KINDS: Readonly<Record<string, NamedCheck>> = {
  'calibration.depths': kindOf(
    z.object({ depths: numbers, duration: time, d0: number }),
    figures,
    ({ depths, duration, d0 }, want) => stated({ ...decayFromDepths(depths, duration, d0) }, want),
  ),
  'calibration.depthBins': kindOf(
    z.object({ edges: z.array(number.nullable()), counts: numbers, duration: time }),
    figures,
    ({ edges, counts, duration }, want) => stated({ ...decayFromBins(edges, counts, duration) }, want),
  ),
  'calibration.fills': kindOf(
    z.object({ offsets: numbers, durations: numbers, fills: numbers }),
    figures,
    ({ offsets, durations, fills }, want) => {
      const { logLikelihood, ...got } = decayFromFills(offsets, durations, fills);
      return stated({ ...got, logLikelihoodNoFactorial: logLikelihood }, want);
    },
  ),
  'calibration.touch': kindOf(
    z.object({ offsets: numbers, touched: numbers, candles: number.int(), dt: time }),
    figures,
    ({ offsets, touched, candles, dt }, want) => stated({ ...decayFromTouches(offsets, touched, candles, dt) }, want),
  ),
  'calibration.volatility': kindOf(
    z.object({ open: numbers, high: numbers, low: numbers, close: numbers }),
    figures,
    (candles, want) => stated({ ...volatilities(candles) }, want),
  ),
  'calibration.roll': kindOf(z.object({ prices: numbers }), figures, ({ prices }, want) =>
    stated({ ...bounceOf(prices) }, want),
  ),
  'calibration.ou': kindOf(z.object({ values: numbers, dt: time }), figures, ({ values, dt }, want) =>
    stated({ ...reversionOf(values, dt) }, want),
  ),
  'calibration.markout': kindOf(
    z.object({ side: numbers, price: numbers, midAtFill: numbers, midAfter: numbers }),
    figures,
    (fills, want) => stated({ ...markoutOf(fills) }, want),
  ),
};
