/**
 * Floor 1. Several assets in steps of dt: what a table over all their inventories earns in the long run, and the best one, on
 * plain numbers. Given the quotes the assets fill independently; a step's reward is that of each (discrete.ts) less qᵀRq·dt.
 * The best table by Howard's iteration, offset by offset in turn: a fill of one asset is worth what it makes of the value
 * expected over the fills of the others.
 */
import { chanceOf, driftOf, edgeOf, type Steps, sideOf } from './discrete.js';
import { bestSteppedOffset } from './discrete-optimum.js';
import { solveInPlace } from './linear.js';
import { type Asset, gridIndex, inventoryGrid, type ManyAssets } from './problem.js';

export interface ManySteppedMarket extends Pick<ManyAssets, 'assets' | 'risk' | 'rebate'>, Steps {}

/** Offsets [place of the grid of inventories][asset]; null where there is no such quote. */
export interface ManyQuotes {
  readonly bid: readonly (readonly (number | null)[])[];
  readonly ask: readonly (readonly (number | null)[])[];
}

const ROUNDS = 100;
const SETTLED = 1e-12;

/** The chance that an offset fills in a step; 0 of none. */
function fillOf(market: ManySteppedMarket, asset: Asset, side: 'bid' | 'ask', offset: number | null): number {
  if (offset === null) return 0;
  const { lambda, kappa } = sideOf(asset, side);
  return chanceOf(lambda * market.dt * Math.exp(-kappa * offset), market.thinning);
}

/** Of one asset at one place: chances of its sides, and of a lot more, the same, a lot less. */
interface Legs {
  readonly bid: number;
  readonly ask: number;
  readonly moves: readonly (readonly [by: number, chance: number])[];
}

function legsOf(market: ManySteppedMarket, quotes: ManyQuotes, place: number): Legs[] {
  return market.assets.map((asset, i) => {
    const bid = fillOf(market, asset, 'bid', quotes.bid[place][i]);
    const ask = fillOf(market, asset, 'ask', quotes.ask[place][i]);
    return movesWith(bid, ask);
  });
}

function movesWith(bid: number, ask: number): Legs {
  const [up, down] = [bid * (1 - ask), ask * (1 - bid)];
  const moves = [[0, 1 - up - down] as const, [1, up] as const, [-1, down] as const];
  return { bid, ask, moves: moves.filter(([by, chance]) => by === 0 || chance > 0) };
}

/** Chances of all moves of some of the assets, by what the index of the place changes by. */
function jointly(legs: readonly Legs[], strides: readonly number[], but = -1): [by: number, chance: number][] {
  return legs.reduce<[number, number][]>(
    (sofar, { moves }, i) =>
      i === but
        ? sofar
        : sofar.flatMap(([by, p]) => moves.map(([m, c]): [number, number] => [by + m * strides[i], p * c])),
    [[0, 1]],
  );
}

const stridesOf = (assets: readonly Asset[]): number[] =>
  assets.map((_, i) => assets.slice(i + 1).reduce((product, { qMin, qMax }) => product * (qMax - qMin + 1), 1));

const penaltyOf = (risk: ManyAssets['risk'], q: readonly number[]): number =>
  risk.reduce((total, row, i) => total + q[i] * row.reduce((sum, x, j) => sum + x * q[j], 0), 0);

/** What a step earns at a place. */
function rewardAt(
  market: ManySteppedMarket,
  quotes: ManyQuotes,
  legs: readonly Legs[],
  q: readonly number[],
  place: number,
) {
  const { assets, risk, dt, rebate = 0 } = market;
  return assets.reduce((total, asset, i) => {
    const worth = (side: 'bid' | 'ask') =>
      legs[i][side] === 0 ? 0 : legs[i][side] * ((quotes[side][place][i] ?? 0) + rebate + edgeOf(asset, side, market));
    return total + worth('bid') + worth('ask') + q[i] * driftOf(asset, market);
  }, -penaltyOf(risk, q) * dt);
}

/** θ a unit of time, and h with h + θdt = reward + Ph, 0 at no inventory. Throws a SingularError where there is no one value. */
export function manySteppedValue(market: ManySteppedMarket, quotes: ManyQuotes) {
  const { assets, dt } = market;
  const grid = inventoryGrid(assets);
  const n = grid.length;
  const strides = stridesOf(assets);
  const origin = gridIndex(
    assets,
    assets.map(({ qMin, qMax }) => Math.min(Math.max(0, qMin), qMax)),
  );
  // unknowns: h, with θ in the place of h at the origin
  const a = new Float64Array(n * n);
  const b = new Float64Array(n);
  grid.forEach((q, place) => {
    const legs = legsOf(market, quotes, place);
    b[place] = rewardAt(market, quotes, legs, q, place);
    a[place * n + place] += 1;
    for (const [by, chance] of jointly(legs, strides)) a[place * n + place + by] -= chance;
    a[place * n + origin] = 1;
  });
  solveInPlace(a, b);
  const value = b[origin] / dt;
  b[origin] = 0;
  return { value, h: b };
}

/** The best table, and its value a unit of time. Throws RangeError where the iteration does not settle. */
export function manySteppedOptimum(market: ManySteppedMarket): ManyQuotes & { readonly value: number } {
  const { assets } = market;
  const grid = inventoryGrid(assets);
  const flat = (side: 'bid' | 'ask') =>
    grid.map((q) =>
      assets.map((x, i) => (q[i] === (side === 'bid' ? x.qMax : x.qMin) ? null : 1 / sideOf(x, side).kappa)),
    );
  let quotes: ManyQuotes = { bid: flat('bid'), ask: flat('ask') };
  for (let round = 0; round < ROUNDS; round++) {
    const { h } = manySteppedValue(market, quotes);
    const found = grid.map((_, place) => improvedAt(market, h, quotes, place));
    const next = { bid: found.map((x) => x.bid), ask: found.map((x) => x.ask) };
    const moved = Math.max(distance(next.bid, quotes.bid), distance(next.ask, quotes.ask));
    quotes = next;
    if (moved < SETTLED) return { ...quotes, value: manySteppedValue(market, quotes).value };
  }
  throw new RangeError(`the best table was expected within ${ROUNDS} rounds, got none`);
}

const distance = (a: ManyQuotes['bid'], b: ManyQuotes['bid']): number =>
  a.reduce(
    (most, row, p) => row.reduce<number>((m, x, i) => Math.max(m, Math.abs((x ?? 0) - (b[p][i] ?? 0))), most),
    0,
  );

function improvedAt(market: ManySteppedMarket, h: Float64Array, quotes: ManyQuotes, place: number) {
  const { assets } = market;
  const strides = stridesOf(assets);
  const bid = [...quotes.bid[place]];
  const ask = [...quotes.ask[place]];
  const legs = legsOf(market, quotes, place);
  for (let round = 0; round < ROUNDS; round++) {
    let moved = 0;
    assets.forEach((asset, i) => {
      const others = jointly(legs, strides, i);
      const after = (by: number) => others.reduce((sum, [step, p]) => sum + p * h[place + step + by * strides[i]], 0);
      const still = after(0);
      const up = bid[i] === null ? 0 : after(1) - still;
      const down = ask[i] === null ? 0 : after(-1) - still;
      // both fill with pᵇpᵃ, and then the inventory stays
      const set = (side: 'bid' | 'ask', own: (number | null)[], gain: number) => {
        const before = own[i];
        if (before === null) return;
        const best = bestSteppedOffset(market, asset, side, gain);
        own[i] = best;
        moved = Math.max(moved, Math.abs(best - before));
      };
      set('bid', bid, up - legs[i].ask * (up + down));
      legs[i] = movesWith(fillOf(market, asset, 'bid', bid[i]), legs[i].ask);
      set('ask', ask, down - legs[i].bid * (up + down));
      legs[i] = movesWith(legs[i].bid, fillOf(market, asset, 'ask', ask[i]));
    });
    if (moved < SETTLED) break;
  }
  return { bid, ask };
}
