/** Floor 1, compute market. Single trades with a pool in plain numbers: fees, where they go, what is left. */
import { costOf, costSlopes, paidFor, type Venue } from './curve.js';

export interface Fees {
  /** f_m */
  readonly market: number;
  /** λ_r */
  readonly risk: number;
}

/** What a purchase costs: what the curve takes, the fee rate, what is paid. */
export interface Bought {
  readonly effective: number;
  readonly fee: number;
  readonly gross: number;
}

/** r of compute at f = f_m + λ_r·r/Ψ. */
export function buyAlone(v: Venue, r: number, { market, risk }: Fees): Bought {
  const fee = market + (risk * r) / v.psi;
  const effective = costOf(v, r);
  return { effective, fee, gross: effective / (1 - fee) };
}

/** A pool after r was bought for `credits` that it keeps. */
export const afterBuying = (v: Venue, r: number, credits: number): Venue => ({
  ...v,
  psi: v.psi - r,
  theta: v.theta + credits,
});

/** Credits for U of compute: the curve sees U(1 − f). The fee in compute stays. */
export function sellAlone(v: Venue, compute: number, { market, risk }: Fees): { credits: number; fee: number } {
  const fee = market + (risk * compute) / v.psi;
  return { credits: paidFor(v, compute * (1 - fee)), fee };
}

/** A pool after compute was sold to it for `credits`. */
export const afterSelling = (v: Venue, compute: number, credits: number): Venue => ({
  ...v,
  psi: v.psi + compute,
  theta: v.theta - credits,
});

/** Purchases one after the other where the risk fee is by blocks: parts telescope. */
export function buyInBlock(v: Venue, amounts: readonly number[], { market, risk }: Fees): Bought[] {
  let [pool, amount, paid] = [v, 0, 0];
  const keep = (r: number) => 1 - market - (risk * r) / v.psi;
  return amounts.map((r) => {
    const effective = costOf(pool, r);
    const gross = (paid + effective) / keep(amount + r) - paid / keep(amount);
    pool = afterBuying(pool, r, effective);
    amount += r;
    paid += effective;
    return { effective, gross, fee: 1 - keep(amount) };
  });
}

/** Where the fees of a purchase go, in credits. */
export interface FeeRules {
  readonly burn: number;
  readonly treasuryShare: number;
  readonly burnBase: 'market' | 'total';
}

/** A quarter of the market fee is burned, as the papers say, and a fifth of the rest is the treasury's, of which they say nothing. */
export const PAPER_FEES: FeeRules = { burn: 0.25, treasuryShare: 0.2, burnBase: 'market' };

/** ζ of the market part (or of both) is burned, τ(1 − ζ) of the market part is the treasury's, the pool keeps the rest. */
export function splitFees(market: number, risk: number, { burn, treasuryShare, burnBase }: FeeRules) {
  const burned = burn * (burnBase === 'total' ? market + risk : market);
  const treasury = treasuryShare * (1 - burn) * market;
  return { burned, treasury, kept: market + risk - burned - treasury };
}

/**
 * What buying a total T in n equal parts gains at an outside price, P·T − Σ gross, and its slope by T: each part at a risk fee of
 * its own, fees staying in the pool.
 */
export function splitGain(v: Venue, outside: number, total: number, parts: number, fees: Fees) {
  let pool = v;
  // of the pool and of what was paid, by T
  let [psi, theta, paid, slope] = [0, 0, 0, 0];
  const [r, dr] = [total / parts, 1 / parts];
  for (let k = 0; k < parts; k++) {
    const { effective, fee, gross } = buyAlone(pool, r, fees);
    const d = costSlopes(pool, r);
    const cost = d.byPsi * psi + d.byTheta * theta + d.byAmount * dr;
    const dFee = fees.risk * (dr / pool.psi - (r * psi) / pool.psi ** 2);
    const dGross = (cost + (effective * dFee) / (1 - fee)) / (1 - fee);
    paid += gross;
    slope += dGross;
    pool = afterBuying(pool, r, gross);
    psi -= dr;
    theta += dGross;
  }
  return { profit: outside * total - paid, slope: outside - slope };
}

/** The total that gains most, where the slope is 0: known to rounding, as a maximum found by comparing gains is not. */
export function bestSplit(v: Venue, outside: number, parts: number, fees: Fees): { total: number; profit: number } {
  const at = (total: number) => splitGain(v, outside, total, parts, fees);
  let [low, high] = [0, v.psi * (1 - 1e-9)];
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = (low + high) / 2;
    // a fee beyond all that is paid has no slope worth anything
    const payable = fees.market + (fees.risk * middle) / parts / v.psi < 1;
    if (payable && at(middle).slope > 0) low = middle;
    else high = middle;
  }
  return { total: low, profit: at(low).profit };
}
