/** The router: the conditions of an optimum on random markets, its gradient against differences, what it refuses. */
import { describe, expect, it } from 'vitest';
import { priceOfMasks, type QuoteRequest, quote } from '../../src/compute/quote.js';
import { routeGradient } from '../../src/compute/route/gradient.js';
import { CAP, type RouteProblem, Unroutable } from '../../src/compute/route/problem.js';
import { route } from '../../src/compute/route/route.js';
import { derivative } from '../differences.js';
import { numbersOf } from './markets.js';
import { problemOf } from './routes.js';

const SCOPES = ['asset', 'pool'] as const;

describe.each(SCOPES)('risk scope %s', (riskScope) => {
  it('meets each requirement and each latency cap, and uses no more', () => {
    for (let seed = 0; seed < 300; seed++) {
      const p = problemOf(seed, { riskScope });
      const r = route(p);
      p.groups.forEach((g, i) => {
        const met = g.venues.reduce((sum, k, j) => sum + g.efficiency[j] * r.amounts[k], 0);
        expect(Math.abs(met / g.requirement - 1)).toBeLessThan(1e-12);
        expect(r.latency[i] as number).toBeLessThanOrEqual((g.latencyCap ?? 0) * (1 + 1e-12));
        if (r.nu[i] > 0) expect((r.latency[i] as number) / (g.latencyCap ?? 0)).toBeCloseTo(1, 11);
      });
      r.amounts.forEach((x, k) => {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(CAP * p.venues[k].psi);
      });
    }
  });

  it('costs no more than any other way that meets them', () => {
    for (let seed = 0; seed < 60; seed++) {
      const p = problemOf(seed, { riskScope });
      const best = route(p);
      const pick = numbersOf(1000 + seed);
      for (let trial = 0; trial < 40; trial++) {
        const amounts = [...best.amounts];
        // from one venue to another of its group, as long as the latency allows
        const g = p.groups[Math.floor(pick(0, p.groups.length))];
        const [a, b] = [Math.floor(pick(0, g.venues.length)), Math.floor(pick(0, g.venues.length))];
        const moved = Math.min(amounts[g.venues[a]], 10 ** pick(-4, 0) * p.venues[g.venues[a]].psi);
        amounts[g.venues[a]] -= moved;
        amounts[g.venues[b]] += (moved * g.efficiency[a]) / g.efficiency[b];
        const latency = g.venues.reduce(
          (sum, k, j) => sum + ((g.latency?.[j] ?? 0) * g.efficiency[j] * amounts[k]) / g.requirement,
          0,
        );
        if (latency > (g.latencyCap ?? 0)) continue;
        expect(costAt(p, amounts)).toBeGreaterThanOrEqual(best.total * (1 - 1e-12));
      }
    }
  });

  it('has the gradient that differences find', () => {
    for (let seed = 0; seed < 12; seed++) {
      const p = problemOf(seed, { riskScope, each: 3 });
      const { gradients } = routeGradient(p);
      for (const [name, at] of Object.entries({
        'requirement[0]': (x: number) => withGroup(p, 0, { requirement: x }),
        'latencyCap[1]': (x: number) => withGroup(p, 1, { latencyCap: x }),
        'rho[1]': (x: number) => withVenue(p, 1, { rho: x }),
        'psi[2]': (x: number) => withVenue(p, 2, { psi: x }),
        'theta[0]': (x: number) => withVenue(p, 0, { theta: x }),
        'scale[3]': (x: number) => withVenue(p, 3, { scale: x }),
        marketFee: (x: number) => ({ ...p, marketFee: x }),
        riskFee: (x: number) => ({ ...p, riskFee: x }),
      })) {
        const value = numberIn(p, name);
        const slope = (of: (q: RouteProblem) => number) =>
          derivative((u) => of(at(value * u)), 1) / (value === 0 ? 1 : value);
        const wanted = slope((q) => route(q).total);
        const room = 1e-5 * Math.abs(wanted) + 1e-7 * (route(p).total / value);
        expect(Math.abs(gradients[name].total - wanted), `${seed} ${name}`).toBeLessThan(room);
        gradients[name].amounts.forEach((got, k) => {
          const amount = slope((q) => route(q).amounts[k]);
          const size = Math.max(...route(p).amounts) / value;
          expect(Math.abs(got - amount), `${seed} ${name} of ${k}`).toBeLessThan(1e-4 * Math.abs(amount) + 1e-5 * size);
        });
      }
    }
  });
});

const withGroup = (p: RouteProblem, g: number, part: object): RouteProblem => ({
  ...p,
  groups: p.groups.map((x, i) => (i === g ? { ...x, ...part } : x)),
});
const withVenue = (p: RouteProblem, k: number, part: object): RouteProblem => ({
  ...p,
  venues: p.venues.map((x, i) => (i === k ? { ...x, ...part } : x)),
});

function numberIn(p: RouteProblem, name: string): number {
  const [, key, index] = /^(\w+)(?:\[(\d+)\])?$/.exec(name) ?? [];
  const group = { requirement: 1, latencyCap: 1 };
  if (index === undefined) return p[key as 'marketFee' | 'riskFee'];
  if (key in group) return p.groups[Number(index)][key as 'requirement' | 'latencyCap'] ?? 0;
  return p.venues[Number(index)][key as 'rho' | 'psi' | 'theta' | 'scale'];
}

/** Gross cost of amounts, by the definitions, with an exact-output swap of its own. */
function costAt({ venues, marketFee, riskFee, riskScope }: RouteProblem, amounts: readonly number[]): number {
  const norm = (xs: readonly number[]) => Math.hypot(...xs.map((x, k) => x * venues[k].scale));
  const together = marketFee + (riskFee * norm(amounts)) / norm(venues.map((v) => v.psi));
  return venues.reduce((sum, { rho, scale, psi, theta }, k) => {
    const [x, r] = [scale * psi, scale * amounts[k]];
    const b = x - r + rho * theta;
    const c = r * (rho * x + theta - (rho * r) / 2);
    const a = (2 * c) / (b + Math.sqrt(b * b + 2 * rho * c));
    const fee = riskScope === 'pool' ? together : marketFee + (riskFee * amounts[k]) / psi;
    return sum + a / (1 - fee);
  }, 0);
}

describe('what cannot be met', () => {
  const p = problemOf(3);
  it('a requirement above what there is', () => {
    const asked = withGroup(p, 0, { requirement: 1e9, latencyCap: undefined });
    const refused = errorOf(() => route(asked));
    const there = p.groups[0].venues.reduce((sum, k, j) => sum + p.groups[0].efficiency[j] * p.venues[k].psi, 0);
    expect(refused.reason).toBe('requirement');
    expect(refused.available / (CAP * there)).toBeCloseTo(1, 12);
  });
  it('a latency below that of the fastest', () => {
    const fastest = Math.min(...(p.groups[0].latency ?? []));
    const refused = errorOf(() => route(withGroup(p, 0, { latencyCap: fastest * 0.99 })));
    expect(refused.reason).toBe('latency');
    expect(refused.available).toBeGreaterThanOrEqual(fastest);
  });
  it('a fee of all that is paid bounds what can be had', () => {
    const refused = errorOf(() => route({ ...withGroup(p, 0, { requirement: 1e9 }), riskFee: 100 }));
    expect(refused.available).toBeLessThan(0.02 * p.groups[0].venues.reduce((sum, k) => sum + p.venues[k].psi, 0));
  });
});

function errorOf(run: () => unknown): Unroutable {
  try {
    run();
  } catch (e) {
    if (e instanceof Unroutable) return e;
    throw e;
  }
  throw new Error('nothing was refused');
}

describe('quote', () => {
  const problem = problemOf(8, { each: 3 });
  const { venues, ...fees } = problem;
  const market = { ...fees, venues: venues.map((v, k) => ({ ...v, region: k % 3 === 0 ? 'far' : 'near' })) };
  const need = { r0: fees.groups[0].requirement, r1: fees.groups[1].requirement / 2 };

  it('adds up, and says what a unit more costs', () => {
    const q = quote(market, { need });
    expect(q.lines.reduce((sum, l) => sum + l.gross, 0)).toBeCloseTo(q.total, 10);
    const more = (r0: number) => quote(market, { need: { ...need, r0 } }).total;
    expect(derivative(more, need.r0) / q.resources[0].nextUnit).toBeCloseTo(1, 6);
    expect(q.fees).toBeGreaterThan(0);
  });
  it('a mask costs something, and keeps to its regions', () => {
    const request: QuoteRequest = { need, regions: ['near'] };
    const near = market.venues.filter((v) => v.region === 'near').map((v) => v.name);
    expect(quote(market, request).lines.every((l) => near.includes(l.venue))).toBe(true);
    expect(priceOfMasks(market, request)).toBeGreaterThan(0);
    expect(priceOfMasks(market, { need })).toBe(0);
  });
});
