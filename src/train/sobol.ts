/**
 * Floor 5. Sobol's low-discrepancy sequence (I. M. Sobol 1967; construction as in P. Bratley, B. L. Fox, ACM TOMS 14, 1988)
 * in any number of dimensions, with a random digital shift.
 *
 * Primitive polynomials are searched for, not tabled. The initial direction numbers, which may be any odd mᵢ < 2^i, are
 * draws of a fixed seed. Each coordinate of the first 2^k points has one point in each of 2^k equal intervals.
 */
import { draw } from '../targets/runtime.js';

const BITS = 32;
const SEED = 1967;

/** Directions of `dimensions` coordinates: [dimension][bit], as unsigned 32-bit fractions. */
function directions(dimensions: number): Uint32Array[] {
  // the first coordinate is van der Corput's: every direction number is 1
  const first = Uint32Array.from({ length: BITS }, (_, k) => 2 ** (BITS - 1 - k));
  const all: Uint32Array[] = [first];
  const polynomials = primitivePolynomials();
  while (all.length < dimensions) {
    const { degree, bits } = polynomials.next().value;
    all.push(recur(degree, bits, initialNumbers(all.length, degree)));
  }
  return all.slice(0, dimensions);
}

/** m₁ … m_degree. */
const initialNumbers = (dimension: number, degree: number): number[] =>
  Array.from({ length: degree }, (_, i) => 2 * Math.floor(draw(SEED, dimension, i, 0) * 2 ** i) + 1);

/** v_k = a₁v_{k−1} ⊕ … ⊕ a_{d−1}v_{k−d+1} ⊕ v_{k−d} ⊕ (v_{k−d} ≫ d), v_k = m_k·2^(32−k) for the first d. */
function recur(degree: number, bits: number, m: readonly number[]): Uint32Array {
  const v = new Uint32Array(BITS);
  for (let k = 0; k < BITS; k++) {
    if (k < degree) {
      v[k] = m[k] * 2 ** (BITS - 1 - k);
      continue;
    }
    v[k] = v[k - degree] ^ (v[k - degree] >>> degree);
    for (let j = 1; j < degree; j++) if ((bits >>> (degree - j)) & 1) v[k] ^= v[k - j];
  }
  return v;
}

/** Primitive polynomials over GF(2) in ascending order; bit j of `bits` is the coefficient of x^j. */
export function* primitivePolynomials(): Generator<{ degree: number; bits: number }, never> {
  for (let degree = 1; ; degree++) {
    for (let bits = 2 ** degree + 1; bits < 2 ** (degree + 1); bits += 2) {
      if (isPrimitive(degree, bits)) yield { degree, bits };
    }
  }
}

/** Whether x has the order 2^degree − 1 modulo the polynomial. */
function isPrimitive(degree: number, bits: number): boolean {
  const order = 2 ** degree - 1;
  let power = 1;
  for (let n = 1; n <= order; n++) {
    power <<= 1;
    if (power >>> degree) power ^= bits;
    if (power === 1) return n === order;
  }
  return false;
}

/**
 * The first `count` points in (0, 1)^dimensions: [point][dimension]. `shift` gives a uniform in [0, 1) by dimension; its
 * bits are xored to those of every point.
 */
export function sobolPoints(count: number, dimensions: number, shift: (dimension: number) => number): Float64Array[] {
  const v = directions(dimensions);
  const shifts = Array.from({ length: dimensions }, (_, d) => Math.floor(shift(d) * 2 ** BITS));
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from({ length: dimensions }, (_, d) => {
      let x = shifts[d];
      for (let k = 0; i >>> k; k++) if ((i >>> k) & 1) x ^= v[d][k];
      return ((x >>> 0) + 0.5) / 2 ** BITS;
    }),
  );
}
