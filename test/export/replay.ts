/**
 * Small simulations, written for these tests alone and without arbitrage fees: they run a pool before its export and
 * after, and give what quantisation costs.
 */
import type { TunedHmm, TunedPool, TunedRule } from '../../src/export/index.js';

/** Seeded walk of prices: rows of one step, one column an asset. */
export function walk(rows: number, start: readonly number[], seed = 7): number[][] {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const prices = [[...start]];
  while (prices.length < rows) prices.push(prices.at(-1)!.map((p) => p * Math.exp(0.06 * (uniform() - 0.49))));
  return prices;
}

/** Growth of a geometric-mean pool over one step of prices and weights, without fees (spec/tfmm.md, closed form). */
function growth(w0: readonly number[], w1: readonly number[], p0: readonly number[], p1: readonly number[]): number {
  let log = 0;
  for (let i = 0; i < w0.length; i++) log += w0[i] * Math.log(p1[i] / p0[i]) + w1[i] * Math.log(w0[i] / w1[i]);
  return Math.exp(log);
}

export function constantValue(pool: TunedPool, prices: number[][]): number {
  let value = pool.value;
  for (let t = 1; t < prices.length; t++) value *= growth(pool.weights, pool.weights, prices[t - 1], prices[t]);
  return value;
}

/** One step of the momentum rule; the state is the estimator's. */
function momentum(rule: TunedRule, state: { ewma: number[]; a: number[] }, price: readonly number[]): number[] {
  const g = price.map((p, i) => {
    const lambda = rule.lambda[i];
    state.ewma[i] += (p - state.ewma[i]) * (1 - lambda);
    state.a[i] = lambda * state.a[i] + (p - state.ewma[i]) / (1 - lambda);
    return (state.a[i] * (1 - lambda) ** 3) / lambda / state.ewma[i];
  });
  const sign = rule.name === 'anti-momentum' ? -1 : 1;
  const mean = g.reduce((sum, x, i) => sum + rule.k[i] * x, 0) / rule.k.reduce((sum, k) => sum + k, 0);
  return g.map((x, i) => sign * rule.k[i] * (x - mean));
}

/** Guardrail for two assets: clip to [min, 1−min], then the largest change of a step. */
function guard(rule: TunedRule, from: readonly number[], change: readonly number[]): number[] {
  const target = Math.min(1 - rule.minimumWeight, Math.max(rule.minimumWeight, from[0] + change[0]));
  const most = rule.maximumChange * rule.weightInterpolationPeriod;
  const step = Math.min(most, Math.max(-most, target - from[0]));
  return [from[0] + step, from[1] - step];
}

/**
 * Value of a two-asset momentum pool, one rule step a row.
 * @param move what becomes of a weight change: the chain's packing, or nothing
 */
export function tfmmValue(
  pool: TunedPool,
  prices: number[][],
  move: (from: number[], to: number[]) => number[] = (_, to) => to,
): number {
  const rule = pool.rule!;
  const state = { ewma: [...prices[0]], a: prices[0].map(() => 0) };
  let weights = [...pool.weights];
  let value = pool.value;
  for (let t = 1; t < prices.length; t++) {
    const next = move(weights, guard(rule, weights, momentum(rule, state, prices[t])));
    value *= growth(weights, next, prices[t - 1], prices[t]);
    weights = next;
  }
  return value;
}

/** Credits that asset i pays for `amount` of compute sold to it, after the market fee and the risk fee (spec/hmm.md). */
export function sellCompute(hmm: TunedHmm, i: number, amount: number): number {
  const [w, s] = [hmm.w[i], hmm.priceScale[i]];
  const lambda = hmm.rho[i] * w;
  const fee = hmm.marketFee + (hmm.riskFee * amount) / Math.hypot(...hmm.psi);
  const [x, y, into] = [s * hmm.psi[i], hmm.theta[i], s * amount * (1 - fee)];
  const b = w * (x + into) + lambda * y;
  const c = into * (w * y + lambda * x + (lambda * into) / 2);
  return (2 * c) / (b + Math.sqrt(b * b - 2 * lambda * c));
}

/** Spot price of asset i in credits. */
export function spot(hmm: TunedHmm, i: number): number {
  const [w, s, y] = [hmm.w[i], hmm.priceScale[i], hmm.theta[i]];
  const [lambda, x] = [hmm.rho[i] * w, s * hmm.psi[i]];
  return (s * (w * y + lambda * x)) / (w * x + lambda * y);
}

export const bps = (after: number, before: number) => 1e4 * (after / before - 1);
