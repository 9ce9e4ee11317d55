/**
 * Floor 1, compute market. The baseline that pools are compared with: a pool that quotes a delayed average of the outside price,
 * q = mean of P_{t−L−W+1} … P_{t−L} (before the start: the first price).
 */

export interface Oracle {
  /** W and L, steps. */
  readonly window: number;
  readonly delay: number;
  /** Published every so many steps, or when it is off by this part; never for that where left out. */
  readonly heartbeat: number;
  readonly deviation?: number;
  readonly fee: number;
}

/** What is published at each step. */
export function published(prices: readonly number[], o: Oracle): number[] {
  let sum = 0;
  let last = prices[0];
  const at = (t: number) => prices[Math.max(t, 0)];
  for (let k = 1; k <= o.window; k++) sum += at(-o.delay - k);
  return prices.map((_, t) => {
    sum += at(t - o.delay) - at(t - o.delay - o.window);
    const mean = sum / o.window;
    const moved = o.deviation !== undefined && Math.abs(mean / last - 1) >= o.deviation;
    if (t % o.heartbeat === 0 || moved) last = mean;
    return last;
  });
}

export const ask = (quote: number, fee: number): number => quote / (1 - fee);
export const bid = (quote: number, fee: number): number => quote * (1 - fee);

/** The first step from which on |q/P − 1| ≤ within; the number of steps where there is none. */
export function withinForGood(quotes: readonly number[], prices: readonly number[], within: number): number {
  let t = quotes.length;
  while (t > 0 && Math.abs(quotes[t - 1] / prices[t - 1] - 1) <= within) t -= 1;
  return t;
}

export interface OraclePool extends Oracle {
  readonly psi: number;
  readonly theta: number;
  /** Units a step at the outside price; both answer with this elasticity. */
  readonly demand: number;
  readonly supply: number;
  readonly demandElasticity: number;
  readonly supplyElasticity: number;
  /** Part of the stock that arbitrage takes in a step. It decides the losses. */
  readonly arbitrage: number;
}

export interface OracleStep {
  readonly published: number;
  readonly demand: number;
  readonly filled: number;
  readonly supplied: number;
  /** Compute that arbitrage brought, or (below 0) took. */
  readonly arbitrage: number;
  readonly psi: number;
  readonly theta: number;
}

/** Each step: publish, demand, supply, arbitrage. Factors move demand and supply, 1 where left out. */
export function runOracle(
  prices: readonly number[],
  o: OraclePool,
  factors: { readonly demand?: (t: number) => number; readonly supply?: (t: number) => number } = {},
): OracleStep[] {
  let { psi, theta } = o;
  return published(prices, o).map((quote, t) => {
    const [sells, buys, price] = [ask(quote, o.fee), bid(quote, o.fee), prices[t]];
    const demand = o.demand * (factors.demand?.(t) ?? 1) * (sells / price) ** -o.demandElasticity;
    const filled = Math.min(demand, psi);
    psi -= filled;
    theta += filled * sells;
    const offered = o.supply * (factors.supply?.(t) ?? 1) * (buys / price) ** o.supplyElasticity;
    const supplied = Math.min(offered, theta / buys);
    psi += supplied;
    theta -= supplied * buys;
    let arbitrage = 0;
    if (sells < price) arbitrage = -o.arbitrage * psi;
    else if (buys > price) arbitrage = (o.arbitrage * theta) / buys;
    psi += arbitrage;
    theta -= arbitrage * (arbitrage < 0 ? sells : buys);
    return { published: quote, demand, filled, supplied, arbitrage, psi, theta };
  });
}
