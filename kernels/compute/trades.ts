/**
 * Floor 3, compute market. Trades with one pool: what they cost, how their fees are split, what they take along.
 *
 * Fees are a fraction of what is paid in. A purchase of r costs the curve a(r), gross g = a/(1 − f); of a sale of U the curve
 * sees U(1 − f). Of g, μ = f_m·g is the market part, the rest the risk part.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import { type Curve, creditsFor, creditsOutFor, isBeyond, roomOf } from '../pools/hmm/curve.js';
import { type Draft, effective, parts, payIn } from './state.js';
import { targetCurve } from './target.js';
import type { World } from './world.js';

/** The curve of a pool, in curve units: x = s·Ψ. */
export function curveOf(w: World, d: Draft, i: number): Curve {
  const [x, theta] = [w.scale[i].mul(effective(d, i)), d.pools[i].theta];
  return w.s.curve === 1 ? targetCurve(w, d, i, x, theta) : { rho: d.pools[i].rho, x, y: theta };
}

/** Credits that the curve takes for r of compute. */
export const costOf = (w: World, d: Draft, i: number, r: Expr): Expr => creditsFor(curveOf(w, d, i), w.scale[i].mul(r));

/** Credits that the curve gives for compute, fees set aside. */
export const paidFor = (w: World, d: Draft, i: number, compute: Expr): Expr =>
  creditsOutFor(curveOf(w, d, i), w.scale[i].mul(compute));

/** What a purchase of r effective units costs. */
export interface Purchase {
  readonly r: Expr;
  /** a: what the curve takes. */
  readonly effective: Expr;
  readonly gross: Expr;
}

/** At a fee of f; where the risk fee is by blocks, at that of the block. */
export function purchase(w: World, d: Draft, i: number, r: Expr, fee: Expr): Purchase {
  const cost = costOf(w, d, i, r);
  const gross = w.s.riskFeeBase === 1 ? grossInBlock(w, d, i, r, cost) : cost.div(fee.neg().add(1));
  return { r, effective: cost, gross };
}

/**
 * (A + a)/(1 − f_m − λ_r(R + r)/Ψ₀) − A/(1 − f_m − λ_r·R/Ψ₀), R and A what the block has bought so far and its effective cost:
 * parts telescope, so splitting gains nothing.
 */
export function grossInBlock(w: World, d: Draft, i: number, r: Expr, cost: Expr): Expr {
  const { stock, bought, paid } = d.pools[i].block;
  const keepAt = (amount: Expr) =>
    constant(1)
      .sub(w.fees.market)
      .sub(w.fees.risk.mul(amount.div(stock)));
  return paid
    .add(cost)
    .div(keepAt(bought.add(r)))
    .sub(paid.div(keepAt(bought)));
}

/** Where the fees of a purchase go, in credits. */
export interface Split {
  readonly burned: Expr;
  readonly treasury: Expr;
  /** What the pool keeps. */
  readonly kept: Expr;
}

/** ζ of the market part (of both parts: `burnBase: total`) is burned, τ(1 − ζ) of the market part is the treasury's. */
export function splitOf(w: World, market: Expr, risk: Expr): Split {
  const burn = w.one('burn');
  const burned = burn.mul(w.s.burnBase === 1 ? market.add(risk) : market);
  const treasury = w.one('treasuryShare').mul(burn.neg().add(1)).mul(market);
  return { burned, treasury, kept: market.add(risk).sub(burned).sub(treasury) };
}

/** What a purchase takes along. */
export interface Drawn {
  /** Effective compute by worker class. */
  readonly compute: readonly Expr[];
  /** Hold-back of it, which has left the pool but is still owed. */
  readonly pay: Expr;
}

/** Takes compute pro rata of all classes, and its hold-back with it. */
export function draw(d: Draft, i: number, r: Expr): Drawn {
  const pool = d.pools[i];
  const part = r.div(effective(d, i));
  const compute = parts(d, i).map((z) => z.mul(part));
  const pay = pool.hold.mul(part);
  pool.psi = pool.psi.map((psi) => psi.sub(psi.mul(part)));
  pool.hold = pool.hold.sub(pay);
  return { compute, pay };
}

/** A purchase is paid: its fees are split, the pool has the credits, and the compute goes. */
export function buy(w: World, d: Draft, i: number, p: Purchase): Drawn {
  const fees = p.gross.sub(p.effective);
  const market = w.fees.market.mul(p.gross);
  const { burned, treasury, kept } = splitOf(w, market, fees.sub(market));
  const pool = d.pools[i];
  const flow = d.flows[i];
  const drawn = draw(d, i, p.r);
  pool.block.bought = pool.block.bought.add(p.r);
  pool.block.paid = pool.block.paid.add(p.effective);
  pool.theta = pool.theta.add(p.effective).add(kept);
  payIn(w, d, p.gross);
  const [burnedTokens, treasuryTokens] = [burned.div(w.rate), treasury.div(w.rate)];
  d.tokens.vault = d.tokens.vault.sub(burnedTokens.add(treasuryTokens));
  d.tokens.treasury = d.tokens.treasury.add(treasuryTokens);
  d.tokens.burned = d.tokens.burned.add(burnedTokens);
  flow.feeCredits = flow.feeCredits.add(kept);
  d.sums.feeTreasury = d.sums.feeTreasury.add(treasury);
  d.sums.feeBurn = d.sums.feeBurn.add(burned);
  return drawn;
}

/** f = f_m + λ_r·r/Ψ for a purchase of its own; in a block the fee of the last unit, to see that it stays below 1. */
export function feeAlone(w: World, d: Draft, i: number, r: Expr): Expr {
  const { stock, bought } = d.pools[i].block;
  const part = w.s.riskFeeBase === 1 ? bought.add(r).div(stock) : r.div(effective(d, i));
  return w.fees.market.add(w.fees.risk.mul(part));
}

/**
 * What a sale's fee is made of, f = lost + λ_r·U/Ψ: lost = f_m, or in a block f_m + 2λ_r·R/Ψ₀, since the compute that it loses
 * grows by λ_r((R + U)² − R²)/Ψ₀.
 */
export function saleFee(w: World, d: Draft, i: number): { lost: Expr; stock: Expr } {
  const { stock, sold } = d.pools[i].block;
  if (w.s.riskFeeBase === 0) return { lost: w.fees.market, stock: effective(d, i) };
  return { lost: w.fees.market.add(w.fees.risk.mul(2).mul(sold.div(stock))), stock };
}

/** f = f_m + λ_r‖S·r‖₂/‖S·Ψ‖₂: amounts in credits, since units of compute of different kinds cannot be added. */
export function feeTogether(w: World, d: Draft, r: readonly Expr[]): Expr {
  const norm = (xs: readonly Expr[]) => sum(xs.map((x, i) => w.scale[i].mul(x).square())).sqrt();
  return w.fees.market.add(w.fees.risk.mul(norm(r).div(norm(w.scale.map((_, i) => effective(d, i))))));
}

/**
 * The compute U that a sale may bring, at most min((1 − f_m)Ψ/(2λ_r), 2·room/(k + √(k² − 4λ_r·room/Ψ))), k = 1 − f_m,
 * room = √(2h/ρ)/s − Ψ: beyond the first more is paid for less, beyond the second there are no credits left.
 */
export function clipSale(w: World, d: Draft, i: number, offered: Expr): Expr {
  const { risk } = w.fees;
  const { lost, stock } = saleFee(w, d, i);
  const keep = lost.neg().add(1);
  const most = keep.mul(stock);
  const twice = risk.mul(2);
  const rising = where(twice.mul(offered).greater(most), most.div(twice), offered);
  const seen = rising.mul(keep.sub(risk.mul(rising).div(stock)));
  const curve = curveOf(w, d, i);
  const empty = isBeyond(curve, w.scale[i].mul(seen));
  const room = roomOf(curve).div(w.scale[i]);
  const root = keep.square().sub(risk.mul(4).mul(room).div(stock)).maximum(0).sqrt();
  return where(empty, room.mul(2).div(keep.add(root)), rising);
}

/** A sale of compute. */
export interface Sale {
  /** What comes in, and the credits that the curve gives for it. */
  readonly compute: Expr;
  readonly credits: Expr;
  readonly fee: Expr;
}

/** What the curve gives for U. */
export function saleOf(w: World, d: Draft, i: number, compute: Expr): Sale {
  const { lost, stock } = saleFee(w, d, i);
  const fee = lost.add(w.fees.risk.mul(compute.div(stock)));
  return { compute, credits: paidFor(w, d, i, compute.mul(fee.neg().add(1))), fee };
}

/** The credits of a sale leave the pool, its fees in compute stay. Whose compute it is, and who is paid, is for the caller. */
export function sell(d: Draft, i: number, { compute, credits, fee }: Sale): void {
  const [pool, flow] = [d.pools[i], d.flows[i]];
  pool.theta = pool.theta.sub(credits);
  pool.block.sold = pool.block.sold.add(compute);
  flow.feeCompute = flow.feeCompute.add(compute.mul(fee));
}

/** Books ΔΘ + P·ΔΨ of whatever `trade` does with a pool, as the gain of those who provide its liquidity. */
export function booked<T>(
  d: Draft,
  i: number,
  price: Expr,
  kind: 'tradeGain' | 'arbitrageGain' | 'bookGain' | 'liquidityValue',
  trade: () => T,
): T {
  const [stock, credits] = [effective(d, i), d.pools[i].theta];
  const result = trade();
  const gain = d.pools[i].theta.sub(credits).add(effective(d, i).sub(stock).mul(price));
  d.flows[i][kind] = d.flows[i][kind].add(gain);
  return result;
}
