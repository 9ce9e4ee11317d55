/**
 * Floor 3, compute market. Arbitrage of one pool where the risk fee is by blocks: after R bought for an effective A, or R sold.
 * In curve units, λ = λ_r/x₀:
 *
 *     buys    most of P·r − (A + a)/m + A/k:  F = p⁺ + λ(A + a)/m − P·m,  m = k − λr,  k = 1 − f_m − λR
 *     sells   most of out(r(k − λr)) − P·r:   F = P − p⁺m,                m = k − 2λr, k = 1 − f_m − 2λR
 *
 * Both F rise. It trades where F < 0 at 0, and ends at F = 0 or where there is nothing left to trade.
 */
import { constant, type Expr, solve, where } from '../../src/graph/index.js';
import { slide } from '../pools/hmm/curve.js';
import type { Leg } from './leg.js';
import type { Draft } from './state.js';
import { clipSale, curveOf, grossInBlock, saleFee } from './trades.js';
import type { World } from './world.js';

/** All but this part of a pool may be bought. */
const LEFT = 2 ** -20;
/** More than any pool takes. */
const LARGE = 1e100;
const TOLERANCE = 1e-5;

/** F and F′ of one side. */
interface Side {
  readonly residual: (r: Expr) => Expr;
  readonly derivative: (r: Expr) => Expr;
  /** The most that can be traded. */
  readonly most: Expr;
}

export function tradeInBlock(w: World, d: Draft, outside: Expr, i: number): Leg {
  const scale = w.scale[i];
  const price = outside.div(scale);
  const [buying, selling] = [buySide(w, d, price, i), sellSide(w, d, price, i)];
  const [b, s] = [best(buying), best(selling)];
  const curve = curveOf(w, d, i);
  const { lost, stock } = saleFee(w, d, i);
  const amount = where(b.trades, b.amount, s.amount).div(scale);
  const fee = lost.add(w.fees.risk.mul(amount.div(stock)));
  const { dy } = slide(curve, where(b.trades, b.amount.neg(), s.amount.sub(s.amount.mul(fee))));
  return { buys: b.trades, sells: s.trades, amount, dy, gross: grossInBlock(w, d, i, amount, dy), fee };
}

function best(side: Side): { trades: Expr; amount: Expr } {
  const trades = side.residual(constant(0)).less(0);
  const within = trades.and(side.residual(side.most).greater(0));
  const root = solve({
    residual: side.residual,
    derivative: side.derivative,
    low: constant(0),
    high: side.most,
    start: constant(0),
    needed: within,
    tolerance: TOLERANCE,
  });
  return { trades, amount: where(within, root, side.most) };
}

function buySide(w: World, d: Draft, outside: Expr, i: number): Side {
  const curve = curveOf(w, d, i);
  const { stock, bought, paid } = d.pools[i].block;
  const lambda = w.fees.risk.div(stock.mul(w.scale[i]));
  const keep = constant(1)
    .sub(w.fees.market)
    .sub(lambda.mul(bought.mul(w.scale[i])));
  const at = (r: Expr) => {
    const { dy, price, steepness } = slide(curve, r.neg());
    const m = keep.sub(lambda.mul(r));
    const part = lambda.mul(paid.add(dy)).div(m);
    return { price, steepness, m, part };
  };
  const payable = keep.mul(1 - LEFT);
  const all = curve.x.mul(1 - LEFT);
  return {
    residual: (r) => {
      const { price, m, part } = at(r);
      return price.add(part).sub(outside.mul(m));
    },
    derivative: (r) => {
      const { price, steepness, m, part } = at(r);
      return steepness.add(lambda.mul(price.add(part).div(m).add(outside)));
    },
    most: where(lambda.mul(all).greater(payable), payable.div(lambda), all),
  };
}

function sellSide(w: World, d: Draft, outside: Expr, i: number): Side {
  const curve = curveOf(w, d, i);
  const { lost, stock } = saleFee(w, d, i);
  const lambda = w.fees.risk.div(stock.mul(w.scale[i]));
  const keep = lost.neg().add(1);
  const at = (r: Expr) => ({
    ...slide(curve, r.mul(keep.sub(lambda.mul(r)))),
    m: keep.sub(lambda.mul(2).mul(r)),
  });
  return {
    residual: (r) => {
      const { price, m } = at(r);
      return outside.sub(price.mul(m));
    },
    derivative: (r) => {
      const { price, steepness, m } = at(r);
      return steepness.mul(m.square()).add(lambda.mul(2).mul(price));
    },
    most: clipSale(w, d, i, constant(LARGE)).mul(w.scale[i]),
  };
}
