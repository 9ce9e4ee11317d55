/** Floor 5. How the mid moves, and what orders do to it, from trades and tops. */
import type { Tops } from '../../data/recording/recording.js';
import { varianceRatio } from '../../makers/goodness.js';
import { type FlowFit, flowOf, type MidMoves } from '../../makers/order-flow.js';
import type { Estimate, Goodness, Picture, Point } from './estimate.js';
import { type Jump, meanJump } from './jumps.js';
import { midOf, type Orders, topsAt, topsMet } from './orders.js';

export interface MoveFit {
  readonly estimates: Readonly<Record<string, Estimate>>;
  readonly goodness: readonly Goodness[];
  readonly pictures: readonly Picture[];
  readonly warnings: readonly string[];
  readonly flow: FlowFit;
  /** Seconds between the mids that were compared. */
  readonly every: number;
}

/** Seconds; the first with some tops in each span is taken. */
const SPANS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
const TOPS_A_SPAN = 10;

/** Seconds between mids for which each span has some tops on average. */
export function spanFor(tops: Tops, from: number, to: number): number {
  const seconds = (to - from) / 1000;
  const rate = tops.time.length / seconds;
  return SPANS.find((s) => s * rate >= TOPS_A_SPAN) ?? SPANS[SPANS.length - 1];
}

/** A stretch of time, ms, and whether tops of an order's own time are what it met. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly comeFirst: boolean;
}

/** Mids at tops that are at least `every` seconds apart, with the orders between them. */
export function midMoves(tops: Tops, orders: Orders | null, { from, to, comeFirst }: Window, every: number): MidMoves {
  const ends: number[] = [];
  for (let row = 0, next = from; row < tops.time.length && tops.time[row] <= to; row++) {
    if (tops.time[row] < next) continue;
    ends.push(row);
    next = tops.time[row] + 1000 * every;
  }
  const spans = Math.max(0, ends.length - 1);
  const [buys, sells] = [new Float64Array(spans), new Float64Array(spans)];
  let i = 0;
  for (let k = 0; orders !== null && k < spans; k++) {
    const shows = (j: number, row: number) =>
      comeFirst ? orders.time[j] < tops.time[row] : orders.time[j] <= tops.time[row];
    while (i < orders.time.length && shows(i, ends[k])) i++;
    for (let j = i; j < orders.time.length && shows(j, ends[k + 1]); j++) {
      if (orders.side[j] > 0) buys[k]++;
      else sells[k]++;
    }
  }
  return {
    seconds: Float64Array.from({ length: spans }, (_, k) => (tops.time[ends[k + 1]] - tops.time[ends[k]]) / 1000),
    change: Float64Array.from({ length: spans }, (_, k) => midOf(tops, ends[k + 1]) - midOf(tops, ends[k])),
    ...{ buys, sells },
  };
}

/** @param orders null: what they do to the mid is not told */
export function fitMoves(tops: Tops, orders: Orders | null, window: Window, asked: number | null): MoveFit {
  const every = asked ?? spanFor(tops, window.from, window.to);
  const moves = midMoves(tops, orders, window, every);
  const flow = flowOf(moves);
  const { ratio, z } = varianceRatio(flow.left, 10);
  const price = midOf(tops, tops.time.length - 1);
  const estimates = {
    sigma: { ...flow.sigma, unit: 'money/√s', doc: 'volatility of the mid beside what orders move it by' },
    volatility: { ...annual(flow.sigma, price), unit: '1/√year', doc: 'the same of its logarithm, a year' },
    ...jumpsOf(flow),
    drift: { ...flow.drift, unit: 'money/s', doc: 'drift of the mid beside what orders move it by' },
  };
  const odd = Math.abs(z) > 4;
  return {
    estimates,
    goodness: [
      {
        name: 'variance ratio of 10 spans to one, beside what orders move',
        value: ratio,
        doc: odd ? `1 for a random walk: ${z.toFixed(1)} standard errors off` : 'as of a random walk (1)',
      },
    ],
    pictures: [signature(tops, window, flow.total), ...(orders === null ? [] : [markouts(tops, orders, window, flow)])],
    warnings: odd
      ? [
          `the mid is no random walk at ${every} s, beside what orders move: its variance over ten spans is ${ratio.toFixed(2)} times ten times that of one; give a longer --every`,
        ]
      : [],
    ...{ flow, every },
  };
}

export const annual = ({ value, error }: { value: number; error: number | null }, price: number) => {
  const scale = Math.sqrt(365 * 86_400) / price;
  return { value: value * scale, error: error === null ? null : error * scale };
};

function jumpsOf({ jumpAsk, jumpBid }: FlowFit): Readonly<Record<string, Estimate>> {
  const told = (name: string, jump: Jump | null, doc: string): [string, Estimate][] =>
    jump === null ? [] : [[name, { ...jump, unit: 'money', doc }]];
  return Object.fromEntries([
    ...told(
      'epsilon',
      meanJump({ jumpAsk, jumpBid }),
      'adverse selection: what an order moves the mid by, mean of both sides',
    ),
    ...told('jumpBid', jumpBid, 'fall of the mid after a sell order'),
    ...told('jumpAsk', jumpAsk, 'rise of the mid after a buy order'),
  ]);
}

/** The volatility by the time between mids: level where the mid is a random walk. */
function signature(tops: Tops, window: Window, total: number): Picture {
  const { from, to } = window;
  const usable = SPANS.filter((s) => (to - from) / 1000 / s >= 30);
  const points = usable.map((s): Point => {
    const { seconds, change } = midMoves(tops, null, window, s);
    const squares = change.reduce((sum, x) => sum + x * x, 0);
    return { x: Math.log10(s), y: Math.sqrt(squares / seconds.reduce((a, b) => a + b, 0)) };
  });
  const ends = points.length === 0 ? [] : [points[0], points[points.length - 1]];
  return {
    caption: 'Volatility of the mid, money a √second, by the time between mids',
    label: 'log₁₀ of seconds',
    lines: [
      { name: 'recorded', fitted: false, points },
      { name: 'taken', fitted: true, points: ends.map(({ x }) => ({ x, y: total })) },
    ],
  };
}

const HORIZONS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60];

/** How far the mid has gone with an order some time after it, from before it. */
function markouts(tops: Tops, orders: Orders, { from, to, comeFirst }: Window, { jumpAsk, jumpBid }: FlowFit): Picture {
  const before = topsMet(tops, orders, comeFirst);
  const mid = Float64Array.from(before, (row) => midOf(tops, row));
  const horizons = HORIZONS.filter((s) => s < (to - from) / 20_000);
  const points = horizons.map((s): Point => {
    const after = topsAt(
      tops,
      Float64Array.from(orders.time, (t) => t + 1000 * s),
    );
    let [sum, count] = [0, 0];
    orders.time.forEach((t, i) => {
      if (t + 1000 * s > to || before[i] < 0) return;
      sum += orders.side[i] * (midOf(tops, after[i]) - mid[i]);
      count++;
    });
    return { x: Math.log10(s), y: sum / count };
  });
  const jumps = [jumpAsk, jumpBid].flatMap((jump) => (jump === null ? [] : [jump.value]));
  const mean = jumps.reduce((a, b) => a + b, 0) / Math.max(1, jumps.length);
  const ends = points.length === 0 ? [] : [points[0], points[points.length - 1]];
  return {
    caption: 'Markout: how far the mid has gone with an order, in money, by the time since',
    label: 'log₁₀ of seconds',
    lines: [
      { name: 'recorded', fitted: false, points },
      { name: 'taken', fitted: true, points: ends.map(({ x }) => ({ x, y: mean })) },
    ],
  };
}
