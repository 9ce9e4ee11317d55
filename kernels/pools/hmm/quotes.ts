/** Floor 3, hmm pool. What one asset's curve quotes: its price, and how much it sells at about that price. */
import { type Expr, where } from '../../../src/graph/index.js';
import { type Curve, gradientX, gradientY } from './curve.js';

/** How much above the marginal price the mean price of a purchase may lie. */
const SLIPPAGE = 0.01;

/**
 * Compute that is sold at a mean price k = (1 + b)·p. On the curve h(x − q, y + kq) = h(x, y), so with p = h_x/h_y
 *
 *     q = (k·h_y − h_x)/(k − (ρ/2)(1 + k²)) = b·h_x/(k − (ρ/2)(1 + k²)),
 *
 * at most x. Where the denominator is not above 0 the price never rises that far, and all of x is sold.
 */
function soldWithin(c: Curve, price: Expr): Expr {
  const k = price.mul(1 + SLIPPAGE);
  const steepness = k.sub(c.rho.mul(0.5).mul(k.square().add(1)));
  return where(steepness.greater(0), gradientX(c).mul(SLIPPAGE).div(steepness).minimum(c.x), c.x);
}

/**
 * The price in curve units, and the worth of what is sold within the slippage b, in units of what a constant product of
 * the same worth sells so: b/(1 + b) of its half, (xp + y)/2. Near p = 1 that is (1 + ρ)/(1 − ρ).
 */
export function quote(c: Curve): { price: Expr; depth: Expr } {
  const price = gradientX(c).div(gradientY(c));
  const flat = c.x
    .mul(price)
    .add(c.y)
    .mul(SLIPPAGE / (1 + SLIPPAGE) / 2);
  return { price, depth: soldWithin(c, price).mul(price).div(flat) };
}
