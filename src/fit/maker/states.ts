/** Floor 5. States of a market: imbalances of the top of its book, which are seen, and regimes, which are hidden. */
import type { Tops } from '../../data/recording/recording.js';
import { chainOf, type SeenChain } from '../../makers/chain.js';
import type { FlowFit } from '../../makers/order-flow.js';
import { fitRegimes, type Regimes, type Spans } from '../../makers/regimes.js';
import { meanJump, toldJumps } from './jumps.js';
import { midOf, type Orders, topsAt, topsComeFirst, topsMet } from './orders.js';

interface Told {
  readonly value: number;
  readonly error: number;
}

/** A market in a state of the imbalance bid/(bid + ask) of the sizes at the top. */
export interface ImbalanceState {
  readonly from: number;
  readonly to: number;
  /** Share of the time. */
  readonly share: number;
  /** Orders a second; null where no trades were recorded. */
  readonly sells: Told | null;
  readonly buys: Told | null;
  /** Money a second, beside what orders moved. */
  readonly drift: Told;
}

export interface ImbalanceFit {
  readonly chain: SeenChain;
  readonly states: readonly ImbalanceState[];
}

/** The chain of equal parts of the imbalance. Throws RangeError where a state was not seen, or never left. */
export function fitImbalance(
  tops: Tops,
  orders: Orders | null,
  flow: FlowFit,
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): ImbalanceFit {
  const { bidSize, askSize } = tops as { bidSize: Float64Array; askSize: Float64Array };
  const stateAt = (row: number) =>
    Math.min(count - 1, Math.floor((count * bidSize[row]) / (bidSize[row] + askSize[row])));
  const [first] = topsAt(tops, [from]);
  const rows = Int32Array.from(tops.time, (_, i) => i).filter((i) => i >= Math.max(0, first) && tops.time[i] < to);
  const end = (k: number) => (k + 1 < rows.length ? tops.time[rows[k + 1]] : to);
  const seconds = Float64Array.from(rows, (_, k) => (end(k) - Math.max(from, tops.time[rows[k]])) / 1000);
  const path = Uint8Array.from(rows, stateAt);
  const chain = chainOf(path, seconds, count);
  const missing = chain.seconds.findIndex((held, j) => held === 0 || chain.moves[j].every((moves) => moves === 0));
  if (missing >= 0) {
    throw new RangeError(
      `all ${count} states of the imbalance to be entered and left, got none such of ${(missing / count).toFixed(2)} to ${((missing + 1) / count).toFixed(2)}`,
    );
  }
  const moved = new Float64Array(count);
  for (let k = 0; k + 1 < rows.length; k++) moved[path[k]] += midOf(tops, rows[k + 1]) - midOf(tops, rows[k]);
  const met = orders === null ? null : topsMet(tops, orders, topsComeFirst(tops, orders));
  const total = chain.seconds.reduce((a, b) => a + b, 0);
  // drifts are beside the jumps that a config has
  const [fall, rise] = toldJumps(flow.jumpBid, flow.jumpAsk, meanJump(flow))?.map((jump) => jump.value) ?? [0, 0];
  const states = chain.seconds.map((held, j): ImbalanceState => {
    const of = (side: number): Told | null => {
      if (orders === null || met === null) return null;
      const n = met.reduce(
        (sum, row, i) => sum + (row >= 0 && orders.side[i] === side && stateAt(row) === j ? 1 : 0),
        0,
      );
      return { value: n / held, error: Math.sqrt(n) / held };
    };
    const [sells, buys] = [of(-1), of(1)];
    const byOrders = rise * (buys?.value ?? 0) - fall * (sells?.value ?? 0);
    const drift = { value: moved[j] / held - byOrders, error: flow.total / Math.sqrt(held) };
    return { from: j / count, to: (j + 1) / count, share: held / total, ...{ sells, buys, drift } };
  });
  return { chain, states };
}

export interface RegimeFit extends Regimes {
  /** Spans of time, seconds each, from `start` (ms) on. */
  readonly seconds: number;
  readonly start: number;
}

const MOST_SPANS = 5000;
const ORDERS_A_SPAN = 8;

/** Regimes of orders and moves of the mid, over spans with some orders each. Throws RangeError for too short a time. */
export function fitRecordedRegimes(
  orders: Orders | null,
  tops: Tops | null,
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): RegimeFit {
  const length = (to - from) / 1000;
  const events = orders?.time.length ?? tops?.time.length ?? 0;
  const rows = Math.max(2, Math.min(MOST_SPANS, Math.floor(events / ORDERS_A_SPAN)));
  const seconds = length / rows;
  const counts = (side: number) => {
    if (orders === null) return null;
    const out = new Float64Array(rows);
    orders.time.forEach((t, i) => {
      if (orders.side[i] === side) out[Math.min(rows - 1, Math.floor((t - from) / 1000 / seconds))]++;
    });
    return out;
  };
  const spans: Spans = {
    seconds,
    buys: counts(1),
    sells: counts(-1),
    change: tops === null ? null : movesOf(tops, from, seconds, rows),
  };
  return { ...fitRegimes(spans, count), seconds, start: from };
}

/** Changes of the mid over equal spans, less their mean. */
function movesOf(tops: Tops, from: number, seconds: number, rows: number): Float64Array {
  const at = topsAt(
    tops,
    Float64Array.from({ length: rows + 1 }, (_, k) => from + 1000 * seconds * k + 1e-6),
  );
  const change = Float64Array.from(
    { length: rows },
    (_, k) => midOf(tops, Math.max(0, at[k + 1])) - midOf(tops, Math.max(0, at[k])),
  );
  const mean = change.reduce((a, b) => a + b, 0) / rows;
  return change.map((x) => x - mean);
}
