/** Floor 5. How long a quote takes: five resources of eight venues each, in this process. */
import type { RouteProblem } from '../compute/route/problem.js';
import { route } from '../compute/route/route.js';
import type { Lab } from './lab.js';

const RESOURCES = 5;
const VENUES = 8;
const PROBLEMS = 50;
const QUOTES = 5000;
/** So many before the clock runs: what is compiled while running is compiled by then. */
const WARM = 1000;

function problem(u: () => number): RouteProblem {
  const venues = Array.from({ length: RESOURCES * VENUES }, () => ({
    rho: 0.3 * u(),
    scale: 0.8 + 0.4 * u(),
    psi: 500 + 1000 * u(),
    theta: 800 + 400 * u(),
  }));
  const groups = Array.from({ length: RESOURCES }, (_, g) => ({
    venues: Array.from({ length: VENUES }, (_x, k) => g * VENUES + k),
    efficiency: Array.from({ length: VENUES }, () => 0.8 + 0.2 * u()),
    requirement: 20 + 100 * u(),
  }));
  return { venues, groups, marketFee: 0.003, riskFee: 0.02, riskScope: 'asset' };
}

/** Milliseconds, by the clock. */
export function routeMany(lab: Lab): { readonly p50: number; readonly p99: number; readonly quotes: number } {
  const u = lab.uniform(21);
  const problems = Array.from({ length: PROBLEMS }, () => problem(u));
  const times: number[] = [];
  for (let k = 0; k < QUOTES + WARM; k++) {
    const began = performance.now();
    route(problems[k % PROBLEMS]);
    if (k >= WARM) times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { p50: times[QUOTES / 2], p99: times[Math.floor(0.99 * QUOTES)], quotes: QUOTES };
}
