/** Floor 5. How often orders come and how deep they reach, from trades and the tops that they met. */
import { rowsBefore, type Tops } from '../../data/recording/recording.js';
import { exponentiality } from '../../makers/goodness.js';
import { type Held, type Reach, reachOf } from '../../makers/reach.js';
import { type Estimate, exponentialLine, type Goodness, type Picture, survivalOf } from './estimate.js';
import { midOf, type Orders, topsMet } from './orders.js';

export interface ArrivalFit {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly goodness: readonly Goodness[];
  readonly pictures: readonly Picture[];
  readonly warnings: readonly string[];
  /** Orders a second that reach the best price, or the mid where depths are counted from it. */
  readonly atTouch: { readonly bid: number; readonly ask: number };
  /** What depths are counted from; 0: the mid. */
  readonly halfSpread: number;
}

/** Orders within the spread are hidden ones, or a book that was recorded late: from this share on it is said. */
const MOST_INSIDE = 0.05;
/** Of those that would be within it if depths began at the mid: beyond this share they do. */
const BEGIN_AT_MID = 0.75;

/** @param comeFirst whether tops of an order's own time are what it met */
export function fitArrivals(orders: Orders, tops: Tops, from: number, to: number, comeFirst: boolean): ArrivalFit {
  const met = topsMet(tops, orders, comeFirst);
  const n = orders.time.length;
  const depth = Float64Array.from(met, (row, i) => orders.side[i] * (orders.price[i] - midOf(tops, row)));
  const half = Float64Array.from(met, (row) => (tops.ask[row] - tops.bid[row]) / 2);
  const inside = depth.reduce((sum, d, i) => sum + (d < half[i] * (1 - 1e-6) ? 1 : 0), 0) / n;
  const total = depth.reduce((a, b) => a + b, 0);
  const expected = half.reduce((sum, s) => sum - Math.expm1((-n / total) * s), 0) / n;
  const fromMid = inside > MOST_INSIDE && inside > BEGIN_AT_MID * expected;
  const found = fromMid ? half.map(() => 0) : half;
  const held = heldSpreads(tops, from, to, fromMid);
  const mean = weightedMean(held);
  // below 0 by an old mid as much as above it: what is cut off there would shift the mean
  const beyond = depth.map((d, i) => d - found[i]);
  const of = (side: number) => {
    const rows = [...depth.keys()].filter((i) => side === 0 || orders.side[i] === side);
    return reachOf(
      rows.map((i) => depth[i]),
      rows.map((i) => found[i]),
      held,
    );
  };
  const [all, bid, ask] = [of(0), of(-1), of(1)];
  const seconds = (to - from) / 1000;
  const law = exponentiality(beyond.map((x) => Math.max(x, 0)));
  const points = survivalOf(beyond.map((x) => Math.max(x, 0)));
  const atBest = beyond.reduce((sum, x) => sum + (Math.abs(x) <= 1e-6 * half[0] ? 1 : 0), 0) / n;
  return {
    estimates: arrivalEstimates(all, bid, ask, fromMid ? null : mean),
    goodness: [
      {
        name: 'distance of depths from the exponential law',
        value: law.distance,
        doc: law.isRejected ? 'rejected at 5 %: see the picture' : 'as of an exponential law',
      },
    ],
    pictures: [
      {
        caption: `ln of the share of orders that reach deeper, by depth beyond ${fromMid ? 'the mid' : 'the best price'}`,
        label: 'money',
        lines: [
          { name: 'recorded', fitted: false, points },
          { name: 'exponential', fitted: true, points: exponentialLine(1 / all.beta, points) },
        ],
      },
    ],
    warnings: [
      ...(fromMid
        ? [
            `${(100 * inside).toFixed(1)} % of the orders traded within the spread of the last top: depths are counted from the mid, not from the best price`,
          ]
        : inside > MOST_INSIDE
          ? [
              `${(100 * inside).toFixed(1)} % of the orders traded within the spread of the last top: it was recorded late, or not often enough`,
            ]
          : []),
      ...(atBest > 0.5
        ? [
            `${(100 * atBest).toFixed(1)} % of the orders stopped at the best price: how deep orders reach rests on the others, and a queue decides who is filled there`,
          ]
        : []),
    ],
    atTouch: {
      bid: [...orders.side].filter((z) => z < 0).length / seconds,
      ask: [...orders.side].filter((z) => z > 0).length / seconds,
    },
    halfSpread: fromMid ? 0 : mean,
  };
}

/** Half-spreads of the tops within the window, and the seconds that each held. */
function heldSpreads(tops: Tops, from: number, to: number, fromMid: boolean): Held {
  const first = Math.max(0, rowsBefore(tops.time, from + 1e-9) - 1);
  const last = Math.max(first + 1, rowsBefore(tops.time, to));
  const rows = Array.from({ length: last - first }, (_, k) => first + k);
  return {
    halfSpread: Float64Array.from(rows, (r) => (fromMid ? 0 : (tops.ask[r] - tops.bid[r]) / 2)),
    seconds: Float64Array.from(rows, (r) => {
      const end = r + 1 < tops.time.length ? Math.min(to, tops.time[r + 1]) : to;
      return Math.max(0, end - Math.max(from, tops.time[r])) / 1000;
    }),
  };
}

function weightedMean({ halfSpread, seconds }: Held): number {
  const total = seconds.reduce((a, b) => a + b, 0);
  return halfSpread.reduce((sum, s, k) => sum + s * seconds[k], 0) / total;
}

const rate = ({ lambda0, seLogLambda0 }: Reach, doc: string, share = 1): Estimate => ({
  value: lambda0 * share,
  error: lambda0 * share * seLogLambda0,
  unit: '1/s',
  doc,
});

const decay = ({ beta, seBeta }: Reach, doc: string): Estimate => ({
  value: beta,
  error: seBeta,
  unit: '1/money',
  doc,
});

function arrivalEstimates(all: Reach, bid: Reach, ask: Reach, halfSpread: number | null) {
  return {
    lambda0: rate(all, 'orders of a side that would reach the mid, mean of both sides', 0.5),
    beta: decay(all, 'decay of orders by their depth, both sides'),
    lambdaBid: rate(bid, 'sell orders, which fill a bid, that would reach the mid'),
    lambdaAsk: rate(ask, 'buy orders, which fill an ask'),
    kappaBid: decay(bid, 'decay of sell orders'),
    kappaAsk: decay(ask, 'decay of buy orders'),
    ...(halfSpread === null
      ? {}
      : { halfSpread: { value: halfSpread, error: null, unit: 'money', doc: 'half the spread, mean over time' } }),
  };
}
