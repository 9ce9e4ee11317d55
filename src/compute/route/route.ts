/** Floor 1, compute market. The router: the cheapest way to meet every requirement, with its shadow prices. */
import { UserError } from '../../errors.js';
import { type Filled, fill } from './fill.js';
import { Seller } from './marginal.js';
import { checkGroup, mostOf, type Route, type RouteProblem } from './problem.js';
import { fillTogether } from './together.js';

/** Throws Unroutable where a requirement or a latency cap cannot be met. */
export function route(p: RouteProblem): Route {
  checkGroups(p);
  const pool = p.riskScope === 'pool';
  const most = p.venues.map((_, k) => mostOf(p, k));
  for (const group of p.groups) {
    checkGroup(
      p,
      group,
      group.venues.map((k) => most[k]),
    );
  }
  const sellers = p.venues.map((v, k) => new Seller(v, p.marketFee, pool ? 0 : p.riskFee, most[k]));
  const filled = p.groups.map(({ venues }): Filled => ({ amounts: venues.map(() => 0), mu: 0, nu: 0 }));
  const together = pool ? fillTogether(p, sellers, filled) : null;
  if (together === null) {
    p.groups.forEach((group, i) => {
      fill(
        group,
        group.venues.map((k) => sellers[k]),
        filled[i],
      );
    });
  }
  return answerOf(p, sellers, filled, together === null ? null : 1 - together.g);
}

/** Every group of its own venues, every list of its own length. */
function checkGroups({ venues, groups }: RouteProblem): void {
  const used = new Uint8Array(venues.length);
  for (const { venues: members, efficiency, latency } of groups) {
    if (efficiency.length !== members.length || (latency !== undefined && latency.length !== members.length)) {
      throw new UserError(`route: ${members.length} efficiencies and latencies were expected, as of venues`);
    }
    for (const k of members) {
      if (k >= venues.length || used[k] === 1) {
        throw new UserError(`route: venue ${k} was expected in one group, among ${venues.length} venues`);
      }
      used[k] = 1;
    }
  }
}

function answerOf(p: RouteProblem, sellers: readonly Seller[], filled: readonly Filled[], fee: number | null): Route {
  const n = p.venues.length;
  const amounts = new Array<number>(n).fill(0);
  const effectiveCost = new Array<number>(n).fill(0);
  p.groups.forEach((group, i) => {
    group.venues.forEach((k, j) => {
      amounts[k] = filled[i].amounts[j];
      effectiveCost[k] = amounts[k] === 0 ? 0 : sellers[k].cost;
    });
  });
  const feeRate = amounts.map((r, k) => fee ?? p.marketFee + (p.riskFee * r) / p.venues[k].psi);
  const grossCost = effectiveCost.map((a, k) => a / (1 - feeRate[k]));
  return {
    amounts,
    effectiveCost,
    feeRate,
    grossCost,
    total: grossCost.reduce((a, b) => a + b, 0),
    mu: filled.map((f) => f.mu),
    nu: filled.map((f) => f.nu),
    requirementPrice: filled.map((f, i) => f.mu - f.nu * (p.groups[i].latencyCap ?? 0)),
    latency: p.groups.map(({ latency, efficiency, requirement }, i) =>
      latency === undefined
        ? null
        : latency.reduce((sum, l, k) => sum + l * efficiency[k] * filled[i].amounts[k], 0) / requirement,
    ),
  };
}
