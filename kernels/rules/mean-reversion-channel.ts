/**
 * Floor 3. The mean-reversion channel: against small gradients, with large ones.
 *
 *   V = exp(−g²/(2W²));  u = πg/(3W)
 *   s = −A·V·(u − u³/6)/0.5415 + (1 − V)·sign(g)·|g/(2P)|^E;  Δw = k ⊙ (s − Σ(k ⊙ s)/Σk)
 * g is the relative gradient (gradient.ts); k and A per day of memory times the memory. (TFMM litepaper, QuantAMM 2024.)
 */
import {
  amplitudeParameter,
  envelope,
  exponentParameter,
  reversion,
  scaleParameter,
  signedPower,
  widthParameter,
} from './channel.js';
import { gradientRule, perDay } from './gradient.js';
import { vectorChannel } from './vectorised.js';

export const meanReversionChannel = gradientRule({
  name: 'mean-reversion-channel',
  doc: 'weights go against small moves of relative prices and follow large ones',
  parameters: {
    k: perDay(0.02, 'aggressiveness: weight change for a signal of 1, per day of memory'),
    amplitude: amplitudeParameter,
    width: widthParameter,
    exponent: exponentParameter,
    scale: scaleParameter,
  },
  signal: (c, g, memories) =>
    g.map((gi, i) => {
      const { amplitude, width, exponent, scale } = c.value;
      const inside = envelope(gi, width[i]);
      const trend = inside
        .neg()
        .add(1)
        .mul(signedPower(gi, scale[i], exponent[i]));
      return reversion(gi, width[i], amplitude[i].mul(memories[i].days), inside).add(trend);
    }),
  vectorSignal: (c, g, { days }) => vectorChannel(c, { channel: g, trend: g, envelope: g }, days),
});
