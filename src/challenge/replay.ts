/**
 * Floor 5. The game once more, on plain numbers and trade by trade, for what a compiled roll-out cannot hold: a policy in
 * fixed point, a contract. Prices and orders are those of a scenario, draw for draw. Formulas: kernels/competition/pools.ts.
 */

import { edge } from '../../kernels/competition/edge.js';
import { MOST_FEE } from '../../kernels/competition/law.js';
import { challengeMarket } from '../../kernels/competition/market.js';
import { challengeOrders } from '../../kernels/competition/orders.js';
import { createRollout } from '../rollout/compiled.js';
import type { SynchronousTarget } from '../targets/target.js';
import { ROWS } from './rollout.js';

export interface Scenario {
  readonly prices: readonly number[];
  /** By step. */
  readonly orders: readonly (readonly { readonly buys: boolean; readonly size: number }[])[];
}

/** What a policy is told of a trade; amounts with fees, reserves after it. */
export interface SeenCall {
  readonly buysX: boolean;
  readonly x: number;
  readonly y: number;
  readonly step: number;
  readonly reserveX: number;
  readonly reserveY: number;
}

export interface Fees {
  readonly bid: number;
  readonly ask: number;
}

/** A policy as the challenge calls it. */
export interface Player {
  start(x: number, y: number): Fees;
  after(trade: SeenCall): Fees;
}

/** The prices and orders of scenarios, `rows` − 1 steps of each. */
export function drawScenarios(
  target: SynchronousTarget,
  seed: number,
  numbers: readonly number[],
  rows = ROWS,
): Scenario[] {
  const rollout = createRollout(
    {
      assets: ['X'],
      clock: { interval: 1000 },
      source: { kind: 'drawn', model: challengeMarket, settings: {}, seed },
      system: challengeOrders,
      objective: { ...edge, reads: ['price'], score: ({ last }) => last.price[0] },
      penalties: [],
      settings: {},
    },
    null,
    target,
    { threads: 1 },
  );
  try {
    return numbers.map((scenario) => {
      const { price, buys, sizes } = rollout.path(new Float64Array(0), scenario, rows, 1).observed;
      const most = sizes.length / rows;
      const steps = Array.from({ length: rows - 1 }, (_, t) => t + 1);
      return {
        prices: steps.map((t) => price[t]),
        orders: steps.map((t) =>
          Array.from({ length: most }, (_, i) => ({
            buys: buys[t * most + i] === 1,
            size: sizes[t * most + i],
          })).filter((o) => o.size > 0),
        ),
      };
    });
  } finally {
    rollout.dispose();
  }
}

interface Pool extends Fees {
  x: number;
  y: number;
  bid: number;
  ask: number;
}

const LEAST_PART = 1e-4;
const CAP = 0.99;

/** The trade that an arbitrageur makes with a pool, or null. */
function arbitrage(pool: Pool, price: number) {
  const k = pool.x * pool.y;
  const [ask, bid] = [1 - pool.ask, 1 - pool.bid];
  const sells = pool.y < price * pool.x * ask;
  const buysX = price * pool.x < pool.y * bid;
  if (!sells && !buysX) return null;
  const x = buysX ? Math.sqrt((k * bid) / price) : Math.max(Math.sqrt(k / (ask * price)), pool.x * (1 - CAP));
  const y = k / x;
  const trade = buysX
    ? { buysX, x: (x - pool.x) / bid, y: pool.y - y }
    : { buysX, x: pool.x - x, y: (y - pool.y) / ask };
  const edge = buysX ? trade.x * price - trade.y : trade.y - trade.x * price;
  if (!(edge < 0)) return null;
  [pool.x, pool.y] = [x, y];
  return { ...trade, edge };
}

/** A part of an order in a pool, or null. */
function fill(pool: Pool, buys: boolean, part: number, price: number) {
  if (!(part > LEAST_PART)) return null;
  const k = pool.x * pool.y;
  const paid = (buys ? pool.y : pool.x) + (1 - (buys ? pool.ask : pool.bid)) * part;
  const left = k / paid;
  const out = (buys ? pool.x : pool.y) - left;
  [pool.x, pool.y] = buys ? [left, paid] : [paid, left];
  return buys
    ? { buysX: false, x: out, y: part, edge: part - out * price }
    : { buysX: true, x: part, y: out, edge: part * price - out };
}

function firstPart(own: Pool, other: Pool, buys: boolean, total: number): number {
  const side = (p: Pool) => ({ paid: buys ? p.y : p.x, gamma: 1 - (buys ? p.ask : p.bid), k: p.x * p.y });
  const [a, b] = [side(own), side(other)];
  const ratio = Math.sqrt((a.gamma * a.k) / (b.gamma * b.k));
  const wanted = (ratio * (b.paid + b.gamma * total) - a.paid) / (a.gamma + ratio * b.gamma);
  return Math.min(Math.max(wanted, 0), total);
}

const bounded = (fee: number): number => Math.min(Math.max(fee, 0), MOST_FEE);

/** The edge of a policy over a scenario; `watch` is told of every call and its answer. */
export function play(
  scenario: Scenario,
  player: Player,
  watch: (call: SeenCall, fees: Fees) => void = () => {},
): number {
  const own: Pool = { x: 100, y: 10_000, bid: 0, ask: 0 };
  const other: Pool = { x: 100, y: 10_000, bid: 0.003, ask: 0.003 };
  let total = 0;
  const set = ({ bid, ask }: Fees) => {
    own.bid = bounded(bid);
    own.ask = bounded(ask);
  };
  set(player.start(own.x, own.y));
  const settle = (trade: ReturnType<typeof fill>, step: number) => {
    if (trade === null) return;
    const { edge: gained, buysX, x, y } = trade;
    total += gained;
    const call = { buysX, x, y, step, reserveX: own.x, reserveY: own.y };
    const fees = player.after(call);
    watch(call, fees);
    set(fees);
  };
  scenario.prices.forEach((price, step) => {
    settle(arbitrage(own, price), step);
    arbitrage(other, price);
    for (const { buys, size } of scenario.orders[step]) {
      const paid = buys ? size : size / price;
      const first = firstPart(own, other, buys, paid);
      const ours = fill(own, buys, first, price);
      settle(ours, step);
      fill(other, buys, paid - first, price);
    }
  });
  return total;
}
