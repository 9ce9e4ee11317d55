/** Random compute markets: settings, parameters and outside prices drawn from a seed. */

import { computeMarket } from '../../kernels/compute/market.js';
import { gbm } from '../../kernels/prices/gbm.js';
import { type Expr, type Operand, where } from '../../src/graph/index.js';
import { createRollout } from '../../src/rollout/compiled.js';
import type { ObjectiveModel, Row, Source, System } from '../../src/rollout/model.js';
import type { Rollout } from '../../src/rollout/rollout.js';
import type { RolloutSpec } from '../../src/rollout/spec.js';
import { draw } from '../../src/targets/runtime.js';
import type { Target } from '../../src/targets/target.js';

/** Geometric Brownian motion, and beside it what moves supply, demand, liquidity and stocks. */
const driven: Source = {
  ...gbm,
  rows: { ...gbm.rows, supply: '', demand: '', liquidity: '', destroyed: '' },
  run(c) {
    const inner = gbm.run(c);
    const n = gbm.draws(c.n);
    const moved = (row: Row, t: Operand): Row => {
      const some = (first: number, of: (u: Expr) => Expr) =>
        Array.from({ length: Math.max(c.n, 2) }, (_, i) => of(c.uniform(t, n + 8 * first + i)));
      // now and then
      const seldom = (u: Expr, size: number) => where(u.less(0.1), u.sub(0.04).mul(size), 0);
      return {
        ...row,
        supply: some(0, (u) => u.add(0.5)),
        demand: some(1, (u) => u.add(0.5)),
        liquidity: some(2, (u) => seldom(u, 5)),
        destroyed: some(3, (u) => seldom(u, 3).maximum(0)),
      };
    };
    return {
      init: () => {
        const { state, row } = inner.init();
        return { state, row: moved(row, 0) };
      },
      step: (state, t) => {
        const next = inner.step(state as readonly Expr[], t);
        return { state: next.state, row: moved(next.row, t) };
      },
    };
  },
};

/** Worth of the pools, what clients paid, tokens and bonds at the end: every part of a market has a part in it. */
export const everything: ObjectiveModel = {
  name: 'everything',
  doc: 'numbers of all parts of a market, so that each parameter counts',
  reads: ['value', 'hedged', 'spent', 'treasury', 'burned', 'bond', 'hold', 'volatility', 'flightPay', 'outside'],
  every: 0,
  score: ({ last }) =>
    Object.values(last)
      .flat()
      .reduce((sum, x, k) => sum.add(x.mul(1 / (k + 2)))),
};

export interface Case {
  readonly resources: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** Numbers in [low, high) by a key: the same in every run. */
export const numbersOf = (seed: number) => {
  let at = 0;
  return (low: number, high: number) => low + (high - low) * draw(11, seed, at++, 0);
};

/** A market of some size. Everything in it may happen: failures, unused parts, expiry, emission, dear and cheap fees. */
export function marketOf(seed: number, settings: Readonly<Record<string, number>>, resources = 2): Case {
  const pick = numbersOf(seed);
  const each = (low: number, high: number) => Array.from({ length: resources }, () => pick(low, high));
  const { workers = 1, classes = 1 } = settings;
  const values: Record<string, readonly number[]> = {
    ...(settings.curve === 1 ? {} : { rho: each(0.02, 0.6) }),
    priceScale: each(0.9, 1.1),
    marketFee: [pick(0.001, 0.01)],
    riskFee: [pick(0.01, 0.4)],
    compute0: each(100, 500),
    expiry: [pick(1e-5, 1e-3)],
    burn: [pick(0.1, 0.5)],
    emission: [pick(0, 0.1)],
    rate: [pick(0.5, 3)],
    verified: [pick(0.3, 1)],
    ...(settings.dynamicCurvature === 1
      ? { alpha: [pick(0.05, 0.5)], utilisation: [pick(0.1, 0.6)], target: each(600, 2500) }
      : {}),
    ...(settings.curve === 1 ? { pull: each(0.05, 0.5), target: each(800, 2500) } : {}),
    ...(settings.kappa === 1 ? { weight: each(0.3, 0.7), jointPart: [pick(0.001, 0.01)] } : {}),
    ...(settings.routing === 1
      ? { budget: [pick(1, 20)], sharpness: [pick(1, 8)], costWeight: [pick(0.05, 0.5)] }
      : {}),
    ...Object.fromEntries(
      Array.from({ length: settings.experts ?? 0 }, (_, k) => [`expert${k + 1}`, [pick(0.6, 0.95)]]),
    ),
    ...(settings.reference === 1 ? { referencePrice: each(0.95, 1.05) } : {}),
    ...(settings.start === 0 ? { credits: each(500, 1500) } : {}),
  };
  for (let j = 1; j <= workers; j++) {
    Object.assign(values, {
      [`compute${j}`]: each(200, 800),
      [`supply${j}`]: each(1, 4),
      [`passes${j}`]: [pick(3, 12)],
      [`fails${j}`]: [pick(0.5, 3)],
      [`truth${j}`]: [pick(0.5, 0.98)],
      [`bond${j}`]: [pick(50, 500)],
    });
  }
  for (let c = 1; c <= classes; c++) {
    Object.assign(values, {
      [`require${c}`]: each(0.5, 4),
      [`arrivals${c}`]: [pick(2, 8)],
      [`limit${c}`]: [pick(0.7, 0.9)],
      [`elasticity${c}`]: [pick(2, 12)],
      [`duration${c}`]: [pick(2, 30)],
      ...(settings.usage === 1 ? { [`usage${c}`]: [pick(0.6, 0.95)] } : {}),
    });
  }
  const named = Object.fromEntries(Object.entries(values).map(([key, x]) => [`${computeMarket.name}.${key}`, x]));
  const start = Array.from({ length: resources }, () => pick(0.9, 1.1));
  return {
    resources,
    settings,
    values: { ...named, 'gbm.start': start, 'gbm.sigma': start.map(() => pick(0.5, 2)) },
  };
}

export const specOf = (
  c: Case,
  { system = computeMarket as System, objective = everything }: { system?: System; objective?: ObjectiveModel } = {},
): RolloutSpec => ({
  assets: Array.from({ length: c.resources }, (_, i) => `R${i}`),
  clock: { interval: 60_000 },
  source: { kind: 'drawn', model: driven, settings: {}, seed: 3 },
  system,
  objective,
  penalties: [],
  settings: c.settings,
});

export function rolloutOf(
  c: Case,
  target: Target,
  made: { system?: System; objective?: ObjectiveModel } = {},
): { rollout: Rollout; raw: Float64Array } {
  const rollout = createRollout(specOf(c, made), null, target, { threads: 1 });
  return { rollout, raw: rollout.layout.raws(c.values) };
}

/** Settings in which every branch of the step occurs. */
export const SHAPES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'what is default': {},
  'no workers, no jobs': { workers: 0, classes: 0 },
  'two workers, two classes, partial use, counted reliabilities, moving curvature': {
    workers: 2,
    classes: 2,
    usage: 1,
    reliability: 1,
    dynamicCurvature: 1,
  },
  'given credits, fixed reference, scales in credits, total burn, minted bonus, smoothed reliabilities': {
    start: 0,
    centre: 0,
    reference: 1,
    burnBase: 1,
    bonusSource: 1,
    reliability: 2,
    usage: 1,
  },
  'risk fee of all pools': { riskScope: 1, workers: 2, usage: 1, reliability: 1 },
  'risk fee of a block': { riskFeeBase: 1, classes: 2 },
  'liquidity routed, two classes of workers': { routing: 1, workers: 2, reliability: 1, usage: 1 },
  'one κ for all pools': { kappa: 1, workers: 1 },
  'a pull to a target inventory': { curve: 1, workers: 2, usage: 1, routing: 1 },
  'a pull to a target inventory, risk fee of all pools': { curve: 1, riskScope: 1 },
  'a pull to a target inventory, risk fee of a block': { curve: 1, riskFeeBase: 1 },
  'parts judged by a panel': { experts: 3, expertWeights: 1, workers: 2, reliability: 1 },
  'jobs one by one': { arrivals: 1, mostArrivals: 30, usage: 1, reliability: 1, classes: 2 },
};
