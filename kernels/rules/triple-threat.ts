/**
 * Floor 3. The triple-threat mean-reversion channel: the mean-reversion channel with a memory of its own for each part.
 *
 *   V = exp(−g₂²/(2W²));  u = πg₀/(3W)
 *   s = −A·V·(u − u³/6)/0.5415 + (1 − V)·sign(g₁)·|g₁/(2P)|^E;  Δw = k ⊙ (s − Σ(k ⊙ s)/Σk)
 * g₀ (channel), g₁ (trend), g₂ (envelope) are gradients (gradient.ts) with three memories, all relative to one moving
 * average with a fourth, which k and A, per day, are multiplied with. (QuantAMM's simulator, triple threat pool.)
 */
import type { Expr } from '../../src/graph/index.js';
import type { RuleModel } from '../../src/pools/model.js';
import type { VectorContext } from '../../src/pools/vector-rule.js';
import {
  amplitudeParameter,
  envelope,
  exponentParameter,
  reversion,
  scaleParameter,
  signedPower,
  widthParameter,
} from './channel.js';
import {
  averageMemory,
  estimateGradient,
  type GradientEstimate,
  nextAverages,
  noGradient,
  PER_DAY,
  perDay,
} from './gradient.js';
import { memoriesOf, memoryParameter, memorySettings, usedMemories, usedPerDay } from './memory.js';
import { averageOf, gradientOf, memoryOf, powerOfTwoOf, vectorChange, vectorChannel } from './vectorised.js';
import { weightChange } from './weight-change.js';

interface Carry {
  readonly [key: string]: GradientEstimate | readonly Expr[];
  readonly channel: GradientEstimate;
  readonly trend: GradientEstimate;
  readonly envelope: GradientEstimate;
  readonly average: readonly Expr[];
}

const MEMORIES = ['channelMemoryDays', 'trendMemoryDays', 'envelopeMemoryDays', 'averageMemoryDays'];

export const tripleThreat: RuleModel<Carry> = {
  name: 'triple-threat-mean-reversion-channel',
  doc: 'the mean-reversion channel with memories of their own for channel, trend and envelope',
  settings: memorySettings,
  parameters: (s) => ({
    channelMemoryDays: memoryParameter(s, 5, 'memory of the gradient that is reverted'),
    trendMemoryDays: memoryParameter(s, 20, 'memory of the gradient that is followed'),
    envelopeMemoryDays: memoryParameter(s, 10, 'memory of the gradient that chooses between the two'),
    averageMemoryDays: averageMemory(s),
    k: perDay(0.02, 'aggressiveness: weight change for a signal of 1, per day of the memory of the average'),
    amplitude: amplitudeParameter,
    width: widthParameter,
    exponent: exponentParameter,
    scale: scaleParameter,
  }),
  used(set) {
    const memories = usedMemories(set, MEMORIES);
    return { ...memories, ...usedPerDay(set, PER_DAY, [memories.averageMemoryDays]) };
  },
  init: (_c, prices) => ({
    channel: noGradient(prices),
    trend: noGradient(prices),
    envelope: noGradient(prices),
    average: prices,
  }),
  step(c, carry, prices) {
    const averages = memoriesOf(c, 'averageMemoryDays');
    const average = nextAverages(averages, prices, carry.average);
    const part = (name: 'channel' | 'trend' | 'envelope') =>
      estimateGradient(c, memoriesOf(c, `${name}MemoryDays`), prices, carry[name], average);
    const [channel, trend, outer] = [part('channel'), part('trend'), part('envelope')];
    const { amplitude, width, exponent, scale } = c.value;
    const signal = prices.map((_, i) => {
      const inside = envelope(outer.g[i], width[i]);
      const followed = inside
        .neg()
        .add(1)
        .mul(signedPower(trend.g[i], scale[i], exponent[i]));
      return reversion(channel.g[i], width[i], amplitude[i].mul(averages[i].days), inside).add(followed);
    });
    const k = averages.map(({ days }, i) => c.value.k[i].mul(days));
    return {
      carry: { channel: channel.estimate, trend: trend.estimate, envelope: outer.estimate, average },
      output: weightChange(k, signal),
    };
  },
  vectorised(c: VectorContext) {
    const common = memoryOf(c, 'averageMemoryDays');
    const { average } = averageOf(c, common);
    const part = (name: string) => gradientOf(c, memoryOf(c, `${name}MemoryDays`), average);
    const by = { channel: part('channel'), trend: part('trend'), envelope: part('envelope') };
    return vectorChange(c, powerOfTwoOf(c, 'k').mul(common.days), vectorChannel(c, by, common.days));
  },
};
