/**
 * Floor 3. Difference momentum: weights follow the gap between a fast and a slow moving average of each price.
 *
 *   E += (P − E)(1 − λ) for two memories m₁, m₂;  s = 1 − E₂/E₁;  Δw = k ⊙ (s − Σ(k ⊙ s)/Σk)
 * k per day times max(m₁, m₂). (QuantAMM's simulator, difference momentum pool; the convergence of two averages, MACD.)
 */
import type { Tensor1D } from '@tensorflow/tfjs';
import type { Expr } from '../../src/graph/index.js';
import type { RuleModel } from '../../src/pools/model.js';
import type { VectorContext } from '../../src/pools/vector-rule.js';
import { nextAverages, PER_DAY, perDay } from './gradient.js';
import { memoriesOf, memoryParameter, memorySettings, usedMemories, usedPerDay } from './memory.js';
import { averageOf, memoryOf, powerOfTwoOf, vectorChange } from './vectorised.js';
import { weightChange } from './weight-change.js';

interface Carry {
  readonly [key: string]: readonly Expr[];
  readonly fast: readonly Expr[];
  readonly slow: readonly Expr[];
}

export const differenceMomentum: RuleModel<Carry> = {
  name: 'difference-momentum',
  doc: 'weights follow the gap between a fast and a slow moving average of each price',
  settings: memorySettings,
  parameters: (s) => ({
    fastMemoryDays: memoryParameter(s, 5, 'memory of the average that is compared'),
    slowMemoryDays: memoryParameter(s, 20, 'memory of the average that it is compared with'),
    k: perDay(0.1, 'aggressiveness: weight change for a relative gap of 1, per day of the longer memory'),
  }),
  used(set) {
    const memories = usedMemories(set, ['fastMemoryDays', 'slowMemoryDays']);
    return { ...memories, ...usedPerDay(set, PER_DAY, [memories.fastMemoryDays, memories.slowMemoryDays]) };
  },
  init: (_c, prices) => ({ fast: prices, slow: prices }),
  step(c, carry, prices) {
    const fasts = memoriesOf(c, 'fastMemoryDays');
    const slows = memoriesOf(c, 'slowMemoryDays');
    const fast = nextAverages(fasts, prices, carry.fast);
    const slow = nextAverages(slows, prices, carry.slow);
    const k = fasts.map(({ days }, i) => c.value.k[i].mul(days.maximum(slows[i].days)));
    return {
      carry: { fast, slow },
      output: weightChange(
        k,
        fast.map((e, i) => slow[i].div(e).neg().add(1)),
      ),
    };
  },
  // E₁ − E₂ = λ₂y₂ − λ₁y₁
  vectorised(c: VectorContext) {
    const [fast, slow] = [memoryOf(c, 'fastMemoryDays'), memoryOf(c, 'slowMemoryDays')];
    const [of1, of2] = [averageOf(c, fast), averageOf(c, slow)];
    const gap = of2.y.mul(slow.lambda).sub(of1.y.mul(fast.lambda));
    const days = c.tf.maximum(fast.days, slow.days) as Tensor1D;
    return vectorChange(c, powerOfTwoOf(c, 'k').mul(days), gap.div(of1.average));
  },
};
