/** Floor 1, compute market. Shares of those who provide liquidity, and where to put it. */

export interface Reserves {
  readonly psi: number;
  readonly theta: number;
  readonly shares: number;
}

/** Shares of the first deposit: √(ΔΨ·ΔΘ). */
export const firstShares = (psi: number, theta: number): number => Math.sqrt(psi * theta);

/** A later deposit: S·min(ΔΨ/Ψ, ΔΘ/Θ) shares, what is over goes back. */
export function deposit(r: Reserves, psi: number, theta: number) {
  const part = Math.min(psi / r.psi, theta / r.theta);
  const [psiIn, thetaIn] = [r.psi * part, r.theta * part];
  const shares = r.shares * part;
  return {
    shares,
    psiIn,
    thetaIn,
    psiBack: psi - psiIn,
    thetaBack: theta - thetaIn,
    after: { psi: r.psi + psiIn, theta: r.theta + thetaIn, shares: r.shares + shares },
  };
}

/** A part of all shares is withdrawn, pro rata. */
export function withdraw(r: Reserves, part: number) {
  const [psi, theta, shares] = [r.psi * part, r.theta * part, r.shares * part];
  return { psi, theta, shares, after: { psi: r.psi - psi, theta: r.theta - theta, shares: r.shares - shares } };
}

/** V/V_hold − 1 without fees, from price 1 to r, at the centre: (2/(1+r))·√((2r − ρ(1 + r²))/(2(1 − ρ))) − 1. */
export const impermanentLoss = (rho: number, ratio: number): number =>
  (2 / (1 + ratio)) * Math.sqrt((2 * ratio - rho * (1 + ratio * ratio)) / (2 * (1 - rho))) - 1;

/** ΔI + ΔU − λ_c·cost: higher is better, the opposite sign of the usual expected free energy. */
export const expectedGain = (information: number, utility: number, cost: number, costWeight = 0.1): number =>
  information + utility - costWeight * cost;

/** softmax(β·EFE) */
export function routingWeights(gains: readonly number[], beta: number): number[] {
  const top = Math.max(...gains);
  const e = gains.map((x) => Math.exp(beta * (x - top)));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / sum);
}

/** A worth of `value` as a pair in a pool's own proportion: ΔΘ = value·Θ/(PΨ + Θ), ΔΨ likewise. */
export function proportionalPair(value: number, price: number, psi: number, theta: number) {
  const part = value / (price * psi + theta);
  return { psi: psi * part, theta: theta * part, part };
}
