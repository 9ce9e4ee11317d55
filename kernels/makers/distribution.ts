/**
 * Floor 3. The exact roll-out of a maker: not one inventory that is drawn, but the law π of all of them, step by step.
 *
 *     π_{t+1} = πₜM(δ),   J = Σₜ πₜ·(gain − φq²dt) − α Σ π_N q²
 *
 * Every number is an expectation over fills, takers and moves of the state, and its gradient is exact. Prices of the source
 * are one path: Σ E[q]·ΔS. With a latency of a step the law is over (what was seen, what is).
 */
import { constant, type Expr } from '../../src/graph/index.js';
import { dot, sum } from '../../src/rollout/functions.js';
import type { Row, SystemRun, Tick } from '../../src/rollout/model.js';
import { type Cell, cellOf, movesOf } from './cell.js';
import type { Market } from './market.js';
import type { Quotes, Seen } from './policies/policy.js';

export interface DistributionOptions {
  readonly market: Market;
  readonly quotes: (seen: Seen) => Quotes;
  readonly takes: boolean;
  /** Steps after which quotes live: 0 or 1. */
  readonly latency: number;
  /** The inventory to start from; null: every one is as likely. */
  readonly start: number | null;
  /** Whether moves of the source's price count. */
  readonly moves: boolean;
  readonly elapsed: (t: Expr) => Expr;
}

/** Where a lane may be: inventory and state, and those that its quotes were made for. */
interface Place {
  readonly q: number;
  readonly state: number;
  readonly seenQ: number;
  readonly seenState: number;
}

type Law = {
  readonly mass: readonly Expr[];
  readonly score: Expr;
  readonly pnl: Expr;
};

const count = (n: number) => Array.from({ length: n }, (_, i) => i);
const key = (p: Place) => `${p.seenState},${p.seenQ},${p.state},${p.q}`;

/** What may come next from a place: a step ends at an inventory, then the state moves. */
const after = (p: Place, q: number, state: number, latency: number): Place =>
  latency === 0 ? { q, state, seenQ: q, seenState: state } : { q, state, seenQ: p.q, seenState: p.state };

/** All places that can be reached. */
function placesOf({ market, takes, latency, start }: DistributionOptions): Place[] {
  const range = count(market.qMax - market.qMin + 1).map((i) => market.qMin + i);
  const known = new Map<string, Place>();
  const queue: Place[] = [];
  const add = (p: Place) => {
    if (known.has(key(p))) return;
    known.set(key(p), p);
    queue.push(p);
  };
  for (const q of start === null ? range : [start]) {
    for (const state of count(market.states)) add({ q, state, seenQ: q, seenState: state });
  }
  for (let p = queue.shift(); p !== undefined; p = queue.shift()) {
    const reach = takes ? 2 : 1;
    for (const q of range.filter((x) => Math.abs(x - (p as Place).q) <= reach)) {
      for (const state of count(market.states)) add(after(p, q, state, latency));
    }
  }
  return [...known.values()];
}

export function distributionRun(options: DistributionOptions): SystemRun<Law> {
  const { market, quotes, start, elapsed } = options;
  const places = placesOf(options);
  const index = new Map(places.map((p, i) => [key(p), i]));
  const first = (p: Place): Expr => {
    const there = p.q === p.seenQ && p.state === p.seenState && (start === null || p.q === start);
    if (!there) return constant(0);
    return start === null ? market.lasting[p.state].div(market.qMax - market.qMin + 1) : market.lasting[p.state];
  };
  const cells = (t: Expr): Cell[] =>
    places.map((p) => {
      const seen = { q: constant(p.seenQ), state: constant(p.seenState), elapsed: elapsed(t) };
      return cellOf(market, p.q, p.state, quotes(seen));
    });
  const expect = (mass: readonly Expr[], of: (p: Place) => number) =>
    sum(places.flatMap((p, i) => (of(p) === 0 ? [] : [mass[i].mul(of(p))])));
  return {
    init: () => ({ mass: places.map(first), score: constant(0), pnl: constant(0) }),
    step({ mass, score, pnl }, { now, before, t }: Tick) {
      const at = cells(t);
      const next = spread(options, places, index, mass, at);
      const held = options.moves ? expect(next, (p) => p.q).mul(now.prices[0].sub(before.prices[0])) : constant(0);
      const gain = dot(
        mass,
        at.map((c) => c.gain),
      );
      const reward = dot(
        mass,
        at.map((c) => c.reward),
      );
      return { mass: next, score: score.add(reward).add(held), pnl: pnl.add(gain).add(held) };
    },
    observe: ({ mass, score, pnl }): Row => ({ score: [score], pnl: [pnl], q: [expect(mass, (p) => p.q)] }),
    outcome: (_start, { mass }) => ({ terminal: [market.alpha.mul(expect(mass, (p) => p.q * p.q))] }),
  };
}

/** The law after a step: by trades, then by moves of the state. */
function spread(
  { market, latency }: DistributionOptions,
  places: readonly Place[],
  index: ReadonlyMap<string, number>,
  mass: readonly Expr[],
  cells: readonly Cell[],
): Expr[] {
  /** Mass by where it was, where its inventory is now, before its state moves. */
  const traded = new Map<string, { from: Place; q: number; mass: Expr[] }>();
  cells.forEach((cell, i) => {
    for (const [q, chance] of movesOf(cell)) {
      const p = places[i];
      // without latency it does not matter where it came from
      const id = latency === 0 ? `${p.state},${q}` : `${p.state},${p.q},${q}`;
      const there = traded.get(id) ?? { from: p, q, mass: [] };
      there.mass.push(mass[i].mul(chance));
      traded.set(id, there);
    }
  });
  const next: Expr[][] = places.map(() => []);
  for (const { from, q, mass: parts } of traded.values()) {
    const total = sum(parts);
    for (const state of count(market.states)) {
      const at = index.get(key(after(from, q, state, latency)));
      if (at === undefined) throw new TypeError(`maker: no place for an inventory of ${q} in state ${state}`);
      next[at].push(total.mul(market.moves[from.state][state]));
    }
  }
  return next.map((parts) => (parts.length === 0 ? constant(0) : sum(parts)));
}
