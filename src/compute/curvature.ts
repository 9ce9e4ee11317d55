/** Floor 1, compute market. The moving curvature in plain numbers, and the variant that pulls towards a target inventory. */

export interface Moving {
  readonly rho: number;
  readonly alpha: number;
  readonly utilisation: number;
  readonly target: number;
  readonly memoryDays: number;
  readonly stepMinutes: number;
}

const MOST = 0.999;
const MINUTES_A_DAY = 1440;

/** 1 − min(Ψ/Ψ̄, 1) */
export const utilisationOf = (psi: number, target: number): number => 1 - Math.min(psi / target, 1);

/** ρ(1 + α·v + β_u·util), at most .999. */
export const curvatureAt = (m: Moving, volatility: number, psi: number): number =>
  Math.min(m.rho * (1 + m.alpha * volatility + m.utilisation * utilisationOf(psi, m.target)), MOST);

/** v after a step in which the part `flow` of Ψ was traded. */
export function volatilityAfter(m: Moving, volatility: number, flow: number): number {
  const forgotten = -Math.expm1(-m.stepMinutes / (m.memoryDays * MINUTES_A_DAY));
  return volatility + ((flow * MINUTES_A_DAY) / m.stepMinutes - volatility) * forgotten;
}

/** H = qp + (λ/2)((q − q̄)/q̄)² = κ: constant product of κ − λ/2 beside a fixed price λ/(2q̄²). 0 ≤ λ < 2κ. */
export interface TargetInventory {
  readonly kappa: number;
  readonly lambda: number;
  readonly target: number;
}

const core = ({ kappa, lambda }: TargetInventory): number => kappa - lambda / 2;
const fixed = ({ lambda, target }: TargetInventory): number => lambda / (2 * target * target);

/** Credits beside q of compute: (κ − λ/2)/q + λ/q̄ − λq/(2q̄²). */
export const creditsAt = (c: TargetInventory, q: number): number => core(c) / q + c.lambda / c.target - fixed(c) * q;

/** (κ − λ/2)/q² + λ/(2q̄²) */
export const priceAt = (c: TargetInventory, q: number): number => core(c) / (q * q) + fixed(c);

/** Credits for r of compute. */
export const targetCost = (c: TargetInventory, q: number, r: number): number =>
  (core(c) * r) / (q * (q - r)) + fixed(c) * r;

export const kappaAt = (c: TargetInventory, q: number, p: number): number =>
  q * p + (c.lambda / 2) * ((q - c.target) / c.target) ** 2;

/** V/V_hold − 1 from the target inventory to `ratio` of its price: V = 2√((κ − λ/2)(P − λ/2q̄²)) + λ/q̄. */
export function targetLoss(c: TargetInventory, ratio: number): number {
  const price = ratio * priceAt(c, c.target);
  const value = 2 * Math.sqrt(core(c) * (price - fixed(c))) + c.lambda / c.target;
  return value / (price * c.target + creditsAt(c, c.target)) - 1;
}
