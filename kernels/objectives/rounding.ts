/** Floor 3. What of deviations and falls is rounding: bounds that metrics and the objectives of their names share. */
import type { Expr } from '../../src/graph/index.js';

export const ROUNDING = {
  /** A deviation of this part of the mean return, or less, is 0. */
  ofMean: 1e-12,
  /**
   * So is one of this times √minutes, of returns over so many minutes: a minute rounds a value by some 1e-16 of it, and that
   * adds up as a random walk does.
   */
  ofMinute: 1e-15,
  /** A fall of this part of the value, or less, is none. */
  ofFall: 1e-12,
} as const;

/** Whether a deviation of returns over `minutes` is of rounding size. What is not a number is none. */
export const isRounding = (deviation: Expr, mean: Expr, minutes: number): Expr =>
  deviation.lessEqual(
    mean
      .abs()
      .mul(ROUNDING.ofMean)
      .maximum(ROUNDING.ofMinute * Math.sqrt(minutes)),
  );
