/**
 * Floor 3. The estimator of relative price gradients, and the rules that are a response to it.
 *
 * With G = 1/(1−λ), b = λ/(1−λ)³, from ewma = P₀, a = 0:
 *   ewma += (P − ewma)/G;  a = λ·a + G·(P − ewma) with the new ewma;  g = a/(b·ewma)
 * g is the slope of the price by rule step, relative to the price, seen through an exponential memory. With ownAverage it
 * is a/(b·average), relative to an average with a memory of its own. (TFMM litepaper, QuantAMM 2024.)
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import { type Expr, where } from '../../src/graph/index.js';
import type { RuleModel } from '../../src/pools/model.js';
import type { VectorContext } from '../../src/pools/vector-rule.js';
import type { ModelContext, Parameter, Parameters, Settings } from '../../src/rollout/model.js';
import { powerOfTwo } from '../../src/rollout/transforms.js';
import { type Memory, memoriesOf, memoryParameter, memorySettings, usedMemories, usedPerDay } from './memory.js';
import { averageOf, gradientOf, memoryOf, powerOfTwoOf, type VectorMemory, vectorChange } from './vectorised.js';
import { weightChange } from './weight-change.js';

export interface GradientEstimate {
  readonly [key: string]: readonly Expr[];
  readonly ewma: readonly Expr[];
  readonly a: readonly Expr[];
}

/** An accumulated gradient below this is rounding noise: relative to the price, so that units do not matter … */
const NOISE = 1e-13;
/** … and absolute in the reference simulator. */
const COMPAT_NOISE = 1e-10;

/** The estimate at the first row. */
export const noGradient = (prices: readonly Expr[]): GradientEstimate => ({
  ewma: prices,
  a: prices.map((p) => p.mul(0)),
});

/** Moving averages a step on: ewma + (P − ewma)(1 − λ). */
export const nextAverages = (memories: readonly Memory[], prices: readonly Expr[], from: readonly Expr[]): Expr[] =>
  prices.map((p, i) => from[i].add(p.sub(from[i]).mul(memories[i].decay)));

/** The memory of an average that gradients are relative to. */
export const averageMemory = (s: Readonly<Record<string, number>>): Parameter =>
  memoryParameter(s, 10, 'memory of the average price that gradients are relative to');

/** One step of the estimator: the next estimate and g, relative to `average` in place of its own ewma where given. */
export function estimateGradient(
  c: ModelContext,
  memories: readonly Memory[],
  prices: readonly Expr[],
  from: GradientEstimate,
  average?: readonly Expr[],
): { readonly estimate: GradientEstimate; readonly g: readonly Expr[] } {
  const ewma = nextAverages(memories, prices, from.ewma);
  const a = prices.map((p, i) => {
    const m = memories[i];
    const gain = m.decay.reciprocal();
    const sum = m.lambda.mul(from.a[i]).add(gain.mul(p.sub(ewma[i])));
    const noise = c.settings.compat ? COMPAT_NOISE : ewma[i].mul(NOISE);
    return where(sum.abs().less(noise), 0, sum);
  });
  const g = a.map((ai, i) => {
    const { lambda, decay } = memories[i];
    const gain = decay.reciprocal();
    const b = lambda.mul(gain).mul(gain).mul(gain);
    return ai.div(b.mul((average ?? ewma)[i]));
  });
  return { estimate: { ewma, a }, g };
}

/** Keys of the parameters that are per day of memory. */
export const PER_DAY = ['k', 'amplitude'];

/** The parameter k: weight change for a signal of 1, per day of memory. */
export const perDay = (start: number, doc: string): Parameter => ({
  shape: 'asset',
  transform: powerOfTwo,
  range: [1e-9, 1e9],
  unit: '1/day',
  default: start,
  trainable: true,
  doc,
});

const settings: Settings = {
  ...memorySettings,
  ownAverage: {
    default: 0,
    range: [0, 1],
    choices: { off: 0, on: 1 },
    doc: 'on: gradients are relative to an average price with a memory of its own, averageMemoryDays',
  },
};

/** The estimate, and the average that gradients are relative to where that is not the estimate's own. */
type Carry = GradientEstimate & { readonly average?: readonly Expr[] };

/** A rule that answers to the gradients of one estimator, by Δw = k ⊙ (s − Σ(k ⊙ s)/Σk) with k·days in place of k. */
export function gradientRule(rule: {
  readonly name: string;
  readonly doc: string;
  /** Parameters beside memoryDays. */
  readonly parameters: Parameters;
  /** The signal s of each asset. */
  readonly signal: (c: ModelContext, g: readonly Expr[], memories: readonly Memory[]) => readonly Expr[];
  /** The same of all rule steps. */
  readonly vectorSignal: (c: VectorContext, g: Tensor2D, memory: VectorMemory) => Tensor2D;
  /** −1 turns the rule round. */
  readonly sign?: -1;
}): RuleModel<Carry> {
  return {
    name: rule.name,
    doc: rule.doc,
    settings,
    parameters: (s) => ({
      memoryDays: memoryParameter(s, 10, 'memory of the estimator of the price trend'),
      ...(s.ownAverage ? { averageMemoryDays: averageMemory(s) } : {}),
      ...rule.parameters,
    }),
    used(set) {
      const memories = usedMemories(set, ['memoryDays', ...(set.settings.ownAverage ? ['averageMemoryDays'] : [])]);
      return { ...memories, ...usedPerDay(set, PER_DAY, [memories.memoryDays]) };
    },
    init: (c, prices) => ({ ...noGradient(prices), ...(c.settings.ownAverage ? { average: prices } : {}) }),
    step(c, { average: before, ...from }, prices) {
      const memories = memoriesOf(c, 'memoryDays');
      const average = before && nextAverages(memoriesOf(c, 'averageMemoryDays'), prices, before);
      const { estimate, g } = estimateGradient(c, memories, prices, from as GradientEstimate, average);
      const k = memories.map(({ days }, i) => c.value.k[i].mul(days).mul(rule.sign ?? 1));
      const carry = average === undefined ? estimate : { ...estimate, average };
      return { carry, output: weightChange(k, rule.signal(c, g, memories)) };
    },
    vectorised(c: VectorContext) {
      const memory = memoryOf(c, 'memoryDays');
      const { average } = c.settings.ownAverage ? averageOf(c, memoryOf(c, 'averageMemoryDays')) : {};
      const signal = rule.vectorSignal(c, gradientOf(c, memory, average), memory);
      return vectorChange(
        c,
        powerOfTwoOf(c, 'k')
          .mul(memory.days)
          .mul(rule.sign ?? 1),
        signal,
      );
    },
  };
}
