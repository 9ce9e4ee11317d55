/**
 * Floor 3. A position of concentrated liquidity in one price range, as in Uniswap v3. Two assets; fees are kept apart.
 *
 * With liquidity L and r the root of the pool's price, within [√low, √high], it holds of the first and the second asset
 *
 *     x = L·(1/r − 1/√high),   y = L·(r − √low),   m = r²:
 *
 * at the ends one of them is 0, and outside of the range the position rests in the other. Fees are not added to L but put
 * aside in the asset that they are paid in. Source: Adams, Zinsmeister, Salem, Keefer and Robinson 2021, "Uniswap v3 Core",
 * equations 2.1 and 2.2. Differences of roots are taken before anything is multiplied with them, so a narrow range loses no
 * digits.
 */
import { constant, type Expr, sub, where } from '../../src/graph/index.js';
import type { Order } from '../../src/pools/flow.js';
import type { Minute, PoolModel } from '../../src/pools/model.js';
import { clip } from '../../src/rollout/functions.js';
import type { ModelContext, Parameters } from '../../src/rollout/model.js';
import { aboveOne, powerOfTwo } from '../../src/rollout/transforms.js';
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
import { feeParameter, keptFee, protocolSettings } from './protocol.js';
import { beyondEnds, PAIR_PRICE, pricedIn, usedPairPrice, usedRange } from './relative-price.js';

export type RangeState = {
  /** Root of the pool's price, and of the ends of the range. */
  readonly root: Expr;
  readonly low: Expr;
  readonly high: Expr;
  /** L */
  readonly liquidity: Expr;
  /** Fees, by asset. */
  readonly earned: readonly Expr[];
};

const own: Parameters = {
  middle: {
    shape: 'scalar',
    transform: powerOfTwo,
    range: [1e-12, 1e12],
    unit: 'start price',
    default: 1,
    trainable: false,
    needsFlow: true,
    doc: 'Price √(low·high) in the middle of the range, in units of the outside price at the start (middleIn: start) or of the second asset (middleIn: price).',
  },
  priceRatio: {
    shape: 'scalar',
    transform: aboveOne,
    range: [1.0001, 1e12],
    unit: '1',
    default: 4,
    trainable: true,
    needsFlow: true,
    doc: 'Highest over lowest price of the range: low is middle/√priceRatio, high is middle·√priceRatio.',
  },
  fee: feeParameter(0.003, true, 'put aside'),
};

/** x and y, of one unit of liquidity. */
const unitAmounts = ({ root, low, high }: Pick<RangeState, 'root' | 'low' | 'high'>): Two => [
  high.sub(root).div(root.mul(high)),
  root.sub(low),
];

const amounts = (s: RangeState): Two => {
  const [x, y] = unitAmounts(s);
  return [x.mul(s.liquidity), y.mul(s.liquidity)];
};

/** What the position is worth withdrawn: its amounts and its fees. */
const reserves = (s: RangeState): Two => {
  const [x, y] = amounts(s);
  return [x.add(s.earned[0]), y.add(s.earned[1])];
};

/** Half of the range on either side of its middle, in roots of prices; all of the value in it, or in one asset. */
function init(c: ModelContext, { prices }: Minute, value: Expr): RangeState {
  const outside = prices[0].div(prices[1]);
  const [middle] = c.value.middle;
  const centre = (c.settings.middleIn === 1 ? middle.mul(outside) : middle).sqrt();
  const half = c.value.priceRatio[0].log().mul(0.25).exp();
  const [low, high] = [centre.div(half), centre.mul(half)];
  const root = clip(outside.sqrt(), low, high);
  const liquidity = value.div(worth(unitAmounts({ root, low, high }), prices));
  return { root, low, high, liquidity, earned: [constant(0), constant(0)] };
}

function curveOf(s: RangeState): Curve {
  const { root, low, high, liquidity } = s;
  return {
    price: [root.square(), constant(1)],
    left: [root.less(high), low.less(root)],
    slide: (price) => {
      const moved = clip(price.sqrt(), low, high).sub(root);
      return [
        moved
          .neg()
          .mul(liquidity)
          .div(root.mul(root.add(moved))),
        moved.mul(liquidity),
      ];
    },
    out: ([dx, dy]) => {
      const [x, y] = amounts(s);
      const step = [dx.mul(root).div(liquidity), dy.div(root.mul(liquidity))].map((d) => d.add(1));
      return [dx.mul(root.square()).div(step[0]).minimum(y), dy.div(root.square().mul(step[1])).minimum(x)];
    },
    most: [root.sub(low).mul(liquidity).div(root.mul(low)), high.sub(root).mul(liquidity)],
  };
}

/**
 * Where a part of a trade leaves the position: amounts on the chord, so more liquidity than before,
 *
 *     (x + L/√high)(y + L√low) = L²:  cL² − bL − xy = 0,  b = x√low + y/√high,  c = 1 − √low/√high.
 */
function refilled({ low, high }: RangeState, [x, y]: Two): Pick<RangeState, 'root' | 'liquidity'> {
  const c = high.sub(low).div(high);
  const b = x.mul(low).add(y.div(high));
  const liquidity = b.add(b.square().add(c.mul(x).mul(y).mul(4)).sqrt()).div(c.mul(2));
  return { liquidity, root: clip(y.div(liquidity).add(low), low, high) };
}

function arbitrage(c: ModelContext, s: RangeState, m: Minute): { state: RangeState; fees: Expr } {
  const [fee] = c.value.fee;
  const held = amounts(s);
  const trade = pairArbitrage(curveOf(s), held, m.prices, fee, costsOf(c));
  const { paidIn, takenOut, trades, whole } = trade;
  const kept = keptFee(c, fee);
  const earned = s.earned.map((e, i) => e.add(where(trades, paidIn[i].mul(kept), 0)));
  const fees = keptFee(c, trade.fees);
  if (whole !== null) {
    const end = clip(trade.end.sqrt(), s.low, s.high);
    return { state: { ...s, root: where(whole, end, s.root), earned }, fees };
  }
  const now = (i: number) => held[i].add(paidIn[i].mul(sub(1, fee))).sub(takenOut[i]);
  const { root, liquidity } = refilled(s, [now(0), now(1)]);
  const state = {
    ...s,
    root: where(trades, root, s.root),
    liquidity: where(trades, liquidity, s.liquidity),
    earned,
  };
  return { state, fees };
}

/** L stays: 1/r grows by what the curve sees of the first asset over L, r by what it sees of the second. */
function swap(c: ModelContext, s: RangeState, m: Minute, order: Order): { state: RangeState; fees: Expr } {
  const [fee] = c.value.fee;
  const held = amounts(s);
  const trade = pairSwap(curveOf(s), held, m.prices, order, fee);
  const { paidIn, takenOut, seen, trades } = trade;
  const kept = keptFee(c, fee);
  const down = s.root.div(seen[0].mul(s.root).div(s.liquidity).add(1)).maximum(s.low);
  const up = s.root.add(seen[1].div(s.liquidity)).minimum(s.high);
  // without one asset the price is that end of the range to the last digit
  const sold = where(takenOut[1].less(held[1]), down, s.low);
  const bought = where(takenOut[0].less(held[0]), up, s.high);
  return {
    state: {
      ...s,
      root: where(trades, where(paidIn[0].greater(0), sold, bought), s.root),
      earned: s.earned.map((e, i) => e.add(paidIn[i].mul(kept))),
    },
    fees: keptFee(c, trade.fees),
  };
}

export const concentratedRange: PoolModel<RangeState> = {
  name: 'concentrated-range',
  doc: 'Concentrated liquidity in one price range (Uniswap v3): constant product within it, one asset outside, fees kept apart.',
  weights: 'none',
  assets: [2, 2],
  parameters: (s) => ({
    ...own,
    middle: pricedIn(own.middle, s.middleIn === 1, PAIR_PRICE),
    ...arbitrageurParameters(s),
  }),
  ...traders,
  used: ({ value, settings, prices }) => {
    const middle = usedPairPrice(value.middle, settings.middleIn === 1, prices);
    return { middle: { value: [middle], unit: PAIR_PRICE }, ...usedRange(middle, value.priceRatio[0]) };
  },
  settings: {
    middleIn: {
      default: 1,
      range: [0, 1],
      choices: { price: 0, start: 1 },
      doc: 'What middle is counted in: the outside price at the start of the window (start, 1) or units of the second asset (price, 0).',
    },
    ...arbitrageurSettings,
    ...protocolSettings,
  },
  init,
  reserves,
  value: (_c, state, prices) => worth(reserves(state), prices),
  arbitrage,
  swap,
  // within the range a constant product of L/r and L·r
  offer: (c, s, m, direction) => {
    const way = hyperbola([s.liquidity.div(s.root), s.liquidity.mul(s.root)], paysFirst(direction), curveOf(s).most);
    return pairOffer(way, direction, c.value.fee[0], (order) => swap(c, s, m, order));
  },
  orderCost: (c, s, m, size) => {
    const [fee] = c.value.fee;
    const order = size.mul(worth(reserves(s), m.prices));
    return { cost: pairOrderCost(curveOf(s), m.prices, order, fee), fee: keptFee(c, fee) };
  },
  beyond: (_c, { low, high }, prices) => [beyondEnds(prices[0].div(prices[1]), low.square(), high.square())],
  // what is earned is put aside: liquidity stays
  scale: (s, factor) => {
    const more = factor.sub(1);
    const held = reserves(s);
    return { ...s, earned: s.earned.map((e, i) => e.add(held[i].mul(more))) };
  },
};
