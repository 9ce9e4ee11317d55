/** Floor 3. The TFMM pool (temporal-function market maker, QuantAMM): a geometric-mean pool whose weights follow a rule. */
import type { PoolModel } from '../../src/rollout/model.js';
import { sigmoid, simplex } from '../../src/rollout/transforms.js';
import { guardedPath } from '../weights/guardrail.js';
import { arbitrage, balanced, orderCost, type Reserves, scaled, worth } from './geometric.js';
import { geometricZeroFee } from './zero-fee.js';

/** Reserves move along Π Rᵢ^wᵢ(t) = constant within a trade; state: the reserves. */
export const tfmm: PoolModel<Reserves> = {
  name: 'tfmm',
  doc: 'Geometric-mean pool whose weights a rule moves minute by minute, within guard rails.',
  weights: 'rule',
  parameters: () => ({
    initialWeights: {
      shape: 'asset',
      transform: simplex,
      range: [0, 1],
      unit: '1',
      // equal numbers have raws 0: softmax makes 1/n of them, for any n
      default: 1,
      trainable: false,
      doc: 'Weights at the start of a window; normalised to sum to 1, hence equal by default.',
    },
    fee: {
      shape: 'scalar',
      transform: sigmoid,
      range: [0, 0.1],
      unit: '1',
      default: 0,
      trainable: false,
      needsFlow: true,
      doc: 'Fraction of what is paid in that is charged on every trade and stays in the pool; 0: closed forms, no fees.',
    },
  }),
  settings: {},
  path: guardedPath,
  zeroFee: geometricZeroFee,
  init: (_c, m, value) => balanced(m.weights, m.prices, value),
  reserves: (state) => state,
  value: (_c, state, prices) => worth(state, prices),
  arbitrage: (c, state, m) => {
    const { reserves, fees } = arbitrage(state, m.weights, m.prices, c.value.fee[0]);
    return { state: reserves, fees };
  },
  orderCost: (c, _state, m, size) => orderCost(m.weights, c.value.fee[0], size),
  scale: scaled,
};
