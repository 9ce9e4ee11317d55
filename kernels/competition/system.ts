/**
 * Floor 3. The AMM challenge as a system: two constant-product pools of X and Y, arbitrageurs, and orders that a router
 * splits between them. Our pool's fees follow a law, the other's stay. What is sampled: the price and the orders, by draws
 * that are the same for every parameter set. What is exact: every trade, and its derivative along the path.
 *
 * A derivative along a path is unbiased where the edge is continuous in the parameters: for fees that never change. It is
 * not for laws that answer to an event however small it is (recentre, posterior): a trade that vanishes takes its answer
 * with it. smooth-recentre answers in proportion to the size of a trade, so that only the least part makes jumps.
 *
 * Draws of step t: 0 the number of orders by inversion, and of order i of that step, at 16t + i, 1 its side and size.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import type { Draws, Setting, System } from '../../src/rollout/model.js';
import { normal } from '../../src/rollout/random.js';
import { Challenge, type Game, type Orders } from './game.js';
import type { FeeLaw } from './law.js';
import { laws } from './laws/index.js';
import type { Order } from './pools.js';

/** More orders than this in a step are left out: of a mean of 1 that is one step in 10^8. */
export const MOST_ORDERS = 10;
const APART = 16;

/** The spread of ln of an order's size. */
const SIZE_SIGMA = 1.2;

/** N by inversion: how many of Σ_{k≤n} e^−m·mᵏ/k! are below u. */
function numberOf(u: Expr, mean: Expr): Expr {
  let term = mean.neg().exp();
  let total = term;
  const above: Expr[] = [];
  for (let n = 1; n <= MOST_ORDERS; n++) {
    above.push(where(total.less(u), constant(1), 0));
    term = term.mul(mean.div(n));
    total = total.add(term);
  }
  return sum(above);
}

/** One uniform number decides the side, and what is left of it the size. */
function orderOf(u: Expr, logMean: Expr): Order {
  const buys = u.less(0.5);
  const rest = where(buys, u, u.sub(0.5)).mul(2);
  return { buys, size: logMean.add(normal(rest).mul(SIZE_SIGMA)).exp() };
}

export const drawnOrders = (c: Draws, t: Expr, arrivals: Expr, size: Expr): Orders => {
  const number = numberOf(c.uniform(t, 0), arrivals).stopGradient();
  const logMean = size.log().sub(0.5 * SIZE_SIGMA ** 2);
  return {
    most: MOST_ORDERS,
    at: (i) => {
      const { buys, size: drawn } = orderOf(c.uniform(t.mul(APART).add(i), 1), logMean);
      return { buys, size: where(i.float().less(number), drawn, 0) };
    },
    more: (i) => i.add(1).float().less(number),
  };
};

const setting = (value: number, range: readonly [number, number], doc: string): Setting => ({
  default: value,
  range,
  doc,
});

const settings = {
  law: {
    ...setting(0, [0, laws.length - 1], 'what sets the fees'),
    whole: true,
    choices: Object.fromEntries(laws.map(({ name }, i) => [name, i])),
  },
  reserveX: setting(100, [1e-6, 1e12], 'X in each pool at the start'),
  reserveY: setting(10_000, [1e-6, 1e12], 'Y in each pool at the start'),
  otherFee: setting(0.003, [0, 0.1], 'fee of the other pool'),
  leastPart: setting(1e-4, [0, 1], 'parts of orders up to this much of the asset that is paid in are left out'),
} as const satisfies Record<string, Setting>;

const lawOf = (s: Readonly<Record<string, number>>): FeeLaw => laws[s.law];

export const ammChallenge: System<Game> = {
  name: 'amm-challenge',
  doc: 'two constant-product pools, arbitrageurs and a router; the fees of ours follow a law',
  settings,
  parameters: (s) => lawOf(s).parameters,
  reads: ['prices', 'arrivals', 'size'],
  observes: {
    edge: 'what our pool gained by its trades at the prices outside, in Y',
    arbitrageEdge: 'of it, by arbitrages',
    retailEdge: 'of it, by orders',
    otherEdge: 'what the other pool gained',
    arbitrages: 'arbitrages with our pool',
    retailTrades: 'orders of which our pool had a part',
    arbitrageVolume: 'Y that arbitrages moved in our pool',
    retailVolume: 'Y that orders moved in our pool',
    feesX: 'fees that were paid to our pool in X',
    feesY: 'fees that were paid to our pool in Y',
    x: 'X in our pool',
    y: 'Y in our pool',
    otherX: 'X in the other pool',
    otherY: 'Y in the other pool',
    bidFee: 'our fee where the pool buys X',
    askFee: 'our fee where the pool sells X',
    price: 'price of X in Y outside',
  },
  run: (c) => {
    const { reserveX, reserveY, otherFee, leastPart } = c.settings;
    const game = new Challenge({ reserves: [reserveX, reserveY], otherFee, leastPart }, lawOf(c.settings), c);
    return {
      init: () => game.start(),
      step: (state, { now, t }) => {
        const [step, arrivals, size] = [t.sub(1), now.arrivals[0], now.size[0]];
        return game.step(state, step.float(), now.prices[0], drawnOrders(c, step, arrivals, size));
      },
      observe: ({ pool, other, quote, totals }, now) => ({
        ...Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, [total]])),
        edge: [totals.arbitrageEdge.add(totals.retailEdge)],
        x: [pool.x],
        y: [pool.y],
        otherX: [other.x],
        otherY: [other.y],
        bidFee: [quote.bid],
        askFee: [quote.ask],
        price: now.prices,
      }),
    };
  },
};
