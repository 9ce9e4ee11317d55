/**
 * Floor 3, compute market. What it is made of, as it changes: pools, workers, jobs in flight, tokens, and sums of what was
 * reported. A step works on a draft of it, one concern after the other.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import type { World } from './world.js';

export interface Pool {
  /** Raw holdings ψ by worker class; 0 is the supply from outside. */
  psi: Expr[];
  /** Credits Θ. */
  theta: Expr;
  /** Credits H for capacity that workers sold and have not delivered. */
  hold: Expr;
  /** LP shares S. */
  shares: Expr;
  /** Mean daily flow v. */
  volatility: Expr;
  /** Curvature of the moment. */
  rho: Expr;
  /** What the step has traded so far, for a risk fee by blocks. */
  block: Block;
}

/** Trades of a step with one pool, each direction added up. */
export interface Block {
  /** Ψ at its start. */
  stock: Expr;
  /** Compute bought, its effective cost; compute sold. */
  bought: Expr;
  paid: Expr;
  sold: Expr;
}

export interface Worker {
  passes: Expr;
  fails: Expr;
  bond: Expr;
}

/** Jobs of one class in flight. */
export interface Flight {
  jobs: Expr;
  /** Effective compute by resource and worker class. */
  compute: Expr[][];
  /** By resource, credits: effective cost, fees, pay of workers. */
  cost: Expr[];
  fees: Expr[];
  pay: Expr[];
}

/** Tokens: in wallets, of the treasury, locked; minted and burned so far. */
export interface Tokens {
  outside: Expr;
  treasury: Expr;
  vault: Expr;
  minted: Expr;
  burned: Expr;
}

/** Sums since the start. By resource: units of effective compute, and credits. */
export interface Flows {
  supplied: Expr;
  bought: Expr;
  arbitrage: Expr;
  returned: Expr;
  revalued: Expr;
  liquidity: Expr;
  expired: Expr;
  destroyed: Expr;
  /** Fees kept by the pool: credits, and compute. */
  feeCredits: Expr;
  feeCompute: Expr;
  /** Compute that arbitrage moved, either way; what it gained, credits. */
  arbitrageVolume: Expr;
  arbitrageProfit: Expr;
  /** LP value gained in trades, ΔΘ + P·ΔΨ by kind, credits. */
  tradeGain: Expr;
  arbitrageGain: Expr;
  /** Value of compute that came or went without a trade, credits. */
  bookGain: Expr;
  /** Value of liquidity that came or went, credits. */
  liquidityValue: Expr;
  /** Market moves: Ψ·ΔP, credits. */
  moves: Expr;
}

/** Sums since the start, of the market: credits, and tokens for bonus and slash. */
export interface Sums {
  feeTreasury: Expr;
  feeBurn: Expr;
  pay: Expr;
  refund: Expr;
  rebate: Expr;
  bonus: Expr;
  slashed: Expr;
  /** What clients paid, and what that was worth at the reference price. */
  spent: Expr;
  worth: Expr;
  /** What they were quoted, one job at a time. */
  quoted: Expr;
  /** By class: jobs wanted and filled, sum of quoted costs. */
  wanted: Expr[];
  filled: Expr[];
  cost: Expr[];
}

/** A step's state, each leaf an expression: assigned to as the step goes on. */
export interface Draft {
  pools: Pool[];
  workers: Worker[];
  flights: Flight[];
  tokens: Tokens;
  flows: Flows[];
  sums: Sums;
  /** ln of the probability of all that was drawn and chosen. */
  likelihood: Expr;
}

/** What a roll-out carries: a draft that nobody changes any more. */
export type Market = {
  readonly [K in keyof Draft]: Frozen<Draft[K]>;
};
type Frozen<T> = T extends Expr
  ? Expr
  : T extends readonly (infer E)[]
    ? readonly Frozen<E>[]
    : { readonly [K in keyof T]: Frozen<T[K]> };

/** A copy to work on. */
export const draftOf = (m: Market): Draft => ({
  pools: m.pools.map((p) => ({ ...p, psi: [...p.psi], block: { ...p.block } })),
  workers: m.workers.map((w) => ({ ...w })),
  flights: m.flights.map((f) => ({
    jobs: f.jobs,
    compute: f.compute.map((row) => [...row]),
    cost: [...f.cost],
    fees: [...f.fees],
    pay: [...f.pay],
  })),
  tokens: { ...m.tokens },
  flows: m.flows.map((f) => ({ ...f })),
  sums: { ...m.sums, wanted: [...m.sums.wanted], filled: [...m.sums.filled], cost: [...m.sums.cost] },
  likelihood: m.likelihood,
});

/** q̂ of each worker class; that from outside has 1. */
export const reliabilities = (d: Draft | Market): Expr[] => [
  constant(1),
  ...d.workers.map((w) => w.passes.div(w.passes.add(w.fails))),
];

/** Effective compute of a pool, by worker class. */
export function parts(d: Draft | Market, i: number): Expr[] {
  const q = reliabilities(d);
  return d.pools[i].psi.map((psi, j) => (j === 0 ? psi : psi.mul(q[j])));
}

/** Ψ = Σ q̂ψ */
export const effective = (d: Draft | Market, i: number): Expr => sum(parts(d, i));

/** What a pool is worth to those who provide it: Ψ·P + Θ. */
export const worthAt = (d: Draft | Market, i: number, price: Expr): Expr =>
  effective(d, i).mul(price).add(d.pools[i].theta);

/** Whoever is paid burns credits and unlocks tokens. */
export function payOut(w: World, d: Draft, credits: Expr): void {
  const tokens = credits.div(w.rate);
  d.tokens.vault = d.tokens.vault.sub(tokens);
  d.tokens.outside = d.tokens.outside.add(tokens);
}

/** Whoever pays locks tokens and mints credits. */
export function payIn(w: World, d: Draft, credits: Expr): void {
  const tokens = credits.div(w.rate);
  d.tokens.vault = d.tokens.vault.add(tokens);
  d.tokens.outside = d.tokens.outside.sub(tokens);
}

/** Takes hold-back of a pool and pays it to those who sold the capacity. */
export function release(w: World, d: Draft, i: number, credits: Expr): void {
  d.pools[i].hold = d.pools[i].hold.sub(credits);
  payWorkers(w, d, credits);
}

/** Workers are paid what was held back for capacity that was delivered. */
export function payWorkers(w: World, d: Draft, credits: Expr): void {
  payOut(w, d, credits);
  d.sums.pay = d.sums.pay.add(credits);
}
