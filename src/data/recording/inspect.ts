/** Floor 4. What a recording holds, in figures and lines. */
import { recordingText } from './import-text.js';
import { type Recording, spanOf, type Tops, type Trades } from './recording.js';

export interface TradesInspection {
  readonly count: number;
  /** A second, by the side that took. */
  readonly buys: number;
  readonly sells: number;
  readonly meanSize: number;
  /** In the quote currency. */
  readonly volume: number;
  readonly leastPrice: number;
  readonly greatestPrice: number;
  /** Seconds between two of them. */
  readonly longestPause: number;
}

export interface TopsInspection {
  readonly count: number;
  /** Of the mid, mean over the rows, in basis points. */
  readonly spreadBps: number;
  /** Share of the bid in the sizes, mean over the rows; null without sizes. */
  readonly imbalance: number | null;
  readonly firstMid: number;
  readonly lastMid: number;
  readonly longestPause: number;
}

export interface RecordingInspection {
  readonly asset: string;
  readonly quote: string | null;
  readonly from: string;
  readonly to: string;
  readonly trades: TradesInspection | null;
  readonly tops: TopsInspection | null;
  readonly hash: string;
  readonly meta: Readonly<Record<string, string>>;
}

export function inspectRecording(recording: Recording): RecordingInspection {
  const { asset, quote, trades, tops, hash, meta } = recording;
  const { from, to } = spanOf(recording);
  return {
    ...{ asset, quote, hash, meta },
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    trades: trades === null ? null : tradesInspection(trades),
    tops: tops === null ? null : topsInspection(tops),
  };
}

const meanOf = (n: number, of: (i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += of(i);
  return sum / n;
};

const longestPause = (time: Float64Array): number =>
  time.reduce((most, t, i) => (i === 0 ? 0 : Math.max(most, t - time[i - 1])), 0) / 1000;

function tradesInspection({ time, side, price, size }: Trades): TradesInspection {
  const n = time.length;
  const seconds = (time[n - 1] - time[0]) / 1000;
  const buys = side.reduce((sum, z) => sum + (z > 0 ? 1 : 0), 0);
  return {
    count: n,
    buys: buys / seconds,
    sells: (n - buys) / seconds,
    meanSize: meanOf(n, (i) => size[i]),
    volume: n * meanOf(n, (i) => size[i] * price[i]),
    leastPrice: price.reduce((a, b) => Math.min(a, b)),
    greatestPrice: price.reduce((a, b) => Math.max(a, b)),
    longestPause: longestPause(time),
  };
}

function topsInspection({ time, bid, ask, bidSize, askSize }: Tops): TopsInspection {
  const n = time.length;
  const mid = (i: number) => (bid[i] + ask[i]) / 2;
  return {
    count: n,
    spreadBps: meanOf(n, (i) => (1e4 * (ask[i] - bid[i])) / mid(i)),
    imbalance: bidSize === null || askSize === null ? null : meanOf(n, (i) => bidSize[i] / (bidSize[i] + askSize[i])),
    firstMid: mid(0),
    lastMid: mid(n - 1),
    longestPause: longestPause(time),
  };
}

/** The lines that `data inspect` prints. */
export function recordingInspectionText(
  recording: Recording,
  { trades, tops, meta, hash }: RecordingInspection,
): string {
  const short = (x: number) => String(Number(x.toPrecision(6)));
  const provenance = ['source', 'recipe'].filter((key) => meta[key] !== undefined);
  return [
    recordingText(recording),
    ...provenance.map((key) => `${key}: ${meta[key]}`),
    `hash: ${hash}`,
    ...(trades === null
      ? []
      : [
          `trades: ${short(trades.buys)} buys and ${short(trades.sells)} sells a second, mean size ${short(trades.meanSize)}, volume ${short(trades.volume)}, at ${short(trades.leastPrice)} to ${short(trades.greatestPrice)}; longest pause ${short(trades.longestPause)} s`,
        ]),
    ...(tops === null
      ? []
      : [
          `tops: spread ${short(tops.spreadBps)} bps, ${tops.imbalance === null ? 'no sizes' : `share of the bid ${short(tops.imbalance)}`}, mid ${short(tops.firstMid)} to ${short(tops.lastMid)}; longest pause ${short(tops.longestPause)} s`,
        ]),
  ].join('\n');
}
