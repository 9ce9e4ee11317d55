/** Parameters of every rule at which it moves the weights of `walk`s, within the guards of `SETTINGS` for the most part. */
import type { Values } from './setup.js';

const prefixed = (rule: string, values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([key, v]) => [`${rule}.${key}`, v]));

const channel = { k: 0.4, amplitude: 0.4, width: 0.006, exponent: 1.2, scale: 0.02 };

const values: Readonly<Record<string, Values>> = {
  momentum: { memoryDays: 0.2, k: 5 },
  'anti-momentum': { memoryDays: 0.2, k: 5 },
  'power-channel': { memoryDays: 0.2, k: 0.4, exponent: 1.3, scale: 0.02 },
  'mean-reversion-channel': { memoryDays: 0.2, ...channel },
  'triple-threat-mean-reversion-channel': {
    channelMemoryDays: 0.15,
    trendMemoryDays: 0.3,
    envelopeMemoryDays: 0.2,
    averageMemoryDays: 0.25,
    ...channel,
  },
  'difference-momentum': { fastMemoryDays: 0.1, slowMemoryDays: 0.3, k: 2 },
  'market-cap': { tilt: 0.8, mixingMemoryDays: 0.1 },
  'minimum-variance': { memoryDays: 0.4, mixingMemoryDays: 0.3 },
};

export const RULES: Readonly<Record<string, Values>> = Object.fromEntries(
  Object.entries(values).map(([rule, v]) => [rule, prefixed(rule, v)]),
);
