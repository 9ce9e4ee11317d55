/**
 * Floor 1. What is known in closed form of leapfrog in a quadratic potential, and the Lyapunov exponent of any potential.
 *
 * One step is linear: (q, p) ← M(q, p) with f = e^{−γdt/2}, c = 1 − k·dt²/2 and
 *
 *     M = [[c, f·dt], [−f·k·dt·(1 − k·dt²/4), f²c]],   det M = f²,   tr M = c(1 + f²)
 */

/** A quadratic potential k|q|²/2 with friction γ, stepped by dt. */
export interface QuadraticScheme {
  readonly k: number;
  readonly friction: number;
  readonly dt: number;
}

type Matrix = readonly [readonly [number, number], readonly [number, number]];

const stretch = ({ k, dt }: Pick<QuadraticScheme, 'k' | 'dt'>) => 1 - (k * dt * dt) / 4;

/** M. */
export function stepMatrix({ k, friction, dt }: QuadraticScheme): Matrix {
  const f = Math.exp((-friction * dt) / 2);
  const c = 1 - (k * dt * dt) / 2;
  return [
    [c, f * dt],
    [-f * k * dt * stretch({ k, dt }), f * f * c],
  ];
}

const times = (a: Matrix, b: Matrix): Matrix => [
  [a[0][0] * b[0][0] + a[0][1] * b[1][0], a[0][0] * b[0][1] + a[0][1] * b[1][1]],
  [a[1][0] * b[0][0] + a[1][1] * b[1][0], a[1][0] * b[0][1] + a[1][1] * b[1][1]],
];

/** Ĥ = |p|²/2 + (k/2)(1 − k·dt²/4)|q|², which the scheme without friction conserves to rounding. */
export const modifiedEnergy = (
  scheme: Pick<QuadraticScheme, 'k' | 'dt'>,
  q: readonly number[],
  p: readonly number[],
): number => {
  const square = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x * x, 0);
  return square(p) / 2 + (scheme.k / 2) * stretch(scheme) * square(q);
};

/** Covariance of (q, p) under a thermostat of temperature T: ⟨q²⟩ = T/(k(1 − k·dt²/4)), ⟨p²⟩ = T, uncorrelated. */
export const stationaryCovariance = (scheme: Pick<QuadraticScheme, 'k' | 'dt'>, temperature: number): Matrix => [
  [temperature / (scheme.k * stretch(scheme)), 0],
  [0, temperature],
];

/** Autocorrelation of q under a thermostat at a lag of so many steps: [Mⁿ]₀₀. */
export function autocorrelation(scheme: QuadraticScheme, lag: number): number {
  const m = stepMatrix(scheme);
  let power: Matrix = [
    [1, 0],
    [0, 1],
  ];
  for (let n = 0; n < lag; n++) power = times(power, m);
  return power[0][0];
}

/**
 * The Lyapunov exponents of the scheme, ln of the spectral radius of M over dt, and of the differential equation:
 * −γ/2 if γ² ≤ 4k, else −γ/2 + √(γ²/4 − k).
 */
export function quadraticExponents(scheme: QuadraticScheme): { readonly scheme: number; readonly exact: number } {
  const { k, friction, dt } = scheme;
  const f = Math.exp((-friction * dt) / 2);
  const trace = (1 - (k * dt * dt) / 2) * (1 + f * f);
  const swings = trace * trace <= 4 * f * f;
  return {
    scheme: swings ? -friction / 2 : Math.log((Math.abs(trace) + Math.sqrt(trace * trace - 4 * f * f)) / 2) / dt,
    exact: friction * friction <= 4 * k ? -friction / 2 : -friction / 2 + Math.sqrt((friction * friction) / 4 - k),
  };
}

export interface Tangent {
  readonly q: readonly number[];
  readonly p: readonly number[];
  readonly dq: readonly number[];
  readonly dp: readonly number[];
  readonly dt: number;
  readonly friction: number;
  readonly steps: number;
  /** ∇V(q). */
  readonly gradient: (q: readonly number[]) => readonly number[];
  /** The Hessian of V at q, times a vector. */
  readonly curvature: (q: readonly number[], v: readonly number[]) => readonly number[];
}

/**
 * The finite-time Lyapunov exponent: the tangent (δq, δp) follows the linearised step and is renormalised as a whole after
 * each; the mean logarithm of the factors over dt. Its error is O(1/steps).
 */
export function lyapunovExponent(start: Tangent): number {
  const { dt, steps, gradient, curvature } = start;
  const f = Math.exp((-start.friction * dt) / 2);
  const plus = (x: readonly number[], s: number, y: readonly number[]) => x.map((v, i) => v + s * y[i]);
  const scaled = (x: readonly number[], s: number) => x.map((v) => v * s);
  let { q, p, dq, dp } = start;
  let total = 0;
  for (let n = 0; n < steps; n++) {
    p = plus(scaled(p, f), -dt / 2, gradient(q));
    dp = plus(scaled(dp, f), -dt / 2, curvature(q, dq));
    q = plus(q, dt, p);
    dq = plus(dq, dt, dp);
    p = scaled(plus(p, -dt / 2, gradient(q)), f);
    dp = scaled(plus(dp, -dt / 2, curvature(q, dq)), f);
    const size = Math.hypot(...dq, ...dp);
    total += Math.log(size);
    dq = scaled(dq, 1 / size);
    dp = scaled(dp, 1 / size);
  }
  // the first tangent need not have length 1
  return (total - Math.log(Math.hypot(...start.dq, ...start.dp))) / (steps * dt);
}
