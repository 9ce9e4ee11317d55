/** Floor 5. Cases that run a small market on a target: joint arbitrage, and gradients through jobs that arrive one by one. */
import { z } from 'zod';
import { computeMarket } from '../../../kernels/compute/market.js';
import { exactValue, type SmallMarket, statesOf } from '../../compute/arrivals.js';
import { createRollout } from '../../rollout/compiled.js';
import type { ObjectiveModel } from '../../rollout/model.js';
import type { Target } from '../../targets/target.js';
import { type Compared, kindOf, type NamedCheck } from '../named.js';
import { number, numbers, SINGLE } from '../price-fields.js';
import { venue } from './routes.js';

const worth: ObjectiveModel = {
  name: 'worth',
  doc: 'of the pools at the end',
  reads: ['value'],
  every: 0,
  score: ({ last }) => last.value[0],
};

const SETTINGS = { workers: 0, classes: 0, start: 0, centre: 0 };

/** Parameters of a market without workers that costs nobody anything. */
const values = (own: Readonly<Record<string, readonly number[]>>): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(own).map(([key, xs]) => [`${computeMarket.name}.${key}`, xs]));

/** One step of a market at fixed outside prices. */
function rolloutOf(
  settings: Readonly<Record<string, number>>,
  prices: readonly number[],
  objective: ObjectiveModel,
  target: Target,
  windows: number,
) {
  const assets = prices.map((_, i) => `R${i}`);
  const rows = windows + 1;
  const series = Float64Array.from({ length: rows * prices.length }, (_, k) => prices[k % prices.length]);
  return createRollout(
    {
      assets,
      clock: { interval: 60_000 },
      source: { kind: 'recorded', series: [] },
      system: computeMarket,
      objective,
      penalties: [],
      settings: { ...SETTINGS, ...settings },
      seed: 17,
    },
    { assets, rows, prices: series, volume: null },
    target,
    { threads: 1 },
  );
}

const arbitrageJoint = kindOf(
  z.object({
    venues: z.array(venue),
    prices: numbers,
    marketFee: number,
    riskFee: number,
    riskScope: z.literal('pool'),
  }),
  z.object({ sides: numbers, amounts: numbers, profit: number }),
  (c, want, target): Compared[] => {
    const rollout = rolloutOf({ riskScope: 1 }, c.prices, worth, target, 1);
    const of = (key: 'rho' | 'scale' | 'psi' | 'theta') => c.venues.map((v) => v[key]);
    const raw = rollout.layout.raws(
      values({
        rho: of('rho'),
        priceScale: of('scale'),
        compute0: of('psi'),
        credits: of('theta'),
        marketFee: [c.marketFee],
        riskFee: [c.riskFee],
      }),
    );
    const { observed } = rollout.path(raw, 0, 2, 1);
    rollout.dispose();
    const traded = [...observed.arbitrage.subarray(c.venues.length)];
    const gains = [...observed.arbitrageProfit.subarray(c.venues.length)];
    return [
      { field: 'sides', got: traded.map((x) => -Math.sign(x)), wanted: want.sides },
      { field: 'amounts', got: traded.map(Math.abs), wanted: want.amounts, single: SINGLE.path },
      { field: 'profit', got: [gains.reduce((a, b) => a + b)], wanted: [want.profit], single: SINGLE.path },
    ];
  },
);

/** Windows of a batch, and batches: the error of the mean is told by their spread. */
const WINDOWS = 512;
const BATCHES = 40;
/** Standard errors that a mean may be off by. */
const ERRORS = 4;

const sampledArrivals = kindOf(
  z.object({
    rho: number,
    psi: number,
    theta: number,
    jobSize: number,
    elasticity: number,
    limit: number,
    outsidePrice: number,
    arrivals: number,
    riskFee: number,
    marketFee: number,
    riskAversion: number,
  }),
  z.object({
    value: number,
    gradientMarketFee: number,
    acceptance: numbers,
    acceptanceGradient: numbers,
    payoff: numbers,
  }),
  (c, want, target): Compared[] => {
    const small: SmallMarket = { ...c, pool: { rho: c.rho, scale: 1, psi: c.psi, theta: c.theta } };
    const states = statesOf(small, want.acceptance.length);
    const exact = exactValue(small);
    const found = sampled(c, target);
    return [
      { field: 'acceptance', got: states.map((s) => s.accepts), wanted: want.acceptance },
      { field: 'its slopes', got: states.map((s) => s.acceptsSlope), wanted: want.acceptanceGradient },
      { field: 'payoff', got: states.map((s) => s.payoff), wanted: want.payoff },
      { field: 'value', got: [exact.value], wanted: [want.value] },
      { field: 'slope', got: [exact.slope], wanted: [want.gradientMarketFee] },
      { field: `sampled value, beyond ${ERRORS} errors`, got: [beyond(found.value, want.value)], wanted: [0] },
      {
        field: `sampled slope, beyond ${ERRORS} errors`,
        got: [beyond(found.slope, want.gradientMarketFee)],
        wanted: [0],
      },
    ];
  },
);

interface Estimate {
  readonly mean: number;
  readonly error: number;
}

/** How many standard errors more than are allowed. */
const beyond = ({ mean, error }: Estimate, wanted: number): number =>
  Math.max(0, Math.abs(mean - wanted) / error - ERRORS);

function estimate(xs: readonly number[]): Estimate {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  const square = xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (xs.length - 1);
  return { mean, error: Math.sqrt(square / xs.length) };
}

type Sampled = Omit<SmallMarket, 'pool'> & { readonly rho: number; readonly psi: number; readonly theta: number };

/** Mean payoff and its slope by the market fee over many draws of one step, the score term in it. */
function sampled(c: Sampled, target: Target): { value: Estimate; slope: Estimate } {
  const payoff: ObjectiveModel = {
    name: 'payoff',
    doc: 'worth less what a lack of compute costs',
    reads: ['value', 'compute'],
    every: 0,
    score: ({ last }) => last.value[0].sub(last.compute[0].sub(c.psi).square().mul(c.riskAversion)),
  };
  const settings = { classes: 1, arbitrage: 0, arrivals: 1, mostArrivals: 40 };
  const rollout = rolloutOf(settings, [c.outsidePrice], payoff, target, WINDOWS * BATCHES);
  const raw = rollout.layout.raws(
    values({
      rho: [c.rho],
      priceScale: [1],
      compute0: [c.psi],
      credits: [c.theta],
      marketFee: [c.marketFee],
      riskFee: [c.riskFee],
      require1: [c.jobSize],
      arrivals1: [c.arrivals],
      limit1: [c.limit],
      elasticity1: [c.elasticity],
      burn: [0],
      treasuryShare: [0],
    }),
  );
  const { column } = rollout.layout.entry(`${computeMarket.name}.marketFee`);
  // dv/draw of a logistic
  const slope = c.marketFee * (1 - c.marketFee);
  const batches = Array.from({ length: BATCHES }, (_, b) => {
    const windows = Int32Array.from({ length: WINDOWS }, (_w, k) => b * WINDOWS + k);
    const { objective, gradient } = rollout.gradient(raw, windows, 2);
    return { value: objective[0], slope: gradient[column] / slope };
  });
  rollout.dispose();
  return { value: estimate(batches.map((b) => b.value)), slope: estimate(batches.map((b) => b.slope)) };
}

export const SMALL_KINDS: Readonly<Record<string, NamedCheck>> = { arbitrageJoint, sampledArrivals };
