/**
 * Floor 3. What all geometric-mean pools share (constant weights, weights of a rule): the arbitrageur's optimal trade,
 * the cost of an order, value, start and scaling. The invariant is Π Rᵢ^wᵢ, a fee is charged on what is paid in.
 */
import { type Expr, scan, sub, where } from '../../src/graph/index.js';
import type { Minute } from '../../src/pools/model.js';
import { dot, maximum, minimum } from '../../src/rollout/functions.js';
import { type Arbitrage, type Costs, gain, gate, outsideRatio } from './arbitrageur.js';

/** Reserves in asset order: the whole state of such a pool. */
export type Reserves = readonly Expr[];

/** A trade as the invariant sees it: Rᵢ → Rᵢ·(1 + growthᵢ). */
interface Trade {
  readonly growth: readonly Expr[];
  /** Masks: what is paid in; everything else is taken out or not touched. */
  readonly inward: readonly Expr[];
}

/**
 * The trade that gains an arbitrageur most at these prices: with qᵢ = Rᵢpᵢ/wᵢ, aᵢ = ln(wᵢ/pᵢ), γ = 1 − fee,
 *
 *     ln R′ᵢ = clamp(ln Rᵢ, x + aᵢ + ln γ, x + aᵢ),   Σ wᵢ ln R′ᵢ = Σ wᵢ ln Rᵢ,
 *
 * where R′ is what the invariant sees. There is one iff γ·max q > min q. That test costs no logarithm and no division:
 * q is only ever compared or divided by another q, so it is multiplied by Π wⱼ. All else stands inside the arm of the
 * choice and is skipped in minutes without a trade.
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
  const values = reserves.map((r, i) => r.mul(prices[i]));
  const products = productsOfOthers(weights);
  const q = values.map((v, i) => v.mul(products[i]));
  const low = minimum(q).stopGradient();
  const high = maximum(q).stopGradient();
  const band = costs === null ? gamma : gamma.mul(outsideRatio(costs));
  const trades = low.less(band.mul(high));
  const { growth, inward } = reserves.length === 2 ? tradeOfTwo(q, weights, band) : tradeOfMany(q, weights, band, low);
  const gross = gamma.reciprocal();
  const best = reserves.map((r, i) => where(trades, r.mul(growth[i]).mul(where(inward[i], gross, 1)), 0));
  const seen = total(values.map((v, i) => v.mul(where(inward[i], growth[i], 0))));
  const done = costs === null ? (amount: Expr) => amount : gate(costs, gain(best, prices, costs));
  const delta = best.map(done);
  return {
    reserves: reserves.map((r, i) => r.add(delta[i])),
    paidIn: delta.map((d) => d.maximum(0)),
    takenOut: delta.map((d) => d.maximum(0).sub(d)),
    delta,
    fees: done(where(trades, seen.mul(fee.mul(gross)), 0)),
    trades,
  };
}

/**
 * Two assets: the one of smaller q is paid in, the other taken out, so there is nothing to search. With
 * s = ln(q₁/q₀) ± ln γ: d₀ = w₁·s/(w₀ + w₁), d₁ = d₀ − s, hence one logarithm and one exponential.
 */
function tradeOfTwo([q0, q1]: readonly Expr[], [w0, w1]: readonly Expr[], gamma: Expr): Trade {
  const first = q0.less(q1);
  const lnGamma = gamma.log();
  const ratio = q1.div(q0);
  const log = ratio.log();
  const gap = log.add(where(first, lnGamma, lnGamma.neg()));
  const share = w1.div(w0.add(w1));
  const growth = share.mul(gap).expm1();
  const scale = where(first, gamma.reciprocal(), gamma).div(ratio);
  return { growth: [growth, growth.mul(scale).add(scale.sub(1))], inward: [first, first.not()] };
}

/**
 * Three assets or more. With rᵢ = qᵢ/min q and uᵢ = ln rᵢ: the smallest q is the reference because it is known already,
 * because u then is within the fee and one price move of 0 (so that rounding of u is that of R), and because it
 * cancels: a common factor of all q shifts x and u alike, hence it needs no gradient. The search chooses who trades,
 * without a gradient; then on the active set, with levels lᵢ = ln γ where paid in and 0 where taken out,
 *
 *     x = Σ wᵢ(uᵢ − lᵢ)/Σ wᵢ,   e^dᵢ − 1 = (eˣ·e^lᵢ − rᵢ)/rᵢ:
 *
 * one exponential for all. Near 1 the difference is exact, so nothing is lost against expm1(x + lᵢ − uᵢ).
 * On the very edge rounding may leave nobody on the active set: the growth is 0 then, which Σ w > 0 has to survive.
 */
function tradeOfMany(q: readonly Expr[], weights: readonly Expr[], gamma: Expr, low: Expr): Trade {
  const lnGamma = gamma.log();
  const unit = low.reciprocal();
  const r = q.map((x) => x.mul(unit));
  const u = r.map((x) => x.log());
  const found = multiplier(u, weights, lnGamma);
  const inward = u.map((x) => x.lessEqual(found.add(lnGamma)));
  const outward = u.map((x) => found.less(x));
  const traded = weights.map((w, i) => where(inward[i].or(outward[i]), w, 0));
  const levels = u.map((x, i) => x.sub(where(inward[i], lnGamma, 0)));
  const mass = total(traded).maximum(NO_WEIGHT);
  const taken = total(traded.map((w, i) => w.mul(levels[i])))
    .div(mass)
    .exp();
  const paid = taken.mul(gamma);
  // numbers are chosen and then computed with: choosing between results would make a branch of every asset
  const after = r.map((x, i) => where(inward[i], paid, where(outward[i], taken, x)));
  return { growth: r.map((x, i) => after[i].sub(x).div(x)), inward };
}

/** Below any weight, and still a number in float32. */
const NO_WEIGHT = 1e-30;

/** Halvings after which a bracket is as narrow as the rounding of its ends. */
const HALVINGS = 53;

/**
 * x of Σ wᵢ·(max(0, x + ln γ − uᵢ) + min(0, x − uᵢ)) = 0, without a gradient: Newton's method on a monotone piecewise
 * linear function, which is at its fixed point once it meets the piece of the root. In the bracket (min u − ln γ, max u)
 * the smallest is paid in and the largest taken out, so no piece is flat. The function is neither convex nor concave, so
 * Newton may cycle: a step out of the bracket is replaced by a halving. A step from a piece met before leaves the
 * bracket, hence at most 2n + 1 Newton steps and then halvings only.
 */
function multiplier(u: readonly Expr[], weights: readonly Expr[], lnGamma: Expr): Expr {
  const step = lnGamma.stopGradient();
  const levels = u.map((x) => x.stopGradient());
  const w = weights.map((x) => x.stopGradient());
  const paid = levels.map((x, i) => x.sub(step).mul(w[i]));
  const taken = levels.map((x, i) => x.mul(w[i]));
  const low = step.neg();
  const high = maximum(levels);
  const middle = (a: Expr, b: Expr) => a.add(b).mul(0.5);
  const { x } = scan({
    name: 'active set',
    length: 2 * u.length + 1 + HALVINGS,
    init: { x: middle(low, high), low, high, change: step },
    body: (c) => {
      const inward = levels.map((y) => y.lessEqual(c.x.add(step)));
      const outward = levels.map((y) => c.x.less(y));
      const sum = total(w.map((y, i) => where(inward[i].or(outward[i]), y, 0)));
      const root = total(w.map((_, i) => where(inward[i], paid[i], where(outward[i], taken[i], 0)))).div(sum);
      const below = where(c.x.less(root), c.x, c.low);
      const above = where(root.less(c.x), c.x, c.high);
      const next = where(below.less(root).and(root.less(above)), root, middle(below, above));
      return { x: next, low: below, high: above, change: next.sub(c.x) };
    },
    active: (next) => next.change.abs().greater(0),
  });
  return x;
}

/** Πⱼ≠ᵢ xⱼ for every i, by products from the left and from the right. */
function productsOfOthers(xs: readonly Expr[]): Expr[] {
  const product = (ys: readonly Expr[]) => ys.reduce<Expr | null>((a, y) => (a === null ? y : a.mul(y)), null);
  return xs.map((_, i) => {
    const left = product(xs.slice(0, i));
    const right = product(xs.slice(i + 1).reverse());
    return left === null ? (right as Expr) : right === null ? left : left.mul(right);
  });
}

/** Σ xᵢ by halves: a shorter chain of additions than from left to right. */
function total(xs: readonly Expr[]): Expr {
  if (xs.length === 1) return xs[0];
  const half = xs.length >> 1;
  return total(xs.slice(0, half)).add(total(xs.slice(half)));
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
