/**
 * Floor 5. A maker's market from a recording: what its trades and tops tell, each number with a standard error, and what they do
 * not, with the reason.
 */
import type { Recording } from '../../data/recording/recording.js';
import { dispersionOf, exponentiality } from '../../makers/goodness.js';
import type { FlowFit } from '../../makers/order-flow.js';
import { fitTradePrices, OF_PRICES } from '../../makers/trade-prices.js';
import { fitArrivals } from './arrivals.js';
import { type Estimate, type Estimates, exponentialLine, type Goodness, type Picture, survivalOf } from './estimate.js';
import { annual, fitMoves } from './moves.js';
import { type Orders, ordersOf, ordersWithin, topsComeFirst } from './orders.js';
import { fitImbalance, fitRecordedRegimes, type ImbalanceFit, type RegimeFit } from './states.js';

export interface MakerFitOptions {
  /** Seconds between mids that are compared; null: as the tops allow. */
  readonly every: number | null;
  /** How many states of each kind. */
  readonly imbalance: number;
  readonly regimes: number;
}

/** What could not be told, and why. */
export interface Untold {
  readonly what: string;
  readonly why: string;
}

export interface MakerFit {
  /** What the data are, in words: `trades and tops`. */
  readonly kind: string;
  readonly asset: string;
  readonly quote: string | null;
  readonly estimates: Estimates;
  /** What a quote meets at the best price, for a config; null where orders are not told. */
  readonly market: {
    readonly lambdaBid: number;
    readonly lambdaAsk: number;
    /** What offsets are counted from; 0: the mid. */
    readonly halfSpread: number;
  } | null;
  readonly imbalance: ImbalanceFit | null;
  readonly regimes: RegimeFit | null;
  /** The last price, or mid. */
  readonly price: number;
  /** ms UTC. */
  readonly from: number;
  readonly to: number;
  readonly goodness: readonly Goodness[];
  readonly untold: readonly Untold[];
  readonly warnings: readonly string[];
  readonly pictures: readonly Picture[];
}

type Said = Pick<MakerFit, 'estimates' | 'goodness' | 'pictures' | 'warnings' | 'untold' | 'market'> & {
  /** What orders do to the mid; null where that is hidden. */
  readonly flow: FlowFit | null;
};

const NOTHING: Said = { estimates: {}, goodness: [], pictures: [], warnings: [], untold: [], market: null, flow: null };

const FEWEST = 300;

/** Throws RangeError for what is too short to tell anything. */
export function fitMaker(recording: Recording, options: MakerFitOptions): MakerFit {
  const { trades, tops } = recording;
  const { from, to } = windowOf(recording);
  const orders = trades === null ? null : ordersWithin(ordersOf(trades), from, to);
  if (orders !== null && orders.time.length < 2) {
    throw new RangeError(`2 orders or more were expected in the time that is recorded, got ${orders.time.length}`);
  }
  const said =
    tops === null
      ? fromTrades(recording, orders as Orders, from, to)
      : orders === null
        ? fromTops(recording, from, to, options)
        : fromBoth(recording, orders, from, to, options);
  const waits = orders === null ? null : waitsOf(orders, from, to);
  const { imbalance, untold } = imbalanceOf(recording, orders, said.flow, { from, to, count: options.imbalance });
  const { regimes, notes } = regimesOf(orders, tops, from, to, options);
  const prices = tops === null ? trades?.price : tops.bid.map((bid, i) => (bid + tops.ask[i]) / 2);
  return {
    kind: [...(trades === null ? [] : ['trades']), ...(tops === null ? [] : ['tops'])].join(' and '),
    ...{ asset: recording.asset, quote: recording.quote, from, to },
    price: prices?.[prices.length - 1] ?? 1,
    estimates: { ...said.estimates, ...(orders === null ? {} : sizeOf(orders)) },
    market: said.market,
    ...{ imbalance, regimes },
    goodness: [...said.goodness, ...(waits?.goodness ?? [])],
    untold: [...said.untold, ...untold, ...notes],
    warnings: [
      ...(orders !== null && orders.time.length < FEWEST
        ? [`${orders.time.length} orders only: errors are those of large numbers, take ${FEWEST} or more`]
        : []),
      ...said.warnings,
      ...(waits?.warnings ?? []),
    ],
    pictures: [...said.pictures, ...(waits?.pictures ?? [])],
  };
}

/** The time that is recorded: where there are both, the time that they share. */
function windowOf({ trades, tops }: Recording): { from: number; to: number } {
  const times = [trades, tops].flatMap((part) => (part === null ? [] : [part.time]));
  const from = Math.max(...times.map((time) => time[0]));
  // a trade after the last top met it still
  const ends = times.map((time) => time[time.length - 1]);
  const to = trades !== null && tops !== null ? trades.time[trades.time.length - 1] : Math.max(...ends);
  const shared = Math.min(...ends);
  if (to > from && shared > from) return { from, to: Math.min(to, shared + SLACK) };
  throw new RangeError(
    'trades and tops of one time were expected, got none that share any; import files of the same days',
  );
}

/** How long after its last top the book may be taken to stand, ms. */
const SLACK = 60_000;

function fromBoth({ tops }: Recording, orders: Orders, from: number, to: number, { every }: MakerFitOptions): Said {
  if (tops === null) return NOTHING;
  const comeFirst = topsComeFirst(tops, orders);
  const moves = fitMoves(tops, orders, { from, to, comeFirst }, every);
  try {
    const arrivals = fitArrivals(orders, tops, from, to, comeFirst);
    return {
      estimates: { ...arrivals.estimates, ...moves.estimates },
      goodness: [...arrivals.goodness, ...moves.goodness],
      pictures: [...arrivals.pictures, ...moves.pictures],
      warnings: [...arrivals.warnings, ...moves.warnings],
      untold: [],
      flow: moves.flow,
      market: { lambdaBid: arrivals.atTouch.bid, lambdaAsk: arrivals.atTouch.ask, halfSpread: arrivals.halfSpread },
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...NOTHING, ...moves, untold: [{ what: 'beta', why: error.message }] };
  }
}

function fromTops({ tops }: Recording, from: number, to: number, { every }: MakerFitOptions): Said {
  if (tops === null) return NOTHING;
  const why = 'tops of the book show no orders; import trades with them';
  return {
    ...NOTHING,
    ...fitMoves(tops, null, { from, to, comeFirst: false }, every),
    untold: ['lambda0', 'beta', 'epsilon'].map((what) => ({ what, why })),
  };
}

/** The mid is hidden: depths and moves are told apart by how prices turn. */
function fromTrades({ trades }: Recording, orders: Orders, from: number, to: number): Said {
  const seconds = (to - from) / 1000;
  const time = orders.time.map((t) => (t - from) / 1000);
  const { mean, deviation, sigma, epsilon, covariance } = fitTradePrices({ ...orders, time });
  const at = (name: (typeof OF_PRICES)[number]) => OF_PRICES.indexOf(name);
  const error = (name: (typeof OF_PRICES)[number]) => Math.sqrt(covariance[at(name)][at(name)]);
  const [h, s] = [at('mean'), at('deviation')];
  const n = orders.time.length;
  const buys = orders.side.reduce((sum, z) => sum + (z > 0 ? 1 : 0), 0);
  // d₀ = h − s, ln λ₀ = ln(n/T) + h/s − 1, whose slopes are 1/s and −h/s²
  const least = mean - deviation;
  const leastError = Math.sqrt(covariance[h][h] + covariance[s][s] - 2 * covariance[h][s]);
  const [bh, bs] = [1 / deviation, -mean / deviation ** 2];
  const spread = bh * bh * covariance[h][h] + bs * bs * covariance[s][s] + 2 * bh * bs * covariance[h][s];
  const lift = Math.exp(mean / deviation - 1);
  const rate = (count: number, share: number, doc: string): Estimate => ({
    value: (count / seconds) * lift * share,
    error: (count / seconds) * lift * share * Math.sqrt(1 / count + spread),
    unit: '1/s',
    doc,
  });
  const beta = { value: 1 / deviation, error: error('deviation') / deviation ** 2, unit: '1/money' };
  const told = (value: number, name: (typeof OF_PRICES)[number], unit: string, doc: string): Estimate => ({
    value,
    error: error(name),
    unit,
    doc,
  });
  const sided = Math.max(0, least) > 2 * leastError;
  return {
    estimates: {
      lambda0: rate(n, 0.5, 'orders of a side that would reach the mid, mean of both sides'),
      beta: { ...beta, doc: 'decay of orders by their depth, both sides' },
      lambdaBid: rate(n - buys, 1, 'sell orders, which fill a bid, that would reach the mid'),
      lambdaAsk: rate(buys, 1, 'buy orders, which fill an ask'),
      kappaBid: { ...beta, doc: 'decay of sell orders: trades alone do not tell the sides apart' },
      kappaAsk: { ...beta, doc: 'decay of buy orders: likewise' },
      halfSpread: { value: least, error: leastError, unit: 'money', doc: 'least depth of an order' },
      sigma: told(sigma, 'sigma', 'money/√s', 'volatility of the hidden mid beside what orders move it by'),
      volatility: {
        ...annual({ value: sigma, error: error('sigma') }, orders.price[n - 1]),
        unit: '1/√year',
        doc: 'the same of its logarithm, a year',
      },
      epsilon: told(epsilon, 'epsilon', 'money', 'adverse selection: what an order moves the mid by'),
      jumpBid: told(
        epsilon,
        'epsilon',
        'money',
        'fall of the mid after a sell order: trades alone do not tell the sides apart',
      ),
      jumpAsk: told(epsilon, 'epsilon', 'money', 'rise of the mid after a buy order: likewise'),
    },
    goodness: [],
    pictures: [],
    flow: null,
    warnings: [
      'trades alone: the mid is hidden, and depths are told from how prices turn; tops of the book beside them say more',
      ...(trades !== null && least < -3 * leastError
        ? [
            `the least depth comes out at ${least.toPrecision(3)}: depths are not exponential, and beta is that of their spread alone`,
          ]
        : []),
    ],
    untold: [{ what: 'drift', why: 'the mid is hidden' }],
    market: sided
      ? { lambdaBid: (n - buys) / seconds, lambdaAsk: buys / seconds, halfSpread: least }
      : { lambdaBid: ((n - buys) / seconds) * lift, lambdaAsk: (buys / seconds) * lift, halfSpread: 0 },
  };
}

const sizeOf = ({ size }: Orders): Readonly<Record<string, Estimate>> => {
  const n = size.length;
  const mean = size.reduce((a, b) => a + b, 0) / n;
  const variance = size.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  return {
    orderSize: {
      value: mean,
      error: Math.sqrt(variance / n),
      unit: 'units',
      doc: 'of an order, mean: a lot of about this size',
    },
  };
};

/** Whether orders come independently: exponential waits, counts that vary as much as their mean. */
function waitsOf({ time, side }: Orders, from: number, to: number) {
  const n = time.length;
  const waits = Float64Array.from({ length: n - 1 }, (_, i) => (time[i + 1] - time[i]) / 1000);
  const spans = Math.max(10, Math.min(1000, Math.floor(n / 20)));
  const counts = new Float64Array(spans);
  for (const t of time) counts[Math.min(spans - 1, Math.floor(((t - from) / (to - from)) * spans))]++;
  const { ratio, error } = dispersionOf(counts);
  const law = exponentiality(waits);
  let same = 0;
  for (let i = 1; i < n; i++) if (side[i] === side[i - 1]) same++;
  const buys = side.reduce((sum, z) => sum + (z > 0 ? 1 : 0), 0) / n;
  const expected = buys * buys + (1 - buys) * (1 - buys);
  const excess = (same / (n - 1) - expected) / Math.sqrt((expected * (1 - expected)) / (n - 1));
  const points = survivalOf(waits);
  return {
    goodness: [
      {
        name: 'distance of waits from the exponential law',
        value: law.distance,
        doc: law.isRejected ? 'rejected at 5 %: see the picture' : 'as of orders that come independently',
      },
      {
        name: 'variance over mean of counts',
        value: ratio,
        doc:
          Math.abs(ratio - 1) > 3 * error
            ? `1 ± ${error.toFixed(2)} for orders that come independently`
            : 'as of orders that come independently (1)',
      },
      {
        name: 'orders that follow one of their own side',
        value: same / (n - 1),
        doc: `${expected.toFixed(3)} for sides that are independent`,
      },
    ] satisfies Goodness[],
    warnings: [
      ...(ratio > 1 + Math.max(3 * error, 0.3)
        ? [
            `orders come in clusters: the variance of their counts is ${ratio.toFixed(1)} times the mean, where the model has 1; look at the regimes`,
          ]
        : []),
      ...(excess > 4 && same / (n - 1) > expected + 0.05
        ? [
            `sides follow each other: ${((100 * same) / (n - 1)).toFixed(1)} % of the orders are of the side before, ${(100 * expected).toFixed(1)} % expected; a state of the market says more than one rate`,
          ]
        : []),
    ],
    pictures: [
      {
        caption: 'ln of the share of waits between orders that are longer',
        label: 'seconds',
        lines: [
          { name: 'recorded', fitted: false, points },
          {
            name: 'exponential',
            fitted: true,
            points: exponentialLine((time[n - 1] - time[0]) / 1000 / (n - 1), points),
          },
        ],
      },
    ],
  };
}

function imbalanceOf(
  { tops }: Recording,
  orders: Orders | null,
  flow: FlowFit | null,
  window: { readonly from: number; readonly to: number; readonly count: number },
): { imbalance: ImbalanceFit | null; untold: readonly Untold[] } {
  const not = (why: string) => ({ imbalance: null, untold: [{ what: 'imbalance', why }] });
  if (tops === null || flow === null) {
    return not('trades do not show what is on offer; import tops of the book with their sizes');
  }
  if (tops.bidSize === null || tops.askSize === null) {
    return not('the tops have no sizes; import them with bid_size and ask_size');
  }
  try {
    return { imbalance: fitImbalance(tops, orders, flow, window), untold: [] };
  } catch (error) {
    if (error instanceof RangeError) return not(`expected ${error.message}; take fewer with --imbalance`);
    throw error;
  }
}

function regimesOf(
  orders: Orders | null,
  tops: Recording['tops'],
  from: number,
  to: number,
  { regimes: count }: MakerFitOptions,
): { regimes: RegimeFit | null; notes: readonly Untold[] } {
  try {
    return { regimes: fitRecordedRegimes(orders, tops, { from, to, count }), notes: [] };
  } catch (error) {
    if (error instanceof RangeError) return { regimes: null, notes: [{ what: 'regimes', why: error.message }] };
    throw error;
  }
}
