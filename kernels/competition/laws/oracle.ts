/** Floor 3. Quotes around the price itself, which no pool sees: what an estimate of it can be worth at most. */
import type { FeeLaw } from '../law.js';
import { FAR, LEAN, LEAST, leaning, scalars, spotOf, WIDTH, type Widths } from './recentre.js';

export const oracle: FeeLaw = {
  name: 'oracle',
  doc: 'quotes around the price outside, which no pool sees: a bound, not a policy',
  parameters: { width: WIDTH, lean: LEAN, least: LEAST, far: FAR },
  start: (c) => ({ bid: c.value.width[0], ask: c.value.width[0], memory: {} }),
  after: (_c, quote) => quote,
  knowing(c, reserves, price) {
    return leaning(price, spotOf(reserves), scalars<keyof Widths>(c));
  },
};
