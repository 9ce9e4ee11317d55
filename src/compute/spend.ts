/**
 * Floor 1, compute market. What credits buy: the requirements R_g whose quotes cost just what is given, G_g(R) = D_g.
 *
 * G_g rises with R_g and is convex, with the slope dG/dR = μ − ν·L that the router tells: Newton, from beyond the root, comes
 * down to it. A risk fee of all pools makes each G_g depend a little on the others; the steps then repeat until all agree.
 */
import { priceOf } from './curve.js';
import type { Places, Router } from './quote.js';
import { type Group, mostOf, type RouteProblem, tooSlow, Unroutable } from './route/problem.js';
import { route } from './route/route.js';

/** Of what is given: what may be left unspent. The router's own sums are known to some 1e-11 under a latency cap. */
const UNSPENT = 1e-10;
const MOST_STEPS = 60;

/** Units by resource for credits by resource, which cost no more than these. Throws Unroutable where the venues cannot take so much. */
export function needFor(
  router: Router,
  credits: Readonly<Record<string, number>>,
  places: Places,
): Record<string, number> {
  const { problem, resources } = router.problemOf({ ...places, need: credits });
  const most = problem.groups.map((group) => mostOfGroup(problem, group));
  const given = resources.map((resource) => credits[resource]);
  // all the credits at the lowest price of the moment: never too little
  let need = problem.groups.map((group, i) => Math.min(given[i] / lowestPrice(problem, group), most[i]));
  for (let step = 0; step < MOST_STEPS; step++) {
    const groups = problem.groups.map((group, i) => ({ ...group, requirement: need[i] }));
    const found = route({ ...problem, groups });
    const gross = groups.map(({ venues }) => venues.reduce((sum, k) => sum + found.grossCost[k], 0));
    const next = need.map((r, i) =>
      Math.min(Math.max(r + (aim(given[i]) - gross[i]) / found.requirementPrice[i], r / 8), most[i]),
    );
    const short = resources.findIndex((_, i) => need[i] === most[i] && gross[i] < given[i] * (1 - UNSPENT));
    if (short >= 0) throw tooMuch(resources[short], given[short], gross[short], most[short]);
    const isSpent = gross.every((g, i) => g <= given[i] && g >= given[i] * (1 - UNSPENT));
    if (isSpent || next.every((r, i) => r === need[i])) break;
    need = next;
  }
  return Object.fromEntries(resources.map((resource, i) => [resource, need[i]]));
}

/** Between all of it and too little. */
const aim = (credits: number): number => credits * (1 - UNSPENT / 2);

const tooMuch = (resource: string, given: number, cost: number, most: number) =>
  new Unroutable(
    'credits',
    cost,
    `route: all ${most} of ${resource} that can be had cost ${cost} credits, got ${given} to spend; spend less, or allow more venues`,
  );

/** The lowest price at which anything of a group is sold, fees in it. */
function lowestPrice(p: RouteProblem, { venues, efficiency }: Group): number {
  let low = Number.POSITIVE_INFINITY;
  venues.forEach((k, j) => {
    if (mostOf(p, k) === 0) return;
    low = Math.min(low, priceOf(p.venues[k]) / (efficiency[j] * (1 - p.marketFee)));
  });
  return low;
}

/** The most that a group can be asked for: all of what is fast enough, and of the slower as much as keeps the mean latency. */
function mostOfGroup(p: RouteProblem, { name, venues, efficiency, latency, latencyCap }: Group): number {
  const units = venues.map((k, j) => efficiency[j] * mostOf(p, k));
  if (latency === undefined || latencyCap === undefined) return units.reduce((a, b) => a + b, 0);
  const order = units.flatMap((most, j) => (most > 0 ? [j] : [])).sort((a, b) => latency[a] - latency[b]);
  if (order.length > 0 && latency[order[0]] > latencyCap) throw tooSlow(name, latency[order[0]], latencyCap);
  let [sum, spare] = [0, 0];
  for (const j of order) {
    const slower = latency[j] - latencyCap;
    const taken = slower <= 0 ? units[j] : Math.min(units[j], spare / slower);
    sum += taken;
    spare -= taken * slower;
  }
  // the sum in another order may round to less
  return sum * (1 - 1e-12);
}
