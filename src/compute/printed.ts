/**
 * Floor 1, compute market. A market as the printed Python call describes it: resources, their reserves of compute, one κ and one λ.
 *
 * What is printed leaves Θ open: one κ is the sum over all assets. Here each resource has an equal part κ_i = κ/n of its own, and
 * Θ_i follows from κ_i = Ψ_iΘ_i + (λ/2)(Ψ_i² + Θ_i²).
 */
import { UserError } from '../errors.js';
import type { ComputeMarket } from './quote.js';

/** `HMM(resources, initial_reserves, kappa, lambda_curvature)`; weights are 1. */
export interface PrintedMarket {
  readonly resources: readonly string[];
  /** Ψ of each, in the order of `resources` or by name. */
  readonly initialReserves: readonly number[] | Readonly<Record<string, number>>;
  readonly kappa: number;
  /** λ = ρ, in [0, 1). */
  readonly lambdaCurvature?: number;
  /** f_m and λ_r. */
  readonly marketFee?: number;
  readonly riskFee?: number;
}

/** One venue a resource, of its name. Throws a UserError where λ or κ make no pool. */
export function printedMarket(given: PrintedMarket): ComputeMarket {
  const { resources, initialReserves, kappa, lambdaCurvature: rho = 0.05, marketFee = 0.003, riskFee = 0.02 } = given;
  if (!(rho >= 0 && rho < 1)) throw new UserError(`hmm: lambdaCurvature in [0, 1) was expected, got ${rho}`);
  const own = kappa / resources.length;
  const venues = resources.map((resource, i) => {
    const psi = Array.isArray(initialReserves)
      ? (initialReserves[i] as number)
      : (initialReserves as Readonly<Record<string, number>>)[resource];
    if (!(psi > 0)) throw new UserError(`hmm: a reserve above 0 of ${resource} was expected, got ${psi}`);
    return { name: resource, resource, rho, scale: 1, psi, theta: creditsOf(resource, psi, own, rho) };
  });
  return { venues, marketFee, riskFee, riskScope: 'asset' };
}

/** Θ = 2c/(Ψ + √(Ψ² + 2λc)), c = κ − λΨ²/2: no difference of near numbers. */
function creditsOf(resource: string, psi: number, kappa: number, rho: number): number {
  const left = kappa - (rho / 2) * psi * psi;
  if (left > 0) return (2 * left) / (psi + Math.sqrt(psi * psi + 2 * rho * left));
  throw new UserError(
    `hmm: a kappa of more than λΨ²/2 a resource was expected, got ${kappa} for ${psi} of ${resource}; raise kappa, or lower its reserves`,
  );
}
