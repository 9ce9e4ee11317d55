/**
 * Floor 5. A market with a log: every trade is in the log before anybody hears of it, and a request with a key is traded once,
 * however often it comes.
 *
 * A record holds what a call answered and what was there after it, so that starting again solves nothing: it is the same market to
 * the bit, also by a later version.
 */
import { createHash } from 'node:crypto';
import type { Change, HMM, Trades } from '../../compute/hmm.js';
import type { ComputeMarket } from '../../compute/quote.js';
import { MarketLog, type Place } from './log.js';

interface Record_ {
  readonly sequence: number;
  readonly time: string;
  readonly call: keyof Trades;
  readonly order: unknown;
  readonly key?: string;
  /** A hash of call and order. */
  readonly request?: string;
  readonly reply: unknown;
  readonly change: Change;
}

interface Known {
  readonly request: string;
  readonly place: Place;
  /** Until it is on the disk. */
  stored: Promise<void> | null;
}

export interface Answer {
  readonly sequence: number;
  readonly reply: unknown;
  /** Whether it was traded before, under the same key. */
  readonly isReplay: boolean;
}

/** A key that came with another request. */
export class KeyTaken extends Error {}

export class Exchange {
  private last = 0;
  private readonly known = new Map<string, Known>();
  private log!: MarketLog;

  private constructor(readonly hmm: HMM) {}

  /** Starts from the log, if there is one. Throws a UserError where it is of another market, or damaged. */
  static async open(hmm: HMM, path: string, tell: (note: string) => void): Promise<Exchange> {
    const exchange = new Exchange(hmm);
    const market = hashOf(canonical(hmm.market));
    exchange.log = await MarketLog.open(path, market, (text, place) => exchange.take(JSON.parse(text), place), tell);
    return exchange;
  }

  /** Trades that are in the log. */
  get sequence(): number {
    return this.last;
  }

  get broken(): Error | null {
    return this.log.broken;
  }

  /**
   * Trades, and answers when the log has it. Throws what the market refuses, KeyTaken, or why the log cannot be written: the market
   * then knows more than the log, and must not go on.
   */
  async trade<Call extends keyof Trades>(call: Call, order: Trades[Call][0], key?: string): Promise<Answer> {
    if (this.log.broken !== null) throw this.log.broken;
    const request = key === undefined ? undefined : hashOf([call, sorted(order)]);
    const before = key === undefined ? undefined : this.known.get(key);
    if (before !== undefined) return this.again(before, request as string, key as string);
    const { reply, change } = this.hmm.plan(call, order);
    this.hmm.apply(change);
    const sequence = ++this.last;
    const time = new Date().toISOString();
    const record: Record_ = {
      sequence,
      time,
      call,
      order,
      ...(key === undefined ? {} : { key, request }),
      reply,
      change,
    };
    const { place, stored } = this.log.append(JSON.stringify(record));
    if (key !== undefined) this.remember(key, { request: request as string, place, stored });
    await stored;
    return { sequence, reply, isReplay: false };
  }

  async close(): Promise<void> {
    await this.log.close();
  }

  private remember(key: string, known: Known): void {
    this.known.set(key, known);
    known.stored?.then(
      () => {
        known.stored = null;
      },
      () => {},
    );
  }

  private async again({ request, place, stored }: Known, asked: string, key: string): Promise<Answer> {
    if (request !== asked)
      throw new KeyTaken(`the key ${key} came with another request before; give each request a key of its own`);
    await stored;
    const { sequence, reply } = JSON.parse(this.log.textAt(place)) as Record_;
    return { sequence, reply, isReplay: true };
  }

  private take({ sequence, key, request, change }: Record_, place: Place): void {
    this.hmm.apply(change);
    this.last = sequence;
    if (key !== undefined) this.known.set(key, { request: request as string, place, stored: null });
  }
}

/** What a market starts from, in an order of its own: the order in which a file has its fields does not matter. */
const canonical = ({ venues, ...rest }: ComputeMarket): unknown => [sorted(rest), sorted(venues)];

/** Entries of objects, at any depth, by their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => [name, sorted(item)]);
}

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
