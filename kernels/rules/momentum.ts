/**
 * Floor 3. The momentum rule and its mirror: weights move towards the assets whose prices rise relative to the others.
 *
 *   s = g, the relative gradient (gradient.ts);  Δw = k ⊙ (s − Σ(k ⊙ s)/Σk)
 * k per day of memory times the memory; anti-momentum uses −k. (TFMM litepaper, QuantAMM 2024.)
 */
import { gradientRule, perDay } from './gradient.js';

const parameters = {
  k: perDay(1, 'aggressiveness: weight change for a relative gradient of 1, per day of memory'),
};

export const momentum = gradientRule({
  name: 'momentum',
  doc: 'weights follow the trend of relative prices',
  parameters,
  signal: (_c, g) => g,
  vectorSignal: (_c, g) => g,
});

export const antiMomentum = gradientRule({
  name: 'anti-momentum',
  doc: 'weights go against the trend of relative prices',
  parameters,
  signal: (_c, g) => g,
  vectorSignal: (_c, g) => g,
  sign: -1,
});
