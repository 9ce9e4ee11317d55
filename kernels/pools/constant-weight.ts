/** Floor 3. The constant-weight pool (Balancer's weighted pool; n = 2, equal weights: Uniswap v2's constant product). */
import type { PoolModel } from '../../src/pools/model.js';
import { simplex } from '../../src/rollout/transforms.js';
import { arbitrageurParameters, arbitrageurSettings, costsOf, traders } from './arbitrageur.js';
import { arbitrage, balanced, orderCost, type Reserves, scaled, worth } from './geometric.js';
import { feeParameter, keptFee, protocolSettings, settled } from './protocol.js';
import { offered, swapped } from './swap.js';

/** Reserves move along Π Rᵢ^wᵢ = constant; state: the reserves. */
export const constantWeight: PoolModel<Reserves> = {
  name: 'constant-weight',
  doc: 'Geometric-mean pool with weights that stay as they are: Π Rᵢ^wᵢ is constant, the fee is charged on the input.',
  weights: 'constant',
  parameters: (s) => ({
    weights: {
      shape: 'asset',
      transform: simplex,
      range: [0, 1],
      unit: '1',
      // equal numbers have raws 0: softmax makes 1/n of them, for any n
      default: 1,
      trainable: true,
      doc: 'Share of each asset in the value of the pool; normalised to sum to 1, hence equal shares by default.',
    },
    fee: feeParameter(0.003, false),
    ...arbitrageurParameters(s),
  }),
  ...traders,
  settings: { ...arbitrageurSettings, ...protocolSettings },
  init: (c, m, value) => balanced(c.value.weights, m.prices, value),
  reserves: (state) => state,
  value: (_c, state, prices) => worth(state, prices),
  arbitrage: (c, state, m) => {
    const [fee] = c.value.fee;
    return settled(c, arbitrage(state, c.value.weights, m.prices, fee, costsOf(c)), fee);
  },
  swap: (c, state, m, order) =>
    swapped(c, state, { prices: m.prices, weights: c.value.weights }, order, c.value.fee[0]),
  offer: (c, state, m, direction) =>
    offered(c, state, { prices: m.prices, weights: c.value.weights }, direction, c.value.fee[0]),
  orderCost: (c, _state, _m, size) => ({
    ...orderCost(c.value.weights, c.value.fee[0], size),
    fee: keptFee(c, c.value.fee[0]),
  }),
  scale: scaled,
};
