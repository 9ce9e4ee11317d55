/** Floor 5. Cases of the router: routes, their gradients, what must be refused. Plain numbers, the same on every target. */
import { z } from 'zod';
import { maskPrice, type RouteSlopes, routeGradient } from '../../compute/route/gradient.js';
import { type Route, type RouteProblem, Unroutable } from '../../compute/route/problem.js';
import { route } from '../../compute/route/route.js';
import { type Compared, kindOf, type NamedCheck } from '../named.js';
import { number, numbers } from '../price-fields.js';

export const venue = z.object({ rho: number, scale: number, psi: number, theta: number });

const group = z.object({
  venues: z.array(z.number().int().nonnegative()),
  efficiency: numbers,
  requirement: number,
  latency: numbers.optional(),
  latencyCap: number.nullish(),
});

const problem = z
  .object({
    venues: z.array(venue),
    groups: z.array(group),
    marketFee: number,
    riskFee: number,
    riskScope: z.enum(['asset', 'pool']),
    allowed: z.array(z.boolean()).nullish(),
    cap: number.optional(),
  })
  .transform(
    (p): RouteProblem => ({
      ...p,
      allowed: p.allowed ?? undefined,
      groups: p.groups.map((g) => ({ ...g, latencyCap: g.latencyCap ?? undefined })),
    }),
  );

const numeric = (xs: readonly (number | null)[]): number[] => xs.map((x) => x ?? -1);

const READINGS: Readonly<Record<string, (r: Route, p: RouteProblem) => readonly number[]>> = {
  amounts: (r) => r.amounts,
  effectiveCost: (r) => r.effectiveCost,
  feeRate: (r) => r.feeRate,
  grossCost: (r) => r.grossCost,
  total: (r) => [r.total],
  shadowPrices: (r) => r.requirementPrice,
  mu: (r) => r.mu,
  nu: (r) => r.nu,
  requirementPrice: (r) => r.requirementPrice,
  latency: (r) => numeric(r.latency),
  maskPrice: (_, p) => [maskPrice(p)],
};

const path = kindOf(
  problem,
  z.record(z.string(), z.union([number, z.array(number.nullable())])),
  (p, want): Compared[] => {
    const found = route(p);
    return Object.entries(want).map(([field, wanted]) => ({
      field,
      got: READINGS[field]?.(found, p) ?? [],
      wanted: numeric([wanted].flat()),
    }));
  },
);

const slopes = z.object({
  total: number,
  amounts: numbers,
  mu: z.union([number, numbers]),
  nu: z.union([number, numbers]),
});

const pathGradient = kindOf(
  problem,
  z.object({ amounts: numbers, mu: numbers, nu: numbers, gradients: z.record(z.string(), slopes) }),
  (p, want): Compared[] => {
    const { route: found, gradients } = routeGradient(p);
    const names = Object.keys(want.gradients);
    // with one group its requirement and its cap need no number
    const of = (name: string): RouteSlopes => gradients[name] ?? gradients[`${name}[0]`];
    return [
      { field: 'amounts', got: found.amounts, wanted: want.amounts },
      { field: 'mu', got: found.mu, wanted: want.mu },
      { field: 'nu', got: found.nu, wanted: want.nu },
      ...(['total', 'amounts', 'mu', 'nu'] as const).map((key) => ({
        field: `gradient of ${key}`,
        got: names.flatMap((name) => of(name)[key]),
        wanted: names.flatMap((name) => want.gradients[name][key]),
      })),
    ];
  },
);

const pathError = kindOf(problem, z.object({ error: z.string(), available: number }), (p, want): Compared[] => {
  let refused: Unroutable | null = null;
  try {
    route(p);
  } catch (e) {
    if (!(e instanceof Unroutable)) throw e;
    refused = e;
  }
  return [
    { field: `refused for its ${want.error}`, got: [Number(refused?.reason === want.error)], wanted: [1] },
    { field: 'available', got: [refused?.available ?? Number.NaN], wanted: [want.available] },
  ];
});

export const ROUTE_KINDS: Readonly<Record<string, NamedCheck>> = { path, pathGradient, pathError };
