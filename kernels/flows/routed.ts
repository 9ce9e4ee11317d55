/**
 * Floor 3. Orders that a router splits between the pool and a competitor, so that the fee and the depth of the pool are
 * trained against another one's.
 *
 * Orders come at random (Poisson), of lognormal size, to buy or to sell one of the pool's markets. The competitor has a
 * constant product in each market, of reserves i of what is paid in and o of what is taken out; its fee f₂, γ₂ = 1 − f₂, leaves
 * it, so that k = io stays. Arbitrageurs bring it to the outside prices as often as the pool. Of an order T the pool gets
 * Δ and the competitor T − Δ, such that the next unit would bring the same in both, or all goes to the better one:
 *
 *     r₁(Δ) = γ₂k/(i + γ₂(T − Δ))²,   hence for the pool at the rate r    T − Δ = max(0, (√(γ₂k/r) − i)/γ₂).
 *
 * What the trader gets is then the most that both have; so Δ is where its derivative is 0, and it moves with parameters
 * by the implicit function theorem (graph/solve.ts). All amounts are continuous in all parameters, so the gradient of a
 * drawn path is unbiased. The pool trades by its own port. The split of two constant products is Angeris, Evans,
 * Chitra and Boyd 2022, "Optimal routing for constant function market makers", for two pools.
 */
import { UserError } from '../../src/errors.js';
import { constant, type Expr, gradientOf, integer, scan, solve, type Tree, where } from '../../src/graph/index.js';
import {
  type Done,
  type FlowStep,
  type Offer,
  type Order,
  type OrderFlow,
  orderSeed,
  type Routed,
} from '../../src/pools/flow.js';
import { type Clock, minutesOf } from '../../src/rollout/clock.js';
import { choose, dot, sum } from '../../src/rollout/functions.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { normal, poisson } from '../../src/rollout/random.js';
import { powerOfTwo, powerOrZero, sigmoid } from '../../src/rollout/transforms.js';
import { costsOf } from '../pools/arbitrageur.js';
import { arbitrage } from '../pools/geometric.js';

/** The competitor's reserves of both things of each market. */
type Competitor = readonly (readonly Expr[])[];

/** What the competitor has in an order's market, and takes of it: of what is paid in and of what is taken out. */
interface Side {
  readonly paid: Expr;
  readonly taken: Expr;
  readonly gamma: Expr;
}

/** More than this many orders of a step, in the mean, are too many to go through one by one. */
const MOST_ORDERS = 200;

/** Of Newton's last step, relative: the equation is close to a straight line, and is one between two constant products. */
const TOLERANCE = 1e-5;

/** What of an order the pool gets: x on the way of its offer; `wanted`: lanes that have one. */
export function split(offer: Pick<Offer, 'at' | 'most' | 'start'>, total: Expr, other: Side, wanted: Expr): Expr {
  const { paid, taken, gamma } = other;
  const scale = gamma.mul(paid).mul(taken).sqrt();
  const elsewhere = (rate: Expr) => scale.div(rate.sqrt()).sub(paid).div(gamma).maximum(0);
  const residual = (x: Expr) => {
    const there = offer.at(x);
    return there.paid.add(elsewhere(there.rate)).sub(total);
  };
  const { most } = offer;
  const enters = wanted.and(residual(constant(0)).less(0));
  const high = most === null ? total : most;
  const ends = most === null ? null : where(enters, residual(most), 1).less(0);
  const x = solve({
    residual,
    derivative: (at) => gradientOf(residual(at), [at])[0],
    low: constant(0),
    high,
    start: offer.start(total),
    needed: ends === null ? enters : enters.and(ends.not()),
    tolerance: TOLERANCE,
  });
  const inner = ends === null ? x : where(ends, high, x);
  return where(enters, inner, 0);
}

/** An order. */
interface Drawn {
  /** 1 for the thing that is paid in and for the one that is taken out, else 0. */
  readonly direction: Order;
  /** What is paid in, and its price. */
  readonly total: Expr;
  readonly price: Expr;
  /** By market: masks, whether the order is there and pays in the first thing, and the second. */
  readonly places: readonly (readonly [Expr, Expr])[];
}

function drawnOrder(c: ModelContext, { prices, markets, value, activity, uniform }: FlowStep, j: Expr): Drawn {
  const side = uniform(j, 1).mul(2 * markets.length);
  const within = (k: number) => side.greaterEqual(k).and(side.less(k + 1));
  const places = markets.map((_, m): [Expr, Expr] => [within(2 * m), within(2 * m + 1)]);
  const count = 1 + Math.max(...markets.flat());
  const ones = (at: 0 | 1) =>
    Array.from({ length: count }, (_, i) => {
      const masks = markets.flatMap(([a, b], m) => (i === a ? [places[m][at]] : i === b ? [places[m][1 - at]] : []));
      return sum(masks.map((mask) => where(mask, constant(1), 0)));
    });
  const [paid, taken] = [ones(0), ones(1)];
  const price = dot(paid, [...prices, constant(1)].slice(0, count));
  const [[size], [spread]] = [c.value.size, c.value.spread];
  // e^(σZ − σ²/2) has the mean 1
  const drawn = spread.mul(normal(uniform(j, 2)).sub(spread.mul(0.5))).exp();
  const worth = size.mul(value).mul(activity).mul(drawn);
  return { direction: { paid, taken }, total: worth.div(price), price, places };
}

/** What of the competitor an order meets. */
function sideOf(state: Competitor, { places }: Drawn, gamma: Expr): Side {
  const of = (at: 0 | 1) =>
    sum(state.flatMap((r, m) => [where(places[m][0], r[at], 0), where(places[m][1], r[1 - at], 0)]));
  return { paid: of(0), taken: of(1), gamma };
}

/** The competitor after a part of an order; its fee leaves it. */
function filled(state: Competitor, { places }: Drawn, { paid, taken, gamma }: Side, part: Expr): Competitor {
  const after = paid.add(gamma.mul(part));
  const left = paid.mul(taken).div(after);
  return state.map((r, m) => r.map((x, i) => where(places[m][i], after, where(places[m][1 - i], left, x))));
}

/** The least number that a Poisson law exceeds once in 10^15 times. */
export function mostOf(mean: number): number {
  let [n, term] = [0, Math.exp(-mean)];
  let left = 1 - term;
  while (left > 1e-15) {
    n += 1;
    term *= mean / n;
    left -= term;
  }
  return n + 1;
}

const meanOf = ({ orders }: Readonly<Record<string, number>>, clock: Clock): number => orders * minutesOf(clock);

function trade<P extends Tree>(
  c: ModelContext,
  state: Competitor,
  pool: Routed<P>,
  step: FlowStep,
): Done<Competitor, P> {
  const mean = meanOf(c.settings, c.clock);
  const count = poisson(step.uniform(0, 0), constant(mean));
  const gamma = c.value.competitorFee[0].neg().add(1);
  const init = { state, pool: pool.state as Tree, fees: constant(0), offered: constant(0), routed: constant(0) };
  const done = scan<typeof init>({
    name: 'orders',
    length: integer(mostOf(mean)),
    init,
    body: (from, j) => {
      const order = drawnOrder(c, step, j);
      const side = sideOf(from.state, order, gamma);
      const offer = pool.offer(from.pool as P, order.direction);
      const wanted = j.float().less(count);
      const x = split(offer, order.total, side, wanted);
      const here = offer.at(x).paid.minimum(order.total);
      const { state: after, fees } = offer.trade(x);
      const next = {
        state: filled(from.state, order, side, order.total.sub(here)),
        pool: after,
        fees: from.fees.add(fees),
        offered: from.offered.add(order.total.mul(order.price)),
        routed: from.routed.add(here.mul(order.price)),
      };
      return choose<Tree>(wanted, next, from) as typeof init;
    },
    // before the first there may be none
    active: (_, j) => j.float().add(1).less(count),
  });
  return { ...done, pool: done.pool as P };
}

export const routed: OrderFlow<Competitor> = {
  name: 'routed',
  doc: 'Orders that a router splits between the pool and a competitor with its own fee and depth.',
  settings: {
    orders: {
      default: 0.8,
      range: [1e-6, 1e4],
      doc: 'mean number of orders a minute',
    },
    orderSeed,
  },
  parameters: {
    size: {
      shape: 'scalar',
      transform: powerOfTwo,
      range: [1e-12, 10],
      unit: '1',
      // no volume is a reasonable guess for every pool: a config without it must be refused
      default: Number.NaN,
      trainable: false,
      doc: 'Mean size of an order, as a fraction of the value that the pool starts with; no default: give it.',
    },
    spread: {
      shape: 'scalar',
      transform: powerOrZero,
      range: [0, 5],
      unit: '1',
      default: 1.2,
      trainable: false,
      doc: 'Standard deviation of the logarithm of the size: 0 makes all orders equal.',
    },
    depth: {
      shape: 'scalar',
      transform: powerOfTwo,
      range: [1e-9, 1e9],
      unit: '1',
      default: 1,
      trainable: false,
      doc: 'Value of the competitor, as a fraction of that which the pool starts with.',
    },
    competitorFee: {
      shape: 'scalar',
      transform: sigmoid,
      range: [0, 0.1],
      unit: '1',
      default: 0.003,
      trainable: false,
      doc: 'Fee of the competitor, a fraction of what is paid in; it leaves the competitor.',
    },
  },
  sensitivity: 'competitorFee',
  check: (settings, clock) => {
    const mean = meanOf(settings, clock);
    if (mean <= MOST_ORDERS) return;
    throw new UserError(
      `rollout: at most ${MOST_ORDERS} orders in a step were expected, got ${settings.orders} a minute, ${mean} a step; take fewer and larger ones`,
    );
  },
  // half of its value in each thing of each market
  init: (c, { prices, value, markets }) => {
    const each = c.value.depth[0].mul(value).mul(0.5 / markets.length);
    return markets.map((pair) => pair.map((i) => (i < prices.length ? each.div(prices[i]) : each)));
  },
  arbitrage: (c, state, { prices, markets }, pool) => {
    const [fee] = c.value.competitorFee;
    const equal = [constant(0.5), constant(0.5)];
    return state.map((r, m) => {
      const outside = markets[m].map((i) => prices[i] ?? constant(1));
      const { reserves, paidIn } = arbitrage(r, equal, outside, fee, costsOf(pool));
      return reserves.map((x, i) => x.sub(paidIn[i].mul(fee)));
    });
  },
  trade,
};
