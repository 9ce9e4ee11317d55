/**
 * Floor 1. How deep orders reach where the book's spread changes: an order that finds half the spread s is seen with a depth d ≥ s.
 *
 *     rate of orders that reach a depth of d or more   λ₀e^{−βd},   density at d   λ₀βe^{−βd} for d ≥ s(t)
 *     ln L = n ln λ₀ + n ln β − βΣdᵢ − λ₀∫e^{−βs(t)}dt
 *
 * β by the depths beyond what each order found, which does not lean on when orders come; λ₀ then by their number. With one s
 * these are the estimators of `decayFromDepths`.
 */
import type { Decay } from './calibrate.js';

/** A half-spread and the seconds that it held. */
export interface Held {
  readonly halfSpread: Float64Array;
  readonly seconds: Float64Array;
}

export interface Reach extends Decay {
  readonly count: number;
  readonly seBeta: number;
  readonly seLogLambda0: number;
}

/** β̂ = n/Σ(dᵢ − sᵢ). Throws RangeError where no order goes beyond what it found. */
export function reachOf(depths: ArrayLike<number>, found: ArrayLike<number>, held: Held): Reach {
  const count = depths.length;
  let beyond = 0;
  for (let i = 0; i < count; i++) beyond += depths[i] - found[i];
  if (!(beyond > 0)) throw new RangeError(`depths beyond the best price were expected, got ${count} orders with none`);
  const beta = count / beyond;
  let [exposure, moment] = [0, 0];
  for (let k = 0; k < held.seconds.length; k++) {
    const weight = held.seconds[k] * Math.exp(-beta * held.halfSpread[k]);
    exposure += weight;
    moment += weight * held.halfSpread[k];
  }
  // ∂ln λ₀/∂β is the mean half-spread under these weights
  const leverage = moment / exposure;
  return {
    ...{ beta, count, lambda0: count / exposure },
    seBeta: beta / Math.sqrt(count),
    seLogLambda0: Math.sqrt(1 / count + (leverage * beta) ** 2 / count),
  };
}
