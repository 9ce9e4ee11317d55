/**
 * Floor 3, compute market. Step 4: liquidity comes and goes, as a part of what is there. A deposit is a pair in the pool's own
 * proportion, S·min(ΔΨ/Ψ, ΔΘ/Θ) new shares: its compute is bought outside. What comes is told from outside, or routed, or both. A withdrawal is pro rata; the hold-back of the
 * capacity taken is paid to its workers.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { routed } from './routing.js';
import { type Draft, effective, payIn, payOut, release } from './state.js';
import { booked } from './trades.js';
import type { Outside, World } from './world.js';

const totalOf = (a: Expr | null, b: Expr | null): Expr | null => (a === null || b === null ? (a ?? b) : a.add(b));

export function provide(w: World, d: Draft, o: Outside): void {
  const added = w.s.routing === 1 ? routed(w, d, o) : null;
  d.pools.forEach((pool, i) => {
    const change = totalOf(o.liquidity(i), added?.[i] ?? null);
    if (change === null) return;
    const comes = change.maximum(0);
    const goes = change.neg().maximum(0);
    const stock = effective(d, i);
    booked(d, i, o.prices[i], 'liquidityValue', () => {
      const deposited = pool.theta.mul(comes);
      const taken = pool.theta.mul(goes);
      pool.psi = pool.psi.map((psi, j) => (j === 0 ? psi.add(stock.mul(comes)) : psi).sub(psi.mul(goes)));
      pool.theta = pool.theta.add(deposited).sub(taken);
      payIn(w, d, deposited);
      payOut(w, d, taken);
    });
    release(w, d, i, where(goes.greater(0), pool.hold.mul(goes), 0));
    pool.shares = pool.shares.add(pool.shares.mul(change));
    d.flows[i].liquidity = d.flows[i].liquidity.add(stock.mul(change));
  });
}
