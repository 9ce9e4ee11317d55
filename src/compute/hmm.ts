/**
 * Floor 1, compute market. A market that trades, in plain numbers: the printed calls `quoteBuy`, `swap`, `addLiquidity`, and their
 * counterparts. Every call that trades is a plan, which changes nothing, and its change, which holds what is there after it: a
 * market that takes the same changes in the same order is the same to the bit.
 */
import { UserError } from '../errors.js';
import { checkCarried, checkFinite } from './carried.js';
import { invariantOf, priceOf } from './curve.js';
import { deposit, firstShares, withdraw } from './liquidity.js';
import {
  type Amounts,
  type BuyOrder,
  type BuyQuote,
  checkAmounts,
  checkLimits,
  type Deposited,
  type DepositOrder,
  type SellOrder,
  type SellQuote,
  type Sla,
  type SwapOrder,
  type Withdrawn,
  type WithdrawOrder,
} from './orders.js';
import { type PrintedMarket, printedMarket } from './printed.js';
import { type ComputeMarket, type ComputeQuote, type MarketVenue, type Places, Router } from './quote.js';
import { CAP } from './route/problem.js';
import { needFor } from './spend.js';
import { type FeeRules, PAPER_FEES, sellAlone, splitFees } from './trades.js';

/** Whose the shares are that a market starts with. */
export const FOUNDER = 'founder';

/** What is there after a trade, of what it touched. */
export interface Change {
  /** Ψ, Θ and shares by venue. */
  readonly venues: Readonly<Record<string, readonly [psi: number, theta: number, shares: number]>>;
  /** Shares by provider and venue. */
  readonly holdings?: Readonly<Record<string, Amounts>>;
  /** Credits that left as fees, in all. */
  readonly treasury: number;
  readonly burned: number;
}

export interface Planned<Reply> {
  readonly reply: Reply;
  readonly change: Change;
}

export interface MarketState {
  readonly venues: readonly (MarketVenue & { readonly shares: number })[];
  readonly holdings: Readonly<Record<string, Amounts>>;
  readonly treasury: number;
  readonly burned: number;
}

/** Orders and replies of the calls that trade. */
export interface Trades {
  readonly swap: readonly [SwapOrder, BuyQuote];
  readonly sell: readonly [SellOrder, SellQuote];
  readonly addLiquidity: readonly [DepositOrder, Deposited];
  readonly removeLiquidity: readonly [WithdrawOrder, Withdrawn];
}

export class HMM {
  private readonly venues: MarketVenue[];
  private readonly shares: number[];
  private readonly index: ReadonlyMap<string, number>;
  private readonly holdings = new Map<string, Map<string, number>>();
  private readonly rules: FeeRules;
  private readonly router: Router;
  private treasury = 0;
  private burned = 0;
  /** What the market is now; the same object all the time. */
  readonly market: ComputeMarket;

  constructor(given: ComputeMarket | PrintedMarket) {
    const market = 'venues' in given ? given : printedMarket(given);
    this.venues = market.venues.map((v) => ({ ...v }));
    this.market = { ...market, venues: this.venues };
    this.router = new Router(this.market);
    this.rules = market.fees ?? PAPER_FEES;
    this.index = new Map(this.venues.map((v, k) => [v.name, k]));
    this.shares = this.venues.map((v) => firstShares(v.psi, v.theta));
    this.holdings.set(FOUNDER, new Map(this.venues.map((v, k) => [v.name, this.shares[k]])));
  }

  /** What credits buy, or what units cost. Throws a UserError, Unroutable where it is more than there is. */
  quoteBuy({ deltaTheta, need, sla = {} }: BuyOrder, call = 'quoteBuy'): BuyQuote {
    if ((deltaTheta === undefined) === (need === undefined)) {
      throw new UserError(
        `${call}: one of deltaTheta (credits to spend) and need (units) was expected, got both or none`,
      );
    }
    const places = placesOf(sla);
    if (deltaTheta !== undefined) {
      checkAmounts(call, 'deltaTheta', deltaTheta);
      this.router.checkCarried(call, deltaTheta, 'credits');
    }
    const wanted = need ?? needFor(this.router, deltaTheta as Amounts, places);
    checkAmounts(call, 'need', wanted);
    const found = this.router.quote({ ...places, need: wanted });
    const quoted = { ...paidInFull(found, deltaTheta), deltaPsi: wanted };
    checkFinite(call, quoted);
    return quoted;
  }

  /** Buys. Throws Slipped where the limits are not kept; then nothing is traded. */
  swap(order: SwapOrder): BuyQuote {
    return this.done(this.plan('swap', order));
  }

  /** What the market pays for compute. */
  quoteSell(order: SellOrder): SellQuote {
    const { reply } = this.planSell({ deltaPsi: order.deltaPsi }, 'quoteSell');
    checkFinite('quoteSell', reply);
    return reply;
  }

  /** Sells compute to the market. */
  sell(order: SellOrder): SellQuote {
    return this.done(this.plan('sell', order));
  }

  /** The first shares of a pool are its founder's; later ones S·min(ΔΨ/Ψ, ΔΘ/Θ). */
  addLiquidity(order: DepositOrder): Deposited {
    return this.done(this.plan('addLiquidity', order));
  }

  removeLiquidity(order: WithdrawOrder): Withdrawn {
    return this.done(this.plan('removeLiquidity', order));
  }

  /** What a call would answer and change. Throws a UserError where the market could not carry it. */
  plan<Call extends keyof Trades>(call: Call, order: Trades[Call][0]): Planned<Trades[Call][1]> {
    const plans: { [C in keyof Trades]: (order: Trades[C][0]) => Planned<Trades[C][1]> } = {
      swap: (o) => this.planSwap(o),
      sell: (o) => this.planSell(o, 'sell'),
      addLiquidity: (o) => this.planDeposit(o),
      removeLiquidity: (o) => this.planWithdrawal(o),
    };
    const planned = plans[call](order);
    checkFinite(call, planned.reply);
    this.checkChange(call, planned.change);
    return planned;
  }

  /** Throws a UserError, and changes nothing, where it is no state of a market. */
  apply(change: Change): void {
    this.checkChange('change', change);
    const { venues, holdings = {}, treasury, burned } = change;
    for (const [name, [psi, theta, shares]] of Object.entries(venues)) {
      const k = this.venue(name, 'change');
      this.venues[k] = { ...this.venues[k], psi, theta };
      this.shares[k] = shares;
    }
    for (const [provider, amounts] of Object.entries(holdings)) {
      const held = this.holdings.get(provider) ?? new Map<string, number>();
      for (const [name, amount] of Object.entries(amounts)) held.set(name, amount);
      this.holdings.set(provider, held);
    }
    this.treasury = treasury;
    this.burned = burned;
  }

  state(): MarketState {
    return {
      venues: this.venues.map((v, k) => ({ ...v, shares: this.shares[k] })),
      holdings: Object.fromEntries([...this.holdings].map(([name, held]) => [name, Object.fromEntries(held)])),
      treasury: this.treasury,
      burned: this.burned,
    };
  }

  /** Every number is finite, every pool has something of both and a price. */
  private checkChange(call: string, change: Change): void {
    const { treasury, burned, holdings = {} } = change;
    // a number that is not finite is null in a log
    const others = [treasury, burned, ...Object.values(holdings).flatMap((amounts) => Object.values(amounts))];
    if (!others.every((x) => Number.isFinite(x) && x >= 0)) {
      throw new UserError(
        `${call}: finite shares and fees of 0 or more were expected after it; ask for another amount`,
      );
    }
    for (const [name, [psi, theta, shares]] of Object.entries(change.venues)) {
      const after = { ...this.venues[this.venue(name, call)], psi, theta };
      const [product, price] = [invariantOf(after), priceOf(after)];
      const isPool = psi > 0 && theta > 0 && shares > 0 && product > 0 && price > 0;
      if (isPool && Number.isFinite(product + price)) continue;
      throw new UserError(
        `${call}: a pool of ${name} that can be traded with was expected after it, got ${psi} of compute, ${theta} credits, ${shares} shares; ask for another amount`,
      );
    }
  }

  private done<Reply>({ reply, change }: Planned<Reply>): Reply {
    this.apply(change);
    return reply;
  }

  private planSwap({ minPsi, maxTheta, ...order }: SwapOrder): Planned<BuyQuote> {
    const reply = this.quoteBuy(order, 'swap');
    checkLimits('swap', 'units', reply.deltaPsi, minPsi, false);
    checkLimits('swap', 'credits', reply.deltaTheta, maxTheta, true);
    let { treasury, burned } = this;
    const venues = reply.lines.map(({ venue, amount, effective, gross }) => {
      const k = this.venue(venue, 'swap');
      const market = this.market.marketFee * gross;
      const split = splitFees(market, gross - effective - market, this.rules);
      treasury += split.treasury;
      burned += split.burned;
      const { psi, theta } = this.venues[k];
      return [venue, [psi - amount, theta + effective + split.kept, this.shares[k]]] as const;
    });
    return { reply, change: { venues: Object.fromEntries(venues), treasury, burned } };
  }

  private planSell({ deltaPsi, minTheta }: SellOrder, call: string): Planned<SellQuote> {
    checkAmounts(call, 'deltaPsi', deltaPsi);
    const parts = this.named(deltaPsi, call).map(([name, k]) => ({ name, k, amount: deltaPsi[name] }));
    for (const { name, k, amount } of parts) checkCarried(call, `units of ${name}`, amount, this.venues[k].psi);
    const { marketFee, riskFee, riskScope } = this.market;
    const inCredits = (units: (k: number) => number) => Math.hypot(...this.venues.map((v, k) => v.scale * units(k)));
    const norm =
      inCredits((k) => parts.find((part) => part.k === k)?.amount ?? 0) / inCredits((k) => this.venues[k].psi);
    const lines = parts.map(({ name, amount, k }) => {
      const v = this.venues[k];
      const share = riskScope === 'asset' ? amount / v.psi : norm;
      this.checkSale(name, amount, k, share, call);
      // sellAlone's risk fee is λ·U/Ψ
      const risk = (riskFee * share * v.psi) / amount;
      return { venue: v.name, amount, ...sellAlone(v, amount, { market: marketFee, risk }) };
    });
    const deltaTheta = Object.fromEntries(parts.map(({ name }, i) => [name, lines[i].credits]));
    checkLimits(call, 'credits', deltaTheta, minTheta, false);
    const venues = lines.map(({ amount, credits }, i) => {
      const { psi, theta, name } = this.venues[parts[i].k];
      return [name, [psi + amount, theta - credits, this.shares[parts[i].k]]] as const;
    });
    const { treasury, burned } = this;
    const total = lines.reduce((sum, line) => sum + line.credits, 0);
    return { reply: { lines, deltaTheta, total }, change: { venues: Object.fromEntries(venues), treasury, burned } };
  }

  /** Beyond f_m + 2·f_r = 1 more is paid for less, and the pool's credits end at x = √(2h/ρ). */
  private checkSale(name: string, amount: number, k: number, share: number, call: string): void {
    const v = this.venues[k];
    const { marketFee, riskFee } = this.market;
    const keep = 1 - marketFee;
    const slope = (riskFee * share) / amount;
    const room =
      CAP * ((v.rho === 0 ? Number.POSITIVE_INFINITY : Math.sqrt((2 * invariantOf(v)) / v.rho) / v.scale) - v.psi);
    const root = keep * keep - 4 * slope * room;
    const most = root > 0 ? (2 * room) / (keep + Math.sqrt(root)) : keep / (2 * slope);
    if (amount <= most) return;
    throw new UserError(`${call}: at most ${most} of ${name} can be sold now, got ${amount}; sell less, or in parts`);
  }

  private planDeposit({ deltaPsi, deltaTheta, provider }: DepositOrder): Planned<Deposited> {
    const call = 'addLiquidity';
    checkAmounts(call, 'deltaPsi', deltaPsi);
    checkAmounts(call, 'deltaTheta', deltaTheta);
    const odd = [...Object.keys(deltaPsi), ...Object.keys(deltaTheta)].find(
      (name) => !(Object.hasOwn(deltaPsi, name) && Object.hasOwn(deltaTheta, name)),
    );
    if (odd !== undefined)
      throw new UserError(`${call}: deltaPsi and deltaTheta of ${odd} were expected, got one of them`);
    const held = this.holdings.get(checkProvider(call, provider));
    const parts = this.named(deltaPsi, call).map(([name, k]) => {
      const { psi, theta, name: venue } = this.venues[k];
      checkCarried(call, `units of ${name}`, deltaPsi[name], psi);
      checkCarried(call, `credits of ${name}`, deltaTheta[name], theta);
      return { name, k, venue, ...deposit({ psi, theta, shares: this.shares[k] }, deltaPsi[name], deltaTheta[name]) };
    });
    const by = (of: (part: (typeof parts)[number]) => number) =>
      Object.fromEntries(parts.map((part) => [part.name, of(part)]));
    return {
      reply: {
        shares: by((x) => x.shares),
        deltaPsi: by((x) => x.psiIn),
        deltaTheta: by((x) => x.thetaIn),
        back: { deltaPsi: by((x) => x.psiBack), deltaTheta: by((x) => x.thetaBack) },
      },
      change: this.changeOf(parts, provider, (x) => (held?.get(x.venue) ?? 0) + x.shares),
    };
  }

  private planWithdrawal({ shares, provider }: WithdrawOrder): Planned<Withdrawn> {
    const call = 'removeLiquidity';
    checkAmounts(call, 'shares', shares);
    const held = this.holdings.get(checkProvider(call, provider));
    const parts = this.named(shares, call).map(([name, k]) => {
      const amount = shares[name];
      const { psi, theta, name: venue } = this.venues[k];
      const own = held?.get(venue) ?? 0;
      checkCarried(call, `shares of ${name}`, amount, this.shares[k]);
      if (amount > own) {
        throw new UserError(`${call}: at most ${own} shares of ${name} are ${provider}'s, got ${amount}`);
      }
      const part = amount / this.shares[k];
      if (part > CAP) {
        throw new UserError(
          `${call}: at most ${CAP * this.shares[k]} shares of ${name} can leave at once, since a pool must not be emptied, got ${amount}`,
        );
      }
      return { name, k, venue, left: own - amount, ...withdraw({ psi, theta, shares: this.shares[k] }, part) };
    });
    return {
      reply: {
        deltaPsi: Object.fromEntries(parts.map((x) => [x.name, x.psi])),
        deltaTheta: Object.fromEntries(parts.map((x) => [x.name, x.theta])),
      },
      change: this.changeOf(parts, provider, (x) => x.left),
    };
  }

  private changeOf<
    Part extends { readonly venue: string; readonly after: { psi: number; theta: number; shares: number } },
  >(parts: readonly Part[], provider: string, own: (part: Part) => number): Change {
    const { treasury, burned } = this;
    return {
      venues: Object.fromEntries(
        parts.map(({ venue, after }) => [venue, [after.psi, after.theta, after.shares] as const]),
      ),
      holdings: { [provider]: Object.fromEntries(parts.map((part) => [part.venue, own(part)])) },
      treasury,
      burned,
    };
  }

  /** Names of an order with their venues, each once. */
  private named(amounts: Amounts, call: string): (readonly [name: string, k: number])[] {
    const seen = new Set<number>();
    return Object.keys(amounts).map((name) => {
      const k = this.venue(name, call);
      if (seen.has(k)) throw new UserError(`${call}: each venue once was expected, got ${name} again`);
      seen.add(k);
      return [name, k] as const;
    });
  }

  /** A venue by its name; by that of a resource that has one. */
  private venue(name: string, call: string): number {
    const k = this.index.get(name);
    if (k !== undefined) return k;
    const members = this.venues.flatMap((v, i) => (v.resource === name ? [i] : []));
    if (members.length === 1) return members[0];
    const names = members.length === 0 ? this.venues : members.map((i) => this.venues[i]);
    throw new UserError(`${call}: a venue among ${names.map((v) => v.name).join(', ')} was expected, got ${name}`);
  }
}

/** With what is paid by resource: all that was given, if it was. The last 1e-10 of it, which no venue's price tells, is a fee. */
function paidInFull(found: ComputeQuote, given: Amounts | undefined): Omit<BuyQuote, 'deltaPsi'> {
  if (given === undefined) {
    return {
      deltaTheta: Object.fromEntries(found.resources.map((r) => [r.resource, r.gross])),
      fee: found.fees,
      ...found,
    };
  }
  const rest = new Map(found.resources.map(({ resource, gross }) => [resource, given[resource] - gross]));
  const lines = found.lines.map((line) => {
    const more = rest.get(line.resource) ?? 0;
    rest.set(line.resource, 0);
    return { ...line, gross: line.gross + more };
  });
  const resources = found.resources.map((r) => ({ ...r, gross: given[r.resource] }));
  const total = resources.reduce((sum, r) => sum + r.gross, 0);
  // the rounding of what is a fee anyway is no fee below 0
  const fees = Math.max(0, found.fees + (total - found.total));
  const overSpot = found.overSpot + (total - found.total);
  return { deltaTheta: given, fee: fees, lines, resources, total, fees, overSpot };
}

function checkProvider(call: string, provider: string): string {
  if (provider !== '') return provider;
  throw new UserError(`${call}: the name of a provider was expected, got none`);
}

const listOf = (given: string | readonly string[]): readonly string[] => (typeof given === 'string' ? [given] : given);

function placesOf({ latencyMs, region, tier }: Sla): Places {
  return {
    ...(latencyMs === undefined ? {} : { latency: latencyMs }),
    ...(region === undefined ? {} : { regions: listOf(region) }),
    ...(tier === undefined ? {} : { tiers: listOf(tier) }),
  };
}
