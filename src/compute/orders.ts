/** Floor 1, compute market. What a market that trades is asked, and what it answers: the calls of the printed interfaces. */
import { UserError } from '../errors.js';
import type { ComputeQuote } from './quote.js';

/** Numbers by the name of a resource or of a venue. */
export type Amounts = Readonly<Record<string, number>>;

/** What a service must keep to. */
export interface Sla {
  /** The most that the mean latency of each resource may be, ms. */
  readonly latencyMs?: number;
  /** Those that will do. */
  readonly region?: string | readonly string[];
  /** Of privacy, for example. */
  readonly tier?: string | readonly string[];
}

/** Credits to spend by resource, as printed; or units that are needed. One of the two. */
export interface BuyOrder {
  readonly deltaTheta?: Amounts;
  readonly need?: Amounts;
  readonly sla?: Sla;
}

/** Units to be had at least, credits to be paid at most, by resource: the tolerance of slippage. */
export interface SwapOrder extends BuyOrder {
  readonly minPsi?: Amounts;
  readonly maxTheta?: Amounts;
}

export interface BuyQuote extends ComputeQuote {
  /** Units and credits by resource. */
  readonly deltaPsi: Amounts;
  readonly deltaTheta: Amounts;
  /** Credits. */
  readonly fee: number;
}

/** Compute by venue; by resource where it has one venue. */
export interface SellOrder {
  readonly deltaPsi: Amounts;
  /** Credits to be had at least, by the same names. */
  readonly minTheta?: Amounts;
}

export interface SellQuote {
  readonly lines: readonly {
    readonly venue: string;
    readonly amount: number;
    /** Of the compute; the pool keeps it. */
    readonly fee: number;
    readonly credits: number;
  }[];
  /** Credits by the names of the order. */
  readonly deltaTheta: Amounts;
  readonly total: number;
}

/** Pairs of compute and credits by venue, and whose the shares are. */
export interface DepositOrder {
  readonly deltaPsi: Amounts;
  readonly deltaTheta: Amounts;
  readonly provider: string;
}

export interface Deposited {
  readonly shares: Amounts;
  /** What the pools took; what was over in one of the two goes back. */
  readonly deltaPsi: Amounts;
  readonly deltaTheta: Amounts;
  readonly back: { readonly deltaPsi: Amounts; readonly deltaTheta: Amounts };
}

export interface WithdrawOrder {
  readonly shares: Amounts;
  readonly provider: string;
}

export interface Withdrawn {
  readonly deltaPsi: Amounts;
  readonly deltaTheta: Amounts;
}

/** An order that the market moved away from: nothing was traded. */
export class Slipped extends UserError {
  constructor(
    /** What can be had now. */
    readonly available: number,
    message: string,
  ) {
    super(message);
  }
}

/** The order of a quote, at most a fraction worse than it: `swap(within(quote, 0.05))`. */
export function within(quote: Pick<BuyQuote, 'deltaPsi' | 'deltaTheta'>, slippage: number): SwapOrder {
  const least = Object.entries(quote.deltaPsi).map(([name, units]) => [name, units * (1 - slippage)]);
  return { deltaTheta: quote.deltaTheta, minPsi: Object.fromEntries(least) };
}

/** Throws a UserError unless every amount is above 0. */
export function checkAmounts(call: string, field: string, amounts: Amounts): void {
  const names = Object.keys(amounts);
  if (names.length === 0) throw new UserError(`${call}: ${field} of something was expected, got none`);
  const bad = names.find((name) => !(amounts[name] > 0 && amounts[name] < Number.POSITIVE_INFINITY));
  if (bad === undefined) return;
  throw new UserError(`${call}: ${field} of ${bad} above 0 was expected, got ${amounts[bad]}`);
}

/** Throws Slipped where a limit of the order is not kept. `most`: limits are on what is paid. */
export function checkLimits(
  call: string,
  what: string,
  amounts: Amounts,
  limits: Amounts | undefined,
  most: boolean,
): void {
  for (const [name, limit] of Object.entries(limits ?? {})) {
    const got = amounts[name];
    if (!Object.hasOwn(amounts, name)) {
      throw new UserError(
        `${call}: limits of ${Object.keys(amounts).join(', ')} were expected, as the order is of those, got ${name}`,
      );
    }
    if (most ? got <= limit : got >= limit) continue;
    const bound = most ? 'at most' : 'at least';
    throw new Slipped(
      got,
      `${call}: ${bound} ${limit} ${what} of ${name} was expected, the market gives ${got} now; ask for a new quote, or allow more slippage`,
    );
  }
}
