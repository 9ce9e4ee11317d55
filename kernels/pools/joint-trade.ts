/**
 * Floor 3. The arbitrageur's optimal trade with a geometric-mean pool of three assets or more.
 *
 * With qᵢ = Rᵢpᵢ/wᵢ and uᵢ = ln(qᵢ/min q): the smallest q is the reference because it is known already, because u then is
 * within the fee and one price move of 0 (so that rounding of u is that of R), and because it cancels. A search finds the
 * multiplier x, and with it who trades. What the invariant sees afterwards is, with one exponential for all,
 *
 *     R′ᵢ = lᵢ·Z·wᵢ/pᵢ,   ln Z = x + ln min q,   lᵢ = γ where paid in and 1 where taken out,
 *
 * so that Z·wᵢ/pᵢ − Rᵢ/γ is paid in. Nothing of the search has a gradient. That of Z is the implicit function theorem's for
 * Σ wᵢ(ln R′ᵢ − ln Rᵢ) = 0 over the active set A, with dᵢ = ln R′ᵢ − ln Rᵢ:
 *
 *     Σ wᵢ · d ln Z = Σ wᵢ(d ln Rᵢ + d ln pᵢ − d ln lᵢ) − Σ (1 + dᵢ) dwᵢ.
 */
import { constant, type Expr, expm1Near, logNear, NEAR, scan, where } from '../../src/graph/index.js';
import { maximum, minimum } from '../../src/rollout/functions.js';

/** What an arbitrageur does who trades, and whether it pays. */
export interface Trade {
  readonly trades: Expr;
  /** Paid in > 0, taken out < 0. */
  readonly delta: readonly Expr[];
  /** What is charged of it, in the numéraire. */
  readonly fees: Expr;
}

export interface Charges {
  readonly fee: Expr;
  /** 1 − fee */
  readonly gamma: Expr;
  readonly gross: Expr;
  /** (1 − τ/2)/(1 + τ/2) of an outside fee τ; null where there is none. */
  readonly outside: Expr | null;
}

/** What the smallest q and the largest may differ by, as a factor. */
export const bandOf = ({ gamma, outside }: Charges): Expr => (outside === null ? gamma : gamma.mul(outside));

/** Below any weight, and still a number in float32. */
const NO_WEIGHT = 1e-30;

/** Halvings after which a bracket is as narrow as the rounding of its ends. */
const HALVINGS = 53;

/**
 * q is only ever compared or divided by another q, so it is multiplied by Π wⱼ: whether there is a trade costs no division.
 * On the very edge rounding may leave nobody on the active set: nothing is traded then, which Σ w > 0 has to survive.
 *
 * Numbers are chosen and then computed with: choosing between results would make a branch of every asset, and a guard of
 * whatever only choices read.
 */
export function jointTrade(
  reserves: readonly Expr[],
  weights: readonly Expr[],
  prices: readonly Expr[],
  charges: Charges,
): Trade {
  const band = bandOf(charges);
  const w = weights.map((x) => x.stopGradient());
  const products = productsOfOthers(w);
  const q = reserves.map((r, i) => r.stopGradient().mul(prices[i].stopGradient().mul(products[i])));
  const low = minimum(q);
  const high = maximum(q);
  const trades = constant(0).less(band.stopGradient().mul(high).sub(low).kept());

  const lnBand = band.log();
  const step = lnBand.stopGradient();
  const near = high.less(low.mul(NEAR));
  const unit = low.reciprocal();
  const above = q.map((y) => y.sub(low));
  const u = q.map((y) => where(near, logNear(y, low), y.mul(unit).log()).kept());
  const start = high.sub(low).mul(unit).sub(step).mul(0.5);
  const x = multiplier(u, w, step, start).kept();
  const inward = u.map((y) => y.lessEqual(x.add(step)));
  const outward = u.map((y) => x.less(y));

  const active = inward.map((m, i) => where(m.or(outward[i]), 1, 0));
  const mass = weights.map((y, i) => y.mul(active[i]));
  const fixed = mass.map((y) => y.stopGradient());
  const fall = lnBand.neg();
  const pull = mass.map((y, i) => {
    const rise = where(inward[i], fall, 0);
    const shrunk = u[i].add(rise).sub(x.add(1)).stopGradient();
    return fixed[i].mul(reserves[i].log().add(prices[i].log()).add(rise)).add(y.mul(shrunk));
  });
  const growth = where(near, expm1Near(x), x.expm1());
  const inverse = prices.map((p) => p.reciprocal());
  const all = w[0].mul(products[0]);
  const z = growth
    .add(1)
    .mul(low.div(all))
    .kept()
    .mul(constant(1).withGradientOf(total(pull).div(total(fixed).maximum(NO_WEIGHT))));

  const share = all.reciprocal();
  const [raised, raisedIn] = [growth, growth.mul(band).add(band.sub(1))].map((g) => g.mul(low));
  const minusGross = charges.gross.neg();
  const delta = reserves.map((r, i) => {
    const sold = charges.outside === null ? mass[i] : mass[i].mul(where(inward[i], charges.outside, 1));
    const minus = where(inward[i], minusGross, where(outward[i], -1, 0));
    // what is left of the invariant's sum is the rounding of differences that are small, whatever that of q and w/p is
    const change = above[i].sub(where(inward[i], raisedIn, raised));
    return change
      .mul(minus.mul(w[i].mul(share).mul(inverse[i])))
      .withGradientOf(z.mul(sold.mul(inverse[i])).add(r.mul(minus)));
  });
  const paid = total(delta.map((d, i) => where(inward[i], d, 0).mul(prices[i])));
  return { trades, delta, fees: paid.mul(charges.fee) };
}

/**
 * x of Σ wᵢ·(max(0, x + ln γ − uᵢ) + min(0, x − uᵢ)) = 0: Newton's method on a monotone piecewise linear function, which is
 * at its fixed point once it meets the piece of the root. Two steps are all that most trades need. In the bracket
 * (min u − ln γ, max u) the smallest is paid in and the largest taken out, so no piece is flat. The function is neither
 * convex nor concave, so Newton may cycle: from the third on a step out of the bracket is replaced by a halving. A step
 * from a piece met before leaves the bracket, hence at most 2n + 1 Newton steps and then halvings only.
 *
 * @param step ln γ
 * @param start about the middle of the bracket
 */
function multiplier(u: readonly Expr[], w: readonly Expr[], step: Expr, start: Expr): Expr {
  const moments = u.map((y, i) => y.mul(w[i]));
  const root = (at: Expr) => {
    const inward = u.map((y) => y.lessEqual(at.add(step)));
    const outward = u.map((y) => at.less(y));
    const active = inward.map((m, i) => m.or(outward[i]));
    const sum = (xs: readonly Expr[], masks: readonly Expr[]) => total(xs.map((y, i) => where(masks[i], y, 0)));
    return sum(moments, active).sub(sum(w, inward).mul(step)).div(sum(w, active));
  };
  const low = step.neg();
  const high = maximum(u);
  const middle = (a: Expr, b: Expr) => a.add(b).mul(0.5);
  const first = root(start);
  const second = root(first);
  const { x } = scan({
    name: 'active set',
    length: 2 * u.length + 1 + HALVINGS,
    init: { x: second.maximum(low).minimum(high), low, high, change: step },
    body: (c) => {
      const next = root(c.x);
      const below = where(c.x.less(next), c.x, c.low);
      const above = where(next.less(c.x), c.x, c.high);
      const inside = below.less(next).and(next.less(above));
      const to = where(inside, next, middle(below, above));
      return { x: to, low: below, high: above, change: to.sub(c.x) };
    },
    active: (next) => next.change.abs().greater(0),
  });
  return where(second.sub(first).abs().greater(0), x, second);
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
export function total(xs: readonly Expr[]): Expr {
  if (xs.length === 1) return xs[0];
  const half = xs.length >> 1;
  return total(xs.slice(0, half)).add(total(xs.slice(half)));
}
