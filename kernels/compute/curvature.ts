/**
 * Floor 3, compute market. Step 3, the curvature of the moment, and step 10, the flow that moves it.
 *
 *     ρ(t) = min(ρ(1 + α·v + β_u·util), .999),  util = 1 − min(Ψ/Ψ̄, 1)
 *     v ← v + (flow·1440/dt − v)(1 − e^{−dt/(memory·1440)})
 *
 * κ is never stored, so a pool whose ρ moves is on the curve of its reserves at once: always re-based.
 */
import type { Expr } from '../../src/graph/index.js';
import { type Draft, effective } from './state.js';
import type { World } from './world.js';

/** Where the curve stops being a market maker is 1. */
const MOST = 0.999;
const MINUTES_A_DAY = 1440;

export function bend(w: World, d: Draft): void {
  d.pools.forEach((pool, i) => {
    if (w.s.dynamicCurvature === 0) {
      pool.rho = w.rho[i];
      return;
    }
    const used = effective(d, i).div(w.each('target')[i]).minimum(1).neg().add(1);
    const answer = w.one('alpha').mul(pool.volatility).add(w.one('utilisation').mul(used)).add(1);
    pool.rho = w.rho[i].mul(answer).minimum(MOST);
  });
}

/** What was traded with each pool so far, all directions added. */
export const traded = (d: Draft): Expr[] =>
  d.flows.map((f) => f.returned.add(f.supplied).add(f.bought).add(f.arbitrageVolume));

/** v, from the trades of the step over the stock at its start. */
export function measure(w: World, d: Draft, before: readonly Expr[], stock: readonly Expr[]): void {
  if (w.s.dynamicCurvature === 0) return;
  const forgotten = w
    .one('memory')
    .reciprocal()
    .mul(-w.dt / MINUTES_A_DAY)
    .expm1()
    .neg();
  traded(d).forEach((total, i) => {
    const pool = d.pools[i];
    const flow = total
      .sub(before[i])
      .div(stock[i])
      .mul(MINUTES_A_DAY / w.dt);
    pool.volatility = pool.volatility.add(flow.sub(pool.volatility).mul(forgotten));
  });
}
