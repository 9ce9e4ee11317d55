/**
 * Floor 3. The momentum rule and its mirror: weights move towards the assets whose prices rise relative to the others.
 *
 * Estimator of the relative gradient, with G = 1/(1−λ), b = λ/(1−λ)³, from ewma = P₀, a = 0:
 *   ewma += (P − ewma)/G;  a = λ·a + G·(P − ewma) with the new ewma;  g = a/(b·ewma)
 * Rule: Δw = k ⊙ (g − Σ(k ⊙ g)/Σk), k per day of memory times the memory; anti-momentum uses −k.
 */
import { type Expr, where } from '../../src/graph/index.js';
import { dot, sum } from '../../src/rollout/functions.js';
import type { ModelContext, Parameters, RuleModel, Settings } from '../../src/rollout/model.js';
import { powerOfTwo } from '../../src/rollout/transforms.js';
import { pathSettings } from '../weights/guardrail.js';
import { type Memory, memory, memoryTransform } from './memory.js';

export interface GradientEstimate {
  readonly [key: string]: readonly Expr[];
  readonly ewma: readonly Expr[];
  readonly a: readonly Expr[];
}

const settings: Settings = {
  ...pathSettings,
  maxMemoryDays: { default: 365, range: [1e-3, 36_500], doc: 'longest memory of the estimator, in days' },
};

const parameters = (s: Readonly<Record<string, number>>): Parameters => ({
  memoryDays: {
    shape: 'asset',
    transform: memoryTransform(s.chunkPeriod),
    range: [1e-6, s.maxMemoryDays],
    unit: 'days',
    default: 10,
    trainable: true,
    doc: 'memory of the estimator of the price trend',
  },
  k: {
    shape: 'asset',
    transform: powerOfTwo,
    range: [1e-9, 1e9],
    unit: '1/day',
    default: 20,
    trainable: true,
    doc: 'aggressiveness: weight change for a relative gradient of 1, per day of memory',
  },
});

const memories = (c: ModelContext): Memory[] =>
  c.raw.memoryDays.map((raw) => memory(raw, c.settings.chunkPeriod, c.settings.maxMemoryDays));

/** An accumulated gradient below this is rounding noise: relative to the price, so that units do not matter … */
const NOISE = 1e-13;
/** … and absolute in the reference simulator. */
const COMPAT_NOISE = 1e-10;

/** One step of the estimator for one asset. */
function estimate(c: ModelContext, m: Memory, price: Expr, ewma: Expr, a: Expr): { ewma: Expr; a: Expr; g: Expr } {
  const gain = m.decay.reciprocal();
  const nextEwma = ewma.add(price.sub(ewma).mul(m.decay));
  const sum = m.lambda.mul(a).add(gain.mul(price.sub(nextEwma)));
  const noise = c.settings.compat ? COMPAT_NOISE : nextEwma.mul(NOISE);
  const nextA = where(sum.abs().less(noise), 0, sum);
  const b = m.lambda.mul(gain).mul(gain).mul(gain);
  return { ewma: nextEwma, a: nextA, g: nextA.div(b.mul(nextEwma)) };
}

function momentumRule(name: string, sign: 1 | -1, doc: string): RuleModel<GradientEstimate> {
  return {
    name,
    doc,
    settings,
    parameters,
    init: (_c, prices) => ({ ewma: prices, a: prices.map((p) => p.mul(0)) }),
    step(c, carry, prices) {
      const m = memories(c);
      const steps = prices.map((p, i) => estimate(c, m[i], p, carry.ewma[i], carry.a[i]));
      const k = m.map(({ days }, i) => c.value.k[i].mul(days).mul(sign));
      const g = steps.map((s) => s.g);
      const centre = dot(k, g).div(sum(k));
      return {
        carry: { ewma: steps.map((s) => s.ewma), a: steps.map((s) => s.a) },
        output: k.map((ki, i) => ki.mul(g[i].sub(centre))),
      };
    },
  };
}

export const momentum = momentumRule('momentum', 1, 'weights follow the trend of relative prices');
export const antiMomentum = momentumRule('anti-momentum', -1, 'weights go against the trend of relative prices');
