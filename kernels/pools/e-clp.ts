/**
 * Floor 3. The elliptic concentrated-liquidity pool (Gyroscope's E-CLP) of two assets: reserves lie on an arc of an ellipse,
 * so that liquidity is densest at one price and ends at two others. e-clp/curve.ts has the formulas.
 *
 * x is the first asset, counted in units that make its price at the start 1 (centre: start) or as it is (centre: price);
 * y the second; prices are those of the first in units of the second.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import type { Order } from '../../src/pools/flow.js';
import type { Minute, PoolModel } from '../../src/pools/model.js';
import { choose, clip } from '../../src/rollout/functions.js';
import type { ModelContext, Parameters } from '../../src/rollout/model.js';
import { powerOfTwo, type Transform } from '../../src/rollout/transforms.js';
import { arbitrageurParameters, arbitrageurSettings, costsOf, traders } from './arbitrageur.js';
import { eclpParameters } from './e-clp/contract.js';
import {
  between,
  type Ellipse,
  ellipse,
  grown,
  mirrored,
  mirroredPlace,
  outFor,
  type Place,
  place,
  placeAfter,
  reservesAt,
} from './e-clp/curve.js';
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
import { beyondEnds, PAIR_PRICE, pricedIn } from './relative-price.js';
import { centreSetting, per, times, type Unit, unitAt } from './unit.js';

export type EclpState = {
  /** Amounts of the two assets. */
  readonly reserves: readonly Expr[];
  /** ℓ, the size of the ellipse. */
  readonly size: Expr;
  /** The pool's price, in units of `unit`. */
  readonly price: Expr;
  readonly unit: Unit;
};

/** Least width of the range on either side, relative: prices 1e-6 apart still differ in ten digits. */
const NARROWEST = 2 ** -20;
/** Logarithm of a width beyond which nothing is changed: numbers stay finite. */
const WIDEST = 20;

/** value = 2^−20 + 2^raw: no raw number makes the range empty. */
const width: Transform = {
  name: '2^x + 2^−20',
  apply: (raw) => raw.map((x) => x.minimum(WIDEST).mul(Math.LN2).exp().add(NARROWEST)),
  forward: (raw) => raw.map((x) => NARROWEST + 2 ** Math.min(x, WIDEST)),
  inverse: (value) => value.map((y) => Math.log2(y - NARROWEST)),
};

/** Raws of λ − 1 between which it is 2^raw; below, it is 0: the raw of λ = 1 is −∞. */
const [ROUND, FLATTEST] = [-60, 30];

/** value = 1 + 2^raw */
const stretch: Transform = {
  name: '1 + 2^x',
  apply: (raw) => raw.map((x) => where(x.less(ROUND), 1, x.minimum(FLATTEST).mul(Math.LN2).exp().add(1))),
  forward: (raw) => raw.map((x) => (x < ROUND ? 1 : 1 + 2 ** Math.min(x, FLATTEST))),
  inverse: (value) => value.map((y) => Math.log2(y - 1)),
};

const shape: Parameters = {
  peak: {
    shape: 'scalar',
    transform: powerOfTwo,
    range: [1e-6, 1e6],
    unit: 'start price',
    default: 1,
    trainable: false,
    needsFlow: true,
    doc: 'Price q of the first asset in units of the second at which liquidity is densest: relative to the outside price at the start (centre: start) or as it is (centre: price).',
  },
  below: {
    shape: 'scalar',
    transform: width,
    range: [1e-6, 1e6],
    unit: '1',
    default: 0.5,
    trainable: true,
    needsFlow: true,
    doc: 'How far the range reaches below the peak: its lowest price is α = q/(1 + below).',
  },
  above: {
    shape: 'scalar',
    transform: width,
    range: [1e-6, 1e6],
    unit: '1',
    default: 0.5,
    trainable: true,
    needsFlow: true,
    doc: 'How far the range reaches above the peak: its highest price is β = q·(1 + above).',
  },
  lambda: {
    shape: 'scalar',
    transform: stretch,
    range: [1, 1e8],
    unit: '1',
    default: 5,
    trainable: true,
    needsFlow: true,
    doc: 'Stretch λ of the ellipse, 1 a circle: the more, the denser liquidity is at the peak and the thinner towards the ends.',
  },
  fee: feeParameter(0.003, true),
};

/** The same in every minute of a window. */
function ellipseOf({ value }: ModelContext): Ellipse {
  const [q] = value.peak;
  return ellipse(q, value.lambda[0], q.div(value.below[0].add(1)), q.mul(value.above[0].add(1)));
}

function curveOf(e: Ellipse, { reserves, size, price, unit }: EclpState): Curve {
  const at = place(e, price);
  return {
    price: [times(price, unit), constant(1)],
    left: [price.less(e.high.p), e.low.p.less(price)],
    slide: (target, buys) => {
      const to = placeWithin(e, per(target, unit));
      const { x, y } = between(e, at, to);
      const [dx, dy] = [per(x.mul(size), unit), y.mul(size)];
      // all that there is where the curve ends, and never more
      const [noX, noY] = reserves.map((r) => r.neg());
      return [
        where(buys, where(to.p.less(e.high.p), dx.maximum(noX), noX), dx),
        where(buys, dy, where(e.low.p.less(to.p), dy.maximum(noY), noY)),
      ];
    },
    out: ([x, y]) => [
      outFor(e, at, size, times(x, unit)),
      per(outFor(mirrored(e), mirroredPlace(e.q, at), size.mul(e.q), y), unit),
    ],
    most: [per(between(e, at, e.low).x.mul(size), unit), between(e, at, e.high).y.mul(size)],
  };
}

const plain = (e: Ellipse) => ({ ...e, low: { ...e.low }, high: { ...e.high } });

/** Along the arc, or that of the curve seen from the other asset. */
function wayOf(e: Ellipse, { size, price, unit }: EclpState, first: Expr): Way {
  const at = place(e, price);
  const turned = mirrored(e);
  const seen = choose(first, plain(e), plain(turned));
  const here = choose(first, { ...at }, { ...mirroredPlace(e.q, at) });
  const length = where(first, size, size.mul(e.q));
  return {
    price: (net) => {
      const { p } = placeAfter(seen, here, where(first, times(net, unit), net).div(length));
      return where(first, times(p, unit), per(p, unit));
    },
    most: where(first, per(between(e, at, e.low).x.mul(size), unit), between(e, at, e.high).y.mul(size)),
  };
}

const placeWithin = (e: Ellipse, p: Expr): Place => place(e, clip(p, e.low.p, e.high.p));

/** Reserves worth `value` with the pool's price at the outside price, or at the end of the range: one-sided then. */
function init(c: ModelContext, m: Minute, value: Expr): EclpState {
  const e = ellipseOf(c);
  const unit = unitAt(c, m);
  const p = per(m.prices[0].div(m.prices[1]), unit);
  const at = placeWithin(e, p);
  const { x, y } = reservesAt(e, at);
  const size = value.div(m.prices[1].mul(p.mul(x).add(y)));
  return { reserves: [per(x.mul(size), unit), y.mul(size)], size, price: at.p, unit };
}

function arbitrage(c: ModelContext, state: EclpState, m: Minute): { state: EclpState; fees: Expr } {
  const e = ellipseOf(c);
  const trade = pairArbitrage(curveOf(e, state), state.reserves, m.prices, c.value.fee[0], costsOf(c));
  return after(c, e, state, trade, per(trade.end, state.unit));
}

/** Where the curve sees a trade end, in either direction. */
function swap(c: ModelContext, state: EclpState, m: Minute, order: Order): { state: EclpState; fees: Expr } {
  const e = ellipseOf(c);
  const { size, price, unit } = state;
  const trade = pairSwap(curveOf(e, state), state.reserves, m.prices, order, c.value.fee[0]);
  const at = place(e, price);
  const [x, y] = [times(trade.seen[0], unit).div(size), trade.seen[1].div(size.mul(e.q))];
  const turned = placeAfter(mirrored(e), mirroredPlace(e.q, at), y.maximum(0));
  const end = where(x.greater(0), placeAfter(e, at, x.maximum(0)).p, turned.p.reciprocal());
  return after(c, e, state, trade, where(trade.trades, end, price));
}

/** The state after a trade that the curve sees end at the price `end`, or at its own end. */
function after(
  c: ModelContext,
  e: Ellipse,
  state: EclpState,
  trade: PairTrade,
  end: Expr,
): { state: EclpState; fees: Expr } {
  const { size, price, unit } = state;
  const { state: reserves, fees } = settled(c, trade, c.value.fee[0]);
  // along the curve to the end of the trade, and from there inwards by what is left there of the fee
  const to = placeWithin(e, end);
  const reached = state.reserves.map((r, i) => r.add(trade.seen[i]));
  const [x, dx] = [reached[0], reserves[0].sub(reached[0])].map((a) => times(a, unit));
  const larger = grown(e, to, size, [x, reached[1]], [dx, reserves[1].sub(reached[1])]);
  const within = clip(larger.p, e.low.p, e.high.p);
  // without one asset the price is that end of the range to the last digit: nothing is left to trade there
  const moved = trade.whole ?? trade.trades;
  const last = where(reserves[0].lessEqual(0), e.high.p, where(reserves[1].lessEqual(0), e.low.p, within));
  return {
    state: {
      reserves,
      size: where(moved, larger.l, size),
      price: where(moved, last, price),
      unit,
    },
    fees,
  };
}

export const eclp: PoolModel<EclpState> = {
  name: 'e-clp',
  doc: 'Elliptic concentrated-liquidity pool: liquidity densest at one price, within a range; two assets.',
  weights: 'none',
  assets: [2, 2],
  parameters: (s) => ({
    ...shape,
    peak: pricedIn(shape.peak, s.centre === 1, PAIR_PRICE),
    ...arbitrageurParameters(s),
  }),
  ...traders,
  used: ({ value, settings, prices }) => {
    const [peak, below, above, lambda] = [value.peak[0], value.below[0], value.above[0], value.lambda[0]];
    const unit = settings.centre === 1 ? prices[0] / prices[1] : 1;
    const { alpha, beta, ...turned } = eclpParameters({ peak, below, above, lambda }, unit);
    const plain = Object.entries(turned).map(([key, x]) => [key, { value: [x], unit: '1' }]);
    return {
      alpha: { value: [alpha], unit: PAIR_PRICE },
      beta: { value: [beta], unit: PAIR_PRICE },
      ...Object.fromEntries(plain),
    };
  },
  settings: { ...centreSetting('peak'), ...arbitrageurSettings, ...protocolSettings },
  init,
  reserves: (state) => state.reserves,
  value: (_c, state, prices) => worth(state.reserves, prices),
  arbitrage,
  swap,
  offer: (c, state, m, direction) =>
    pairOffer(wayOf(ellipseOf(c), state, paysFirst(direction)), direction, c.value.fee[0], (order) =>
      swap(c, state, m, order),
    ),
  orderCost: (c, state, m, size) => {
    const order = size.mul(worth(state.reserves, m.prices));
    const [fee] = c.value.fee;
    const cost = pairOrderCost(curveOf(ellipseOf(c), state), m.prices, order, fee);
    return { cost, fee: keptFee(c, fee) };
  },
  beyond: (c, { unit }, prices) => {
    const { low, high } = ellipseOf(c);
    return [beyondEnds(per(prices[0].div(prices[1]), unit), low.p, high.p)];
  },
  scale: (state, factor) => ({
    ...state,
    reserves: state.reserves.map((r) => r.mul(factor)),
    size: state.size.mul(factor),
  }),
};
