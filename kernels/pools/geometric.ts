/**
 * Floor 3. What all geometric-mean pools share (constant weights, weights of a rule): the arbitrageur's optimal trade,
 * the cost of an order, value, start and scaling. The invariant is Π Rᵢ^wᵢ, a fee is charged on what is paid in.
 */
import { type Expr, sub, where } from '../../src/graph/index.js';
import type { Minute } from '../../src/pools/model.js';
import { dot, maximum, minimum } from '../../src/rollout/functions.js';
import { type Arbitrage, type Costs, gain, gate, outsideRatio } from './arbitrageur.js';
import { bandOf, type Charges, jointTrade, type Trade, total } from './joint-trade.js';

/** Reserves in asset order: the whole state of such a pool. */
export type Reserves = readonly Expr[];

/**
 * The trade that gains an arbitrageur most at these prices: with qᵢ = Rᵢpᵢ/wᵢ, aᵢ = ln(wᵢ/pᵢ), γ = 1 − fee,
 *
 *     ln R′ᵢ = clamp(ln Rᵢ, x + aᵢ + ln γ, x + aᵢ),   Σ wᵢ ln R′ᵢ = Σ wᵢ ln Rᵢ,
 *
 * where R′ is what the invariant sees. There is one iff γ·max q > min q. That test costs no logarithm and no division. All
 * else stands inside the arm of the choice and is skipped in minutes without a trade.
 *
 * With an outside fee τ the arbitrageur buys what is paid in at p(1 + τ/2) and sells what is taken out at p(1 − τ/2):
 *
 *     ln R′ᵢ = clamp(ln Rᵢ, x + aᵢ + ln γ − ln(1 + τ/2), x + aᵢ − ln(1 − τ/2)).
 *
 * Only the ratio of the ends matters, since x is free: γ·(1 − τ/2)/(1 + τ/2) stands for γ in all but the amounts.
 *
 * @param reserves n ≥ 2 amounts > 0
 * @param weights n of them, > 0; only their ratios matter
 * @param prices n of them, > 0, in the numéraire
 * @param fee in [0, 1)
 * @param costs null: none beside the fee
 */
export function arbitrage(
  reserves: readonly Expr[],
  weights: readonly Expr[],
  prices: readonly Expr[],
  fee: Expr,
  costs: Costs | null = null,
): Arbitrage {
  const gamma = sub(1, fee);
  const charges = { fee, gamma, gross: gamma.reciprocal(), outside: costs === null ? null : outsideRatio(costs) };
  const trade = reserves.length === 2 ? tradeOfTwo : jointTrade;
  const { trades, delta: whole, fees } = trade(reserves, weights, prices, charges);
  const best = whole.map((x) => where(trades, x, 0));
  const done = costs === null ? (amount: Expr) => amount : gate(costs, gain(best, prices, costs));
  const delta = best.map(done);
  return {
    reserves: reserves.map((r, i) => r.add(delta[i])),
    paidIn: delta.map((d) => d.maximum(0)),
    takenOut: delta.map((d) => d.maximum(0).sub(d)),
    delta,
    fees: done(where(trades, fees, 0)),
    trades,
  };
}

/**
 * Two assets: the one of smaller q is paid in, the other taken out, so there is nothing to search. q is only ever compared
 * or divided by another q, so it is multiplied by w₀·w₁: whether there is a trade costs no division. With
 * s = ln(q₁/q₀) ± ln γ: d₀ = w₁·s/(w₀ + w₁), d₁ = d₀ − s, hence one logarithm and one exponential.
 */
function tradeOfTwo(
  reserves: readonly Expr[],
  [w0, w1]: readonly Expr[],
  prices: readonly Expr[],
  charges: Charges,
): Trade {
  const { fee, gross } = charges;
  const gamma = bandOf(charges);
  const values = reserves.map((r, i) => r.mul(prices[i]));
  const [q0, q1] = [values[0].mul(w1), values[1].mul(w0)];
  const low = minimum([q0, q1]).stopGradient();
  const high = maximum([q0, q1]).stopGradient();
  const trades = low.less(gamma.mul(high));
  const first = q0.less(q1);
  const lnGamma = gamma.log();
  const ratio = q1.div(q0);
  const log = ratio.log();
  const gap = log.add(where(first, lnGamma, lnGamma.neg()));
  const share = w1.div(w0.add(w1));
  const growth = share.mul(gap).expm1();
  const scale = where(first, gamma.reciprocal(), gamma).div(ratio);
  const grown = [growth, growth.mul(scale).add(scale.sub(1))];
  const inward = [first, first.not()];
  const seen = total(values.map((v, i) => v.mul(where(inward[i], grown[i], 0))));
  const delta = reserves.map((r, i) => r.mul(grown[i]).mul(where(inward[i], gross, 1)));
  return { trades, delta, fees: seen.mul(fee.mul(gross)) };
}

/** Reserves worth wᵢ·value each: all q are equal, nothing is to be gained. Weights sum to 1. */
export function balanced(weights: readonly Expr[], prices: readonly Expr[], value: Expr): Reserves {
  return weights.map((w, i) => w.mul(value).div(prices[i]));
}

/** Σ Rᵢpᵢ. */
export const worth = (reserves: Reserves, prices: readonly Expr[]): Expr => dot(reserves, prices);

/** Every reserve multiplied by `factor`. */
export const scaled = (reserves: Reserves, factor: Expr): Reserves => reserves.map((r) => r.mul(factor));

/**
 * Relative cost of an order through the swap port, averaged over neighbours in asset order (i to i + 1 and back, the
 * last and the first are neighbours): fee + slippage, the convention of `data calibrate`. Slippage is that of paying
 * size·V, after the fee, of asset i into the pool where nothing is to be gained (Rᵢpᵢ = wᵢV), for asset j:
 *
 *     out/V = wⱼ·(1 − (1 + size/wᵢ)^(−wᵢ/wⱼ)),   slippage = 1 − (out/V)/size;   n = 2, w = ½: 2·size/(1 + 2·size).
 *
 * @param weights sum to 1
 * @param size order as a fraction of the pool's value, > 0
 */
export function orderCost(
  weights: Minute['weights'],
  fee: Expr,
  size: Expr,
): { readonly cost: Expr; readonly fee: Expr } {
  const n = weights.length;
  const slippage = (i: number, j: number) => {
    const decay = size.div(weights[i]).add(1).log().mul(weights[i].div(weights[j]).neg());
    return weights[j].mul(decay.expm1()).div(size).add(1);
  };
  const pairs = weights.slice(0, n === 2 ? 1 : n).flatMap((_, i) => [
    [i, (i + 1) % n],
    [(i + 1) % n, i],
  ]);
  const mean = total(pairs.map(([i, j]) => slippage(i, j))).mul(1 / pairs.length);
  return { cost: fee.add(mean), fee };
}
