/**
 * Floor 1. What orders do to the mid, and what it does besides, by maximum likelihood:
 *
 *     ΔS = μΔt + εᵃnᵃ − εᵇnᵇ + σ√Δt·Z,   n the orders of each side within Δt
 *
 * that is least squares weighted by 1/Δt, with White's (1980) standard errors, which allow for a variance that changes.
 */
import { inverse, times } from './linear.js';

/** Spans of time between two sights of the mid. */
export interface MidMoves {
  readonly seconds: Float64Array;
  readonly change: Float64Array;
  /** Buy orders, and sell orders, within. */
  readonly buys: Float64Array;
  readonly sells: Float64Array;
}

interface Told {
  readonly value: number;
  readonly error: number;
}

export interface FlowFit {
  /** Money a √second, beside what orders moved. */
  readonly sigma: Told;
  /** What the mid moves by in all, money a √second. */
  readonly total: number;
  /** Money a second. */
  readonly drift: Told;
  /** Rise of the mid after a buy order, fall after a sell order; null where there are too few of them. */
  readonly jumpAsk: Told | null;
  readonly jumpBid: Told | null;
  /** What is left of each change, over √Δt: σZ. */
  readonly left: Float64Array;
}

const LEAST_ORDERS = 10;

/** Of ten spans or more. Throws RangeError for fewer. */
export function flowOf({ seconds, change, buys, sells }: MidMoves): FlowFit {
  const n = change.length;
  if (n < 10) throw new RangeError(`10 moves of the mid were expected, got ${n}`);
  const count = (of: Float64Array) => of.reduce((a, b) => a + b, 0);
  const has = [true, count(buys) >= LEAST_ORDERS, count(sells) >= LEAST_ORDERS];
  const columns = [(i: number) => seconds[i], (i: number) => buys[i], (i: number) => -sells[i]].filter(
    (_, k) => has[k],
  );
  const at = columns.map((_, k) => k);
  const gram = at.map((j) => at.map((k) => sumOf(n, (i) => (columns[j](i) * columns[k](i)) / seconds[i])));
  const back = inverse(gram);
  const right = at.map((j) => sumOf(n, (i) => (columns[j](i) * change[i]) / seconds[i]));
  const beta = at.map((j) => at.reduce((s, k) => s + back[j][k] * right[k], 0));
  const left = Float64Array.from(
    change,
    (x, i) => (x - at.reduce((s, k) => s + beta[k] * columns[k](i), 0)) / Math.sqrt(seconds[i]),
  );
  const meat = at.map((j) =>
    at.map((k) => sumOf(n, (i) => (columns[j](i) * columns[k](i) * left[i] * left[i]) / seconds[i])),
  );
  const covariance = times(times(back, meat), back);
  const variance = sumOf(n, (i) => left[i] ** 2) / (n - at.length);
  const fourth = sumOf(n, (i) => (left[i] ** 2 - variance) ** 2) / n;
  const told = at.map((j): Told => ({ value: beta[j], error: Math.sqrt(covariance[j][j]) }));
  const next = () => told.shift() ?? null;
  const [drift, jumpAsk, jumpBid] = has.map((is) => (is ? next() : null));
  return {
    sigma: { value: Math.sqrt(variance), error: Math.sqrt(fourth / n) / (2 * Math.sqrt(variance)) },
    total: Math.sqrt(sumOf(n, (i) => change[i] ** 2) / sumOf(n, (i) => seconds[i])),
    drift: drift as Told,
    ...{ jumpAsk, jumpBid, left },
  };
}

function sumOf(n: number, of: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += of(i);
  return total;
}
