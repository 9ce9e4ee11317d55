/** Floor 3. How often arbitrageurs come to a pool, what a trade costs them beside the pool's fee and what of it they do. */
import { constant, type Expr, sub, where } from '../../src/graph/index.js';
import { arbitrageEvery, type PoolModel } from '../../src/pools/model.js';
import { type Clock, rowsOf } from '../../src/rollout/clock.js';
import { dot, logistic } from '../../src/rollout/functions.js';
import type { ModelContext, Parameters, Settings } from '../../src/rollout/model.js';
import { powerOrZero, sigmoid } from '../../src/rollout/transforms.js';

/** A trade of an arbitrageur, and what it leaves. */
export interface Arbitrage {
  /** Reserves after the trade; the fee stays in the pool. */
  readonly reserves: Expr[];
  /** Amounts paid in (with the fee) and taken out, ≥ 0, and their difference. */
  readonly paidIn: Expr[];
  readonly takenOut: Expr[];
  readonly delta: Expr[];
  /** Numéraire value of the fees. */
  readonly fees: Expr;
  /** Mask: whether anything is gained by trading, before gas. */
  readonly trades: Expr;
}

/** What a trade costs an arbitrageur beside the fee of the pool. */
export interface Costs {
  /** Of buying outside what is paid in and selling what is taken out, half of this fraction τ of either amount, in [0, 2). */
  readonly outsideFee: Expr;
  /** Of any trade, in the numéraire, ≥ 0: there is no trade that gains less. */
  readonly gas: Expr;
  /**
   * 0: a trade is done or not. Above: done is the share 1/(1 + exp((1 − profit/gas)/gate)) of it, whose gradient says what
   * trades that cease or set in are worth.
   */
  readonly gate: number;
}

export const arbitrageurSettings: Settings = {
  arbitrageEvery,
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
  noiseRatio: {
    default: 0,
    range: [0, 1000],
    doc: 'volume of noise traders for each unit that arbitrageurs pay in: they pay the fee and leave prices as they are',
  },
};

/** What arbitrageurs pay, with the setting arbitrageCosts. */
const costs: Parameters = {
  gas: {
    shape: 'scalar',
    transform: powerOrZero,
    range: [0, 1e9],
    unit: 'numéraire',
    role: 'amount',
    default: 0,
    trainable: false,
    doc: 'Cost of an arbitrage whatever its size; there is none that gains less.',
  },
  outsideFee: {
    shape: 'scalar',
    transform: sigmoid,
    range: [0, 0.1],
    unit: '1',
    role: 'fee',
    default: 0,
    trainable: false,
    doc: 'Cost of the trades outside by which an arbitrage is closed, half of it on what is bought and half on what is sold.',
  },
};

export const arbitrageurParameters = (settings: Readonly<Record<string, number>>): Parameters =>
  settings.arbitrageCosts === 1 ? costs : {};

const noiseRatio = (settings: Readonly<Record<string, number>>): number => settings.noiseRatio;

/** What a pool with these settings and parameters tells the roll-out of its traders. */
export const traders: Pick<PoolModel, 'outsideFee' | 'noiseRatio'> = {
  outsideFee: ({ settings, value }) => (settings.arbitrageCosts === 1 ? value.outsideFee[0] : constant(0)),
  noiseRatio,
};

/** Null where a trade costs nothing but the pool's fee. */
export const costsOf = ({ settings, value }: ModelContext): Costs | null =>
  settings.arbitrageCosts === 1 ? { outsideFee: value.outsideFee[0], gas: value.gas[0], gate: settings.gasGate } : null;

/** Whether arbitrageurs keep a pool without a fee at the outside prices in every step, as its closed forms have it. */
export const alwaysAtPrice = (settings: Readonly<Record<string, number>>, clock: Clock): boolean =>
  rowsOf(clock, settings.arbitrageEvery) === 1 && settings.arbitrageCosts === 0;

/** (1 − τ/2)/(1 + τ/2): what outside is got for an asset that has just been bought there. */
export function outsideRatio({ outsideFee }: Costs): Expr {
  const half = outsideFee.mul(0.5);
  return sub(1, half).div(half.add(1));
}

/** What a trade gains before gas: −Σ pᵢΔᵢ − τ/2·Σ pᵢ|Δᵢ|. */
export function gain(delta: readonly Expr[], prices: readonly Expr[], { outsideFee }: Costs): Expr {
  const moved = dot(
    delta.map((d) => d.abs()),
    prices,
  );
  return dot(delta, prices).add(outsideFee.mul(0.5).mul(moved)).neg();
}

/** Of each amount of a trade, what is done of it where the trade gains `profit` before gas. */
export function gate({ gas, gate }: Costs, profit: Expr): (amount: Expr) => Expr {
  if (gate === 0) {
    const pays = gas.less(profit);
    return (amount) => where(pays, amount, 0);
  }
  // rounding may leave a profit below 0, and exp must stay finite for its gradient
  const excess = profit
    .maximum(0)
    .div(gas.maximum(NO_GAS))
    .sub(1)
    .mul(1 / gate);
  const share = logistic(excess.maximum(LEAST_EXCESS));
  return (amount) => amount.mul(share);
}

/** Below any gas, and what is divided by it still a number in float32. */
const NO_GAS = 1e-12;

/** e^80 is finite in float32 too, and 1/e^80 is no share. */
const LEAST_EXCESS = -80;
