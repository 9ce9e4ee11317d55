/**
 * Floor 5. What each part of a spread is for. The market is built up from one that charges for nothing, one feature after the
 * other; a part is what the feature adds to the quote. Parts add up to the quote, to rounding.
 */
import { valuesAt } from '../makers/horizon.js';
import { longRun } from '../makers/long-run.js';
import {
  type ManyAssets,
  type MarketState,
  manyAssets,
  type Problem,
  type SingleAsset,
  singleAsset,
} from '../makers/problem.js';
import { offsetsBySide, type Sides } from '../makers/quotes.js';

export interface Part {
  readonly name: string;
  readonly doc: string;
  /** What it adds to the offsets, by state; null where there is no such quote. One pair of sides an asset. */
  readonly sides: readonly Sides[];
}

interface Rung {
  readonly name: string;
  readonly doc: string;
  readonly problem: Problem;
}

/** Time to go, or null for the long run. */
export type When = number | null;

/** h of a problem at a time to go, or in the long run. */
export const valuesWhen = (problem: Problem, when: When, origin: number): Float64Array =>
  when === null ? longRun(problem, origin).h : valuesAt(problem, [when])[0];

const MYOPIC = { name: 'myopic', doc: '1/κ: the best offset for one order, were inventory free' };
const LIMITS = { name: 'limits', doc: 'what a fill costs of the room to trade: the inventory is limited' };
const INVENTORY = { name: 'inventory', doc: 'penalties of the inventory, running and at the end' };
const ADVERSE = { name: 'adverse selection', doc: 'the mid moves against fills' };
const REBATE = { name: 'rebate', doc: 'what the venue pays for a fill, or takes' };
const DRIFT = { name: 'drift', doc: 'the mid is expected to move, by the state of the market' };
const TAKING = { name: 'taking', doc: 'inventory can be got rid of by crossing the spread' };
const FLOOR = { name: 'floor', doc: 'offsets are not below a least one' };

/** The features of a market, each with those before it. */
function rungs(m: SingleAsset): Rung[] {
  const change = (states: (s: MarketState) => MarketState, rest: Partial<SingleAsset>): SingleAsset => ({
    ...m,
    ...rest,
    states: m.states.map(states),
  });
  const none = { taker: undefined, minOffset: undefined, driftDecay: undefined };
  const still = { drift: 0, jumpBid: 0, jumpAsk: 0 };
  const hasTaker = m.taker !== undefined && m.taker.rate > 0;
  const all: (Omit<Rung, 'problem'> & { readonly market: SingleAsset; readonly is: boolean })[] = [
    { ...LIMITS, market: change((s) => ({ ...s, ...still, phi: 0 }), { ...none, alpha: 0, rebate: 0 }), is: true },
    { ...INVENTORY, market: change((s) => ({ ...s, ...still }), { ...none, rebate: 0 }), is: true },
    {
      ...ADVERSE,
      market: change((s) => ({ ...s, drift: 0 }), { ...none, rebate: 0 }),
      is: m.states.some((s) => s.jumpBid !== 0 || s.jumpAsk !== 0),
    },
    { ...REBATE, market: change((s) => ({ ...s, drift: 0 }), none), is: (m.rebate ?? 0) !== 0 },
    {
      ...DRIFT,
      market: { ...m, taker: undefined, minOffset: undefined },
      is: m.states.some((s) => s.drift !== 0),
    },
    { ...TAKING, market: { ...m, minOffset: undefined }, is: hasTaker },
    { ...FLOOR, market: m, is: m.minOffset !== undefined },
  ];
  return all.filter((r) => r.is).map(({ market, is: _is, ...rest }) => ({ ...rest, problem: singleAsset(market) }));
}

function manyRungs(m: ManyAssets): Rung[] {
  const zero = m.risk.map((row) => row.map(() => 0));
  const own = (r: ManyAssets['risk']) => r.map((row, i) => row.map((x, j) => (i === j ? x : 0)));
  const still = m.assets.map((a) => ({ ...a, drift: 0, jumpBid: 0, jumpAsk: 0 }));
  const jumping = m.assets.map((a) => ({ ...a, drift: 0 }));
  const is = (key: 'drift' | 'jumpBid' | 'jumpAsk') => m.assets.some((a) => a[key] !== 0);
  const off = [...m.risk, ...m.terminal].some((row, i) => row.some((x, j) => i % m.risk.length !== j && x !== 0));
  const all: (Omit<Rung, 'problem'> & { readonly market: ManyAssets; readonly is: boolean })[] = [
    { ...LIMITS, market: { ...m, assets: still, risk: zero, terminal: zero, rebate: 0 }, is: true },
    {
      ...INVENTORY,
      market: { ...m, assets: still, risk: own(m.risk), terminal: own(m.terminal), rebate: 0 },
      is: true,
    },
    {
      name: 'covariance',
      doc: 'inventories of other assets hedge this one, or add to its risk',
      market: { ...m, assets: still, rebate: 0 },
      is: off,
    },
    { ...ADVERSE, market: { ...m, assets: jumping, rebate: 0 }, is: is('jumpBid') || is('jumpAsk') },
    { ...REBATE, market: { ...m, assets: jumping }, is: (m.rebate ?? 0) !== 0 },
    { ...DRIFT, market: m, is: is('drift') },
  ];
  return all.filter((r) => r.is).map(({ market, is: _is, ...rest }) => ({ ...rest, problem: manyAssets(market) }));
}

const minus = (a: Sides, b: Sides): Sides => {
  const of = (side: 'bid' | 'ask') => a[side].map((x, i) => (x === null ? null : x - (b[side][i] ?? 0)));
  return { bid: of('bid'), ask: of('ask') };
};

function partsOf(ladder: readonly Rung[], assets: number, when: When, origin: number): Part[] {
  const list = Array.from({ length: assets }, (_, i) => i);
  /** 1/κ of every quote. */
  const myopic = list.map((asset): Sides => {
    const { quotes } = ladder[0].problem;
    const of = (side: 'bid' | 'ask') =>
      quotes.map((row) => {
        const quote = row.find((q) => q.side === side && q.asset === asset);
        return quote === undefined ? null : 1 / quote.kappa;
      });
    return { bid: of('bid'), ask: of('ask') };
  });
  let before = myopic;
  const added = ladder.map(({ name, doc, problem }) => {
    const h = valuesWhen(problem, when, origin);
    const now = list.map((asset) => offsetsBySide(problem, h, asset));
    const sides = now.map((s, i) => minus(s, before[i]));
    before = now;
    return { name, doc, sides };
  });
  return [{ ...MYOPIC, sides: myopic }, ...added];
}

export const partsOfOne = (market: SingleAsset, when: When, origin: number): Part[] =>
  partsOf(rungs(market), 1, when, origin);

export const partsOfMany = (market: ManyAssets, when: When, origin: number): Part[] =>
  partsOf(manyRungs(market), market.assets.length, when, origin);
