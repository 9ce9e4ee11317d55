/**
 * Floor 2. Random numbers made of uniform ones, one draw each: + × ÷ √ log only, so that all targets agree to the bit.
 * No gradient flows into a draw; what it is scaled by has its own.
 */
import { constant, type Expr, scan, where } from '../graph/index.js';

/** Σ cₖxᵏ, the highest power first. */
const polynomial = (c: readonly number[], x: Expr): Expr =>
  c.slice(1).reduce((sum, k) => sum.mul(x).add(k), constant(c[0]));

/** Numerator and denominator of a rational function. */
type Rational = readonly [numerator: readonly number[], denominator: readonly number[]];

const rational = ([p, q]: Rational, x: Expr): Expr => polynomial(p, x).div(polynomial(q, x));

// biome-ignore-start lint/correctness/noPrecisionLoss: coefficients as they are printed
// Wichura (1988), algorithm AS 241, PPND16: relative error below 1e-15
const CENTRE: Rational = [
  [
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
    1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
  ],
  [
    5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
    687.1870074920579083, 42.313330701600911252, 1,
  ],
];
const MIDDLE: Rational = [
  [
    7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
  ],
  [
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
    0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1,
  ],
];
const FAR: Rational = [
  [
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
    0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
  ],
  [
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1,
  ],
];

// biome-ignore-end lint/correctness/noPrecisionLoss: coefficients as they are printed

/** Φ⁻¹(u) for u in (0, 1): a standard normal number, rising with u. */
export function normal(u: Expr): Expr {
  const q = u.sub(0.5);
  const central = q.abs().lessEqual(0.425);
  const r = u.minimum(constant(1).sub(u)).log().neg().sqrt();
  const tail = where(r.lessEqual(5), rational(MIDDLE, r.sub(1.6)), rational(FAR, r.sub(5)));
  const middle = q.mul(rational(CENTRE, constant(0.180625).sub(q.square())));
  return where(central, middle, where(q.less(0), tail.neg(), tail)).stopGradient();
}

/** The largest count that `poisson` gives. */
export const MOST_EVENTS = 1000;
/** The largest mean that it takes: e^−m is a normal number with room to spare. */
export const LARGEST_MEAN = 700;

/**
 * The number of events of a Poisson law of mean m ≤ 700 by inversion, for u in (0, 1): the least n with
 * u ≤ Σ_{k≤n} e^−m·mᵏ/k!, at most 1000. A whole number: no gradient.
 */
export function poisson(u: Expr, mean: Expr): Expr {
  const m = mean.stopGradient();
  const first = m.neg().exp();
  const one = constant(1);
  const { n } = scan({
    name: 'poisson',
    length: MOST_EVENTS,
    init: { n: constant(0), term: first, sum: first, open: where(first.less(u), one, 0) },
    body: (c) => {
      const open = c.open.greater(0);
      const n = c.n.add(1);
      const term = c.term.mul(m.div(n));
      const sum = c.sum.add(term);
      return {
        n: where(open, n, c.n),
        term: where(open, term, c.term),
        sum: where(open, sum, c.sum),
        open: where(open.and(sum.less(u)), one, 0),
      };
    },
    active: (c) => c.open.greater(0),
  });
  return n.stopGradient();
}
