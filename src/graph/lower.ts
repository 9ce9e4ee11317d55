/**
 * Floor 0. Transcendental functions in terms of +, −, ×, ÷ and three bit primitives, once for all targets.
 *
 * No fused multiply–add, one order of operations: compiled targets agree to the bit. Against Math.*: exp ≤ 2 ulp,
 * log ≤ 1 ulp, expm1 ≤ 2 ulp (tested). exp saturates beyond ±708; log is NaN outside the normal positive numbers.
 */
import { add, constant, type Expr, make, where } from './expr.js';
import type { Program } from './program.js';
import { rewriteProgram } from './rewrite.js';

/** Interpolants at the Chebyshev nodes: (eʳ − 1 − r)/r² on |r| ≤ ½ln2, absolute error of r²·Q below 1e-17. */
const EXP_Q = [
  0.5000000000000001, 0.16666666666666669, 0.041666666666624136, 0.008333333333330063, 0.001388888891720967,
  0.00019841269863050506, 2.4801521302241082e-5, 2.7557268464831627e-6, 2.7620085455018414e-7, 2.510038319586702e-8,
];
/** (2·artanh(s)/s − 2)/s² as a polynomial in z = s² on 0 ≤ z ≤ ((√2 − 1)/(√2 + 1))². */
const LOG_P = [
  0.666666666666667, 0.3999999999989949, 0.2857142862598255, 0.22222211133642084, 0.18182889209266595,
  0.1533171880828007, 0.14616484198366603,
];
/** ln 2 in two parts; the first has 32 zero bits at its end, so that k·LN2_HIGH is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LIMIT = 708;
const MAGIC = 6755399441055744; // 1.5·2^52: adding it rounds to an integer in the low mantissa bits
const SMALLEST = 2.2250738585072014e-308;

/** Estrin's scheme: pairs first, so that the chain of dependent operations is logarithmic in the degree. */
function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  let terms: Expr[] = coefficients.map((c) => constant(c));
  let power = x;
  while (terms.length > 1) {
    const pairs: Expr[] = [];
    for (let i = 0; i < terms.length; i += 2) {
      pairs.push(i + 1 < terms.length ? add(terms[i], terms[i + 1].mul(power)) : terms[i]);
    }
    terms = pairs;
    if (terms.length > 1) power = power.square();
  }
  return terms[0];
}

/** x = k·ln2 + r: the reduced argument, k in the low bits of `biased`, and e^r − 1. */
function reduce(x: Expr): { biased: Expr; expm1: Expr } {
  const clipped = x.maximum(-LIMIT).minimum(LIMIT);
  const biased = clipped.mul(Math.LOG2E).add(MAGIC);
  const k = biased.sub(MAGIC);
  const r = clipped.sub(k.mul(LN2_HIGH)).sub(k.mul(LN2_LOW));
  return { biased, expm1: r.add(r.square().mul(polynomial(r, EXP_Q))) };
}

/** eˣ = 2^k·eʳ */
function exp(x: Expr): Expr {
  const { biased, expm1 } = reduce(x);
  return make('scale2', [expm1.add(1), biased]);
}

/** eˣ − 1: without cancellation where k = 0, from eˣ elsewhere. */
function expm1(x: Expr): Expr {
  const small = x.abs().less(0.34);
  return where(small, reduce(x).expm1, exp(x).sub(1));
}

/** ln x = k·ln2 + ln(1 + f), ln(1 + f) = f − (f²/2 − s·(f²/2 + z·P(z))), s = f/(2 + f), z = s². */
function log(x: Expr): Expr {
  const k = make('exponent', [x]);
  const f = make('mantissa', [x]).sub(1);
  const s = f.div(f.add(2));
  const z = s.square();
  const half = f.square().mul(0.5);
  const tail = s.mul(half.add(z.mul(polynomial(z, LOG_P)))).add(k.mul(LN2_LOW));
  const value = k.mul(LN2_HIGH).sub(half.sub(tail).sub(f));
  const normal = constant(SMALLEST).lessEqual(x).and(x.less(Number.POSITIVE_INFINITY));
  // added rather than chosen: a choice would make the whole logarithm an arm to branch for
  return value.add(where(normal, 0, Number.NaN));
}

/** The program with every transcendental expressed in elementary operations. */
export function lower(program: Program): Program {
  return rewriteProgram(program, (e, [x]) => {
    if (e.op === 'exp') return exp(x);
    if (e.op === 'log') return log(x);
    return e.op === 'expm1' ? expm1(x) : null;
  });
}
