/** Floor 3. How often arbitrageurs come to a geometric-mean pool and what a trade costs them beside the pool's fee. */
import type { ModelContext, Parameters, Settings } from '../../src/rollout/model.js';
import { powerOrZero, sigmoid } from '../../src/rollout/transforms.js';
import type { Costs } from './geometric.js';

export const arbitrageurSettings: Settings = {
  arbitrageEvery: {
    default: 1,
    range: [1, 525600],
    whole: true,
    doc: 'minutes from one arbitrage to the next',
  },
  arbitrageCosts: {
    default: 0,
    range: [0, 1],
    choices: { off: 0, on: 1 },
    doc: 'on: an arbitrage costs what gas and outsideFee say',
  },
  gasGate: {
    default: 0,
    range: [0, 1],
    training: true,
    doc: 'with arbitrageCosts: width of the gate that gas is in training, relative to gas; 0: a step, without a gradient',
  },
};

/** What arbitrageurs pay, with the setting arbitrageCosts. */
const costs: Parameters = {
  gas: {
    shape: 'scalar',
    transform: powerOrZero,
    range: [0, 1e9],
    unit: 'numéraire',
    default: 0,
    trainable: false,
    doc: 'Cost of an arbitrage whatever its size; there is none that gains less.',
  },
  outsideFee: {
    shape: 'scalar',
    transform: sigmoid,
    range: [0, 0.1],
    unit: '1',
    default: 0,
    trainable: false,
    doc: 'Cost of the trades outside by which an arbitrage is closed, half of it on what is bought and half on what is sold.',
  },
};

export const arbitrageurParameters = (settings: Readonly<Record<string, number>>): Parameters =>
  settings.arbitrageCosts === 1 ? costs : {};

/** Null where a trade costs nothing but the pool's fee. */
export const costsOf = ({ settings, value }: ModelContext): Costs | null =>
  settings.arbitrageCosts === 1 ? { outsideFee: value.outsideFee[0], gas: value.gas[0], gate: settings.gasGate } : null;

/** Whether arbitrageurs keep a pool without a fee at the outside prices in every minute, as its closed forms have it. */
export const alwaysAtPrice = (settings: Readonly<Record<string, number>>): boolean =>
  settings.arbitrageEvery === 1 && settings.arbitrageCosts === 0;
