/** Floor 0. Roots of one equation a lane: Newton with a bisection safeguard, differentiated by the implicit function theorem. */
import { constant, type Expr } from './expr.js';
import { where } from './language.js';
import { scan } from './scan.js';

export interface SolveSpec {
  /** F(x), increasing, with F(low) ≤ 0 ≤ F(high). May refer to anything around it. */
  readonly residual: (x: Expr) => Expr;
  /** F′(x) */
  readonly derivative: (x: Expr) => Expr;
  readonly low: Expr;
  /** May be infinite where Newton's steps cannot leave the bracket to the right. */
  readonly high: Expr;
  /** Where to begin, within [low, high]. */
  readonly start: Expr;
  /** Lanes that want a root; the others stay at `start` and cost no steps. All lanes where absent. */
  readonly needed?: Expr;
  /**
   * A lane is done after a Newton step, or within a bracket, of at most this size relative to x; 1e-6 where absent. In
   * units of the equation's curvature the gradient is then exact to about the square of it, the value to the fourth power.
   * Also where a step leads back to where the one before it came from: what is left of the residual there is rounding.
   */
  readonly tolerance?: number;
  /** A lane that is not done by then keeps what it has. */
  readonly maxSteps?: number;
}

/**
 * x with F(x) = 0. Its gradient is dx/dθ = −F_θ/F_x for whatever θ the residual depends on.
 *
 * The iteration carries no gradient. The result is one more Newton step from its end, x* − F(x*)/F′(x*), in which only
 * F(x*) is differentiated, and that at fixed x*. So the cost of a gradient does not depend on the number of steps.
 * Corners (no root in the bracket) are the caller's: leave such lanes out by `needed` and choose with `where`.
 */
export function solve(spec: SolveSpec): Expr {
  const root = iterate(spec).stopGradient();
  return root.sub(spec.residual(root).div(spec.derivative(root).stopGradient()));
}

/** The root to about tolerance². A lane that is done is frozen, so a step that others still need changes nothing in it. */
function iterate(spec: SolveSpec): Expr {
  const { tolerance = 1e-6, maxSteps = 100 } = spec;
  const one = constant(1);
  const { x } = scan({
    name: 'solve',
    length: maxSteps,
    init: {
      x: spec.start,
      before: spec.start,
      low: spec.low,
      high: spec.high,
      open: spec.needed === undefined ? one : where(spec.needed, one, 0),
    },
    body: (c) => {
      const residual = spec.residual(c.x);
      const newton = c.x.sub(residual.div(spec.derivative(c.x)));
      const left = residual.less(0);
      const low = where(left, c.x, c.low);
      const high = where(left, c.high, c.x);
      const inside = low.lessEqual(newton).and(newton.lessEqual(high));
      const next = where(inside, newton, low.add(high).mul(0.5));
      const room = next.abs().mul(tolerance);
      const back = next.lessEqual(c.before).and(c.before.lessEqual(next));
      const done = inside.and(next.sub(c.x).abs().lessEqual(room).or(back)).or(high.sub(low).lessEqual(room));
      const open = c.open.greater(0);
      return {
        x: where(open, next, c.x),
        before: where(open, c.x, c.before),
        low: where(open, low, c.low),
        high: where(open, high, c.high),
        open: where(open.and(done), 0, c.open),
      };
    },
    active: (c) => c.open.greater(0),
  });
  return x;
}
