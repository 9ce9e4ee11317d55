/**
 * Floor 3. The StableSwap pool (Curve) of two assets: between constant product and constant sum, by the amplification A.
 * stableswap/curve.ts has the formulas.
 *
 * x is the first asset, counted in units that make the peg 1; y the second. For more assets the optimal arbitrage has two
 * unknowns, a multiplier and D³/(4xy), where that of a geometric mean has one.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import type { Order } from '../../src/pools/flow.js';
import type { Minute, PoolModel } from '../../src/pools/model.js';
import type { ModelContext, Parameters } from '../../src/rollout/model.js';
import { powerOfTwo } from '../../src/rollout/transforms.js';
import { arbitrageurParameters, arbitrageurSettings, costsOf, traders } from './arbitrageur.js';
import { worth } from './geometric.js';
import {
  type Curve,
  type PairTrade,
  pairArbitrage,
  pairOffer,
  pairOrderCost,
  pairSwap,
  paysFirst,
  type Way,
} from './pair.js';
import { feeParameter, keptFee, protocolSettings, settled } from './protocol.js';
import { PAIR_PRICE, pricedIn, usedPairPrice } from './relative-price.js';
import { atPrice, atReserves, between, find, outFor, place, reservesAt, shapeOf } from './stableswap/curve.js';
import { centreSetting, per, times, type Unit, unitAt } from './unit.js';

export type StableState = {
  /** Amounts of the two assets. */
  readonly reserves: readonly Expr[];
  /** Where on the curve they are. */
  readonly s: Expr;
  readonly unit: Unit;
};

const own: Parameters = {
  A: {
    shape: 'scalar',
    transform: powerOfTwo,
    range: [1e-3, 1e6],
    unit: '1',
    default: 100,
    trainable: true,
    needsFlow: true,
    doc: 'Amplification as the contracts count it, A·n = 2A: near the peg the pool is 1 + A times as deep as a constant product.',
  },
  peg: {
    shape: 'scalar',
    transform: powerOfTwo,
    range: [1e-12, 1e12],
    unit: 'start price',
    default: 1,
    trainable: false,
    needsFlow: true,
    doc: 'Price of the first asset in units of the second at which the pool is balanced and deepest: relative to the outside price at the start (centre: start) or as it is (centre: price).',
  },
  fee: feeParameter(0.0004, true),
};

/** What the amounts of x are multiplied by on the curve, and its prices divided by. */
const scaleOf = ({ value }: ModelContext, unit: Unit): Unit => [times(value.peg[0], unit)];

function curveOf(c: ModelContext, { reserves, s, unit }: StableState): Curve {
  const shape = shapeOf(c.value.A[0]);
  const scale = scaleOf(c, unit);
  const here = place(shape, s);
  const [x, y] = [times(reserves[0], scale), reserves[1]];
  const all = x.add(y);
  const d = all.div(here.sum);
  // (S ± d + k/(2z²))·D/2, as the reserves have it
  const virtual = all.mul(shape.k).div(here.z.square().mul(here.sum).mul(4));
  const inverse = here.sum.div(all);
  const [x1, y1] = [x.mul(inverse), y.mul(inverse)];
  return {
    price: [times(y.add(virtual), scale), x.add(virtual)],
    left: null,
    slide: (target) => {
      const end = find(shape, { ...atPrice(shape, per(target, scale)), start: s });
      const moved = between(shape, here, place(shape, end));
      return [per(moved.x.mul(d), scale), moved.y.mul(d)];
    },
    out: ([paidX, paidY]) => [
      outFor(shape, here.z, x1, y1, times(paidX, scale).mul(inverse)).mul(d),
      per(outFor(shape, here.z, y1, x1, paidY.mul(inverse)).mul(d), scale),
    ],
    most: null,
  };
}

/** At D = 1 the price of what is paid, a, in what is taken, b, is (k + z/a)/(k + z/b), 4abz = 1. */
function wayOf(c: ModelContext, { reserves, s, unit }: StableState, first: Expr): Way {
  const shape = shapeOf(c.value.A[0]);
  const scale = scaleOf(c, unit);
  const here = place(shape, s);
  const [x, y] = [times(reserves[0], scale), reserves[1]];
  const inverse = here.sum.div(x.add(y));
  const [a, b] = [where(first, x, y).mul(inverse), where(first, y, x).mul(inverse)];
  const into = where(first, times(inverse, scale), inverse);
  return {
    price: (net) => {
      const paid = net.mul(into);
      const [a2, b2] = [a.add(paid), b.sub(outFor(shape, here.z, a, b, paid))];
      const z = a2.mul(b2).mul(4).reciprocal();
      const p = shape.k.add(z.div(a2)).div(shape.k.add(z.div(b2)));
      return where(first, times(p, scale), per(p, scale));
    },
    most: null,
  };
}

/** Reserves worth `value` with the pool's price at the outside price. */
function init(c: ModelContext, m: Minute, value: Expr): StableState {
  const shape = shapeOf(c.value.A[0]);
  const unit = unitAt(c, m);
  const scale = scaleOf(c, unit);
  const p = per(m.prices[0].div(m.prices[1]), scale);
  const s = find(shape, { ...atPrice(shape, p), start: constant(0) });
  const { x, y } = reservesAt(place(shape, s));
  const d = value.div(m.prices[1].mul(p.mul(x).add(y)));
  return { reserves: [per(x.mul(d), scale), y.mul(d)], s, unit };
}

function arbitrage(c: ModelContext, state: StableState, m: Minute): { state: StableState; fees: Expr } {
  const [fee] = c.value.fee;
  return after(c, state, pairArbitrage(curveOf(c, state), state.reserves, m.prices, fee, costsOf(c)));
}

function swap(c: ModelContext, state: StableState, m: Minute, order: Order): { state: StableState; fees: Expr } {
  return after(c, state, pairSwap(curveOf(c, state), state.reserves, m.prices, order, c.value.fee[0]));
}

function after(c: ModelContext, state: StableState, trade: PairTrade): { state: StableState; fees: Expr } {
  const { state: reserves, fees } = settled(c, trade, c.value.fee[0]);
  const moved = trade.whole ?? trade.trades;
  const sought = atReserves(times(reserves[0], scaleOf(c, state.unit)), reserves[1]);
  const s = find(shapeOf(c.value.A[0]), { ...sought, start: state.s, needed: moved });
  return { state: { ...state, reserves, s: where(moved, s, state.s) }, fees };
}

export const stableswap: PoolModel<StableState> = {
  name: 'stableswap',
  doc: 'StableSwap pool: deep near its peg, a constant product far from it, by the amplification A; two assets.',
  weights: 'none',
  assets: [2, 2],
  parameters: (s) => ({
    ...own,
    peg: pricedIn(own.peg, s.centre === 1, PAIR_PRICE),
    ...arbitrageurParameters(s),
  }),
  ...traders,
  used: ({ value, settings, prices }) => ({
    peg: { value: [usedPairPrice(value.peg, settings.centre === 1, prices)], unit: PAIR_PRICE },
  }),
  settings: { ...centreSetting('peg'), ...arbitrageurSettings, ...protocolSettings },
  init,
  reserves: (state) => state.reserves,
  value: (_c, state, prices) => worth(state.reserves, prices),
  arbitrage,
  swap,
  offer: (c, state, m, direction) =>
    pairOffer(wayOf(c, state, paysFirst(direction)), direction, c.value.fee[0], (order) => swap(c, state, m, order)),
  orderCost: (c, state, m, size) => {
    const order = size.mul(worth(state.reserves, m.prices));
    const [fee] = c.value.fee;
    return { cost: pairOrderCost(curveOf(c, state), m.prices, order, fee), fee: keptFee(c, fee) };
  },
  scale: (state, factor) => ({ ...state, reserves: state.reserves.map((r) => r.mul(factor)) }),
};
