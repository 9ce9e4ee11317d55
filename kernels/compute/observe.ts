/** Floor 3, compute market. What a market shows of itself. */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import type { Names, Row } from '../../src/rollout/model.js';
import { price } from '../pools/hmm/curve.js';
import { draftOf, effective, type Flows, type Market, type Sums, worthAt } from './state.js';
import { curveOf } from './trades.js';
import type { World } from './world.js';

const FLOWS: Readonly<Record<keyof Flows, string>> = {
  supplied: 'compute that workers sold so far',
  bought: 'compute that jobs bought so far',
  arbitrage: 'compute that arbitrage brought (above 0) or took so far',
  arbitrageVolume: 'compute that arbitrage moved so far, either way',
  arbitrageProfit: 'gains of arbitrage so far, credits',
  returned: 'compute that jobs did not use, so far',
  revalued: 'change of the effective compute by reliabilities, so far',
  liquidity: 'compute that liquidity brought or took, so far',
  expired: 'compute that expired so far',
  destroyed: 'compute that was destroyed so far',
  feeCredits: 'fees in credits that the pool kept so far',
  feeCompute: 'fees in compute that the pool kept so far',
  tradeGain: 'ΔΘ + P·ΔΨ of supply, jobs and returns so far, credits',
  arbitrageGain: 'ΔΘ + P·ΔΨ of arbitrage so far, credits',
  bookGain: 'P·ΔΨ of what came or went without a trade so far, credits',
  liquidityValue: 'value that liquidity brought or took so far, credits',
  moves: 'Σ Ψ·ΔP so far, credits',
};

const SUMS: Readonly<Record<keyof Sums, string>> = {
  feeTreasury: 'fees that went to the treasury so far, credits',
  feeBurn: 'fees that were burned so far, credits',
  pay: 'pay of workers so far, credits',
  refund: 'what clients had back for failed parts so far, of pay and of bonds, credits',
  rebate: 'what clients were credited for what they did not use so far',
  bonus: 'bonuses so far, tokens',
  slashed: 'bonds lost so far, tokens',
  spent: 'what clients paid so far, credits',
  worth: 'worth of that at the reference prices, credits',
  quoted:
    'what those jobs were quoted, one by one, credits: with the slippage of each, which one order of their mean has less of',
  wanted: 'jobs wanted so far, by class',
  filled: 'jobs filled so far, by class',
  cost: 'sum of the quoted costs of a job over its worth, by class',
};

export const observes: Names = {
  compute: 'effective compute Ψ, by resource',
  raw: 'raw holdings by resource and worker class, resource by resource',
  credits: 'Θ, by resource',
  price: 'price of each pool, in credits',
  outsidePrice: 'price outside, by resource',
  curvature: 'ρ of the moment, by resource',
  hold: 'hold-back, by resource, credits',
  volatility: 'mean daily flow, by resource',
  shares: 'LP shares, by resource',
  value: 'worth of all pools at the outside price, credits',
  hedged: 'gain of those who provide liquidity beside market moves so far, credits',
  passes: 'evidence for each worker class',
  fails: 'evidence against it',
  bond: 'its bond, tokens',
  inFlight: 'jobs in flight, by class',
  flightCompute: 'effective compute in flight, by class and resource',
  flightCost: 'its effective cost, by class and resource',
  flightFees: 'its fees, by class and resource',
  flightPay: 'pay of workers in flight, by class and resource',
  clientCost: 'what clients were quoted over the reference prices so far, fees and slippage, bps',
  fillRate: 'jobs filled of those wanted so far',
  outside: 'tokens in wallets',
  treasury: 'tokens of the treasury',
  vault: 'tokens locked',
  minted: 'tokens minted so far',
  burned: 'tokens burned so far',
  ...FLOWS,
  ...SUMS,
};

/** Whose the numbers of such a name are, where they are not one for each resource: those of worker and job classes. */
export function labels(
  name: string,
  { workers, classes }: Readonly<Record<string, number>>,
  resources: readonly string[],
): readonly string[] | null {
  const worker = numbered(workers, 'worker');
  const job = numbered(classes, 'job');
  const jobByResource = pairs(job, resources);
  const whose: Readonly<Record<string, readonly string[]>> = {
    raw: pairs(resources, ['outside', ...worker]),
    passes: worker,
    fails: worker,
    bond: worker,
    wanted: job,
    filled: job,
    cost: job,
    inFlight: job,
    flightCompute: jobByResource,
    flightCost: jobByResource,
    flightFees: jobByResource,
    flightPay: jobByResource,
  };
  return whose[name] ?? null;
}

const pairs = (first: readonly string[], second: readonly string[]): string[] =>
  first.flatMap((a) => second.map((b) => `${a} ${b}`));

const numbered = (n: number, word: string): string[] => Array.from({ length: n }, (_, k) => `${word} ${k + 1}`);

/** What clients paid over the reference prices, bps, and which part of what they wanted they had. */
export function termsOf(
  { quoted, worth }: Pick<Sums, 'quoted' | 'worth'>,
  wanted: readonly Expr[],
  filled: readonly Expr[],
): { readonly clientCost: readonly Expr[]; readonly fillRate: readonly Expr[] } {
  const all = wanted.length === 0 ? constant(0) : sum(wanted);
  const served = filled.length === 0 ? constant(0) : sum(filled);
  return {
    clientCost: [where(worth.greater(0), quoted.div(worth).sub(1).mul(1e4), 0)],
    fillRate: [where(all.greater(0), served.div(all), 1)],
  };
}

export function observe(w: World, m: Market, prices: readonly Expr[]): Row {
  const d = draftOf(m);
  const by = <T>(xs: readonly T[], of: (x: T) => readonly Expr[]): Expr[] => xs.flatMap(of);
  const flows = Object.keys(FLOWS) as (keyof Flows)[];
  const sums = Object.keys(SUMS) as (keyof Sums)[];
  return {
    compute: m.pools.map((_, i) => effective(m, i)),
    raw: by(m.pools, (p) => p.psi),
    credits: m.pools.map((p) => p.theta),
    price: m.pools.map((_, i) => price(curveOf(w, d, i)).mul(w.scale[i])),
    outsidePrice: prices,
    curvature: m.pools.map((p) => p.rho),
    hold: m.pools.map((p) => p.hold),
    volatility: m.pools.map((p) => p.volatility),
    shares: m.pools.map((p) => p.shares),
    value: [sum(m.pools.map((_, i) => worthAt(m, i, prices[i])))],
    hedged: [sum(m.flows.map((f) => f.tradeGain.add(f.arbitrageGain).add(f.bookGain)))],
    passes: m.workers.map((x) => x.passes),
    fails: m.workers.map((x) => x.fails),
    bond: m.workers.map((x) => x.bond),
    ...termsOf(m.sums, m.sums.wanted, m.sums.filled),
    inFlight: m.flights.map((f) => f.jobs),
    flightCompute: by(m.flights, (f) => f.compute.map((row) => sum([...row]))),
    flightCost: by(m.flights, (f) => f.cost),
    flightFees: by(m.flights, (f) => f.fees),
    flightPay: by(m.flights, (f) => f.pay),
    ...Object.fromEntries(Object.entries(m.tokens).map(([name, x]) => [name, [x]])),
    ...Object.fromEntries(flows.map((key) => [key, m.flows.map((f) => f[key])])),
    ...Object.fromEntries(sums.map((key) => [key, [m.sums[key]].flat()])),
  };
}
