/** Floor 3, compute market. What its pools hold at the start. */
import type { Expr } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import type { World } from './world.js';

/** The least price of a hyperbola. */
const LEAST = 2 ** -20;

/** Ψ of a resource: Σ q̂ψ. */
export const stockOf = (w: World, i: number): Expr =>
  sum([w.each('compute0')[i], ...w.workers.map((x) => x.compute[i].mul(x.passes.div(x.passes.add(x.fails))))]);

/**
 * Credits at the start: given, or so many that the pool's price is the outside price p (in curve units): (y + ρx)/(x + ρy) = p;
 * with a target x̄, θ = x·(p − π) + π(2x̄ − x), π the pull.
 */
function creditsOf(w: World, i: number, x: Expr): Expr {
  if (w.s.start === 0) return w.each('credits')[i];
  const [rho, p] = [w.rho[i], w.first.prices[i].div(w.scale[i])];
  if (w.s.curve === 0) return x.mul(p.sub(rho).div(rho.mul(p).neg().add(1)));
  const pull = w.each('pull')[i];
  const target = w.scale[i].mul(w.each('target')[i]);
  return x.mul(p.sub(pull).maximum(LEAST)).add(pull.mul(target.mul(2).sub(x)));
}

export interface Start {
  readonly credits: Expr;
  /** √(ΨΘ), of those who opened the pool. */
  readonly shares: Expr;
}

export function startOf(w: World, i: number): Start {
  const stock = stockOf(w, i);
  const credits = creditsOf(w, i, stock.mul(w.scale[i]));
  return { credits, shares: stock.mul(credits).sqrt() };
}
