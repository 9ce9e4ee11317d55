/** Floor 1, compute market. What a router is asked, and what it answers. */
import { UserError } from '../../errors.js';
import type { Venue } from '../curve.js';

/** A requirement, to be met by venues that can stand in for one another: Σ η·r ≥ R. */
export interface Group {
  readonly name?: string;
  /** Indices of venues; no venue is in two groups. */
  readonly venues: readonly number[];
  /** η: what a unit of each counts. */
  readonly efficiency: readonly number[];
  readonly requirement: number;
  /** Latency of each, and the most that the mean may be: Σ l·η·r ≤ L·R. */
  readonly latency?: readonly number[];
  readonly latencyCap?: number;
}

export interface RouteProblem {
  readonly venues: readonly Venue[];
  readonly groups: readonly Group[];
  readonly marketFee: number;
  readonly riskFee: number;
  /** By a trade's share of its pool, or by the norm over all pools, in credits. */
  readonly riskScope: 'asset' | 'pool';
  /** Whether each venue may be used: region, privacy. All where left out. */
  readonly allowed?: readonly boolean[];
  /** The part of a venue that may be bought; .999 where left out. */
  readonly cap?: number;
}

export interface Route {
  /** By venue: compute bought, what the curve takes, the fee rate, credits to pay. */
  readonly amounts: readonly number[];
  readonly effectiveCost: readonly number[];
  readonly feeRate: readonly number[];
  readonly grossCost: readonly number[];
  readonly total: number;
  /** By group: what one more unit of the requirement costs at a fixed sum of latencies, and one of latency less. */
  readonly mu: readonly number[];
  readonly nu: readonly number[];
  /** dG/dR = μ − νL */
  readonly requirementPrice: readonly number[];
  /** Mean latency of each group; null where it has none. */
  readonly latency: readonly (number | null)[];
}

/** What cannot be met, and what can. */
export class Unroutable extends UserError {
  constructor(
    readonly reason: 'requirement' | 'latency' | 'credits',
    readonly available: number,
    message: string,
  ) {
    super(message, 1);
  }
}

export const CAP = 0.999;
/** A fee of all that is paid is never reached. */
const PAYABLE = 1 - 1e-9;

/** The most that may be bought of a venue. */
export function mostOf({ venues, marketFee, riskFee, riskScope, allowed, cap = CAP }: RouteProblem, k: number): number {
  if (allowed !== undefined && !allowed[k]) return 0;
  const payable = riskScope === 'asset' && riskFee > 0 ? (PAYABLE * (1 - marketFee)) / riskFee : 1;
  return Math.min(cap, payable) * venues[k].psi;
}

/** Throws Unroutable where a group's requirement or latency cannot be met. */
export function checkGroup(p: RouteProblem, group: Group, most: readonly number[]): void {
  const { requirement, venues, efficiency, latency, latencyCap } = group;
  const name = group.name === undefined ? '' : ` of ${group.name}`;
  if (!(requirement >= 0 && Number.isFinite(requirement))) {
    throw new UserError(`route: a requirement${name} of 0 or more was expected, got ${requirement}`);
  }
  const available = venues.reduce((sum, _, i) => sum + efficiency[i] * most[i], 0);
  if (requirement > available) {
    const which = p.allowed === undefined ? '' : ' of the venues that are allowed';
    throw new Unroutable(
      'requirement',
      available,
      `route: at most ${available}${name} is available${which}, got a requirement of ${requirement}; ask for less, or allow more venues`,
    );
  }
  if (latency === undefined || latencyCap === undefined || requirement === 0) return;
  const fastest = leastLatency(group, latency, most);
  if (fastest > latencyCap * (1 + 1e-12)) throw tooSlow(group.name, fastest, latencyCap);
}

export const tooSlow = (name: string | undefined, fastest: number, cap: number): Unroutable =>
  new Unroutable(
    'latency',
    fastest,
    `route: a mean latency${name === undefined ? '' : ` of ${name}`} of ${fastest} ms is the least that can be had, got a cap of ${cap} ms; raise it, or allow more venues`,
  );

/** The least mean latency: the fastest venues first. */
function leastLatency({ requirement, efficiency }: Group, latency: readonly number[], most: readonly number[]): number {
  const order = latency.map((_, i) => i).sort((a, b) => latency[a] - latency[b]);
  let left = requirement;
  let sum = 0;
  for (const i of order) {
    const used = Math.min(left, efficiency[i] * most[i]);
    sum += used * latency[i];
    left -= used;
  }
  return sum / requirement;
}
