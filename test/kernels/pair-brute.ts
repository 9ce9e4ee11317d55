/** Pools of two assets from their invariants alone, in plain numbers, and the best arbitrage with them by trying sizes. */

/** A pool, whatever its curve. */
export interface PlainPool {
  /** Amount of asset 1 − i that the pool pays out for `paid` of asset i, after the fee. */
  readonly out: (i: 0 | 1, paid: number) => number;
  /** The most of asset i that it takes, after the fee. */
  readonly most: (i: 0 | 1) => number;
}

/**
 * Gyroscope's invariant |A(t − o)| = r as its paper and contracts write it: r from the reserves, then the other reserve from
 * the one that is paid in, by the roots of quadratic equations. Cancels for large λ.
 */
export function ellipticPool(
  [x, y]: readonly [number, number],
  { q, lambda, alpha, beta }: Readonly<Record<'q' | 'lambda' | 'alpha' | 'beta', number>>,
): PlainPool {
  const c = 1 / Math.hypot(1, q);
  const s = q * c;
  const map = (u: number, v: number) => [(c * u - s * v) / lambda, s * u + c * v];
  const back = (u: number, v: number) => [c * lambda * u + s * v, -s * lambda * u + c * v];
  const tau = (p: number) => {
    const [u, v] = [lambda * (c * p - s), s * p + c];
    return [u / Math.hypot(u, v), v / Math.hypot(u, v)];
  };
  const chi = [back(...(tau(beta) as [number, number]))[0], back(...(tau(alpha) as [number, number]))[1]];
  const at = map(x, y);
  const ac = map(chi[0], chi[1]);
  const dot = (a: readonly number[], b: readonly number[]) => a[0] * b[0] + a[1] * b[1];
  const bent = dot(ac, ac) - 1;
  const r = (dot(at, ac) + Math.sqrt(dot(at, ac) ** 2 - bent * dot(at, at))) / bent;
  const [a, b] = [r * chi[0], r * chi[1]];
  // |A(t − o)|² = h₁₁u² + 2h₁₂uv + h₂₂v², (u, v) = t − o, both roots to the lower left
  const h11 = (c * c) / lambda ** 2 + s * s;
  const h22 = (s * s) / lambda ** 2 + c * c;
  const h12 = s * c * (1 - 1 / lambda ** 2);
  const other = (u: number, own: number, cross: number) =>
    (-h12 * u - Math.sqrt((h12 * u) ** 2 - cross * (own * u * u - r * r))) / cross;
  return {
    out: (i, paid) => (i === 0 ? y - (b + other(x + paid - a, h11, h22)) : x - (a + other(y + paid - b, h22, h11))),
    // all of the other asset: x(α) = r(X(β) − X(α)), y(β) = r(Y(α) − Y(β))
    most: (i) => {
      if (i === 0) return a - r * back(...(tau(alpha) as [number, number]))[0] - x;
      return b - r * back(...(tau(beta) as [number, number]))[1] - y;
    },
  };
}

/**
 * Curve's invariant A·n·Σx + D = A·n·D + D^(n+1)/(nⁿ·Πx), n = 2: D and then the other reserve by bisection. x counts
 * `unit` times.
 */
export function stablePool([x, y]: readonly [number, number], { A, unit }: { A: number; unit: number }): PlainPool {
  const at = [x * unit, y];
  // of D, or of a reserve, increasing; halved as long as numbers allow
  const root = (f: (v: number) => number, low: number, high: number): number => {
    for (let [a, b] = [low, high]; ; ) {
      const middle = (a + b) / 2;
      if (middle === a || middle === b) return middle;
      if (f(middle) > 0) b = middle;
      else a = middle;
    }
  };
  const residual = (u: number, v: number, d: number) => 2 * A * (u + v - d) + d - d ** 3 / (4 * u * v);
  const d = root((v) => -residual(at[0], at[1], v), 0, at[0] + at[1]);
  return {
    out: (i, paid) => {
      const own = at[i] + paid * (i === 0 ? unit : 1);
      const other = root((v) => residual(own, v, d), 0, at[1 - i]);
      return (at[1 - i] - other) / (i === 0 ? 1 : unit);
    },
    most: () => Number.POSITIVE_INFINITY,
  };
}

/** X·Y = constant with amounts that are never paid out. */
export function virtualPool(real: readonly number[], virtual: readonly number[]): PlainPool {
  const all = real.map((r, i) => r + virtual[i]);
  return {
    out: (i, paid) => Math.min((all[1 - i] * paid) / (all[i] + paid), real[1 - i]),
    most: (i) => (all[i] * real[1 - i]) / virtual[1 - i],
  };
}

export interface Market {
  readonly prices: readonly [number, number];
  readonly fee: number;
  /** τ */
  readonly outsideFee: number;
}

export interface Best {
  readonly profit: number;
  /** Amounts that the pool receives. */
  readonly delta: readonly [number, number];
}

/** What paying `amount` of asset i to the pool gains. */
function gained(pool: PlainPool, { prices, fee, outsideFee }: Market, i: 0 | 1, amount: number): number {
  const got = pool.out(i, amount * (1 - fee));
  return got * prices[1 - i] * (1 - outsideFee / 2) - amount * prices[i] * (1 + outsideFee / 2);
}

/** The most that an arbitrageur can gain: golden section over the size of the trade, in either direction. */
export function bestTrade(pool: PlainPool, market: Market, reserves: readonly [number, number]): Best {
  let best: Best = { profit: 0, delta: [0, 0] };
  for (const i of [0, 1] as const) {
    const worth = reserves[0] * market.prices[0] + reserves[1] * market.prices[1];
    const most = Math.min(pool.most(i), (100 * worth) / market.prices[i]) / (1 - market.fee);
    const amount = goldenSection((a) => gained(pool, market, i, a), most);
    const profit = gained(pool, market, i, amount);
    if (profit <= best.profit) continue;
    const out = pool.out(i, amount * (1 - market.fee));
    best = { profit, delta: i === 0 ? [amount, -out] : [-out, amount] };
  }
  return best;
}

/** Where a concave function on [0, most] is largest. */
function goldenSection(f: (x: number) => number, most: number): number {
  const part = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0, most];
  for (let k = 0; k < 120; k++) {
    const [a, b] = [high - part * (high - low), low + part * (high - low)];
    if (f(a) < f(b)) low = a;
    else high = b;
  }
  // the ends themselves may be best
  return [low, high, most].reduce((x, y) => (f(y) > f(x) ? y : x));
}
