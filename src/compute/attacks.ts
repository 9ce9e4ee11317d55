/** Floor 1, compute market. What can be tried against a market of pools, and what it brings. */
import { atPrice, paidFor, priceOf, type Venue } from './curve.js';
import { afterBuying, afterSelling, buyAlone, type Fees, sellAlone } from './trades.js';

/** Buying before an order and selling after it; all fees stay in the pool. */
export function sandwich(v: Venue, front: number, victim: number, fees: Fees): { profit: number; victimPays: number } {
  const first = buyAlone(v, front, fees);
  const between = afterBuying(v, front, first.gross);
  const second = buyAlone(between, victim, fees);
  const { credits } = sellAlone(afterBuying(between, victim, second.gross), front, fees);
  return { profit: credits - first.gross, victimPays: second.gross };
}

/** Selling to a pool and buying the same back, as worker and client in one, for the bonus; all fees of the purchase leave. */
export function washTrade(v: Venue, amount: number, fees: Fees, bonus: number) {
  const { credits: received } = sellAlone(v, amount, fees);
  const { gross: paid } = buyAlone(afterSelling(v, amount, received), amount, fees);
  const loss = received - paid;
  return { received, paid, lossWithoutBonus: loss, profitWithBonus: loss + bonus * paid, breakEvenBonus: -loss / paid };
}

/**
 * Credits that can be taken from assets that share one H = Σ w·ψθ + (λ/2)Σ(ψ² + θ²) by moving credits between them: the least
 * Σθ of the same H at the same ψ. {H ≥ κ} is the outside of a convex body, so all credits end in one asset:
 * θ = (√((wψ)² + 2λK) − wψ)/λ, K = κ − (λ/2)Σψ².
 */
export function jointGain(
  weights: readonly number[],
  lambda: number,
  psi: readonly number[],
  theta: readonly number[],
) {
  const k = psi.reduce((sum, x, i) => sum + weights[i] * x * theta[i] + (lambda / 2) * theta[i] ** 2, 0);
  const alone = psi.map((x, i) => {
    const b = weights[i] * x;
    return (2 * k) / (Math.sqrt(b * b + 2 * lambda * k) + b);
  });
  const best = alone.indexOf(Math.min(...alone));
  const before = theta.reduce((a, b) => a + b, 0);
  const taken = before - alone[best];
  return { taken, after: alone.map((x, i) => (i === best ? x : 0)), fraction: taken / before };
}

/** What a pool of a worth of 1 at price 1 gives away when its curvature is raised and its old h kept: in credits, or in both. */
export function notRebased(from: number, to: number): { oneSided: number; bothSides: number } {
  // x = y = 1: (ρ/2)y² + y + ρ/2 = 1 + ρ₀
  const c = 1 + from - to / 2;
  const left = (2 * c) / (1 + Math.sqrt(1 + 2 * to * c));
  return { oneSided: (1 - left) / 2, bothSides: 1 - Math.sqrt((1 + from) / (1 + to)) };
}

/**
 * The part of its worth that a pool loses to arbitrage at its own price when its curvature moves in equal steps, h re-based at
 * each: ∝ 1/steps.
 */
export function rampLoss(v: Venue, to: number, steps: number): number {
  const price = priceOf(v);
  const worth = (x: Venue) => price * x.psi + x.theta;
  let pool = v;
  for (let k = 1; k <= steps; k++) {
    const rho = v.rho + ((to - v.rho) * k) / steps;
    pool = atPrice({ ...pool, rho }, price);
  }
  return 1 - worth(pool) / worth(v);
}

/**
 * Buying, and giving all of it back unused once the price outside has moved and arbitrage has taken the pool there: what that
 * gains, of what was paid. At what the curve pays then, and at no more than the purchase cost.
 */
export function returnUnused(v: Venue, amount: number, fees: Fees, price: number): { unbound: number; bound: number } {
  const { gross, effective } = buyAlone(v, amount, fees);
  const paid = paidFor(atPrice(afterBuying(v, amount, gross), price), amount);
  return { unbound: paid / gross - 1, bound: Math.min(paid, effective) / gross - 1 };
}
