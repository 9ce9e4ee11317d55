/** Floor 2. From raw, unbounded numbers to parameter values and back: in graphs (apply) and on plain numbers. */
import { type Expr, where } from '../graph/index.js';
import { logistic, softmax, squareplus } from './functions.js';

export interface Transform {
  readonly name: string;
  /** Set where the values are shares that add up to 1. */
  readonly simplex?: true;
  /** Values from raws, in a graph. All entries of a parameter at once, since some transforms couple them. */
  readonly apply: (raw: readonly Expr[]) => Expr[];
  readonly forward: (raw: readonly number[]) => number[];
  /** A raw whose forward is the value (the one with mean 0 where there are many). */
  readonly inverse: (value: readonly number[]) => number[];
}

const each = (
  name: string,
  apply: (x: Expr) => Expr,
  forward: (x: number) => number,
  inverse: (y: number) => number,
): Transform => ({
  name,
  apply: (raw) => raw.map(apply),
  forward: (raw) => raw.map(forward),
  inverse: (value) => value.map(inverse),
});

export const identity: Transform = each(
  'identity',
  (x) => x,
  (x) => x,
  (y) => y,
);

/** Raws of a sigmoid below this count as −∞: their values, below 1.7e-38, would not be normal numbers in float32. */
const OFF = -87;

/**
 * value = 1/(1 + e^−raw), in (0, 1). The raw of the value 0, which switches a fee off, is −∞. From OFF down the value is 0
 * on every target (whose exp may saturate), and so is the gradient, which would else be 0·∞: no training leads away.
 */
export const sigmoid: Transform = each(
  'logistic',
  (x) => where(x.less(OFF), 0, logistic(x)),
  (x) => (x < OFF ? 0 : 1 / (1 + Math.exp(-x))),
  (y) => Math.log(y / (1 - y)),
);

/** value = 2^raw, positive */
export const powerOfTwo: Transform = each(
  '2^x',
  (x) => x.mul(Math.LN2).exp(),
  (x) => 2 ** x,
  Math.log2,
);

/** value = 2^raw, which an amount of money may be; as of a sigmoid, the raw of 0 is −∞, and from −126 down it is 0. */
export const powerOrZero: Transform = each(
  '2^x or 0',
  (x) => where(x.less(-126), 0, x.mul(Math.LN2).exp()),
  (x) => (x < -126 ? 0 : 2 ** x),
  Math.log2,
);

/** What a ratio exceeds 1 by at least: enough for its logarithm, and for the ends of a range to differ in float32. */
const LEAST_EXCESS = 2 ** -20;

/** value = 1 + 2^−20 + 2^raw: a ratio of a larger to a smaller number, well apart from 1. */
export const aboveOne: Transform = each(
  '1 + 2^x',
  (x) =>
    x
      .mul(Math.LN2)
      .exp()
      .add(1 + LEAST_EXCESS),
  (x) => 1 + LEAST_EXCESS + 2 ** x,
  (y) => Math.log2(y - 1 - LEAST_EXCESS),
);

/** value = ½(raw + √(raw² + 4)), positive; inverse y − 1/y */
export const positive: Transform = each(
  'squareplus',
  squareplus,
  (x) => (x < 0 ? 2 / (Math.sqrt(x * x + 4) - x) : 0.5 * (x + Math.sqrt(x * x + 4))),
  (y) => y - 1 / y,
);

/** Values on the simplex: softmax of the raws. */
export const simplex: Transform = {
  name: 'softmax',
  simplex: true,
  apply: softmax,
  forward: (raw) => {
    const top = Math.max(...raw);
    const e = raw.map((x) => Math.exp(x - top));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((x) => x / sum);
  },
  inverse: (value) => {
    const logs = value.map(Math.log);
    const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
    return logs.map((x) => x - mean);
  },
};

/** value = raw/√(1 + raw²), in (−1, 1); inverse y/√(1 − y²) */
export const correlation: Transform = each(
  'x/√(1 + x²)',
  (x) => x.div(x.square().add(1).sqrt()),
  (x) => x / Math.sqrt(1 + x * x),
  (y) => y / Math.sqrt(1 - y * y),
);
