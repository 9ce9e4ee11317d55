/** A market of known numbers, drawn event by event: its trades, and the tops of its book. */

import { createRecording, type Recording } from '../../src/data/recording/recording.js';
import { draw } from '../../src/targets/runtime.js';

export interface Truth {
  /** Orders a second that would reach the mid. */
  readonly lambdaBid: number;
  readonly lambdaAsk: number;
  readonly kappa: number;
  readonly halfSpread: number;
  /** Money a √second. */
  readonly sigma: number;
  readonly epsilon: number;
  /** Orders within. */
  readonly orders: number;
  /** Rates of the moves of the imbalance between three states (up or down by one), a second. */
  readonly swing?: number;
  /** How much more often buyers come in the highest state than in the middle one. */
  readonly lean?: number;
  /** Whether the tops of an order's own time are those that it met, and times are whole ms, as some recorders have them. */
  readonly topsFirst?: boolean;
  /** Regimes: the rates of all orders times this in the second, which is entered and left at this rate a second. */
  readonly busy?: { readonly times: number; readonly rate: number; readonly sigma: number };
}

export const TRUTH: Truth = {
  ...{ lambdaBid: 1.2, lambdaAsk: 1.6, kappa: 2, halfSpread: 0.1, sigma: 0.05, epsilon: 0.03, orders: 10_000 },
};

const T0 = Date.UTC(2024, 0, 1);
/** Seconds between tops besides those that orders leave. */
const TICK = 0.2;

/** Imbalances within the states of thirds. */
const IMBALANCES = [0.2, 0.5, 0.8];

export function drawnMarket(seed: number, truth: Truth = TRUTH): Recording {
  const {
    lambdaBid,
    lambdaAsk,
    kappa,
    halfSpread,
    sigma,
    epsilon,
    swing = 0,
    lean = 1,
    busy,
    topsFirst = false,
  } = truth;
  let drawn = 0;
  const uniform = () => draw(seed, 0, drawn++, 0);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const exponential = (rate: number) => -Math.log(1 - uniform()) / rate;
  const [trades, tops] = [[] as number[][], [] as number[][]];
  let [now, mid, state, isBusy, nextTick] = [0, 10_000, 1, 0, 0];
  const reach = Math.exp(-kappa * halfSpread);
  const move = (to: number) => {
    mid += sigma * (isBusy ? (busy?.sigma ?? 1) : 1) * Math.sqrt(to - now) * normal();
    now = to;
  };
  const top = () => {
    const imbalance = IMBALANCES[state];
    tops.push([now, mid - halfSpread, mid + halfSpread, imbalance, 1 - imbalance]);
  };
  top();
  while (trades.length < truth.orders) {
    const times = isBusy ? (busy?.times ?? 1) : 1;
    const tilt = lean ** (state - 1);
    const [ask, bid] = [lambdaAsk * reach * times * tilt, (lambdaBid * reach * times) / tilt];
    const swings = swing * (state === 1 ? 2 : 1);
    const turns = busy?.rate ?? 0;
    const wait = exponential(ask + bid + swings + turns);
    if (now + wait > nextTick + TICK) {
      // what is memoryless is drawn anew
      nextTick += TICK;
      move(nextTick);
      top();
      continue;
    }
    move(now + wait);
    const which = uniform() * (ask + bid + swings + turns);
    if (which < ask + bid) {
      const side = which < ask ? 1 : -1;
      trades.push([now, side, mid + side * (halfSpread + exponential(kappa)), 0.5 + uniform()]);
      if (topsFirst) top();
      mid += side * epsilon;
    } else if (which < ask + bid + swings) {
      state = state === 1 ? (uniform() < 0.5 ? 0 : 2) : 1;
    } else isBusy = 1 - isBusy;
    if (!topsFirst) top();
  }
  const column = (rows: readonly number[][], c: number) => Float64Array.from(rows, (row) => row[c]);
  const time = (rows: readonly number[][]) =>
    column(rows, 0).map((s) => T0 + (topsFirst ? Math.round(1000 * s) : 1000 * s));
  return createRecording({
    ...{ asset: 'COIN', quote: 'USD', meta: {} },
    trades: {
      time: time(trades),
      side: Int8Array.from(trades, (r) => r[1]),
      price: column(trades, 2),
      size: column(trades, 3),
    },
    tops: {
      time: time(tops),
      bid: column(tops, 1),
      ask: column(tops, 2),
      bidSize: column(tops, 3),
      askSize: column(tops, 4),
    },
  });
}
