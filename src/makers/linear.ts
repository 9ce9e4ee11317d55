/** Floor 1. Dense linear systems of the sizes that market making asks for: up to a thousand unknowns. */

export type Matrix = readonly (readonly number[])[];

/** A system without one solution. */
export class SingularError extends Error {}

/** A pivot of less than this, relative to the largest entry of its column, is 0 to rounding; rows are scaled beforehand. */
const SINGULAR = 1e-15;

/**
 * x with Ax = b by elimination with row pivoting. `a` (row by row, n² numbers) and `b` are used up; x is in `b`.
 * Throws a SingularError where rows depend on each other.
 */
export function solveInPlace(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const scale = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = a.subarray(i * n, (i + 1) * n);
    const size = row.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
    b[i] /= size;
    for (let j = 0; j < n; j++) {
      row[j] /= size;
      scale[j] = Math.max(scale[j], Math.abs(row[j]));
    }
  }
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k])) pivot = i;
    if (!(Math.abs(a[pivot * n + k]) > SINGULAR * scale[k])) throw new SingularError(`no one solution: column ${k}`);
    if (pivot !== k) {
      for (let j = k; j < n; j++) [a[k * n + j], a[pivot * n + j]] = [a[pivot * n + j], a[k * n + j]];
      [b[k], b[pivot]] = [b[pivot], b[k]];
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k] / a[k * n + k];
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) b[k] -= a[k * n + j] * b[j];
    b[k] /= a[k * n + k];
  }
  return b;
}

/** x with Ax = b. Throws a SingularError. */
export const solveLinear = (a: Matrix, b: readonly number[]): number[] => [
  ...solveInPlace(Float64Array.from(a.flat()), Float64Array.from(b)),
];

export const transpose = (a: Matrix): number[][] => (a[0] ?? []).map((_, j) => a.map((row) => row[j]));

export const times = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));

export const timesVector = (a: Matrix, x: readonly number[]): number[] =>
  a.map((row) => row.reduce((sum, y, k) => sum + y * x[k], 0));

export const plus = (a: Matrix, b: Matrix, scale = 1): number[][] =>
  a.map((row, i) => row.map((x, j) => x + scale * b[i][j]));

export const scaled = (a: Matrix, s: number): number[][] => a.map((row) => row.map((x) => x * s));

export const identityMatrix = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));

export function inverse(a: Matrix): number[][] {
  const columns = identityMatrix(a.length).map((e) => solveLinear(a, e));
  return transpose(columns);
}

/**
 * The square root of a symmetric positive semidefinite matrix, by its eigenvectors: Jacobi's rotations (Golub and Van Loan,
 * Matrix Computations, 8.5) until nothing is left off the diagonal.
 */
export function squareRoot(a: Matrix): number[][] {
  const { values, vectors } = symmetricEigen(a);
  const roots = values.map((x) => Math.sqrt(Math.max(x, 0)));
  return a.map((_, i) => a.map((_, j) => roots.reduce((sum, r, k) => sum + vectors[i][k] * r * vectors[j][k], 0)));
}

/** Eigenvalues of a symmetric matrix, and its eigenvectors as columns. */
export function symmetricEigen(matrix: Matrix): { readonly values: number[]; readonly vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = identityMatrix(n);
  const off = () => a.reduce((sum, row, i) => sum + row.reduce((s, x, j) => (i === j ? s : s + x * x), 0), 0);
  const size = a.flat().reduce((sum, x) => sum + x * x, 0);
  for (let sweep = 0; sweep < 60 && off() > 1e-32 * size; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
  }
  return { values: a.map((row, i) => row[i]), vectors: v };
}

/** One Jacobi rotation: a[p][q] becomes 0. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  const turn = (row: number[]) => {
    [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  };
  a.forEach(turn);
  v.forEach(turn);
  const [rowP, rowQ] = [a[p], a[q]];
  a[p] = rowP.map((x, j) => c * x - s * rowQ[j]);
  a[q] = rowP.map((x, j) => s * x + c * rowQ[j]);
}
