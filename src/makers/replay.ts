/**
 * Floor 1. A table of quotes on recorded trades, on plain numbers: a quote fills when trades reach it.
 *
 * Every dt the maker sees the mid and requotes. A bid fills, up to a lot a step, from trades of sellers:
 *
 *     below its price     at once, up to their size: they went through it
 *     at its price        after what stands ahead of it in the queue: a share of the size at the touch, wherever it rests at
 *                         or behind the touch; nothing where it improves it
 *
 * A quote that keeps its price keeps its place in the queue. One that would cross rests at the best price of its own side
 * (post only). Where sizes of the touch are not known, a share above 0 means that trades at its price never fill it. Nobody
 * answers the maker's quotes: its fills take nothing from those that come later. The ask mirrors this.
 *
 * The mid is that of the last top; without tops, between the last price that a buyer and that a seller paid. Fills may be
 * parts of lots; quotes are those of the nearest whole inventory. Taking is at a steady rate, a lot when one is due.
 */

export interface TradesSeen {
  /** ms, never descending. */
  readonly time: ArrayLike<number>;
  /** 1: a buyer took, −1: a seller. */
  readonly side: ArrayLike<number>;
  readonly price: ArrayLike<number>;
  /** Units of the asset. */
  readonly size: ArrayLike<number>;
}

export interface TopsSeen {
  readonly time: ArrayLike<number>;
  readonly bid: ArrayLike<number>;
  readonly ask: ArrayLike<number>;
  readonly bidSize: ArrayLike<number> | null;
  readonly askSize: ArrayLike<number> | null;
}

export interface MarketSeen {
  readonly trades: TradesSeen;
  readonly tops: TopsSeen | null;
}

export interface ReplayRules {
  /** Seconds between quotes. */
  readonly dt: number;
  /** Units of the asset in a lot. */
  readonly lot: number;
  /** Share of the touch's size that stands ahead, 0 to 1. */
  readonly queue: number;
  /** Steps between what is seen and the quotes that live. */
  readonly latency: 0 | 1;
  readonly qMin: number;
  readonly qMax: number;
  readonly startInventory: number;
  /** By inventory from qMin on: offsets in price, null for none; lots a second that are taken towards no inventory. */
  readonly bid: readonly (number | null)[];
  readonly ask: readonly (number | null)[];
  readonly take: readonly number[];
  /** The market of the model: penalty of q² a second, rebate, cost of taking, and the chance that an offset fills in a step. */
  readonly phi: number;
  readonly rebate: number;
  readonly takerCost: number;
  readonly chance: (side: 'bid' | 'ask', offset: number) => number;
}

/** What a maker shows at every row, by the names of the system `maker`; money for lots of one unit. */
export const REPLAYED = [
  ...(['mid', 'q', 'state', 'cash', 'pnl', 'captured', 'inventoryPnl', 'takerCost', 'penalty', 'score'] as const),
  ...(['traded', 'bid', 'ask', 'bidFills', 'askFills', 'takerBuys', 'takerSells', 'bidChance', 'askChance'] as const),
] as const;
export type Replayed = Record<(typeof REPLAYED)[number], Float64Array>;

/** Prices nearer than this, of their size, are one. */
const SAME = 1e-9;

const before = (time: ArrayLike<number>, t: number): number => {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low;
};

interface Touch {
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number | null;
  readonly askSize: number | null;
}

/** The touch as the last events left it. */
class Book {
  private trade: number;
  private top: number;
  private paid = { buyer: Number.NaN, seller: Number.NaN };

  constructor(
    private readonly market: MarketSeen,
    at: number,
  ) {
    const { trades, tops } = market;
    this.top = tops === null ? 0 : before(tops.time, at);
    this.trade = before(trades.time, at);
    // without tops the last trades of either side count
    for (let i = this.trade - 1; i >= 0 && (Number.isNaN(this.paid.buyer) || Number.isNaN(this.paid.seller)); i--) {
      const name = trades.side[i] > 0 ? 'buyer' : 'seller';
      if (Number.isNaN(this.paid[name])) this.paid[name] = trades.price[i];
    }
  }

  /** Trades up to a time, each once. */
  *until(t: number): Generator<number> {
    const { trades, tops } = this.market;
    for (; this.trade < trades.time.length && trades.time[this.trade] <= t; this.trade++) {
      this.paid[trades.side[this.trade] > 0 ? 'buyer' : 'seller'] = trades.price[this.trade];
      yield this.trade;
    }
    if (tops !== null) while (this.top < tops.time.length && tops.time[this.top] <= t) this.top++;
  }

  get touch(): Touch {
    const { tops } = this.market;
    if (tops !== null) {
      const i = Math.max(this.top - 1, 0);
      return {
        ...{ bid: tops.bid[i], ask: tops.ask[i] },
        ...{ bidSize: tops.bidSize?.[i] ?? null, askSize: tops.askSize?.[i] ?? null },
      };
    }
    const { buyer, seller } = this.paid;
    const [a, b] = [Number.isNaN(seller) ? buyer : seller, Number.isNaN(buyer) ? seller : buyer];
    return { bid: Math.min(a, b), ask: Math.max(a, b), bidSize: null, askSize: null };
  }
}

/** The first time at which a mid is known, ms. */
export function firstMid({ trades, tops }: MarketSeen): number {
  if (tops !== null) return tops.time[0];
  const [buyer, seller] = [1, -1].map((side) => {
    for (let i = 0; i < trades.time.length; i++) if (trades.side[i] === side) return trades.time[i];
    return trades.time[0];
  });
  return Math.max(buyer, seller);
}

/** An order in the book; its price mirrored for asks, so that a better one is higher. */
interface Resting {
  price: number;
  /** Units that trade at its price before it does; infinite: always. */
  ahead: number;
}

class Side {
  private resting: Resting | null = null;
  private left = 0;
  private filled = 0;

  /** @param sign 1 of a bid, −1 of an ask */
  constructor(
    private readonly sign: 1 | -1,
    private readonly rules: ReplayRules,
  ) {}

  /** Posts at an offset from a mid, or not at all. Gives the offset at which it rests. */
  post(offset: number | null, mid: number, touch: Touch, room: number): number | null {
    this.left = Math.min(1, Math.max(room, 0));
    this.filled = 0;
    if (offset === null || this.left === 0) {
      this.resting = null;
      return null;
    }
    const own = this.sign * (this.sign > 0 ? touch.bid : touch.ask);
    const other = this.sign * (this.sign > 0 ? touch.ask : touch.bid);
    const wanted = this.sign * mid - offset;
    const price = wanted >= other * (1 - Math.sign(other) * SAME) ? own : wanted;
    if (this.resting === null || !same(this.resting.price, price)) {
      this.resting = { price, ahead: price > own && !same(price, own) ? 0 : this.queueAt(touch) };
    }
    return this.sign * mid - price;
  }

  private queueAt(touch: Touch): number {
    const size = this.sign > 0 ? touch.bidSize : touch.askSize;
    if (this.rules.queue === 0) return 0;
    return size === null ? Number.POSITIVE_INFINITY : this.rules.queue * size;
  }

  /** A trade of the side that it waits for. */
  meet(price: number, size: number): void {
    const { resting, rules } = this;
    const at = this.sign * price;
    if (resting === null || this.left <= 0 || (at > resting.price && !same(at, resting.price))) return;
    const queued = same(at, resting.price) ? Math.min(resting.ahead, size) : 0;
    if (same(at, resting.price)) resting.ahead -= queued;
    const fill = Math.min(this.left, (size - queued) / rules.lot);
    this.left -= fill;
    this.filled += fill;
  }

  /** Lots filled; an order that is gone leaves its place in the queue. */
  done(): number {
    if (this.left <= 0) this.resting = null;
    return this.filled;
  }
}

const same = (a: number, b: number): boolean => Math.abs(a - b) <= SAME * Math.max(Math.abs(a), Math.abs(b));

/** @param from ms; a mid has to be known there */
export function replayed(market: MarketSeen, rules: ReplayRules, from: number, steps: number): Replayed {
  const { qMin, qMax, dt, rebate, takerCost } = rules;
  const out = Object.fromEntries(REPLAYED.map((name) => [name, new Float64Array(steps + 1)])) as Replayed;
  const book = new Book(market, from);
  const [bid, ask] = [new Side(1, rules), new Side(-1, rules)];
  const middle = ({ bid: low, ask: high }: Touch) => (low + high) / 2;
  let touch = book.touch;
  let seen = { q: rules.startInventory, mid: middle(touch) };
  out.q[0] = rules.startInventory;
  out.mid[0] = seen.mid;
  let due = 0;
  for (let t = 0; t < steps; t++) {
    const [q, mid] = [out.q[t], out.mid[t]];
    const eyes = rules.latency === 1 ? seen : { q, mid };
    seen = { q, mid };
    const place = Math.min(Math.max(Math.round(eyes.q), qMin), qMax) - qMin;
    // offsets are from the mid that was seen
    const moved = mid - eyes.mid;
    const offset = (own: readonly (number | null)[], sign: number) =>
      typeof own[place] === 'number' ? (own[place] ?? 0) + sign * moved : null;
    const posted = {
      bid: bid.post(offset(rules.bid, 1), mid, touch, qMax - q),
      ask: ask.post(offset(rules.ask, -1), mid, touch, q - qMin),
    };
    for (const i of book.until(from + (t + 1) * dt * 1000)) {
      (market.trades.side[i] > 0 ? ask : bid).meet(market.trades.price[i], market.trades.size[i]);
    }
    touch = book.touch;
    const fills = { bid: bid.done(), ask: ask.done() };
    const held = q + fills.bid - fills.ask;
    due = rules.take[place] > 0 && held !== 0 ? due + rules.take[place] * dt : 0;
    const taken = due >= 1 ? Math.min(1, Math.abs(held)) : 0;
    if (taken > 0) due -= 1;
    const next = { q: held - Math.sign(held) * taken, mid: middle(touch) };
    const [bidAt, askAt] = [posted.bid ?? 0, posted.ask ?? 0];
    const buys = held < 0 ? taken : 0;
    const sells = held > 0 ? taken : 0;
    const captured = fills.bid * (bidAt + rebate) + fills.ask * (askAt + rebate);
    const inventoryPnl = next.q * (next.mid - mid);
    const pnl = captured + inventoryPnl - taken * takerCost;
    const penalty = rules.phi * q * q * dt;
    const cash =
      fills.ask * (mid + askAt + rebate) -
      fills.bid * (mid - bidAt - rebate) +
      sells * (mid - takerCost) -
      buys * (mid + takerCost);
    const sums = { captured, inventoryPnl, takerCost: taken * takerCost, penalty, pnl, score: pnl - penalty, cash };
    for (const [name, x] of Object.entries({ ...sums, traded: fills.bid + fills.ask + taken })) {
      const column = out[name as keyof Replayed];
      column[t + 1] = column[t] + x;
    }
    const last = {
      ...{ mid: next.mid, q: next.q, bid: bidAt, ask: askAt, bidFills: fills.bid, askFills: fills.ask },
      ...{ takerBuys: buys, takerSells: sells },
      bidChance: posted.bid === null ? 0 : rules.chance('bid', posted.bid),
      askChance: posted.ask === null ? 0 : rules.chance('ask', posted.ask),
    };
    for (const [name, x] of Object.entries(last)) out[name as keyof Replayed][t + 1] = x;
  }
  return out;
}
