/**
 * Floor 1. The best table in steps of dt, by Howard's iteration: h of fixed quotes from a linear system, quotes anew from h.
 *
 * In one step a bid gains p(δ)·(δ + g), g what a fill brings beside its offset. As both sides may fill at once, g of one
 * depends on the chance of the other; they are improved in turn. The best offset: δ = 1/κ − g (bernoulli), and with
 * x = λe^{−κδ}dt, δ = (eˣ − 1)/(κx) − g (poisson).
 */
import {
  chanceOf,
  driftOf,
  edgeOf,
  type SteppedMarket,
  type SteppedQuotes,
  sideOf,
  steppedValue,
  transitions,
} from './discrete.js';
import { solveInPlace } from './linear.js';
import type { MarketState } from './problem.js';

export interface SteppedOptimum extends SteppedQuotes {
  /** A unit of time. */
  readonly value: number;
}

const ROUNDS = 100;
const SETTLED = 1e-13;

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** The optimum of quotes without latency. Throws RangeError where the iteration does not settle. */
export function steppedOptimum(market: SteppedMarket): SteppedOptimum {
  const { qMin, qMax, states } = market;
  const n = qMax - qMin + 1;
  const flat = (side: 'bid' | 'ask') =>
    states.map((s) => range(n).map((i) => (i === (side === 'bid' ? n - 1 : 0) ? null : 1 / sideOf(s, side).kappa)));
  let quotes: SteppedQuotes = { bid: flat('bid'), ask: flat('ask') };
  for (let round = 0; round < ROUNDS; round++) {
    const next = improved(market, relativeValues(market, quotes), quotes);
    const moved = Math.max(distance(next.bid, quotes.bid), distance(next.ask, quotes.ask));
    quotes = next;
    if (moved < SETTLED) return { ...quotes, value: steppedValue(market, quotes).value };
  }
  throw new RangeError(`the best table was expected within ${ROUNDS} rounds, got none`);
}

const distance = (a: SteppedQuotes['bid'], b: SteppedQuotes['bid']): number =>
  a.reduce(
    (most, row, j) => row.reduce<number>((m, x, i) => Math.max(m, Math.abs((x ?? 0) - (b[j][i] ?? 0))), most),
    0,
  );

interface Legs {
  readonly bid: number;
  readonly ask: number;
}

const chancesAt = (market: SteppedMarket, quotes: SteppedQuotes, j: number, i: number): Legs => {
  const of = (side: 'bid' | 'ask') => {
    const offset = quotes[side][j][i];
    const { lambda, kappa } = sideOf(market.states[j], side);
    return offset === null ? 0 : chanceOf(lambda * market.dt * Math.exp(-kappa * offset), market.thinning);
  };
  return { bid: of('bid'), ask: of('ask') };
};

/** h with h + θ = reward + Ph, 0 at the first inventory of the first state: [state][q − qMin], after the states' moves. */
function relativeValues(market: SteppedMarket, quotes: SteppedQuotes): number[][] {
  const { qMin, qMax, states, dt, rebate = 0 } = market;
  const n = qMax - qMin + 1;
  const size = n * states.length;
  const moves = transitions(market.generator, dt);
  // unknowns: h, with θ in the place of h of the first
  const a = new Float64Array(size * size);
  const b = new Float64Array(size);
  states.forEach((s, j) => {
    for (const i of range(n)) {
      const row = j * n + i;
      const q = qMin + i;
      const p = chancesAt(market, quotes, j, i);
      const worth = (side: 'bid' | 'ask') =>
        p[side] === 0 ? 0 : p[side] * ((quotes[side][j][i] ?? 0) + rebate + edgeOf(s, side, market));
      b[row] = worth('bid') + worth('ask') + q * driftOf(s, market) - s.phi * q * q * dt;
      const [up, down] = [p.bid * (1 - p.ask), p.ask * (1 - p.bid)];
      a[row * size + row] += 1;
      for (const [step, chance] of [[0, 1 - up - down] as const, [1, up] as const, [-1, down] as const]) {
        if (chance === 0) continue;
        for (const k of range(states.length)) a[row * size + k * n + i + step] -= chance * moves[j][k];
      }
      a[row * size] = 1;
    }
  });
  solveInPlace(a, b);
  b[0] = 0;
  const h = states.map((_, j) => range(n).map((i) => b[j * n + i]));
  return moves.map((row) => range(n).map((i) => row.reduce((sum, p, k) => sum + p * h[k][i], 0)));
}

function improved(market: SteppedMarket, h: number[][], quotes: SteppedQuotes): SteppedQuotes {
  const n = market.qMax - market.qMin + 1;
  const best = market.states.map((s, j) =>
    range(n).map((i) => {
      const [up, down] = [i < n - 1 ? h[j][i + 1] - h[j][i] : 0, i > 0 ? h[j][i - 1] - h[j][i] : 0];
      let { bid, ask } = chancesAt(market, quotes, j, i);
      let found = { bid: quotes.bid[j][i], ask: quotes.ask[j][i] };
      for (let round = 0; round < ROUNDS; round++) {
        const made = {
          // both fill with pᵇpᵃ, and then the inventory stays
          bid: i < n - 1 ? bestSteppedOffset(market, s, 'bid', up - ask * (up + down)) : null,
          ask: i > 0 ? bestSteppedOffset(market, s, 'ask', down - bid * (up + down)) : null,
        };
        const settled =
          Math.abs((made.bid ?? 0) - (found.bid ?? 0)) + Math.abs((made.ask ?? 0) - (found.ask ?? 0)) < SETTLED;
        found = made;
        if (settled) break;
        const at = (x: number | null) => range(market.states.length).map(() => range(n).map(() => x));
        ({ bid, ask } = chancesAt(market, { bid: at(found.bid), ask: at(found.ask) }, j, i));
      }
      return found;
    }),
  );
  return {
    bid: best.map((row) => row.map((x) => x.bid)),
    ask: best.map((row) => row.map((x) => x.ask)),
  };
}

/** The offset that makes the most of p(δ)·(δ + g), g = gain + rebate + what the fill makes of the mid's move. */
export function bestSteppedOffset(
  market: Pick<SteppedMarket, 'dt' | 'thinning' | 'rebate'>,
  s: Omit<MarketState, 'phi'>,
  side: 'bid' | 'ask',
  gain: number,
): number {
  const { dt, thinning, rebate = 0 } = market;
  const { lambda, kappa } = sideOf(s, side);
  const g = gain + rebate + edgeOf(s, side, market);
  let offset = 1 / kappa - g;
  if (thinning === 'bernoulli') return offset;
  // Newton on δ + g − (eˣ − 1)/(κx), x′ = −κx; it rises in δ
  for (let k = 0; k < ROUNDS; k++) {
    const x = lambda * dt * Math.exp(-kappa * offset);
    const share = Math.expm1(x) / x;
    const value = offset + g - share / kappa;
    const step = value / (1 + Math.exp(x) - share);
    offset -= step;
    if (Math.abs(step) < SETTLED / 10) break;
  }
  return offset;
}
