/**
 * Floor 1, compute market. A quote: what a bundle of compute costs on a market of venues, where it comes from, and what would
 * change it. In plain numbers, a few microseconds.
 */
import { UserError } from '../errors.js';
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

/** The problem that a request is, and the resources of its groups. Throws a UserError for what no venue has. */
export function problemOf(
  market: ComputeMarket,
  request: QuoteRequest,
): { problem: RouteProblem; resources: string[] } {
  const { venues } = market;
  const resources = Object.keys(request.need);
  const groups = resources.map((resource): Group => {
    const members = venues.flatMap((v, k) => (v.resource === resource ? [k] : []));
    if (members.length === 0) {
      const known = [...new Set(venues.map((v) => v.resource))].join(', ');
      throw new UserError(`quote: a resource among ${known} was expected, got ${resource}`);
    }
    return {
      name: resource,
      venues: members,
      efficiency: members.map((k) => venues[k].efficiency ?? 1),
      requirement: request.need[resource],
      ...latencies(market, members, resource, request.latency),
    };
  });
  const { regions, tiers } = request;
  const fits = (v: MarketVenue) =>
    (regions === undefined || regions.includes(v.region ?? '')) &&
    (tiers === undefined || tiers.includes(v.tier ?? ''));
  const allowed = regions === undefined && tiers === undefined ? undefined : venues.map(fits);
  return { problem: { ...market, groups, allowed }, resources };
}

function latencies({ venues }: ComputeMarket, members: readonly number[], resource: string, cap: number | undefined) {
  const known = members.filter((k) => venues[k].latency !== undefined);
  if (known.length === members.length) {
    const latency = members.map((k) => venues[k].latency as number);
    return cap === undefined ? { latency } : { latency, latencyCap: cap };
  }
  if (cap === undefined) return {};
  const silent = venues[members.find((k) => venues[k].latency === undefined) as number].name;
  throw new UserError(
    `quote: a latency of every venue of ${resource} was expected, since there is a cap, got none of ${silent}; add it, or leave the cap out`,
  );
}

/** Throws Unroutable where it cannot be filled, saying what can. */
export function quote(market: ComputeMarket, request: QuoteRequest): ComputeQuote {
  const { problem, resources } = problemOf(market, request);
  const r = route(problem);
  const lines: QuoteLine[] = [];
  let spot = 0;
  problem.groups.forEach(({ venues }) => {
    for (const k of venues) {
      if (r.amounts[k] === 0) continue;
      const { name, resource } = market.venues[k];
      spot += r.amounts[k] * priceOf(market.venues[k]);
      lines.push({
        venue: name,
        resource,
        amount: r.amounts[k],
        effective: r.effectiveCost[k],
        gross: r.grossCost[k],
        fee: r.feeRate[k],
      });
    }
  });
  return {
    lines,
    resources: resources.map((resource, i) => ({
      resource,
      requirement: problem.groups[i].requirement,
      gross: problem.groups[i].venues.reduce((sum, k) => sum + r.grossCost[k], 0),
      nextUnit: r.requirementPrice[i],
      latency: r.latency[i],
      perMillisecond: r.nu[i] * problem.groups[i].requirement,
    })),
    total: r.total,
    fees: r.total - r.effectiveCost.reduce((a, b) => a + b, 0),
    overSpot: r.total - spot,
  };
}

/** What the masks of a request cost: its total less that without them. */
export function priceOfMasks(market: ComputeMarket, request: QuoteRequest): number {
  const { regions, tiers, ...open } = request;
  if (regions === undefined && tiers === undefined) return 0;
  return quote(market, request).total - quote(market, open).total;
}
