/** Floor 3. How often arbitrageurs come to a geometric-mean pool: what such pools declare of them. */
import type { Settings } from '../../src/rollout/model.js';

export const arbitrageurSettings: Settings = {
  arbitrageEvery: {
    default: 1,
    range: [1, 525600],
    whole: true,
    doc: 'minutes from one arbitrage to the next',
  },
};

/** Whether arbitrageurs keep a pool without a fee at the outside prices in every minute, as its closed forms have it. */
export const alwaysAtPrice = (settings: Readonly<Record<string, number>>): boolean => settings.arbitrageEvery === 1;
