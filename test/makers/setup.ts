/** Makers for tests: roll-outs with given settings, and markets that have everything. */
import { maker } from '../../kernels/makers/maker.js';
import { makerObjective } from '../../kernels/makers/objectives.js';
import { policies } from '../../kernels/makers/policies/index.js';
import { gbm } from '../../kernels/prices/gbm.js';
import { createRollout } from '../../src/rollout/compiled.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import type { Rollout } from '../../src/rollout/rollout.js';
import type { Target } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';

export type Values = Readonly<Record<string, readonly number[]>>;

/** The number of a named choice of the maker. */
export const choice = (setting: string, name: string): number => maker.settings[setting].choices?.[name] as number;

export const policyNumber = (name: string): number => policies.findIndex((p) => p.name === name);

/** A maker on prices that move little, in steps of `dt` seconds. */
export const makerRollout = (
  settings: Readonly<Record<string, number>>,
  { dt = 0.1, target = wasm as Target, objective = makerObjective as ObjectiveModel } = {},
): Rollout =>
  createRollout(
    {
      assets: ['A'],
      clock: { interval: dt * 1000 },
      source: { kind: 'drawn', model: gbm, settings: {}, seed: 3 },
      system: maker,
      objective,
      penalties: [],
      settings,
    },
    null,
    target,
    { threads: 1 },
  );

export const scenarios = (count: number, from = 0): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => from + i);

/** Values of the maker by their short names. */
export const valuesOf = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, x]) => [`maker.${name}`, x]));

/** Two states whose sides, penalties, drifts and jumps all differ. */
export const TWO_STATES = {
  settings: { qMin: -2, qMax: 3, states: 2, jumps: 1 },
  values: {
    lambdaBid: [1.4, 0.6],
    lambdaAsk: [0.7, 1.3],
    kappaBid: [2, 1.5],
    kappaAsk: [1.7, 2.2],
    phi: [0.01, 0.03],
    drift: [-0.04, 0.06],
    jumpBid: [0.05, 0.02],
    jumpAsk: [0.03, 0.04],
    rates: [0.5, 0.8],
    rebate: [0.02],
    alpha: [0.07],
  } satisfies Values,
};
