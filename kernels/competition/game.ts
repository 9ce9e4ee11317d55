/**
 * Floor 3. A step of the AMM challenge: the price has moved; an arbitrageur trades with our pool, then with the other one;
 * then orders come one after the other and are routed through both. After every trade of ours its law sets both fees.
 */
import { constant, type Expr, scan, where } from '../../src/graph/index.js';
import { choose, clip } from '../../src/rollout/functions.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { type FeeLaw, MOST_FEE, type Quote } from './law.js';
import { arbitrage, type Fees, type Order, route, type Trade } from './pools.js';

/** What is added up from the first step on. */
export interface Totals {
  readonly arbitrageEdge: Expr;
  readonly retailEdge: Expr;
  readonly otherEdge: Expr;
  readonly arbitrages: Expr;
  readonly retailTrades: Expr;
  readonly arbitrageVolume: Expr;
  readonly retailVolume: Expr;
  readonly feesX: Expr;
  readonly feesY: Expr;
}

export type Game = {
  readonly pool: { readonly x: Expr; readonly y: Expr };
  readonly quote: { readonly bid: Expr; readonly ask: Expr; readonly memory: Readonly<Record<string, Expr>> };
  readonly other: { readonly x: Expr; readonly y: Expr };
  readonly totals: { readonly [K in keyof Totals]: Expr };
};

/** The fixed numbers of the game. */
export interface Rules {
  readonly reserves: readonly [x: number, y: number];
  readonly otherFee: number;
  /** Parts of orders up to this much of the asset that is paid in are left out. */
  readonly leastPart: number;
}

/** Orders of a step: at most `most`, of which lanes may have fewer (size 0). `more`: mask, whether one comes after the i-th. */
export interface Orders {
  readonly most: number;
  readonly at: (i: Expr) => Order;
  readonly more?: (i: Expr) => Expr;
}

const NO_TOTALS: readonly (keyof Totals)[] = [
  'arbitrageEdge',
  'retailEdge',
  'otherEdge',
  'arbitrages',
  'retailTrades',
  'arbitrageVolume',
  'retailVolume',
  'feesX',
  'feesY',
];

export class Challenge {
  private readonly otherFees: Fees;

  constructor(
    private readonly rules: Rules,
    private readonly law: FeeLaw,
    private readonly c: ModelContext,
  ) {
    const fee = constant(rules.otherFee);
    this.otherFees = { bid: fee, ask: fee };
  }

  start(): Game {
    const [x, y] = this.rules.reserves.map((r) => constant(r));
    const pool = { x, y };
    const totals = Object.fromEntries(NO_TOTALS.map((name) => [name, constant(0)])) as Game['totals'];
    return { pool, quote: clamped(this.law.start(this.c, pool)), other: pool, totals };
  }

  /** @param step from 0, a float64 */
  step(before: Game, step: Expr, price: Expr, orders: Orders): Game {
    const opened = this.knowing(before, price);
    const own = arbitrage(opened.pool, opened.quote, price);
    const others = arbitrage(opened.other, this.otherFees, price);
    const start = arbitraged(this.settled({ ...opened, other: others.after }, own, step, price), own, others);
    const { game } = scan<{ readonly game: Game }>({
      name: 'orders',
      length: orders.most,
      init: { game: start },
      body: ({ game }, i) => ({ game: this.routed(game, orders.at(i), step, price) }),
      ...(orders.more === undefined ? {} : { active: (_, i) => (orders.more as NonNullable<Orders['more']>)(i) }),
    });
    return game;
  }

  private routed(game: Game, order: Order, step: Expr, price: Expr): Game {
    const other = { pool: game.other, fees: this.otherFees };
    const trades = route(order, price, { pool: game.pool, fees: game.quote }, other, this.rules.leastPart);
    const settled = this.settled({ ...game, other: trades.other.after }, trades.ours, step, price);
    return retailed(settled, trades.ours, trades.other);
  }

  /** After a trade of our pool: reserves, fees that were paid, and the law's answer. */
  private settled(game: Game, trade: Trade, step: Expr, price: Expr): Game {
    const { quote, totals } = game;
    const paid = where(trade.buysX, quote.bid.mul(trade.x), quote.ask.mul(trade.y));
    const settled = {
      ...game,
      pool: trade.after,
      totals: {
        ...totals,
        feesX: totals.feesX.add(where(trade.buysX, paid, 0)),
        feesY: totals.feesY.add(where(trade.buysX, 0, paid)),
      },
    };
    if (this.law.knowing !== undefined) return this.knowing(settled, price);
    const { buysX, x, y, after } = trade;
    const next = clamped(this.law.after(this.c, quote, { buysX, x, y, step, reserves: after }));
    return { ...settled, quote: choose(trade.traded, next, quote) };
  }

  private knowing(game: Game, price: Expr): Game {
    if (this.law.knowing === undefined) return game;
    return { ...game, quote: clamped({ ...game.quote, ...this.law.knowing(this.c, game.pool, price) }) };
  }
}

const clamped = ({ bid, ask, memory }: Quote): Game['quote'] => ({
  bid: clip(bid, 0, MOST_FEE),
  ask: clip(ask, 0, MOST_FEE),
  memory,
});

const one = (mask: Expr): Expr => where(mask, 1, 0);

const arbitraged = (game: Game, own: Trade, others: Trade): Game => ({
  ...game,
  totals: {
    ...game.totals,
    arbitrageEdge: game.totals.arbitrageEdge.add(own.edge),
    arbitrages: game.totals.arbitrages.add(one(own.traded)),
    arbitrageVolume: game.totals.arbitrageVolume.add(own.y),
    otherEdge: game.totals.otherEdge.add(others.edge),
  },
});

const retailed = (game: Game, own: Trade, others: Trade): Game => ({
  ...game,
  totals: {
    ...game.totals,
    retailEdge: game.totals.retailEdge.add(own.edge),
    retailTrades: game.totals.retailTrades.add(one(own.traded)),
    retailVolume: game.totals.retailVolume.add(own.y),
    otherEdge: game.totals.otherEdge.add(others.edge),
  },
});
