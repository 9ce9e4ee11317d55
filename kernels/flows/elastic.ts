/**
 * Floor 3. Price-elastic flow: in each step of Δ minutes the wish to trade, as a fraction of the pool's value, is
 *
 *     u = v₀·Δ·a_t·exp(−b·c),   c = fee + slippage of an order of size ε·value through the pool's own swap port.
 *
 * Buys and sells cancel; the pool earns fee·u·value. Fits to recorded volume: `data calibrate`.
 */
import type { MeanFlow } from '../../src/pools/flow.js';
import { minutesOf } from '../../src/rollout/clock.js';
import { powerOfTwo, sigmoid } from '../../src/rollout/transforms.js';

export const elastic: MeanFlow = {
  name: 'elastic',
  doc: 'Volume that falls exponentially with the cost of trading; buys and sells cancel, the pool earns the fee.',
  parameters: {
    v0: {
      shape: 'scalar',
      transform: powerOfTwo,
      range: [1e-12, 10],
      unit: '1/minute',
      // no volume is a reasonable guess for every pool: a config without it must be refused
      default: Number.NaN,
      trainable: false,
      doc: 'Volume at no cost, as a fraction of the value of the pool, per minute; no default: give it or `data calibrate` it.',
    },
    b: {
      shape: 'scalar',
      transform: powerOfTwo,
      range: [1e-3, 1e5],
      unit: '1',
      default: 150,
      trainable: false,
      doc: 'Elasticity: volume falls by the factor e^−b for each unit of relative cost (150: 1.5 % a basis point).',
    },
    epsilon: {
      shape: 'scalar',
      transform: sigmoid,
      range: [1e-6, 0.5],
      unit: '1',
      default: 0.01,
      trainable: false,
      doc: 'Size of the order whose cost decides, as a fraction of the value of the pool.',
    },
  },
  volume: (c, cost, activity) =>
    c.value.v0[0].mul(minutesOf(c.clock)).mul(activity).mul(c.value.b[0].mul(cost).neg().exp()),
  orderSize: (c) => c.value.epsilon[0],
  sensitivity: 'b',
};
