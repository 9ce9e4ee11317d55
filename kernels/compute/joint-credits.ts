/**
 * Floor 3, compute market. What one κ for all pools comes to (`kappa: joint`): H = Σ w_i·h_i is all that is kept, so credits can
 * be moved between pools. Somebody takes a part of the credits of all pools but one, gives that one what keeps H, and has the
 * rest for nothing: with δ_j taken, h in curve units,
 *
 *     K = Σ w_j·δ_j(x_j + ρ_j(θ_j − δ_j/2))/w_b,   Δ = 2K/(B + √(B² + 2ρ_bK)),   B = x_b + ρ_bθ_b,   gain = Σδ − Δ
 *
 * The pool b is the one that gains most. A warning, not a design: see docs/compute-market.md.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import { gradientY } from '../pools/hmm/curve.js';
import { type Draft, payOut } from './state.js';
import { booked, curveOf } from './trades.js';
import type { Outside, World } from './world.js';

/** What is done if pool b takes: credits that each pool gains, and what is left over. */
interface Move {
  readonly changes: readonly Expr[];
  readonly gain: Expr;
}

function moveTo(w: World, d: Draft, b: number, part: Expr): Move {
  const weights = w.each('weight');
  const curves = d.pools.map((_, i) => curveOf(w, d, i));
  const taken = curves.map((c, j) => (j === b ? constant(0) : c.y.mul(part)));
  const lost = sum(
    curves.map((c, j) => weights[j].mul(taken[j]).mul(c.x.add(c.rho.mul(c.y.sub(taken[j].mul(0.5)))))),
  ).div(weights[b]);
  const slope = gradientY(curves[b]);
  const given = lost.mul(2).div(slope.add(slope.square().add(curves[b].rho.mul(2).mul(lost)).sqrt()));
  return {
    changes: taken.map((x, j) => (j === b ? given : x.neg())),
    gain: sum([...taken]).sub(given),
  };
}

export function moveCredits(w: World, d: Draft, o: Outside): void {
  if (w.s.kappa === 0 || w.n < 2) return;
  const part = w.one('jointPart').mul(-w.dt).expm1().neg();
  const moves = d.pools.map((_, b) => moveTo(w, d, b, part));
  const best = moves.reduce((a, m) => a.maximum(m.gain), constant(0));
  let open: Expr = best.greater(0);
  moves.forEach(({ changes, gain }) => {
    const taken = open.and(gain.greaterEqual(best));
    open = open.and(taken.not());
    changes.forEach((change, i) => {
      booked(d, i, o.prices[i], 'arbitrageGain', () => {
        d.pools[i].theta = d.pools[i].theta.add(where(taken, change, 0));
      });
    });
    const credits = where(taken, gain, 0);
    payOut(w, d, credits);
    // whoever does it, their gain is an arbitrageur's; of all pools, booked with the first
    d.flows[0].arbitrageProfit = d.flows[0].arbitrageProfit.add(credits);
  });
}
