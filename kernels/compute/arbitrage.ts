/**
 * Floor 3, compute market. Step 7: somebody trades the pools against the outside price, to the optimum. A purchase draws pro rata
 * and its hold-back is paid out; a sale comes from outside.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { optimalTrade, sides } from '../pools/hmm/arbitrage.js';
import { jointTrades } from './joint-arbitrage.js';
import { type Draft, payOut, payWorkers } from './state.js';
import { booked, buy, curveOf, sell } from './trades.js';
import type { Outside, World } from './world.js';

/** What is done with one pool; nothing where the amount is 0. */
export interface Leg {
  readonly buys: Expr;
  readonly sells: Expr;
  /** r: effective compute bought or, gross, sold. */
  readonly amount: Expr;
  /** What the curve takes, or (below 0) gives; credits. */
  readonly dy: Expr;
  readonly fee: Expr;
}

export function arbitrage(w: World, d: Draft, o: Outside): void {
  if (w.s.arbitrage === 0) return;
  const legs = w.s.riskScope === 1 ? jointTrades(w, d, o.prices) : w.scale.map((_, i) => trade(w, d, o, i));
  legs.forEach((leg, i) => {
    booked(d, i, o.prices[i], 'arbitrageGain', () => act(w, d, o, i, leg));
  });
}

function trade(w: World, d: Draft, o: Outside, i: number): Leg {
  const [curve, scale, outside] = [curveOf(w, d, i), w.scale[i], o.prices[i]];
  const side = sides(curve, w.fees.market, outside, scale);
  const { amount, dy, fee } = optimalTrade(curve, w.fees, outside.div(scale), side);
  return { ...side, amount: amount.div(scale), dy, fee };
}

function act(w: World, d: Draft, o: Outside, i: number, { buys, sells, amount, dy, fee }: Leg): void {
  const [pool, flow, outside] = [d.pools[i], d.flows[i], o.prices[i]];
  const bought = where(buys, amount, 0);
  const effective = where(buys, dy, 0);
  const gross = where(buys, dy.div(fee.neg().add(1)), 0);
  const { pay } = buy(w, d, i, { r: bought, effective, gross, fee });
  payWorkers(w, d, pay);
  const sold = where(sells, amount, 0);
  const credits = where(sells, dy.neg(), 0);
  sell(d, i, { compute: sold, credits, fee: where(sells, fee, 0) });
  pool.psi[0] = pool.psi[0].add(sold);
  payOut(w, d, credits);
  flow.arbitrage = flow.arbitrage.add(sold).sub(bought);
  flow.arbitrageVolume = flow.arbitrageVolume.add(sold).add(bought);
  const gain = bought.sub(sold).mul(outside).sub(gross).add(credits);
  flow.arbitrageProfit = flow.arbitrageProfit.add(gain);
}
