/** Floor 5. Memory of the gradient estimator in days, and back, on plain numbers: targets do not clip λ, so we do. */

const MINUTES_PER_DAY = 1440;

/** Days of memory of λ ∈ [0, 1) at a rule step of `chunkPeriod` minutes: cbrt(6λ/(1−λ)³)·2·chunkPeriod/1440. */
export function memoryOfLambda(lambda: number, chunkPeriod: number): number {
  return (Math.cbrt(6 * lambda) / (1 - lambda)) * ((2 * chunkPeriod) / MINUTES_PER_DAY);
}

/**
 * λ with a memory of `days` ≥ 0. With s = (1440·days/(2·chunkPeriod))³/6, x = 1−λ solves s·x³ + x − 1 = 0; its real
 * root is 2/√(3s)·sinh(asinh(1.5·√(3s))/3), which does not cancel as the textbook cubic formula does. Small λ are taken
 * as s·x³, because 1−x would cancel.
 */
export function lambdaOfMemory(days: number, chunkPeriod: number): number {
  const s = ((MINUTES_PER_DAY * days) / (2 * chunkPeriod)) ** 3 / 6;
  if (s === 0) return 0;
  const root = Math.sqrt(3 * s);
  const x = (2 / root) * Math.sinh(Math.asinh(1.5 * root) / 3);
  return x > 0.5 ? s * x ** 3 : 1 - x;
}
