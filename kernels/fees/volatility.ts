/**
 * Floor 3. A fee that follows the volatility of the prices against each other:
 *
 *   v ← δv + (1 − δ)x,  x the mean over pairs of assets of (Δ ln(pᵢ/pⱼ))² in a step of Δ minutes, δ = 2^(−Δ/halfLife)
 *   fee = min(base + slope·σ, greatestFee),  σ = √(1440·v/Δ): the volatility of a day
 *
 * v starts at 0, so that a window begins at the base. What arbitrage takes grows as σ² and, for given σ, falls with the
 * fee: a pool that charges more while prices move keeps more of it (Milionis, Moallemi and Roughgarden, Automated Market
 * Making and Arbitrage Profits in the Presence of Fees, 2023).
 */
import { constant, type Expr, sub } from '../../src/graph/index.js';
import type { FeeLawModel } from '../../src/pools/model.js';
import { minutesOf } from '../../src/rollout/clock.js';
import { decayOf, greatestFee, halfLife, slope, surcharged } from './surcharge.js';

const MINUTES_A_DAY = 1440;

export const volatilityFee: FeeLawModel<Expr> = {
  name: 'volatility',
  doc: 'the fee rises with the volatility of the prices against each other',
  parameters: {
    slope: slope(0.05, 'Fee added for each unit of volatility a day: 0.05 adds 20 bps at 4 % a day.'),
    halfLife: halfLife(240),
    greatestFee,
  },
  init: () => constant(0),
  fee: (c, base, variance) =>
    surcharged(
      c,
      base,
      variance
        .mul(MINUTES_A_DAY / minutesOf(c.clock))
        .sqrt()
        .mul(c.value.slope[0]),
    ),
  step(c, variance, seen) {
    const decay = decayOf(c);
    return variance.mul(decay).add(seen.variance.mul(sub(1, decay)));
  },
};
