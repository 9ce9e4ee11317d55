/**
 * Floor 3. A fee that answers to the trades of the pool itself: each raises it, and it falls back by and by.
 *
 *   h ← δh + slope·y,  y = ½ Σ|ΔR|p/Σ Rp the part of the pool that changed hands in a step of Δ minutes, δ = 2^(−Δ/halfLife)
 *   fee = min(base + h, greatestFee)
 *
 * A pool knows its own trades without an oracle, and large ones tell that prices have moved.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import type { FeeLawModel } from '../../src/pools/model.js';
import { decayOf, greatestFee, halfLife, slope, surcharged } from './surcharge.js';

export const impactFee: FeeLawModel<Expr> = {
  name: 'impact',
  doc: 'the fee rises with what was traded in the pool, and falls back',
  parameters: {
    slope: slope(
      1,
      'Fee added for each part of the pool that changed hands: 1 adds 10 bps after a trade of 0.1 % of it.',
    ),
    halfLife: halfLife(10),
    greatestFee,
  },
  init: () => constant(0),
  fee: surcharged,
  step: (c, raised, seen) => raised.mul(decayOf(c)).add(seen.traded.mul(c.value.slope[0])),
};
