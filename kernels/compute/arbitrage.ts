/**
 * Floor 3, compute market. Step 7: somebody trades the pools against the outside price, to the optimum. A purchase draws pro rata
 * and its hold-back is paid out; a sale comes from outside.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { optimalTrade, sides } from '../pools/hmm/arbitrage.js';
import { tradeInBlock } from './block-arbitrage.js';
import { jointTrades } from './joint-arbitrage.js';
import type { Leg } from './leg.js';
import { type Draft, payOut, payWorkers } from './state.js';
import { booked, buy, curveOf, sell } from './trades.js';
import type { Outside, World } from './world.js';

export function arbitrage(w: World, d: Draft, o: Outside): void {
  if (w.s.arbitrage === 0) return;
  const alone = w.s.riskFeeBase === 1 ? tradeInBlock : trade;
  const legs = w.s.riskScope === 1 ? jointTrades(w, d, o.prices) : w.scale.map((_, i) => alone(w, d, o.prices[i], i));
  legs.forEach((leg, i) => {
    booked(d, i, o.prices[i], 'arbitrageGain', () => act(w, d, o, i, leg));
  });
}

function trade(w: World, d: Draft, outside: Expr, i: number): Leg {
  const [curve, scale] = [curveOf(w, d, i), w.scale[i]];
  const side = sides(curve, w.fees.market, outside, scale);
  const { amount, dy, fee } = optimalTrade(curve, w.fees, outside.div(scale), side);
  return { ...side, amount: amount.div(scale), dy, gross: dy.div(fee.neg().add(1)), fee };
}

/** What is not done is 0; steps in which nobody trades skip all that a trade takes, since all of it is used through `trades`. */
function act(w: World, d: Draft, o: Outside, i: number, { buys, sells, amount, dy, ...leg }: Leg): void {
  const [pool, flow, outside] = [d.pools[i], d.flows[i], o.prices[i]];
  const trades = buys.or(sells);
  const where0 = (side: Expr, x: Expr) => where(trades, where(side, x, 0), 0);
  const bought = where0(buys, amount);
  const effective = where0(buys, dy);
  const gross = where0(buys, leg.gross);
  const { pay } = buy(w, d, i, { r: bought, effective, gross });
  payWorkers(w, d, pay);
  const sold = where0(sells, amount);
  const credits = where0(sells, dy.neg());
  sell(d, i, { compute: sold, credits, fee: where0(sells, leg.fee) });
  pool.psi[0] = pool.psi[0].add(sold);
  payOut(w, d, credits);
  flow.arbitrage = flow.arbitrage.add(sold).sub(bought);
  flow.arbitrageVolume = flow.arbitrageVolume.add(sold).add(bought);
  const gain = bought.sub(sold).mul(outside).sub(gross).add(credits);
  flow.arbitrageProfit = flow.arbitrageProfit.add(gain);
}
