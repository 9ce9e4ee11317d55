/**
 * Floor 3. Market-cap index: weights by the market capitalisation of each asset, approached at a pace of their own.
 *
 *   w ∝ (supply·P)^tilt, or ∝ cap^tilt where the dataset has capitalisations themselves
 *   tilt 1: by capitalisation; ½: by its square root; 0: equal weights
 * The outputs are weights, not changes: raw weights are λ₂c + (1 − λ₂)w with λ₂ of the memory, c the weights that are.
 * (QuantAMM's simulator, index market cap pool. Its hodling index, which trades only while weights move, is this rule with
 * the pool's setting trading: moving.)
 */
import type { Expr } from '../../src/graph/index.js';
import type { RuleModel, SeriesRow } from '../../src/pools/model.js';
import type { VectorContext } from '../../src/pools/vector-rule.js';
import { softmax } from '../../src/rollout/functions.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { identity } from '../../src/rollout/transforms.js';
import { memoriesOf, memoryParameter, memorySettings, usedMemories } from './memory.js';
import { vectorSoftmax } from './vectorised.js';

interface Carry {
  readonly [key: string]: readonly Expr[];
  readonly weights: readonly Expr[];
}

/** xᵢ^tilt/Σ xⱼ^tilt = softmax(tilt·ln x) */
function indexWeights(c: ModelContext, prices: readonly Expr[], series: SeriesRow): Expr[] {
  const cap = c.settings.oracle === 1 ? series.cap : series.supply.map((s, i) => s.mul(prices[i]));
  return softmax(cap.map((x) => x.log().mul(c.value.tilt[0])));
}

export const marketCap: RuleModel<Carry> = {
  name: 'market-cap',
  doc: 'weights by the market capitalisation of the assets, from a series of the dataset',
  settings: {
    ...memorySettings,
    oracle: {
      default: 0,
      range: [0, 1],
      choices: { supply: 0, cap: 1 },
      doc: 'what the dataset has of each asset: supply.<ASSET> (times the price) or cap.<ASSET>',
    },
  },
  parameters: (s) => ({
    tilt: {
      shape: 'scalar',
      transform: identity,
      range: [-2, 2],
      unit: '1',
      default: 1,
      trainable: true,
      doc: 'Power of the capitalisation that weights go by: 1 in proportion, 0.5 by its square root, 0 equal.',
    },
    mixingMemoryDays: {
      ...memoryParameter(s, 1, 'how slowly the weights follow; 0 would be at once'),
      trainable: false,
    },
  }),
  used: (set) => usedMemories(set, ['mixingMemoryDays']),
  series: (s) => ({
    [s.oracle === 1 ? 'cap' : 'supply']: {
      doc: s.oracle === 1 ? 'market capitalisation' : 'circulating supply',
      range: [1e-300, 1e300],
    },
  }),
  weights: {
    first: indexWeights,
    pace: (c) => memoriesOf(c, 'mixingMemoryDays').map((m) => m.decay),
  },
  init: (c, prices, series) => ({ weights: indexWeights(c, prices, series) }),
  step(c, _carry, prices, series) {
    const weights = indexWeights(c, prices, series);
    return { carry: { weights }, output: weights };
  },
  // softmax(tilt·ln x), x relative to that of the row's first asset: a common factor cancels
  vectorised(c: VectorContext) {
    const { prices, series, assets: n } = c;
    const caps = c.settings.oracle === 1 ? series.cap : series.supply.map((s, k) => s * prices[k]);
    const logs = caps.map((x, k) => Math.log(x / caps[k - (k % n)]));
    return vectorSoftmax(c, c.spread(logs.subarray((1 - c.leading) * n)).mul(c.raw('tilt')));
  },
};
