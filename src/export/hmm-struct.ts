/**
 * Floor 5. A tuned Hamiltonian pool as the integers of IHMM.Pool {psi, theta, kappa, lambda, weights} at 1e18.
 *
 * The struct has one λ and no price scale. Two exact changes of variables make room:
 * - h(x, y) = wxy + (λ/2)(s·x² + y²/s) with X = s·x is (1/s)·[wXy + (λ/2)(X² + y²)]: counting compute in units of
 *   1/s gives a pool without price scale, credits untouched. (x√s, y/√s would do too, but would redenominate credits,
 *   which all assets share, and √s has no exact fixed point.)
 * - (w, λ, κ) and c·(w, λ, κ) are the same pool, asset by asset: one λ for all, and wᵢ = λ/ρᵢ.
 */
import { UserError } from '../errors.js';
import {
  divideFloor,
  divideHalfEven,
  fromFixedPoint,
  rational,
  ratioToNumber,
  toFixedPoint,
  WAD,
} from './fixed-point.js';
import type { TunedHmm } from './pool.js';

const UINT256_LIMIT = 2n ** 256n;

/** The struct, all at 1e18, one entry an asset in psi, theta and weights. */
export interface HmmStruct {
  /** compute reserves in units of 1/priceScale */
  readonly psi: bigint[];
  readonly theta: bigint[];
  /** Σᵢ H(Ψᵢ, Θᵢ), rounded down */
  readonly kappa: bigint;
  readonly lambda: bigint;
  readonly weights: bigint[];
}

/** Error of ρ, relative, up to which the tuned weights are written as they are. */
const CLOSE = 1e-15;

/** One λ for all assets: the tuned weights where they allow it, else those that keep every ρᵢ = λ/wᵢ and their sum. */
function commonLambda(op: string, hmm: TunedHmm): { lambda: bigint; weights: bigint[] } {
  const { w, rho } = hmm;
  if (rho.every((r) => r === 0)) return { lambda: 0n, weights: w.map((x) => toFixedPoint(x)) };
  if (rho.some((r) => r === 0)) {
    throw new UserError(
      `${op}: rho must be 0 for all assets or for none (the struct has one lambda), got ${rho.join(', ')}; freeze rho above 0 (1e-6, say) in the config, or export the pools one by one`,
    );
  }
  const asTuned = { lambda: toFixedPoint(rho[0] * w[0]), weights: w.map((x) => toFixedPoint(x)) };
  const errors = rho.map((r, i) => Math.abs(ratioToNumber(asTuned.lambda, asTuned.weights[i]) / r - 1));
  if (errors.every((error) => error <= CLOSE)) return asTuned;
  const total = w.reduce((a, b) => a + b, 0);
  const lambda = toFixedPoint(total / rho.reduce((a, r) => a + 1 / r, 0));
  // From the rounded λ, so that ρ suffers one rounding and not two.
  const weights = rho.map((r) => {
    const { num, den } = rational(r);
    return divideHalfEven(lambda * den, num);
  });
  checkCurvature(op, lambda, weights, rho);
  return { lambda, weights };
}

/** λ and w must keep ρ in (0, 1) after rounding. */
function checkCurvature(op: string, lambda: bigint, weights: readonly bigint[], rho: readonly number[]): void {
  const bad = weights.findIndex((w) => w <= lambda);
  if (lambda > 0n && bad < 0) return;
  throw new UserError(
    `${op}: rho must survive rounding to 1e-18, got ${rho.join(', ')}; freeze rho in the config inside [1e-9, 0.999999] and train again`,
  );
}

/** Twice H at scale 1e54: Ψ·Θ·w is an integer at that scale, and the factor 2 keeps λ/2 whole. */
function twiceHamiltonian(struct: Omit<HmmStruct, 'kappa'>, i: number): bigint {
  const { psi, theta, lambda, weights } = struct;
  return 2n * weights[i] * psi[i] * theta[i] + lambda * (psi[i] ** 2n + theta[i] ** 2n);
}

const floorToWad = (twice: bigint) => divideFloor(twice, 2n * WAD * WAD);

/** κᵢ of one asset alone, rounded down to 1e-18: the pool never owes more than it holds. */
function isolatedKappa(struct: Omit<HmmStruct, 'kappa'>, i: number): bigint {
  return floorToWad(twiceHamiltonian(struct, i));
}

/** κᵢ of every asset. Their sum may be up to n−1 units below κ, which is rounded once. */
export function isolatedKappas(struct: Omit<HmmStruct, 'kappa'>): bigint[] {
  return struct.psi.map((_, i) => isolatedKappa(struct, i));
}

/** κ of the struct: H over all assets, rounded down once. */
export function totalKappa(struct: Omit<HmmStruct, 'kappa'>): bigint {
  return floorToWad(struct.psi.reduce((sum, _, i) => sum + twiceHamiltonian(struct, i), 0n));
}

/**
 * @param hmm a checked pool (pool.ts)
 * @throws UserError for ρ of 0 beside others, ρ lost in rounding, empty or overflowing reserves
 */
export function toStruct(op: string, hmm: TunedHmm): HmmStruct {
  const theta = hmm.theta.map((y) => toFixedPoint(y));
  const psi = hmm.psi.map((x, i) => {
    const [a, s] = [rational(x), rational(hmm.priceScale[i])];
    return divideHalfEven(a.num * s.num * WAD, a.den * s.den);
  });
  const { lambda, weights } = commonLambda(op, hmm);
  const struct = { psi, theta, kappa: totalKappa({ psi, theta, lambda, weights }), lambda, weights };
  checkStruct(op, struct);
  return struct;
}

/**
 * What a contract needs to hold of the integers, on writing and on reading back.
 * @throws UserError
 */
export function checkStruct(op: string, struct: HmmStruct): void {
  const { psi, theta, weights, lambda } = struct;
  for (const [i, w] of weights.entries()) {
    // Contracts multiply two 1e18 numbers before they divide; if every square fits, every product does.
    const large = [psi[i], theta[i], w].find((v) => v * v >= UINT256_LIMIT);
    if (large !== undefined) {
      throw new UserError(
        `${op}: reserves and weights of asset ${i} must have squares below 2^256 at 1e18 (be below 3.4e20), got ${fromFixedPoint(large)}; choose a larger unit or start the run from a smaller value`,
      );
    }
    if (w <= 0n || lambda >= w) {
      throw new UserError(
        `${op}: every weight must be above 0 and above lambda (ρ < 1), got weight ${w} and lambda ${lambda} of asset ${i}; export the checkpoint again`,
      );
    }
    if (isolatedKappa(struct, i) <= 0n) {
      throw new UserError(
        `${op}: asset ${i} must hold reserves with H above 0 at 1e-18, got psi ${psi[i]} and theta ${theta[i]}; choose a smaller unit or start the run from a larger value`,
      );
    }
  }
  const kappa = totalKappa(struct);
  if (struct.kappa !== kappa) {
    throw new UserError(
      `${op}: kappa must be H of the reserves (${kappa}), got ${struct.kappa}; export the checkpoint again`,
    );
  }
}

/** The pool in its own units again; w comes back scaled, which is the same pool. */
export function fromStruct(
  struct: HmmStruct,
  priceScale: readonly number[],
): Pick<TunedHmm, 'w' | 'rho' | 'priceScale' | 'psi' | 'theta'> {
  return {
    w: struct.weights.map((w) => fromFixedPoint(w)),
    rho: struct.weights.map((w) => ratioToNumber(struct.lambda, w)),
    priceScale,
    psi: struct.psi.map((x, i) => {
      const { num, den } = rational(priceScale[i]);
      return ratioToNumber(x * den, WAD * num);
    }),
    theta: struct.theta.map((y) => fromFixedPoint(y)),
  };
}
