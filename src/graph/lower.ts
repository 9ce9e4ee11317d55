/**
 * Floor 0. Transcendental functions in terms of +, −, ×, ÷ and three bit primitives, once for all targets.
 *
 * No fused multiply–add, one order of operations: compiled targets agree to the bit. Against Math.*, in units of the last
 * place of the precision: exp ≤ 2, log ≤ 1, expm1 ≤ 3.2 (tested). NaN gives NaN. exp saturates beyond ±708 (float32: ±87),
 * where its results are still normal numbers; log is NaN outside the normal positive numbers.
 */
import { add, constant, type Expr, make } from './expr.js';
import { where } from './language.js';
import type { Program } from './program.js';
import { rewriteProgram } from './rewrite.js';

/** What the f64-typed values of a graph are computed in. */
export type Precision = 'float64' | 'float32';

interface Numbers {
  /** Interpolants of (eʳ − 1 − r)/r² at the Chebyshev nodes of |r| ≤ ½ln2. */
  readonly exp: readonly number[];
  /** Interpolants of (2·artanh(s)/s − 2)/s² in z = s², at those of 0 ≤ z ≤ ((√2 − 1)/(√2 + 1))². */
  readonly log: readonly number[];
  /** ln 2 in two parts: k·high is exact for the exponents k of all normal numbers. */
  readonly high: number;
  readonly low: number;
  /** e^±limit are normal numbers. */
  readonly limit: number;
  /** 1.5·2^(mantissa bits): adding it rounds to an integer in the low mantissa bits. */
  readonly magic: number;
  /** The smallest normal number. */
  readonly smallest: number;
}

/** The constants of the formulas below, by precision; the webgpu target writes the same formulas itself. */
export const POLYNOMIALS: Readonly<Record<Precision, Numbers>> = {
  float64: {
    // absolute error of r²·Q below 1e-17
    exp: [
      0.5000000000000001, 0.16666666666666669, 0.041666666666624136, 0.008333333333330063, 0.001388888891720967,
      0.00019841269863050506, 2.4801521302241082e-5, 2.7557268464831627e-6, 2.7620085455018414e-7, 2.510038319586702e-8,
    ],
    log: [
      0.666666666666667, 0.3999999999989949, 0.2857142862598255, 0.22222211133642084, 0.18182889209266595,
      0.1533171880828007, 0.14616484198366603,
    ],
    // the last 32 bits of the first are zero
    high: 0.6931471803691238,
    low: 1.9082149292705877e-10,
    limit: 708,
    magic: 6755399441055744,
    smallest: 2.2250738585072014e-308,
  },
  float32: {
    // absolute error of r²·Q below 5e-10, of s·z·P below 1e-9
    exp: [0.5, 0.16666667, 0.041666467, 0.0083333105, 0.0013933642, 0.00019890981],
    log: [0.66666687, 0.3998878, 0.2957995],
    // 16 bits, of which 8 more make 24
    high: 0.693145751953125,
    low: 1.42860677e-6,
    limit: 87,
    magic: 12582912,
    smallest: 2 ** -126,
  },
};

/**
 * Σ aᵢ·xⁱ by Estrin's scheme: pairs first, so that the chain of dependent operations is logarithmic in the degree.
 *
 * @param join a + b·x^(2^round)
 */
export function estrin<T>(coefficients: readonly T[], join: (a: T, b: T, round: number) => T): T {
  let terms = coefficients;
  for (let round = 0; terms.length > 1; round++) {
    const pairs: T[] = [];
    for (let i = 0; i < terms.length; i += 2) {
      pairs.push(i + 1 < terms.length ? join(terms[i], terms[i + 1], round) : terms[i]);
    }
    terms = pairs;
  }
  return terms[0];
}

/** Σ aᵢ·xⁱ as nodes. */
export function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  const powers = [x];
  return estrin(coefficients.map(constant), (a, b, round) => {
    powers[round] ??= powers[round - 1].square();
    return add(a, b.mul(powers[round]));
  });
}

/** x = k·ln2 + r: the reduced argument, k in the low bits of `biased`, and e^r − 1. */
function reduce(x: Expr, c: Numbers): { biased: Expr; expm1: Expr } {
  const clipped = x.maximum(-c.limit).minimum(c.limit);
  const biased = clipped.mul(Math.LOG2E).add(c.magic);
  const k = biased.sub(c.magic);
  const r = clipped.sub(k.mul(c.high)).sub(k.mul(c.low));
  return { biased, expm1: r.add(r.square().mul(polynomial(r, c.exp))) };
}

/** eˣ = 2^k·eʳ */
function exp(x: Expr, c: Numbers): Expr {
  const { biased, expm1 } = reduce(x, c);
  return make('scale2', [expm1.add(1), biased]);
}

/** eˣ − 1: without cancellation where k = 0, from eˣ elsewhere. */
function expm1(x: Expr, c: Numbers): Expr {
  const small = x.abs().less(0.34);
  return where(small, reduce(x, c).expm1, exp(x, c).sub(1));
}

/** ln x = k·ln2 + ln(1 + f), ln(1 + f) = f − (f²/2 − s·(f²/2 + z·P(z))), s = f/(2 + f), z = s². */
function log(x: Expr, c: Numbers): Expr {
  const k = make('exponent', [x]);
  const f = make('mantissa', [x]).sub(1);
  const s = f.div(f.add(2));
  const z = s.square();
  const half = f.square().mul(0.5);
  const tail = s.mul(half.add(z.mul(polynomial(z, c.log)))).add(k.mul(c.low));
  const value = k.mul(c.high).sub(half.sub(tail).sub(f));
  const normal = constant(c.smallest).lessEqual(x).and(x.less(Number.POSITIVE_INFINITY));
  // added rather than chosen: a choice would make the whole logarithm an arm to branch for
  return value.add(where(normal, 0, Number.NaN));
}

/** The program with every transcendental expressed in elementary operations of a precision. */
export function lower(program: Program, precision: Precision = 'float64'): Program {
  const c = POLYNOMIALS[precision];
  return rewriteProgram(program, (e, [x]) => {
    if (e.op === 'exp') return exp(x, c);
    if (e.op === 'log') return log(x, c);
    if (e.op === 'graft') return x;
    return e.op === 'expm1' ? expm1(x, c) : null;
  });
}
