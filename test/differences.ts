/** Central differences for gradient tests: the step shrinks until the one-sided differences agree. */

/**
 * f′(x) of a smooth piece of f. Among steps 1e-2 … 1e-8 (relative to max(1, |x|)) it takes the central difference
 * whose two one-sided differences agree best: larger steps see curvature and kinks, smaller ones rounding.
 */
export function derivative(f: (x: number) => number, x: number): number {
  const middle = f(x);
  let best = Number.NaN;
  let disagreement = Number.POSITIVE_INFINITY;
  for (let k = 2; k <= 8; k += 0.5) {
    const h = 10 ** -k * Math.max(1, Math.abs(x));
    const right = (f(x + h) - middle) / h;
    const left = (middle - f(x - h)) / h;
    if (Math.abs(right - left) < disagreement) {
      disagreement = Math.abs(right - left);
      best = (right + left) / 2;
    }
  }
  return best;
}
