/** Floor 3. The TFMM pool (temporal-function market maker, QuantAMM): a geometric-mean pool whose weights follow a rule. */

import type { PoolModel } from '../../src/pools/model.js';
import type { Parameters } from '../../src/rollout/model.js';
import { sigmoid, simplex, type Transform } from '../../src/rollout/transforms.js';
import { guardedPath } from '../weights/guardrail.js';
import { arbitrageurParameters, arbitrageurSettings, costsOf, traders } from './arbitrageur.js';
import { arbitrage, balanced, orderCost, type Reserves, scaled, worth } from './geometric.js';
import { feeParameter, keptFee, protocolSettings, settled } from './protocol.js';
import { offered, swapped } from './swap.js';
import { geometricZeroFee } from './zero-fee.js';

/** value = 1 − sigmoid(raw): the raw of 1, which bounds nothing, is −∞. */
const fromOne: Transform = {
  name: '1 − logistic',
  apply: (raw) => sigmoid.apply(raw).map((x) => x.neg().add(1)),
  forward: (raw) => sigmoid.forward(raw).map((x) => 1 - x),
  inverse: (value) => sigmoid.inverse(value.map((y) => 1 - y)),
};

/** Bounds of single assets, with the setting assetBounds. */
const assetBounds: Parameters = {
  leastWeight: {
    shape: 'asset',
    transform: sigmoid,
    range: [0, 1],
    unit: '1',
    default: 0,
    trainable: false,
    doc: 'Smallest weight of each asset, beside minimumWeight; their sum at most 1.',
  },
  greatestWeight: {
    shape: 'asset',
    transform: fromOne,
    range: [0, 1],
    unit: '1',
    default: 1,
    trainable: false,
    doc: 'Largest weight of each asset; their sum at least 1.',
  },
};

/** Reserves move along Π Rᵢ^wᵢ(t) = constant within a trade; state: the reserves. */
export const tfmm: PoolModel<Reserves> = {
  name: 'tfmm',
  doc: 'Geometric-mean pool whose weights a rule moves minute by minute, within guard rails.',
  weights: 'rule',
  parameters: (s) => ({
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
    fee: feeParameter(0, false, 'stays in the pool; 0: closed forms, no fees'),
    ...arbitrageurParameters(s),
    ...(s.assetBounds ? assetBounds : {}),
  }),
  ...traders,
  settings: {
    ...arbitrageurSettings,
    ...protocolSettings,
    trading: {
      default: 0,
      range: [0, 1],
      choices: { always: 0, moving: 1 },
      doc: 'moving: the pool trades only while its weights move and holds its reserves for the rest of each rule step',
    },
    assetBounds: {
      default: 0,
      range: [0, 1],
      choices: { off: 0, on: 1 },
      doc: 'on: leastWeight and greatestWeight bound the weight of each asset',
    },
  },
  path: { ...guardedPath, closes: (s) => s.trading === 1 },
  zeroFee: geometricZeroFee,
  init: (_c, m, value) => balanced(m.weights, m.prices, value),
  reserves: (state) => state,
  value: (_c, state, prices) => worth(state, prices),
  arbitrage: (c, state, m) => {
    const [fee] = c.value.fee;
    return settled(c, arbitrage(state, m.weights, m.prices, fee, costsOf(c)), fee);
  },
  swap: (c, state, m, order) => swapped(c, state, m, order, c.value.fee[0]),
  offer: (c, state, m, direction) => offered(c, state, m, direction, c.value.fee[0]),
  orderCost: (c, _state, m, size) => ({
    ...orderCost(m.weights, c.value.fee[0], size),
    fee: keptFee(c, c.value.fee[0]),
  }),
  scale: scaled,
};
