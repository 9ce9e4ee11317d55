/**
 * Floor 1. A table of quotes in steps of dt: its chain of inventories and states of the market, and what it earns in the
 * long run, on plain numbers. What a simulation of the same dt trains and measures.
 *
 *     p = 1 − e^{−λe^{−κδ}dt} (poisson) or λe^{−κδ}dt (bernoulli); both sides may fill, independently
 *     reward = pᵇ(δᵇ + r) + pᵃ(δᵃ + r) + E[q′ΔS] − φq²dt, q at the start of the step, q′ after its fills
 *     ΔS = μdt − εᵇ if a sell order came + εᵃ if a buy order came; one fills only if it came
 *
 * With a latency of a step, quotes are those of the inventory and state a step before; a side that has none there takes the
 * nearest that it has, and at a limit of the inventory that is, the side is off.
 */
import { solveInPlace } from './linear.js';
import type { MarketState, SingleAsset } from './problem.js';

export type Thinning = 'poisson' | 'bernoulli';

/** How time goes. */
export type Steps = { readonly dt: number; readonly thinning: Thinning };

/** A market in steps; in time it is a SingleAsset. */
export interface SteppedMarket extends Pick<SingleAsset, 'qMin' | 'qMax' | 'states' | 'generator' | 'rebate'>, Steps {}

/** Offsets [state][q − qMin]; null where there is no such quote. */
export interface SteppedQuotes {
  readonly bid: readonly (readonly (number | null)[])[];
  readonly ask: readonly (readonly (number | null)[])[];
}

export interface SteppedValue {
  /** All a unit of time, but for the means of |q| and q². */
  readonly value: number;
  readonly meanAbsQ: number;
  readonly meanQ2: number;
  readonly bidFills: number;
  readonly askFills: number;
}

/** The chance that something of rate λ happens in a step. */
export const chanceOf = (expected: number, thinning: Thinning): number =>
  thinning === 'poisson' ? -Math.expm1(-expected) : Math.min(expected, 1);

export const sideOf = (s: Omit<MarketState, 'phi'>, side: 'bid' | 'ask') =>
  side === 'bid'
    ? { lambda: s.lambdaBid, kappa: s.kappaBid, jump: s.jumpBid }
    : { lambda: s.lambdaAsk, kappa: s.kappaAsk, jump: s.jumpAsk };

/**
 * What a fill makes of the mid's move: E[ΔS·n] = p·(μdt ∓ ε ± …). A bid that fills was met by a sell order, and holds a lot
 * while the mid falls; a buy order may come beside it.
 */
export function edgeOf(s: Omit<MarketState, 'phi'>, side: 'bid' | 'ask', { dt, thinning }: Steps): number {
  const drift = s.drift * dt;
  if (side === 'bid') return drift - s.jumpBid + s.jumpAsk * chanceOf(s.lambdaAsk * dt, thinning);
  return -(drift + s.jumpAsk - s.jumpBid * chanceOf(s.lambdaBid * dt, thinning));
}

/** E[ΔS] in a step. */
export const driftOf = (s: Omit<MarketState, 'phi'>, { dt, thinning }: Steps): number =>
  s.drift * dt - s.jumpBid * chanceOf(s.lambdaBid * dt, thinning) + s.jumpAsk * chanceOf(s.lambdaAsk * dt, thinning);

/** e^{G·dt}: moves of the state in a step, by the series of a piece and squarings. */
export function transitions(generator: readonly (readonly number[])[], dt: number): number[][] {
  const n = generator.length;
  const size = generator.reduce((most, row, i) => Math.max(most, -row[i] * dt), 0);
  const squarings = Math.max(0, Math.ceil(Math.log2(size)) + 4);
  const piece = dt / 2 ** squarings;
  const times = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
    a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
  let power = generator.map((_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));
  // Horner: I + B(I + B/2(I + B/3(…))); B below 1/16 leaves 1e-17 after 10 terms
  for (let k = 10; k >= 1; k--) {
    power = times(generator, power).map((row, i) => row.map((x, j) => (x * piece) / k + Number(i === j)));
  }
  for (let k = 0; k < squarings; k++) power = times(power, power);
  return power;
}

interface Place {
  readonly state: number;
  /** Index of the inventory, from 0 at qMin. */
  readonly at: number;
  readonly seenState: number;
  readonly seenAt: number;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const keyOf = (p: Place) => `${p.state},${p.at},${p.seenState},${p.seenAt}`;

/** The nearest defined entry of a row. */
function nearest(row: readonly (number | null)[], at: number): number {
  const there = range(row.length).filter((i) => typeof row[i] === 'number');
  const best = there.reduce((b, i) => (Math.abs(i - at) < Math.abs(b - at) ? i : b), there[0] ?? -1);
  const offset = row[best];
  if (typeof offset !== 'number') throw new RangeError('a table of quotes was expected to have an offset, got none');
  return offset;
}

/** The chain that a table makes: from each place its steps, what one earns, and its fills. */
function chainOf(market: SteppedMarket, quotes: SteppedQuotes, latency: 0 | 1) {
  const { qMin, qMax, states, dt, thinning, rebate = 0 } = market;
  const n = qMax - qMin + 1;
  const moves = transitions(market.generator, dt);
  const next = (p: Place, at: number, state: number): Place =>
    latency === 0 ? { state, at, seenState: state, seenAt: at } : { state, at, seenState: p.state, seenAt: p.at };
  const places: Place[] = [];
  const index = new Map<string, number>();
  const indexOf = (p: Place): number => {
    const known = index.get(keyOf(p));
    if (known !== undefined) return known;
    index.set(keyOf(p), places.length);
    return places.push(p) - 1;
  };
  for (const state of range(states.length)) {
    for (const at of range(n)) indexOf({ state, at, seenState: state, seenAt: at });
  }
  const rows = [];
  for (let i = 0; i < places.length; i++) {
    const p = places[i];
    const s = states[p.state];
    const leg = (side: 'bid' | 'ask') => {
      if (p.at === (side === 'bid' ? n - 1 : 0)) return { chance: 0, worth: 0 };
      const { lambda, kappa } = sideOf(s, side);
      const offset = nearest(quotes[side][p.seenState], p.seenAt);
      return {
        chance: chanceOf(lambda * dt * Math.exp(-kappa * offset), thinning),
        worth: offset + rebate + edgeOf(s, side, market),
      };
    };
    const [bid, ask] = [leg('bid'), leg('ask')];
    const q = qMin + p.at;
    const [up, down] = [bid.chance * (1 - ask.chance), ask.chance * (1 - bid.chance)];
    const to = [
      { at: p.at, chance: 1 - up - down },
      { at: p.at + 1, chance: up },
      { at: p.at - 1, chance: down },
    ].filter(({ chance }) => chance > 0);
    rows.push({
      q,
      bid: bid.chance,
      ask: ask.chance,
      reward: bid.chance * bid.worth + ask.chance * ask.worth + q * driftOf(s, market) - s.phi * q * q * dt,
      to: to.flatMap((t) =>
        moves[p.state].map((chance, state) => ({ place: indexOf(next(p, t.at, state)), chance: t.chance * chance })),
      ),
    });
  }
  return rows;
}

/** What a table earns in the long run, by the stationary law of its chain. Throws RangeError where a side has no offset. */
export function steppedValue(market: SteppedMarket, quotes: SteppedQuotes, latency: 0 | 1 = 0): SteppedValue {
  const rows = chainOf(market, quotes, latency);
  const n = rows.length;
  // πP = π, with Σπ = 1 in the place of the last equation
  const a = new Float64Array(n * n);
  const law = new Float64Array(n);
  rows.forEach((row, i) => {
    a[i * n + i] -= 1;
    for (const { place, chance } of row.to) a[place * n + i] += chance;
  });
  a.fill(1, (n - 1) * n);
  law[n - 1] = 1;
  solveInPlace(a, law);
  const mean = (of: (row: (typeof rows)[number]) => number) => rows.reduce((sum, row, i) => sum + law[i] * of(row), 0);
  return {
    value: mean((r) => r.reward) / market.dt,
    meanAbsQ: mean((r) => Math.abs(r.q)),
    meanQ2: mean((r) => r.q * r.q),
    bidFills: mean((r) => r.bid) / market.dt,
    askFills: mean((r) => r.ask) / market.dt,
  };
}
