/** Floor 3. Memory of an exponential estimator: between the decay λ, its memory in days and the raw logit. */
import { type Expr, where } from '../../src/graph/index.js';
import { logistic, pow } from '../../src/rollout/functions.js';
import type { Transform } from '../../src/rollout/transforms.js';

const MINUTES_A_DAY = 1440;

/**
 * 1 − λ of a memory of m days at `chunkPeriod` minutes a step, from m(λ) = ∛(6λ/(1−λ)³)·2·cp/1440.
 * With s = (1440m/(2cp))³/6 it is the real root x of s·x³ + x − 1 = 0: x = 2/√(3s)·sinh(asinh(1.5√(3s))/3), which
 * does not cancel.
 */
export function decayOf(memoryDays: number, chunkPeriod: number): number {
  const s = ((MINUTES_A_DAY * memoryDays) / (2 * chunkPeriod)) ** 3 / 6;
  if (s === 0) return 1;
  const root = Math.sqrt(3 * s);
  return (2 / root) * Math.sinh(Math.asinh(1.5 * root) / 3);
}

/** m(λ) in days from the raw logit; 1 − λ = logistic(−raw) is never formed by subtraction. */
export function memoryOf(raw: number, chunkPeriod: number): number {
  const lambda = 1 / (1 + Math.exp(-raw));
  const decay = 1 / (1 + Math.exp(raw));
  return ((Math.cbrt(6 * lambda) / decay) * 2 * chunkPeriod) / MINUTES_A_DAY;
}

/** The raw number is logit λ, the value the memory in days. */
export const memoryTransform = (chunkPeriod: number): Transform => ({
  name: 'memory days',
  apply: (raw) => raw.map((x) => daysOf(logistic(x), logistic(x.neg()), chunkPeriod)),
  forward: (raw) => raw.map((x) => memoryOf(x, chunkPeriod)),
  inverse: (days) =>
    days.map((m) => {
      const decay = decayOf(m, chunkPeriod);
      return Math.log((1 - decay) / decay);
    }),
});

/** ∛(6λ/(1−λ)³)·2·cp/1440 */
function daysOf(lambda: Expr, decay: Expr, chunkPeriod: number): Expr {
  return pow(lambda.mul(6), 1 / 3)
    .div(decay)
    .mul((2 * chunkPeriod) / MINUTES_A_DAY);
}

/** What an estimator uses of a raw memory: λ and 1 − λ within the longest memory, and the days within it. */
export interface Memory {
  readonly lambda: Expr;
  readonly decay: Expr;
  readonly days: Expr;
}

/** λ clipped to [0, λ(maxMemoryDays)], days to [0, maxMemoryDays]: hard clips, zero gradient outside. */
export function memory(raw: Expr, chunkPeriod: number, maxMemoryDays: number): Memory {
  const lambda = logistic(raw);
  const decay = logistic(raw.neg());
  const least = decayOf(maxMemoryDays, chunkPeriod);
  const clipped = decay.less(least);
  return {
    lambda: where(clipped, 1 - least, lambda),
    decay: where(clipped, least, decay),
    days: daysOf(lambda, decay, chunkPeriod).minimum(maxMemoryDays),
  };
}
