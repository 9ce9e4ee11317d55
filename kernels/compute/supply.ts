/**
 * Floor 3, compute market. Step 5: workers offer u = s⁰·f(t)·dt·(p/P_ref)^η raw units, those of a pool as one order of Σq̂u. The
 * credits go to the hold-back; workers see them on delivery.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { logistic, pow, sum } from '../../src/rollout/functions.js';
import { price } from '../pools/hmm/curve.js';
import { type Draft, reliabilities } from './state.js';
import { booked, clipSale, curveOf, saleOf, sell } from './trades.js';
import type { Outside, World } from './world.js';

/** Whether a worker class may supply: 1 or 0, or for training between them. */
export function gate(w: World, q: Expr): Expr {
  const least = w.one('leastReliability');
  const { gateWidth } = w.s;
  return gateWidth > 0 ? logistic(q.sub(least).div(gateWidth)) : where(q.less(least), 0, 1);
}

export function supply(w: World, d: Draft, o: Outside): void {
  if (w.workers.length === 0) return;
  const q = reliabilities(d);
  for (let i = 0; i < w.n; i++) {
    const own = price(curveOf(w, d, i)).mul(w.scale[i]);
    const eager = pow(own.div(o.reference[i]), w.one('supplyElasticity')).mul(w.dt);
    const factor = o.supply(i);
    const each = factor === null ? eager : eager.mul(factor);
    const raw = w.workers.map((worker, k) => worker.supply[i].mul(each).mul(gate(w, q[k + 1])));
    const offered = sum(raw.map((u, k) => u.mul(q[k + 1])));
    booked(d, i, o.prices[i], 'tradeGain', () => sellAll(w, d, i, raw, offered));
  }
}

/** One order of all that is offered, or of as much as the pool takes. */
function sellAll(w: World, d: Draft, i: number, raw: readonly Expr[], offered: Expr): void {
  const [pool, flow] = [d.pools[i], d.flows[i]];
  const compute = clipSale(w, d, i, offered);
  const taken = where(compute.less(offered), compute.div(offered), constant(1));
  const sale = saleOf(w, d, i, compute);
  sell(d, i, sale);
  pool.hold = pool.hold.add(sale.credits);
  pool.psi = pool.psi.map((psi, j) => (j === 0 ? psi : psi.add(raw[j - 1].mul(taken))));
  flow.supplied = flow.supplied.add(compute);
}
