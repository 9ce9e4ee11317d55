/**
 * Floor 3. Minimum variance: weights inverse to the variance of each asset's returns, approached at a pace of their own.
 *
 *   r = P/P⁻ − 1 by rule step; from ewma = r₀, v = 0:
 *   d = r − ewma;  ewma += d(1 − λ);  v = λv + d²λ;  w ∝ 1/(v(1 − λ)), equal after the first step
 * The outputs are weights, not changes: raw weights are λ₂c + (1 − λ₂)w with λ₂ of the second memory, c the weights that
 * are. A leg follows the output that was made before it begins. (QuantAMM's simulator lets it see one rule step more, its
 * own: that alignment is the setting compat.)
 */
import type { Rank, Tensor2D } from '@tensorflow/tfjs';
import { constant, type Expr, where } from '../../src/graph/index.js';
import type { RuleModel } from '../../src/pools/model.js';
import type { VectorContext } from '../../src/pools/vector-rule.js';
import { sum } from '../../src/rollout/functions.js';
import { memoriesOf, memoryParameter, memorySettings, usedMemories } from './memory.js';
import { memoryOf, recurrence, vectorSoftmax } from './vectorised.js';

/** The least variance: moves of 1e-10 a rule step. An asset at rest would have an infinite weight. */
const LEAST = 1e-20;

interface Carry {
  readonly [key: string]: readonly Expr[];
  readonly price: readonly Expr[];
  readonly mean: readonly Expr[];
  /** v before it is scaled by 1 − λ. */
  readonly square: readonly Expr[];
  /** 1 once a return has been seen. */
  readonly seen: readonly [Expr];
}

export const minimumVariance: RuleModel<Carry> = {
  name: 'minimum-variance',
  doc: 'weights inverse to the variances of the assets',
  settings: memorySettings,
  parameters: (s) => ({
    memoryDays: memoryParameter(s, 10, 'memory of mean and variance of the returns'),
    mixingMemoryDays: memoryParameter(s, 10, 'how slowly the weights follow; 0 would be at once'),
  }),
  used: (set) => usedMemories(set, ['memoryDays', 'mixingMemoryDays']),
  weights: {
    first: (c) => Array.from({ length: c.n }, () => constant(1 / c.n)),
    pace: (c) => memoriesOf(c, 'mixingMemoryDays').map((m) => m.decay),
  },
  init: (_c, prices) => {
    const none = prices.map((p) => p.mul(0));
    return { price: prices, mean: none, square: none, seen: [constant(0)] };
  },
  step(c, carry, prices) {
    const memories = memoriesOf(c, 'memoryDays');
    const first = carry.seen[0].less(0.5);
    const r = prices.map((p, i) => p.div(carry.price[i]).sub(1));
    const before = r.map((ri, i) => where(first, ri, carry.mean[i]));
    const d = r.map((ri, i) => ri.sub(before[i]));
    const mean = before.map((m, i) => m.add(d[i].mul(memories[i].decay)));
    const square = carry.square.map((v, i) => memories[i].lambda.mul(v.add(d[i].square())));
    const inverse = square.map((v, i) => where(first, 1, v.mul(memories[i].decay).maximum(LEAST).reciprocal()));
    const total = sum(inverse);
    return {
      carry: { price: prices, mean, square, seen: [constant(1)] },
      output: inverse.map((x) => x.div(total)),
    };
  },
  // d_t = λd_{t−1} + r_t − r_{t−1} from d₁ = 0, v = S(λd²), w = softmax(−ln var)
  vectorised(c: VectorContext) {
    const { prices, assets: n, steps } = c;
    const memory = memoryOf(c, 'memoryDays');
    const r = Float64Array.from({ length: steps * n }, (_, k) => prices[k + n] / prices[k] - 1);
    const later = (value: (k: number) => number) =>
      c.spread(Float64Array.from({ length: steps * n }, (_, k) => (k < n ? 0 : value(k))));
    const d = recurrence(
      c,
      memory,
      later((k) => r[k] - r[k - n]),
    );
    const variance = recurrence(c, memory, d.square().mul(memory.lambda)).mul(memory.decay);
    const scores = c.tf
      .maximum(variance, LEAST)
      .log()
      .mul(later(() => -1)) as Tensor2D;
    const first = c.tf.zeros<Rank.R2>([c.leading, scores.shape[1]]);
    return vectorSoftmax(c, c.leading === 1 ? c.tf.concat2d([first, scores], 0) : scores);
  },
};
