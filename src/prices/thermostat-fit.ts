/** Floor 1. A thermostat in a quadratic potential from what is seen of its position: variance and two autocorrelations. */
import { UserError } from '../errors.js';
import { autocorrelation, type QuadraticScheme, stationaryCovariance } from './phase.js';

export interface Moments {
  readonly dt: number;
  /** Of q. */
  readonly variance: number;
  /** Of q at a lag of one step. */
  readonly first: number;
  /** Of q at another lag. */
  readonly later: { readonly lag: number; readonly value: number };
}

/** Above it k is ill-determined. */
const LARGEST_FIRST = 1 - 1e-8;
const GRID = 2000;

/**
 * Lag 1 is 1 − k·dt²/2 whatever the friction, which gives k; the later lag gives γ, the least that matches; the variance T.
 * Throws UserError where no such system has these moments.
 */
export function fitMoments({ dt, variance, first, later }: Moments): {
  readonly k: number;
  readonly friction: number;
  readonly temperature: number;
} {
  if (!(first > -1 && first <= LARGEST_FIRST)) {
    throw new UserError(
      `fit: an autocorrelation at lag 1 within (−1, 1 − 1e-8] was expected, got ${first}; take a coarser step`,
    );
  }
  const k = (2 * (1 - first)) / (dt * dt);
  const friction = frictionOf({ k, dt }, later);
  const temperature = variance / stationaryCovariance({ k, dt }, 1)[0][0];
  return { k, friction, temperature };
}

/** The least γ at which lag n has its value, by bisection in f² = e^−γdt, which goes from 1 to 0. */
function frictionOf(scheme: Pick<QuadraticScheme, 'k' | 'dt'>, { lag, value }: Moments['later']): number {
  const gamma = (kept: number) => -Math.log(kept) / scheme.dt;
  const miss = (kept: number) => autocorrelation({ ...scheme, friction: gamma(kept) }, lag) - value;
  const at = (i: number) => (i === GRID ? 1e-300 : 1 - i / GRID);
  const i = Array.from({ length: GRID }, (_, n) => n).find((n) => miss(at(n)) * miss(at(n + 1)) <= 0);
  if (i === undefined) {
    throw new UserError(`fit: no friction gives the autocorrelation ${value} at lag ${lag}; take another lag`);
  }
  let [high, low] = [at(i), at(i + 1)];
  const sign = Math.sign(miss(high));
  if (sign === 0) return gamma(high);
  for (let n = 0; n < 200 && low < high; n++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (Math.sign(miss(middle)) === sign) high = middle;
    else low = middle;
  }
  return gamma((low + high) / 2);
}
