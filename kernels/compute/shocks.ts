/** Floor 3, compute market. What becomes of compute without a trade: it is destroyed in a shock, or expires unsold. */
import type { Expr } from '../../src/graph/index.js';
import { type Draft, effective, release } from './state.js';
import { booked } from './trades.js';
import type { Outside, World } from './world.js';

/** ψ loses a part; gives what it was, effective, and its hold-back, which is still with the pool. */
function lose(d: Draft, i: number, part: Expr): { compute: Expr; hold: Expr } {
  const pool = d.pools[i];
  const compute = effective(d, i).mul(part);
  pool.psi = pool.psi.map((psi) => psi.sub(psi.mul(part)));
  return { compute, hold: pool.hold.mul(part) };
}

/** Step 0: ψ ×= 1 − d; the hold-back of what vanished goes to the treasury. */
export function destroy(w: World, d: Draft, o: Outside): void {
  for (let i = 0; i < w.n; i++) {
    const part = o.destroyed(i);
    if (part === null) continue;
    const { compute, hold } = booked(d, i, o.prices[i], 'bookGain', () => lose(d, i, part));
    d.flows[i].destroyed = d.flows[i].destroyed.add(compute);
    d.pools[i].hold = d.pools[i].hold.sub(hold);
    const tokens = hold.div(w.rate);
    d.tokens.vault = d.tokens.vault.sub(tokens);
    d.tokens.treasury = d.tokens.treasury.add(tokens);
  }
}

/** Step 8: ψ ×= e^{−δ·dt}; the hold-back of what expired is paid to its workers. */
export function expire(w: World, d: Draft, o: Outside): void {
  const part = w.one('expiry').mul(-w.dt).expm1().neg();
  for (let i = 0; i < w.n; i++) {
    const { compute, hold } = booked(d, i, o.prices[i], 'bookGain', () => lose(d, i, part));
    d.flows[i].expired = d.flows[i].expired.add(compute);
    release(w, d, i, hold);
  }
}
