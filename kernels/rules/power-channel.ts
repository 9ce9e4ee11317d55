/**
 * Floor 3. The power channel: momentum that ignores small gradients and follows large ones.
 *
 *   s = sign(g)·|g/(2P)|^E, E ≥ 1;  Δw = k ⊙ (s − Σ(k ⊙ s)/Σk)
 * g is the relative gradient (gradient.ts), k per day of memory times the memory. (TFMM litepaper, QuantAMM 2024.)
 */
import type { Tensor1D } from '@tensorflow/tfjs';
import type { Expr } from '../../src/graph/index.js';
import { positive, type Transform } from '../../src/rollout/transforms.js';
import { exponentParameter, scaleParameter, signedPower } from './channel.js';
import { gradientRule, perDay } from './gradient.js';
import { powerOfTwoOf, squareplusOf, vectorPower } from './vectorised.js';

/** max(1, squareplus): below 1 the power would amplify small gradients. Hard floor, zero gradient below. */
const fromOne: Transform = {
  name: 'squareplus, at least 1',
  apply: (raw) => positive.apply(raw).map((x: Expr) => x.maximum(1)),
  forward: (raw) => positive.forward(raw).map((x) => Math.max(1, x)),
  inverse: positive.inverse,
};

export const powerChannel = gradientRule({
  name: 'power-channel',
  doc: 'weights follow a power of the trend of relative prices: large moves count, small ones do not',
  parameters: {
    k: perDay(0.2, 'aggressiveness: weight change for a power of 1, per day of memory'),
    exponent: { ...exponentParameter, transform: fromOne, range: [1, 100] },
    scale: { ...scaleParameter, default: 0.05 },
  },
  signal: (c, g) => g.map((gi, i) => signedPower(gi, c.value.scale[i], c.value.exponent[i])),
  vectorSignal: (c, g) =>
    vectorPower(c, g, powerOfTwoOf(c, 'scale'), c.tf.maximum(squareplusOf(c, 'exponent'), 1) as Tensor1D),
});
