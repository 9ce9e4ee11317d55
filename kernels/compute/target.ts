/**
 * Floor 3, compute market. Pools with a pull to a target inventory (`curve: target`), in curve units
 *
 *     H = xy + π(x − x̄)²,   that is H₂ = qp + (λ/2)((q − q̄)/q̄)² with λ = 2π·s·q̄²
 *
 * which is x(y − π(2x̄ − x)) = const: a constant product beside the fixed price π. It does not pull prices back, and loses more
 * to moves of the price than a constant product does. Prices stay above π·s, and credits run out at
 * x = x̄ + √(x̄² + c/π), c the constant. The target counts for the shares of the start: it grows and shrinks with liquidity.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import type { Curve } from '../pools/hmm/curve.js';
import { startOf } from './start.js';
import type { Draft } from './state.js';
import type { World } from './world.js';

export function targetCurve(w: World, d: Draft, i: number, x: Expr, theta: Expr): Curve {
  const pull = w.each('pull')[i];
  const grown = d.pools[i].shares.div(startOf(w, i).shares);
  const target = w.scale[i].mul(w.each('target')[i]).mul(grown);
  const y = theta.sub(pull.mul(target.mul(2).sub(x)));
  const most = target.add(target.square().add(x.mul(y).div(pull)).sqrt());
  const last = pull.mul(2).mul(target.div(most).neg().add(1));
  return { rho: constant(0), x, y, beside: { price: pull, most, last } };
}
