/**
 * Floor 3. The Hamiltonian market maker: n assets, each with its own curve H = wΨΘ + (λ/2)(s·Ψ² + Θ²/s) = κ.
 *
 * Ψ compute, Θ credits (the numéraire), ρ = λ/w the curvature, s the price at which the curve is centred: prices lie in
 * s·[ρ, 1/ρ]. Fees f = f_m + λ_r·|ΔΨ|/Ψ are on what is paid in and stay in the pool. Assets are isolated: credits of one
 * never serve another. docs/hmm.md says what follows from that, and where the paper is wrong.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import type { Offer, Order } from '../../src/pools/flow.js';
import type { Minute, PoolModel } from '../../src/pools/model.js';
import { clip, dot, sum } from '../../src/rollout/functions.js';
import type { ModelContext, Parameters } from '../../src/rollout/model.js';
import { identity, powerOfTwo, sigmoid } from '../../src/rollout/transforms.js';
import { arbitrageurSettings, traders } from './arbitrageur.js';
import { type Fees, optimalTrade, sides, wayOf } from './hmm/arbitrage.js';
import { type Curve, creditsFor, creditsOutFor, gradientX, gradientY } from './hmm/curve.js';
import { endOf, stepAt } from './hmm/offer.js';
import { quote } from './hmm/quotes.js';
import { CREDIT_PRICE, pricedIn, usedPrices } from './relative-price.js';

export type HmmState = {
  /**
   * Compute reserves x = s·Ψ, by asset, in curve units. Trades then know the price scale from the price alone, where it
   * hardly matters at the optimum; through Ψ its gradient would be a sum of large terms that cancel.
   */
  readonly x: readonly Expr[];
  /** Credit reserves Θ, by asset. */
  readonly theta: readonly Expr[];
  /** Outside prices at the start, in whose units the price scale is given; empty when it is given in credits. */
  readonly centre: readonly Expr[];
  /** Mean daily |ΔΨ|/Ψ of the last days, by asset; empty when the curvature is fixed. */
  readonly volatility: readonly Expr[];
};

const MINUTES_A_DAY = 1440;
/** Memory of the mean flow that moves the curvature, in days. */
const MEMORY_DAYS = 7;
/** What is forgotten of it in so many minutes. */
const forgotten = (minutes: number): number => 1 - Math.exp(-minutes / (MEMORY_DAYS * MINUTES_A_DAY));
/** The moving curvature stays below 1, where the curve stops being a market maker. */
const MAX_RHO = 0.999;
/** The part of Ψ that an order may buy; all of it has no finite price at ρ = 0. */
const BUYABLE = 1 - 2 ** -10;
/** How close to its band's end the price of a new pool may lie: both reserves of a new pool are positive. */
const MARGIN = 2 ** -30;

const fixed: Parameters = {
  rho: {
    shape: 'asset',
    transform: sigmoid,
    range: [0, 1],
    unit: '1',
    default: 0.05,
    trainable: true,
    needsFlow: true,
    doc: 'Curvature ρ = λ/w: 0 constant product, towards 1 constant sum. Prices lie in s·[ρ, 1/ρ]; near s depth and loss to arbitrageurs are (1+ρ)/(1−ρ) times those at 0.',
  },
  priceScale: {
    shape: 'asset',
    transform: powerOfTwo,
    range: [1e-12, 1e12],
    unit: 'start price',
    default: 1,
    trainable: false,
    needsFlow: true,
    doc: 'Price s at which the curve is centred, in units of the outside price at the start (centre: start) or in credits (centre: credits).',
  },
  marketFee: {
    shape: 'scalar',
    transform: sigmoid,
    range: [0, 1],
    unit: '1',
    role: 'fee',
    default: 0.003,
    trainable: true,
    needsFlow: true,
    doc: 'Market fee f_m, a fraction of what is paid in.',
  },
  riskFee: {
    shape: 'scalar',
    transform: sigmoid,
    range: [0, 1],
    unit: '1',
    default: 0.02,
    trainable: true,
    needsFlow: true,
    doc: 'Risk fee λ_r: the fee grows by λ_r·|ΔΨ|/Ψ with the size of the trade.',
  },
};

const dynamic: Parameters = {
  alpha: {
    shape: 'scalar',
    transform: identity,
    range: [0, 1000],
    unit: 'day',
    default: 0,
    trainable: true,
    needsFlow: true,
    doc: 'Answer of the curvature to volatility: ρ(t) = ρ·(1 + α·Vol), Vol the 7-day mean of the daily |ΔΨ|/Ψ.',
  },
};

/** The price scale of asset i, in credits. */
function scaleOf(c: ModelContext, centre: readonly Expr[], i: number): Expr {
  const relative = c.value.priceScale[i];
  return centre.length === 0 ? relative : relative.mul(centre[i]);
}

/** ρ of asset i at this moment. */
function rhoOf(c: ModelContext, state: HmmState, i: number): Expr {
  const rho = c.value.rho[i];
  if (state.volatility.length === 0) return rho;
  return clip(rho.mul(c.value.alpha[0].mul(state.volatility[i]).add(1)), 0, MAX_RHO);
}

const feesOf = (c: ModelContext): Fees => ({ market: c.value.marketFee[0], risk: c.value.riskFee[0] });

const curveOf = (c: ModelContext, state: HmmState, i: number): Curve => ({
  rho: rhoOf(c, state, i),
  x: state.x[i],
  y: state.theta[i],
});

/**
 * Reserves worth `value` at the outside price P (curve units) with the pool's price there, or at the end of the band:
 * x ∝ 1 − ρp, y ∝ p − ρ.
 */
function reservesAt(rho: Expr, outside: Expr, value: Expr): { x: Expr; y: Expr } {
  const x = rho.mul(outside).neg().add(1).maximum(MARGIN);
  const p = where(rho.mul(outside).less(1 - MARGIN), outside, rho.reciprocal());
  const y = p.sub(rho).maximum(p.mul(MARGIN));
  const unit = value.div(x.mul(outside).add(y));
  return { x: x.mul(unit), y: y.mul(unit) };
}

function init(c: ModelContext, m: Minute, value: Expr): HmmState {
  const centre = c.settings.centre === 1 ? m.prices : [];
  const volatility = c.settings.dynamicCurvature === 1 ? m.prices.map(() => constant(0)) : [];
  const reserves = m.prices.map((p, i) => {
    const scale = scaleOf(c, centre, i);
    return reservesAt(c.value.rho[i], p.div(scale), value.div(c.n));
  });
  return { x: reserves.map((r) => r.x), theta: reserves.map((r) => r.y), centre, volatility };
}

/** Ψ of each asset. */
const computeOf = (c: ModelContext, state: HmmState): Expr[] =>
  state.x.map((x, i) => x.mul(scaleOf(c, state.centre, i).reciprocal()));

const worthOf = (c: ModelContext, state: HmmState, prices: readonly Expr[]): Expr =>
  sum(computeOf(c, state).map((psi, i) => psi.mul(prices[i]).add(state.theta[i])));

/**
 * Everything but the comparison of prices is used through `where(trades, …)`: steps without a trade skip it. The mean flow
 * is one of all the time since arbitrageurs came last.
 */
function arbitrage(c: ModelContext, state: HmmState, m: Minute): { state: HmmState; fees: Expr } {
  const fees = feesOf(c);
  const minutes = c.settings.arbitrageEvery;
  const after = m.prices.map((p, i) => {
    const scale = scaleOf(c, state.centre, i);
    const curve = curveOf(c, state, i);
    const side = sides(curve, fees.market, p, scale);
    const trades = side.buys.or(side.sells);
    const unit = scale.reciprocal();
    const trade = optimalTrade(curve, fees, p.mul(unit), side);
    const flow = () => where(trades, trade.amount.div(curve.x).mul(MINUTES_A_DAY / minutes), 0);
    return {
      x: where(trades, trade.x, state.x[i]),
      theta: where(trades, trade.y, state.theta[i]),
      volatility: state.volatility.slice(i, i + 1).map((v) => v.add(flow().sub(v).mul(forgotten(minutes)))),
      fees: where(trades, trade.fees, 0),
    };
  });
  return {
    state: {
      x: after.map((a) => a.x),
      theta: after.map((a) => a.theta),
      centre: state.centre,
      volatility: after.flatMap((a) => a.volatility),
    },
    fees: sum(after.map((a) => a.fees)),
  };
}

/** Compute for credits, or the other way round: the way goes by r. The moving curvature answers to arbitrages alone. */
function offer(c: ModelContext, state: HmmState, m: Minute, { paid, taken }: Order): Offer<HmmState> {
  const chosen = state.x.map((_, i) => paid[i].add(taken[i]));
  // of a single asset there is nothing to choose
  const of = (xs: readonly Expr[]) => (chosen.length === 1 ? xs[0] : dot(chosen, xs));
  const scale = of(state.x.map((_, i) => scaleOf(c, state.centre, i)));
  const curve = { rho: of(state.x.map((_, i) => rhoOf(c, state, i))), x: of(state.x), y: of(state.theta) };
  const sells = taken[chosen.length].greater(0);
  const way = wayOf(curve, feesOf(c), sells);
  return {
    at: (r) => {
      const step = stepAt(way, r);
      return {
        paid: where(sells, step.paid.div(scale), step.paid),
        rate: where(sells, step.rate.mul(scale), step.rate.div(scale)),
      };
    },
    most: endOf(way),
    start: () => constant(0),
    trade: (r) => {
      const step = stepAt(way, r);
      const moved = where(sells, r, r.neg());
      return {
        state: {
          ...state,
          x: state.x.map((x, i) => x.add(chosen[i].mul(moved))),
          // rounding must not leave a debt when nearly all credits are bought
          theta: state.theta.map((y, i) => y.add(chosen[i].mul(step.credits)).maximum(0)),
        },
        fees: where(sells, r.mul(of(m.prices)).div(scale), step.paid).mul(step.fee),
      };
    },
  };
}

/**
 * Each asset gets an order worth o = size·value/n at the pool's own price p: q = o/p of compute. Fee f_m + λ_r·q/x;
 * slippage: half of what buying q costs more than selling q brings, relative to o. Means over the assets. What the pool
 * cannot fill costs all that it is worth.
 */
function orderCost(c: ModelContext, state: HmmState, m: Minute, size: Expr): { cost: Expr; fee: Expr } {
  const order = size.mul(worthOf(c, state, m.prices)).div(c.n);
  const { market, risk } = feesOf(c);
  const parts = m.prices.map((_p, i) => {
    const curve = curveOf(c, state, i);
    const q = order.mul(gradientY(curve)).div(gradientX(curve));
    return { spread: spreadOf(curve, q), share: q.div(curve.x) };
  });
  const fee = market.add(risk.mul(sum(parts.map((a) => a.share))).div(c.n));
  const slippage = sum(parts.map((a) => a.spread)).div(order.mul(2 * c.n));
  return { cost: fee.add(slippage), fee };
}

/** What buying q costs less what selling q brings, without fees. */
function spreadOf(curve: Curve, q: Expr): Expr {
  const most = curve.x.mul(BUYABLE);
  const bought = q.minimum(most);
  const missed = where(most.less(q), q.sub(bought).mul(2).mul(gradientX(curve)).div(gradientY(curve)), 0);
  return creditsFor(curve, bought).add(missed).sub(creditsOutFor(curve, q).minimum(curve.y));
}

export const hmm: PoolModel<HmmState> = {
  name: 'hmm',
  doc: 'Hamiltonian market maker: compute against credits, with trainable curvature, market fee and risk fee.',
  weights: 'none',
  parameters: (settings) => ({
    ...fixed,
    priceScale: pricedIn(fixed.priceScale, settings.centre === 1, CREDIT_PRICE),
    ...(settings.dynamicCurvature === 1 ? dynamic : {}),
  }),
  fee: 'marketFee',
  used: (set) => ({
    priceScale: {
      value: usedPrices(set.value.priceScale, set.settings.centre === 1, set.prices),
      unit: 'numéraire per asset',
    },
  }),
  noiseRatio: traders.noiseRatio,
  settings: {
    arbitrageEvery: arbitrageurSettings.arbitrageEvery,
    noiseRatio: arbitrageurSettings.noiseRatio,
    centre: {
      default: 1,
      range: [0, 1],
      choices: { credits: 0, start: 1 },
      doc: 'What priceScale is counted in: the outside price at the start of the window (start, 1) or credits (credits, 0).',
    },
    dynamicCurvature: {
      default: 0,
      range: [0, 1],
      choices: { off: 0, on: 1 },
      doc: 'Whether the curvature moves with the flow (on, 1: adds the parameter alpha) or is fixed (off, 0).',
    },
  },
  init,
  reserves: (state, c) => [...computeOf(c, state), ...state.theta],
  value: worthOf,
  arbitrage,
  numeraire: true,
  offer,
  orderCost,
  quotes: (c, state) =>
    state.x.map((_, i) => {
      const { price, depth } = quote(curveOf(c, state, i));
      return { price: price.mul(scaleOf(c, state.centre, i)), depth };
    }),
  // prices lie in s·[ρ, 1/ρ]
  beyond: (c, state, prices) =>
    prices.map((p, i) => {
      const rho = rhoOf(c, state, i);
      const price = p.div(scaleOf(c, state.centre, i));
      return where(price.less(rho), -1, where(rho.mul(price).greater(1), 1, 0));
    }),
  scale: (state, factor) => ({
    ...state,
    x: state.x.map((x) => x.mul(factor)),
    theta: state.theta.map((y) => y.mul(factor)),
  }),
};
