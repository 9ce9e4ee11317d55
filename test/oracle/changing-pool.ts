/**
 * A second implementation, in plain loops: a pool of two assets with constant weights whose fee, gas, shares and trades
 * change from minute to minute. Reserves here are those of all shares; results are of those of the first minute.
 */

export interface ChangingPool {
  /** rows × 2 */
  readonly prices: Float64Array;
  readonly rows: number;
  readonly weights: readonly [number, number];
  readonly value: number;
  readonly gas?: (t: number) => number;
  readonly supply?: (t: number) => number;
  /** A trade of minute t: what is paid in of which asset. */
  readonly trade?: (t: number) => { readonly paid: 0 | 1; readonly amount: number } | null;
  readonly noiseRatio?: number;
  /** The fee of minute t, from what was seen up to the minute before. */
  readonly fee: (t: number, seen: readonly Seen[]) => number;
  /** Whether the pool trades in minute t. */
  readonly open?: (t: number) => boolean;
}

export interface Seen {
  readonly variance: number;
  readonly traded: number;
}

export interface Minutes {
  readonly values: number[];
  readonly fees: number[];
  readonly charged: number[];
}

export function simulate(p: ChangingPool): Minutes {
  const price = (t: number, i: number) => p.prices[2 * t + i];
  const supply = p.supply ?? (() => 1);
  const r = p.weights.map((w, i) => (w * p.value) / price(0, i));
  const worth = (t: number) => r[0] * price(t, 0) + r[1] * price(t, 1);
  const out: Minutes = { values: [p.value], fees: [0], charged: [] };
  const seen: Seen[] = [];
  for (let t = 1; t < p.rows; t++) {
    const shares = supply(t) / supply(0);
    const grown = supply(t) / supply(t - 1);
    for (const i of [0, 1]) r[i] *= grown;
    const before = [...r];
    const fee = p.fee(t, seen);
    const earned = p.open === undefined || p.open(t) ? minute(p, r, t, fee) : 0;
    out.charged.push(fee);
    out.fees.push(out.fees[t - 1] + earned / shares);
    out.values.push(worth(t) / shares);
    const moved = [0, 1].reduce<number>((sum, i) => sum + Math.abs(r[i] - before[i]) * price(t, i), 0);
    const change = [0, 1].map((i) => Math.log(price(t, i) / price(t - 1, i)));
    seen.push({ variance: (change[0] - change[1]) ** 2, traded: moved / 2 / worth(t) });
  }
  return out;
}

/** Arbitrage, then a trade of somebody else; the fees of both, in the numéraire. Changes `r`. */
function minute(p: ChangingPool, r: number[], t: number, fee: number): number {
  const price = (i: number) => p.prices[2 * t + i];
  const gamma = 1 - fee;
  const [w0, w1] = p.weights;
  let earned = 0;
  for (const [a, b] of [
    [0, 1],
    [1, 0],
  ]) {
    const [wa, wb] = a === 0 ? [w0, w1] : [w1, w0];
    // paying in a until its price in the pool, times γ, is that outside: R_a′ = R_a·(γ·q_b/q_a)^(w_b/(w_a + w_b))
    const ratio = (gamma * (r[b] * price(b)) * wa) / (wb * r[a] * price(a));
    if (!(ratio > 1)) continue;
    const seenIn = r[a] * (ratio ** (wb / (wa + wb)) - 1);
    const taken = r[b] * (1 - (r[a] / (r[a] + seenIn)) ** (wa / wb));
    const profit = taken * price(b) - (seenIn / gamma) * price(a);
    if (profit <= (p.gas?.(t) ?? 0)) break;
    r[a] += seenIn / gamma;
    r[b] -= taken;
    earned += (seenIn / gamma) * fee * price(a);
    const noise = (p.noiseRatio ?? 0) * earned;
    const factor = 1 + noise / (r[0] * price(0) + r[1] * price(1));
    r[0] *= factor;
    r[1] *= factor;
    earned += noise;
    break;
  }
  const trade = p.trade?.(t) ?? null;
  if (trade === null) return earned;
  const [a, b] = [trade.paid, 1 - trade.paid];
  r[b] *= (r[a] / (r[a] + gamma * trade.amount)) ** (p.weights[a] / p.weights[b]);
  r[a] += trade.amount;
  return earned + trade.amount * fee * price(a);
}
