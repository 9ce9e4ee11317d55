/**
 * Floor 1, compute market. A quote: what a bundle of compute costs on a market of venues, where it comes from, and what would
 * change it. In plain numbers, a few microseconds.
 */
import { UserError } from '../errors.js';
import { checkCarried } from './carried.js';
import { priceOf, type Venue } from './curve.js';
import type { Group, RouteProblem } from './route/problem.js';
import { route } from './route/route.js';
import type { FeeRules } from './trades.js';

/** A pool of one resource in one place. */
export interface MarketVenue extends Venue {
  readonly name: string;
  readonly resource: string;
  readonly region?: string;
  /** Privacy, for example. */
  readonly tier?: string;
  /** Milliseconds. */
  readonly latency?: number;
  /** What a unit counts of the resource; 1 where left out. */
  readonly efficiency?: number;
}

export interface ComputeMarket {
  readonly venues: readonly MarketVenue[];
  readonly marketFee: number;
  readonly riskFee: number;
  readonly riskScope: 'asset' | 'pool';
  readonly cap?: number;
  /** Where fees go once there are trades; no quote depends on it. The papers' where left out. */
  readonly fees?: FeeRules;
}

/** Which venues will do. */
export interface Places {
  /** Regions and tiers; all where left out. */
  readonly regions?: readonly string[];
  readonly tiers?: readonly string[];
  /** The most that the mean latency of each resource may be, ms. */
  readonly latency?: number;
}

export interface QuoteRequest extends Places {
  /** Units by resource. */
  readonly need: Readonly<Record<string, number>>;
}

/** What is bought of one venue. */
export interface QuoteLine {
  readonly venue: string;
  readonly resource: string;
  readonly amount: number;
  /** Credits: what the curve takes, what is paid. */
  readonly effective: number;
  readonly gross: number;
  readonly fee: number;
}

export interface ResourceQuote {
  readonly resource: string;
  readonly requirement: number;
  readonly gross: number;
  /** Credits that one more unit costs, dG/dR. */
  readonly nextUnit: number;
  /** Mean latency, ms; null where venues tell none. */
  readonly latency: number | null;
  /** Credits that a ms more would save; 0 where the cap does not bind. */
  readonly perMillisecond: number;
}

export interface ComputeQuote {
  readonly lines: readonly QuoteLine[];
  readonly resources: readonly ResourceQuote[];
  readonly total: number;
  /** Credits of the total that are fees. */
  readonly fees: number;
  /** Credits over the venues' own prices of the moment: fees and slippage. */
  readonly overSpot: number;
}

/** The venues of a resource, which stand in for one another. */
interface Members {
  readonly venues: readonly number[];
  readonly efficiency: readonly number[];
  /** Null where a venue tells none. */
  readonly latency: readonly number[] | null;
}

/** Quotes of one market, again and again: what only its venues decide is found once. Their reserves may change meanwhile. */
export class Router {
  private readonly members = new Map<string, Members>();

  constructor(readonly market: ComputeMarket) {
    const { venues } = market;
    for (const resource of new Set(venues.map((v) => v.resource))) {
      const own = venues.flatMap((v, k) => (v.resource === resource ? [k] : []));
      const latency = own.flatMap((k) => venues[k].latency ?? []);
      this.members.set(resource, {
        venues: own,
        efficiency: own.map((k) => venues[k].efficiency ?? 1),
        latency: latency.length === own.length ? latency : null,
      });
    }
  }

  /** The problem that a request is, and the resources of its groups. Throws a UserError for what no venue has. */
  problemOf({ need, regions, tiers, latency: cap }: QuoteRequest): { problem: RouteProblem; resources: string[] } {
    const resources = Object.keys(need);
    const groups = resources.map((resource): Group => {
      const found = this.members.get(resource);
      if (found === undefined) {
        throw new UserError(
          `quote: a resource among ${[...this.members.keys()].join(', ')} was expected, got ${resource}`,
        );
      }
      const { venues, efficiency, latency } = found;
      if (latency === null && cap !== undefined) throw this.silent(resource, venues);
      const known = { name: resource, venues, efficiency, requirement: need[resource] };
      if (latency === null) return known;
      return cap === undefined ? { ...known, latency } : { ...known, latency, latencyCap: cap };
    });
    const fits = (v: MarketVenue) =>
      (regions === undefined || regions.includes(v.region ?? '')) &&
      (tiers === undefined || tiers.includes(v.tier ?? ''));
    const allowed = regions === undefined && tiers === undefined ? undefined : this.market.venues.map(fits);
    return { problem: { ...this.market, groups, allowed }, resources };
  }

  /** Throws a UserError where an amount by resource is too little beside what its venues hold. 0 is nothing, and passes. */
  checkCarried(call: string, amounts: Readonly<Record<string, number>>, what: 'units' | 'credits'): void {
    for (const [resource, { venues, efficiency }] of this.members) {
      if (!Object.hasOwn(amounts, resource) || amounts[resource] === 0) continue;
      const held = venues.reduce((sum, k, j) => {
        const { psi, theta } = this.market.venues[k];
        return sum + (what === 'units' ? efficiency[j] * psi : theta);
      }, 0);
      checkCarried(call, `${what} of ${resource}`, amounts[resource], held);
    }
  }

  private silent(resource: string, members: readonly number[]): UserError {
    const { venues } = this.market;
    const { name } = venues[members.find((k) => venues[k].latency === undefined) as number];
    return new UserError(
      `quote: a latency of every venue of ${resource} was expected, since there is a cap, got none of ${name}; add it, or leave the cap out`,
    );
  }

  /** Throws Unroutable where it cannot be filled, saying what can. */
  quote(request: QuoteRequest): ComputeQuote {
    const { problem, resources } = this.problemOf(request);
    this.checkCarried('quote', request.need, 'units');
    const r = route(problem);
    const lines: QuoteLine[] = [];
    let spot = 0;
    let effective = 0;
    const bought = problem.groups.map(({ venues, requirement }, i): ResourceQuote => {
      let gross = 0;
      for (const k of venues) {
        if (r.amounts[k] === 0) continue;
        const venue = this.market.venues[k];
        const [amount, cost, paid] = [r.amounts[k], r.effectiveCost[k], r.grossCost[k]];
        spot += amount * priceOf(venue);
        effective += cost;
        gross += paid;
        const { name, resource } = venue;
        lines.push({ venue: name, resource, amount, effective: cost, gross: paid, fee: r.feeRate[k] });
      }
      return {
        resource: resources[i],
        requirement,
        gross,
        nextUnit: r.requirementPrice[i],
        latency: r.latency[i],
        perMillisecond: r.nu[i] * requirement,
      };
    });
    return {
      lines,
      resources: bought,
      total: r.total,
      fees: Math.max(0, r.total - effective),
      overSpot: r.total - spot,
    };
  }
}

/** Throws Unroutable where it cannot be filled, saying what can. A Router is for more than one. */
export const quote = (market: ComputeMarket, request: QuoteRequest): ComputeQuote => new Router(market).quote(request);

/** What the masks of a request cost: its total less that without them. */
export function priceOfMasks(market: ComputeMarket, request: QuoteRequest): number {
  const { regions, tiers, ...open } = request;
  if (regions === undefined && tiers === undefined) return 0;
  const router = new Router(market);
  return router.quote(request).total - router.quote(open).total;
}
