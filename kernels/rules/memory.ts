/**
 * Floor 3. Memory of an exponential estimator: between its decay λ, its memory in days and the raw logit of λ.
 *
 * m(λ) = ∛(6λ/(1−λ)³)·2·cp/1440 days, cp minutes a step. Wherever λ may be close to 1, 1 − λ is carried beside it: formed by
 * subtraction it would lose its digits.
 */
import { type Expr, where } from '../../src/graph/index.js';
import type { PlainSet, Used } from '../../src/pools/model.js';
import { logistic, pow } from '../../src/rollout/functions.js';
import type { ModelContext, Parameter, Settings } from '../../src/rollout/model.js';
import type { Transform } from '../../src/rollout/transforms.js';
import { pathSettings } from '../weights/guardrail.js';

const MINUTES_A_DAY = 1440;

/**
 * λ and 1 − λ of a memory of m ≥ 0 days. With s = (1440m/(2cp))³/6, x = 1 − λ is the real root of s·x³ + x − 1 = 0:
 * x = 2/√(3s)·sinh(asinh(1.5√(3s))/3), which does not cancel as the textbook cubic formula does. Small λ are taken as
 * s·x³, because 1 − x would cancel.
 */
function decayOfMemory(days: number, chunkPeriod: number): { readonly lambda: number; readonly decay: number } {
  const s = ((MINUTES_A_DAY * days) / (2 * chunkPeriod)) ** 3 / 6;
  if (s === 0) return { lambda: 0, decay: 1 };
  const root = Math.sqrt(3 * s);
  const x = (2 / root) * Math.sinh(Math.asinh(1.5 * root) / 3);
  return { lambda: x > 0.5 ? s * x ** 3 : 1 - x, decay: x };
}

const memoryOfDecay = (lambda: number, decay: number, chunkPeriod: number): number =>
  (Math.cbrt(6 * lambda) / decay) * ((2 * chunkPeriod) / MINUTES_A_DAY);

/** λ with a memory of `days` ≥ 0. */
export const lambdaOfMemory = (days: number, chunkPeriod: number): number => decayOfMemory(days, chunkPeriod).lambda;

/** Days of memory of λ ∈ [0, 1). */
export const memoryOfLambda = (lambda: number, chunkPeriod: number): number =>
  memoryOfDecay(lambda, 1 - lambda, chunkPeriod);

/** Days of memory of a raw number. */
export const memoryOfRaw = (raw: number, chunkPeriod: number): number =>
  memoryOfDecay(1 / (1 + Math.exp(-raw)), 1 / (1 + Math.exp(raw)), chunkPeriod);

/** The raw number is logit λ, the value the memory in days. */
export const memoryTransform = (chunkPeriod: number): Transform => ({
  name: 'memory days',
  apply: (raw) => raw.map((x) => daysOf(logistic(x), logistic(x.neg()), chunkPeriod)),
  forward: (raw) => raw.map((x) => memoryOfRaw(x, chunkPeriod)),
  inverse: (days) =>
    days.map((m) => {
      const { lambda, decay } = decayOfMemory(m, chunkPeriod);
      return Math.log(lambda / decay);
    }),
});

/** ∛(6λ/(1−λ)³)·2·cp/1440 */
function daysOf(lambda: Expr, decay: Expr, chunkPeriod: number): Expr {
  return pow(lambda.mul(6), 1 / 3)
    .div(decay)
    .mul((2 * chunkPeriod) / MINUTES_A_DAY);
}

/** Settings of every rule with a memory. */
export const memorySettings: Settings = {
  ...pathSettings,
  maxMemoryDays: { default: 365, range: [1e-3, 36_500], time: 'days', doc: 'longest memory of the estimator, in days' },
};

/** A memory in days, one for each asset. */
export const memoryParameter = (s: Readonly<Record<string, number>>, days: number, doc: string): Parameter => ({
  shape: 'asset',
  transform: memoryTransform(s.chunkPeriod),
  range: [1e-6, s.maxMemoryDays],
  unit: 'days',
  role: 'memory',
  default: days,
  trainable: true,
  doc,
});

/** λ and days of these memories in plain numbers, within the longest that is allowed: `lambda` of memoryDays, `fastLambda` … */
export function usedMemories({ raw, settings }: PlainSet, keys: readonly string[]): Used {
  const { chunkPeriod, maxMemoryDays } = settings;
  const longest = lambdaOfMemory(maxMemoryDays, chunkPeriod);
  const of = (key: string): Used => ({
    [key === 'memoryDays' ? 'lambda' : key.replace('MemoryDays', 'Lambda')]: {
      value: raw[key].map((x) => Math.min(1 / (1 + Math.exp(-x)), longest)),
      unit: '1',
    },
    [key]: { value: raw[key].map((x) => Math.min(memoryOfRaw(x, chunkPeriod), maxMemoryDays)), unit: 'days' },
  });
  return Object.assign({}, ...keys.map(of));
}

/** What of `keys` is declared per day of memory, times the days: the longest of these memories. */
export function usedPerDay(
  { value }: PlainSet,
  keys: readonly string[],
  memories: readonly { readonly value: number[] }[],
): Used {
  const days = (i: number) => Math.max(...memories.map((memory) => memory.value[i]));
  return Object.fromEntries(
    keys.filter((key) => key in value).map((key) => [key, { value: value[key].map((x, i) => x * days(i)), unit: '1' }]),
  );
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
  const longest = decayOfMemory(maxMemoryDays, chunkPeriod);
  const clipped = decay.less(longest.decay);
  return {
    lambda: where(clipped, longest.lambda, lambda),
    decay: where(clipped, longest.decay, decay),
    days: daysOf(lambda, decay, chunkPeriod).minimum(maxMemoryDays),
  };
}

/** The memories of the parameter `key`, one for each asset. */
export const memoriesOf = (c: ModelContext, key: string): Memory[] =>
  c.raw[key].map((raw) => memory(raw, c.settings.chunkPeriod, c.settings.maxMemoryDays));
