/**
 * Floor 3. The readjusting concentrated-liquidity pool of two assets (Balancer v3 reCLAMM).
 *
 * Real balances Rₐ, R_b and virtual ones Vₐ, V_b that are never paid out:
 *
 *     (Rₐ + Vₐ)(R_b + V_b) is constant in a trade,   m = (R_b + V_b)/(Rₐ + Vₐ)
 *
 * so prices lie in a range, at whose ends one real balance is 0, with √(highest/lowest) = Q = (1 + Rₐ/Vₐ)(1 + R_b/V_b).
 * Centredness = Rₐ·V_b/(Vₐ·R_b) or its inverse, whichever is at most 1: 1 in the (geometric) middle, 0 at the ends. Where it
 * is below the margin μ the range follows the price: the virtual balance of the scarce asset, o, shrinks by 2^(−e) a day,
 * and that of the other, u, grows so that Q stays:
 *
 *     V_o′ = V_o·2^(−e·Δt),   V_u′ = R_u(V_o′ + R_o)/((Q − 1)V_o′ − R_o).
 *
 * The fee stays in the real balances, so Q grows slowly, as there. As there, balances are seen when somebody trades, and
 * the range is then shifted for all the time that has passed. Sources: "Readjusting Concentrated Liquidity AMM Pool Math",
 * docs.balancer.fi; github.com/balancer/reclamm, ReClammMath.
 */
import { type Expr, sub, where } from '../../src/graph/index.js';
import type { Order } from '../../src/pools/flow.js';
import type { Minute, PoolModel } from '../../src/pools/model.js';
import type { ModelContext, Parameters, Settings } from '../../src/rollout/model.js';
import { aboveOne, powerOrZero, sigmoid } from '../../src/rollout/transforms.js';
import { arbitrageurParameters, arbitrageurSettings, costsOf, traders } from './arbitrageur.js';
import { worth } from './geometric.js';
import {
  type Curve,
  hyperbola,
  pairArbitrage,
  pairOffer,
  pairOrderCost,
  pairSwap,
  paysFirst,
  type Two,
} from './pair.js';
import { feeParameter, keptFee, protocolSettings, settled } from './protocol.js';
import { beyondEnds, usedRange } from './relative-price.js';

export type ReclammState = {
  readonly real: readonly Expr[];
  readonly virtual: readonly Expr[];
};

const MINUTES_A_DAY = 1440;
/** The contract shifts for no more than this at once. */
const LONGEST_SHIFT = 30 * MINUTES_A_DAY;

const own = (settings: Readonly<Record<string, number>>): Parameters => ({
  priceRatio: {
    shape: 'scalar',
    transform: aboveOne,
    range: [1.0001, 1e12],
    unit: '1',
    default: 4,
    trainable: true,
    needsFlow: true,
    doc: 'Highest over lowest price of the range at the start, which is centred at the start price: 4 is from half of it to its double.',
  },
  centerednessMargin: {
    shape: 'scalar',
    transform: sigmoid,
    range: [0, 1],
    unit: '1',
    default: 0.2,
    // a step has no gradient
    trainable: settings.shiftGate > 0,
    needsFlow: true,
    doc: 'Centredness below which the range follows the price: 0 never, towards 1 always; centredness is 1 in the middle of the range and 0 at its ends.',
  },
  dailyPriceShiftExponent: {
    shape: 'scalar',
    transform: powerOrZero,
    range: [0, 100],
    unit: '1/day',
    default: 1,
    trainable: true,
    needsFlow: true,
    doc: 'How fast the range follows: the virtual balance of the scarce asset shrinks by the factor 2^−this a day, and prices move by about as much.',
  },
  fee: feeParameter(0.003, true),
});

const shiftSettings: Settings = {
  shiftGate: {
    default: 0,
    range: [0, 1],
    training: true,
    doc: 'in training: how far below the margin, relative to it, the range has its full speed; 0: at once, without a gradient of the margin',
  },
};

/** Real and virtual balances together: X, Y. */
const total = ({ real, virtual }: ReclammState): Two => [real[0].add(virtual[0]), real[1].add(virtual[1])];

/** XY is constant, and no more than the real balances can be bought. */
function curveOf(state: ReclammState): Curve {
  const [x, y] = total(state);
  const [first, second] = state.real;
  return {
    price: [y, x],
    left: [first.greater(0), second.greater(0)],
    slide: (price, buys) => {
      // of what is bought 1 − √s of X or Y, s = m/price or its inverse, below 1: (1 − s)/(1 + √s)
      const asked = x.mul(price);
      const s = where(buys, y, asked).div(where(buys, asked, y));
      const [from, into] = [where(buys, x, y), where(buys, y, x)];
      const growth = s.neg().add(1).div(s.sqrt().add(1));
      const bought = from.mul(growth).minimum(where(buys, first, second));
      const paid = into.mul(bought).div(from.sub(bought));
      return [where(buys, bought.neg(), paid), where(buys, paid, bought.neg())];
    },
    out: ([dx, dy]) => [y.mul(dx).div(x.add(dx)).minimum(second), x.mul(dy).div(y.add(dy)).minimum(first)],
    most: [x.mul(second).div(state.virtual[1]), y.mul(first).div(state.virtual[0])],
  };
}

/**
 * The virtual balances after the time since the last look. With u = R_u/V_u, o = R_o/V_o: Q − 1 = o + u + ou, the
 * centredness is o/u, and it is 1 at o = u = √Q − 1 = (Q − 1)/(√Q + 1), beyond which V_o does not shrink. With a shiftGate
 * g > 0 the exponent is e·min(1, (1 − centredness/μ)/g). Only the comparison is made in a step within the margin.
 */
function readjusted(c: ModelContext, { real, virtual }: ReclammState): ReclammState {
  const [margin] = c.value.centerednessMargin;
  const [above, below] = [real[0].mul(virtual[1]), virtual[0].mul(real[1])];
  const off = above.minimum(below).less(margin.mul(above.maximum(below)));
  const abundant = below.less(above);
  const choice = (x: readonly Expr[]): Two => [where(abundant, x[0], x[1]), where(abundant, x[1], x[0])];
  const [ru, ro] = choice(real);
  const [vu, vo] = choice(virtual);
  const [u, o] = [ru.div(vu), ro.div(vo)];
  const width = o.add(u).add(o.mul(u));
  const least = ro.mul(width.add(1).sqrt().add(1)).div(width);
  const minutes = Math.min(c.settings.arbitrageEvery, LONGEST_SHIFT);
  const { shiftGate } = c.settings;
  const full = c.value.dailyPriceShiftExponent[0].mul((-Math.LN2 * minutes) / MINUTES_A_DAY);
  const share = () => sub(1, o.div(u.mul(margin))).div(shiftGate);
  const kept = (shiftGate === 0 ? full : full.mul(share().minimum(1))).exp();
  const scarce = vo.mul(kept).maximum(least);
  const other = ru.mul(scarce.add(ro)).div(width.mul(scarce).sub(ro));
  return {
    real,
    virtual: [
      where(off, where(abundant, other, scarce), virtual[0]),
      where(off, where(abundant, scarce, other), virtual[1]),
    ],
  };
}

/** The range stays where the last arbitrage has left it: the next one shifts it for all the time that has passed. */
function swap(c: ModelContext, state: ReclammState, m: Minute, order: Order): { state: ReclammState; fees: Expr } {
  const [fee] = c.value.fee;
  const { state: real, fees } = settled(c, pairSwap(curveOf(state), state.real, m.prices, order, fee), fee);
  return { state: { real, virtual: state.virtual }, fees };
}

export const reclamm: PoolModel<ReclammState> = {
  name: 'reclamm',
  doc: 'Readjusting concentrated liquidity (Balancer reCLAMM): constant product with virtual balances, whose price range follows the market.',
  weights: 'none',
  assets: [2, 2],
  parameters: (s) => ({ ...own(s), ...arbitrageurParameters(s) }),
  ...traders,
  used: ({ value, prices }) => usedRange(prices[0] / prices[1], value.priceRatio[0]),
  settings: { ...arbitrageurSettings, ...protocolSettings, ...shiftSettings },
  // in the middle both R/V are c with (1 + c)² = Q = √(price ratio), and both assets have the same value
  init: (c, m, value) => {
    const ratio = c.value.priceRatio[0].log().mul(0.25).expm1();
    const real = m.prices.map((p) => value.mul(0.5).div(p));
    return { real, virtual: real.map((r) => r.div(ratio)) };
  },
  reserves: ({ real }) => real,
  value: (_c, { real }, prices) => worth(real, prices),
  arbitrage: (c, state, m) => {
    const now = readjusted(c, state);
    const [fee] = c.value.fee;
    const trade = pairArbitrage(curveOf(now), now.real, m.prices, fee, costsOf(c));
    const { state: real, fees } = settled(c, trade, fee);
    return { state: { real, virtual: now.virtual }, fees };
  },
  swap,
  offer: (c, state, m, direction) => {
    const way = hyperbola(total(state), paysFirst(direction), curveOf(state).most);
    return pairOffer(way, direction, c.value.fee[0], (order) => swap(c, state, m, order));
  },
  orderCost: (c, state, m, size) => {
    const [fee] = c.value.fee;
    const order = size.mul(worth(state.real, m.prices));
    return { cost: pairOrderCost(curveOf(state), m.prices, order, fee), fee: keptFee(c, fee) };
  },
  // at the ends of the range one real balance is 0 and the other virtual one is all of its side: XY/Vₐ², V_b²/XY
  beyond: (_c, state, prices) => {
    const [x, y] = total(state);
    const [va, vb] = state.virtual;
    return [beyondEnds(prices[0].div(prices[1]), vb.square().div(x.mul(y)), x.mul(y).div(va.square()))];
  },
  // a join in proportion: the contract grows the virtual balances with the real ones
  scale: ({ real, virtual }, factor) => ({
    real: real.map((r) => r.mul(factor)),
    virtual: virtual.map((v) => v.mul(factor)),
  }),
};
