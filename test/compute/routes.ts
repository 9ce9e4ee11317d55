/** Random markets of venues, and what a router is asked of them. */
import type { MarketVenue } from '../../src/compute/quote.js';
import type { RouteProblem } from '../../src/compute/route/problem.js';
import { numbersOf } from './markets.js';

/** `resources` groups of `each` venues; of each a part is asked for, some with a latency cap that binds. */
export function problemOf(
  seed: number,
  { resources = 2, each = 4, riskScope = 'asset' as RouteProblem['riskScope'], risk = 0.2 } = {},
): Omit<RouteProblem, 'venues'> & { readonly venues: readonly MarketVenue[] } {
  const pick = numbersOf(seed);
  const venues = Array.from({ length: resources * each }, (_, k): MarketVenue => {
    const scale = 10 ** pick(-2, 1);
    const psi = 10 ** pick(2, 3) / scale;
    const at = { rho: pick(0, 0.6), scale, psi, theta: scale * psi * pick(0.7, 1.4) };
    return {
      name: `v${k}`,
      resource: `r${Math.floor(k / each)}`,
      ...at,
      efficiency: pick(0.7, 1),
      latency: pick(5, 150),
    };
  });
  // venues of a resource stand in for one another: their prices are near
  const near = venues.map((v, k) => {
    const first = venues[Math.floor(k / each) * each];
    const scale = first.scale * pick(0.8, 1.2);
    return { ...v, scale, psi: (v.psi * v.scale) / scale };
  });
  const groups = Array.from({ length: resources }, (_, g) => {
    const members = Array.from({ length: each }, (_x, j) => g * each + j);
    const efficiency = members.map((k) => near[k].efficiency ?? 1);
    const stock = members.reduce((sum, k, j) => sum + near[k].psi * efficiency[j], 0);
    const latency = members.map((k) => near[k].latency ?? 0);
    const [low, high] = [Math.min(...latency), Math.max(...latency)];
    return {
      venues: members,
      efficiency,
      requirement: stock * pick(0.001, 0.15),
      latency,
      latencyCap: low + (high - low) * pick(0.6, 1.1),
    };
  });
  return { venues: near, groups, marketFee: 0.003, riskFee: pick(0, risk), riskScope };
}
