/** Floor 3, compute market. Its settings: what decides which parts it has, hence which steps its program takes. */
import type { Setting, Settings } from '../../src/rollout/model.js';

const choice = (doc: string, choices: Readonly<Record<string, number>>, by = 0): Setting => ({
  default: by,
  range: [0, Math.max(...Object.values(choices))],
  whole: true,
  choices,
  doc,
});

const OFF = { off: 0, on: 1 };

export const MOST_WORKERS = 8;
export const MOST_CLASSES = 8;
/** 2ⁿ outcomes of their votes. */
export const MOST_EXPERTS = 6;

export const settings = {
  workers: { default: 1, range: [0, MOST_WORKERS], whole: true, doc: 'worker classes, beside the supply from outside' },
  classes: { default: 1, range: [0, MOST_CLASSES], whole: true, doc: 'SLA classes of jobs' },
  start: choice(
    'credits at the start: as many as put the pools at the outside price (price, 1), or the parameter credits (given, 0)',
    { given: 0, price: 1 },
    1,
  ),
  centre: choice(
    'what priceScale is counted in: the outside price at the start (start, 1) or credits (credits, 0)',
    { credits: 0, start: 1 },
    1,
  ),
  arbitrage: choice('whether somebody trades the pools against the outside price', OFF, 1),
  riskScope: choice('the risk fee is by a trade’s share of its pool (asset, 0) or of all pools (pool, 1)', {
    asset: 0,
    pool: 1,
  }),
  riskFeeBase: choice('the risk fee is of each trade on its own (trade, 0) or of all of a step’s (block, 1)', {
    trade: 0,
    block: 1,
  }),
  arrivals: choice('jobs: their mean (expected, 0) or drawn one by one (sampled, 1)', { expected: 0, sampled: 1 }),
  mostArrivals: {
    default: 100,
    range: [1, 1000],
    whole: true,
    doc: 'the most jobs of a class that are drawn in a step; further ones are cut off',
  },
  reference: choice(
    'the price that suppliers and clients compare with: outside (0) or the parameter referencePrice (1)',
    {
      outside: 0,
      fixed: 1,
    },
  ),
  burnBase: choice('what is burned is a part of the market fee (market, 0) or of both fees (total, 1)', {
    market: 0,
    total: 1,
  }),
  bonusSource: choice('bonuses come from the treasury (0) or are minted (1)', { treasury: 0, mint: 1 }),
  reliability: choice('reliabilities stay (fixed, 0), are counted (beta, 1) or smoothed (ema, 2)', {
    fixed: 0,
    beta: 1,
    ema: 2,
  }),
  experts: {
    default: 0,
    range: [0, MOST_EXPERTS],
    whole: true,
    doc: 'experts who judge parts by a vote (adds expert1, …); 0: whoever checks is always right',
  },
  expertWeights: choice('votes count by q/(1 − q) (odds, 0), ln of it (logOdds, 1), or alike (equal, 2)', {
    odds: 0,
    logOdds: 1,
    equal: 2,
  }),
  usage: choice('whether jobs use all that they buy (whole, 0) or a part of it (partial, 1: adds usage1, …)', {
    whole: 0,
    partial: 1,
  }),
  dynamicCurvature: choice(
    'whether the curvature moves with flow and utilisation (adds alpha, utilisation, target)',
    OFF,
  ),
  curve: choice(
    'curves of the pools: by curvature ρ (hamiltonian, 0), or with a pull to a target inventory (target, 1: pull and target in the place of rho)',
    { hamiltonian: 0, target: 1 },
  ),
  kappa: choice(
    'pools have a κ of their own (isolated, 0), or share one (joint, 1: adds weight, jointPart): then somebody moves credits between them for nothing',
    { isolated: 0, joint: 1 },
  ),
  routing: choice('whether liquidity comes by expected free energy (adds budget, sharpness, costWeight)', OFF),
  gateWidth: {
    default: 0,
    range: [0, 1],
    training: true,
    doc: 'smooths the denial of workers below the least reliability, for its gradient: the width of a logistic; 0 denies outright',
  },
} as const satisfies Settings;

export type Chosen = Readonly<Record<keyof typeof settings, number>>;
