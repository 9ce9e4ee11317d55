/**
 * Floor 3. Geometric-mean pools without fees, in closed form: arbitrage keeps Rᵢpᵢ/wᵢ equal, so the value is the state.
 *
 * From R′ = R·(ω/π)·exp(Σ w⁻ ln π)/exp(Σ w ln ω), π = p/p⁻, ω = w/w⁻: ln V − ln V⁻ = Σ w⁻ ln π − Σ w ln ω.
 * With H(w) = Σ w ln w that is ln V + H − (ln V⁻ + H⁻) = Σ w⁻ ln π + Σ (w − w⁻) ln w⁻: a logarithm an asset and no quotient,
 * and the rounding of ω, 1 to six digits, is not in it.
 */
import type { Expr } from '../../src/graph/index.js';
import type { Leg, LegSums, ZeroFee } from '../../src/pools/model.js';
import { dot, sum } from '../../src/rollout/functions.js';
import { alwaysAtPrice } from './arbitrageur.js';

/**
 * Σ_{j=1…m} y_j ln(y_j/y_{j−1}) − (y_m − y_0) for y_j = y_0 + j·d, by summation by parts and Euler–Maclaurin:
 * d/2·[ln y] − d²/12·[1/y] + d⁴/360·[1/y³] − d⁶/1260·[1/y⁵], [f] = f(y_m) − f(y_0).
 * The next term, d⁸/1680·[1/y⁷], is below 1e-13 for d/y ≤ 1/20.
 */
function rebalancingSeries(start: Expr, end: Expr, d: Expr): Expr {
  const u = d.div(end);
  const v = d.div(start);
  const [u2, v2] = [u.square(), v.square()];
  const odd = (u1: Expr, v1: Expr, scale: number) => u1.sub(v1).mul(scale);
  const series = odd(u.mul(u2).mul(u2), v.mul(v2).mul(v2), -1 / 1260)
    .add(odd(u.mul(u2), v.mul(v2), 1 / 360))
    .add(odd(u, v, -1 / 12));
  return d.mul(end.div(start).log().mul(0.5).add(series));
}

export const geometricZeroFee: ZeroFee = {
  holds: (s, clock) => alwaysAtPrice(s, clock) && s.trading !== 1,
  potential: dot,
  // + Σ(w − w⁻), which is 0 in value: V = Σ Rp = (Σw)·exp(…), and straight-through guards let Σw vary in the gradient
  growth: (before, logs, now, logReturns) =>
    sum(before.map((w, i) => w.mul(logReturns[i]).add(now[i].sub(w).mul(logs[i].add(1))))),
  reserves: (weights, prices, value) => weights.map((w, i) => w.mul(value).div(prices[i])),
  // start·Σ ln π + diff·Σ (j − 1) ln π − Σ w ln ω; the [y] terms cancel against Σ(w − w⁻)
  legLogGrowth(leg: Leg, ramp: Expr, sums: LegSums) {
    const earned = dot(leg.start, sums.whole).add(dot(leg.diff, sums.weighted));
    const paid = leg.start.map((s, i) => rebalancingSeries(s, s.add(leg.diff[i].mul(ramp)), leg.diff[i]));
    return earned.sub(sum(paid));
  },
  largestStep: 0.05,
};
