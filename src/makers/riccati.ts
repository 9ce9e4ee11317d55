/**
 * Floor 1. The quadratic approximation of several assets (Bergault and Guéant, Size matters for OTC market makers, 2021;
 * Bergault, Evangelista, Guéant and Vieira, Closed-form approximations in multi-asset market making, 2021): H(p) ≈ a₀ + a₁p +
 * a₂p²/2 with a₂ = λκ/e, D = diag(a₂), h = −qᵀAq + qᵀBμ + …, signals dμ = −Zμ dt + noise. In time to go
 *
 *     A′ = R − 4ADA, A(0) = K;   B′ = I − BZ − 4ADB, B(0) = 0
 *     δᵇᵢ = 1/κᵢ + 2(Aq)ᵢ + Aᵢᵢ − (Bμ)ᵢ,   δᵃᵢ = 1/κᵢ − 2(Aq)ᵢ + Aᵢᵢ + (Bμ)ᵢ
 */
import { integrate } from './integrate.js';
import {
  identityMatrix,
  inverse,
  type Matrix,
  plus,
  scaled,
  solveLinear,
  squareRoot,
  times,
  timesVector,
} from './linear.js';

export interface Quadratic {
  /** Orders a unit of time on each side, one an asset, and their decays. */
  readonly lambda: readonly number[];
  readonly kappa: readonly number[];
  /** Running penalty qᵀRq. */
  readonly R: Matrix;
  /** Terminal penalty qᵀKq. */
  readonly K: Matrix;
  /** How the signals decay; those of a constant drift where absent. */
  readonly Z?: Matrix;
}

export interface QuadraticLaw {
  readonly A: Matrix;
  readonly B: Matrix;
}

/** a₂ = λκ/e = H″(0), one an asset. */
const curvature = ({ lambda, kappa }: Quadratic): number[] => lambda.map((l, i) => (l * kappa[i]) / Math.E);

const diagonal = (x: readonly number[]): number[][] => x.map((v, i) => x.map((_, j) => (i === j ? v : 0)));

/** A and B at times to go, ascending or not. */
export function quadraticLaws(problem: Quadratic, taus: readonly number[]): QuadraticLaw[] {
  const n = problem.lambda.length;
  const { R, K, Z = diagonal(new Array(n).fill(0)) } = problem;
  const D = diagonal(curvature(problem));
  const unpack = (y: ArrayLike<number>, from: number): number[][] =>
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => y[from + i * n + j]));
  const law = (y: ArrayLike<number>): QuadraticLaw => ({ A: unpack(y, 0), B: unpack(y, n * n) });
  const sorted = [...new Set(taus)].filter((t) => t > 0).sort((a, b) => a - b);
  const start = [...K.flat(), ...new Array(n * n).fill(0)];
  const found = integrate(
    (_, y, out) => {
      const { A, B } = law(y);
      const pull = scaled(times(A, D), 4);
      const dA = plus(R, times(pull, A), -1);
      const dB = plus(plus(identityMatrix(n), times(B, Z), -1), times(pull, B), -1);
      out.set([...dA.flat(), ...dB.flat()]);
    },
    start,
    sorted,
  );
  return taus.map((t) => law(t > 0 ? found[sorted.indexOf(t)] : start));
}

/** A far from the end: D^{−½}(D^{½}(R/4)D^{½})^{½}D^{−½}. */
export function stationaryRisk(problem: Quadratic): number[][] {
  const root = curvature(problem).map(Math.sqrt);
  const inner = problem.R.map((row, i) => row.map((x, j) => (root[i] * x * root[j]) / 4));
  return squareRoot(inner).map((row, i) => row.map((x, j) => x / (root[i] * root[j])));
}

/** A and B far from the end; 4ADB + BZ = I, one linear system of n² unknowns. Throws a SingularError where A is 0. */
export function stationaryLaw(problem: Quadratic): QuadraticLaw {
  const A = stationaryRisk(problem);
  const n = A.length;
  const pull = scaled(times(A, diagonal(curvature(problem))), 4);
  const { Z } = problem;
  if (Z === undefined) return { A, B: inverse(pull) };
  const rows = Array.from({ length: n * n }, (_, r) => {
    const [i, j] = [Math.floor(r / n), r % n];
    return Array.from({ length: n * n }, (_, c) => {
      const [k, l] = [Math.floor(c / n), c % n];
      return (l === j ? pull[i][k] : 0) + (k === i ? Z[l][j] : 0);
    });
  });
  const flat = solveLinear(rows, identityMatrix(n).flat());
  return { A, B: Array.from({ length: n }, (_, i) => flat.slice(i * n, (i + 1) * n)) };
}

/** The quotes of the approximation at inventories q and signals μ. */
export function quadraticOffsets(
  { kappa }: Pick<Quadratic, 'kappa'>,
  law: QuadraticLaw,
  q: readonly number[],
  mu: readonly number[],
) {
  const pull = timesVector(law.A, q);
  const drift = timesVector(law.B, mu);
  return {
    bid: kappa.map((k, i) => 1 / k + 2 * pull[i] + law.A[i][i] - drift[i]),
    ask: kappa.map((k, i) => 1 / k - 2 * pull[i] + law.A[i][i] + drift[i]),
  };
}

/** One asset, far from the end: A∞ = ½√(φ/a₂), with which 2A∞ is the slope of both quotes in the inventory. */
export const stationarySlope = (lambda: number, kappa: number, phi: number): number =>
  0.5 * Math.sqrt((phi * Math.E) / (lambda * kappa));
