/** Recordings for tests: orders that come and reach as deep as a maker's market says, around a mid that wanders. */
import { createRecording, type Recording } from '../../src/data/recording/recording.js';

/** Deterministic uniform numbers in (0, 1). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

export interface Made {
  readonly seconds: number;
  /** Orders of each side a second, and how their reach beyond the mid decays. */
  readonly lambda: number;
  readonly kappa: number;
  /** Seconds between moves of the mid, and the size of one. */
  readonly every: number;
  readonly move: number;
  readonly half: number;
}

/** Each order is one trade at the price that it reaches; tops at each move of the mid. */
export function madeRecording(
  { seconds, lambda, kappa, every, move, half }: Made,
  seed = 1,
  withTops = true,
): Recording {
  const u = uniforms(seed);
  const start = 1_700_000_000_000;
  const count = Math.round(seconds / every);
  let mid = 100;
  const mids = Array.from({ length: count }, () => {
    mid += (u() < 0.5 ? -1 : 1) * move;
    return mid;
  });
  const events: { time: number; side: 1 | -1; price: number }[] = [];
  for (const side of [1, -1] as const) {
    for (let t = -Math.log(u()) / lambda; t < seconds; t += -Math.log(u()) / lambda) {
      const at = mids[Math.min(Math.floor(t / every), count - 1)];
      events.push({ time: start + 1000 * t, side, price: at - (side * Math.log(u())) / kappa });
    }
  }
  events.sort((a, b) => a.time - b.time);
  return createRecording({
    asset: 'COIN',
    quote: 'USD',
    trades: {
      time: Float64Array.from(events, (e) => e.time),
      side: Int8Array.from(events, (e) => e.side),
      price: Float64Array.from(events, (e) => e.price),
      size: new Float64Array(events.length).fill(2),
    },
    tops: withTops
      ? {
          time: Float64Array.from(mids, (_, k) => start + 1000 * k * every),
          bid: Float64Array.from(mids, (x) => x - half),
          ask: Float64Array.from(mids, (x) => x + half),
          bidSize: new Float64Array(count).fill(3),
          askSize: new Float64Array(count).fill(5),
        }
      : null,
    meta: {},
  });
}
