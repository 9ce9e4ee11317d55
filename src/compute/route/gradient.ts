/**
 * Floor 1, compute market. How a route answers to what it was made of: one linear solve with the KKT matrix of what is in use.
 *
 *     m_k(r; θ) = η_k(μ_g − ν_g·l_k),  Σ η·r = R_g,  Σ l·η·r = L_g·R_g where ν_g > 0
 *
 * so (r, μ, ν)′ = −F_z⁻¹F_θ. Venues that are masked, unused or at their most are constants, but for what is at its most when
 * Ψ moves. G′ = Σ ∂G/∂θ + Σ ∂G/∂r·r′; by the envelope theorem that is ∂G/∂θ at fixed amounts and multipliers. Where a venue comes
 * into use the value is continuous, and the slope of amounts is not.
 */

import { type Dual, dual, solveDense } from './dual.js';
import { mostOf, type Route, type RouteProblem } from './problem.js';
import { route } from './route.js';

/** Derivatives by one number. */
export interface RouteSlopes {
  readonly total: number;
  readonly amounts: readonly number[];
  readonly mu: readonly number[];
  readonly nu: readonly number[];
}

export interface RouteGradient {
  readonly route: Route;
  /** By `rho[k]`, `psi[k]`, `theta[k]`, `scale[k]`, `requirement[g]`, `latencyCap[g]`, `marketFee`, `riskFee`. */
  readonly gradients: Readonly<Record<string, RouteSlopes>>;
}

/** The directions: first the unknowns (amounts of all venues), then what the problem is made of. */
interface Directions {
  readonly names: readonly string[];
  readonly count: number;
  readonly of: (name: string) => number;
}

const FIELDS = ['rho', 'psi', 'theta', 'scale'] as const;

function directionsOf({ venues, groups }: RouteProblem): Directions {
  const names = [
    ...FIELDS.flatMap((field) => venues.map((_, k) => `${field}[${k}]`)),
    ...groups.flatMap((g, i) => [`requirement[${i}]`, ...(g.latencyCap === undefined ? [] : [`latencyCap[${i}]`])]),
    'marketFee',
    'riskFee',
  ];
  const index = new Map(names.map((name, i) => [name, venues.length + i]));
  return { names, count: venues.length + names.length, of: (name) => index.get(name) ?? -1 };
}

/** m_k by venue and G, with their slopes in all directions. */
function costs(p: RouteProblem, r: Route, d: Directions): { marginal: Dual[]; total: Dual } {
  const one = (value: number, name: string) => dual(value, d.count, d.of(name));
  const fees = { market: one(p.marketFee, 'marketFee'), risk: one(p.riskFee, 'riskFee') };
  const unit = dual(1, d.count);
  const venues = p.venues.map((v, k) => {
    const [rho, psi, theta, scale] = FIELDS.map((field) => one(v[field], `${field}[${k}]`));
    const amount = dual(r.amounts[k], d.count, k);
    const [x, dx] = [scale.mul(psi), scale.mul(amount).times(-1)];
    const hx = theta.add(rho.mul(x));
    const twice = x
      .mul(theta)
      .times(2)
      .add(rho.mul(x.mul(x).add(theta.mul(theta))));
    const left = x.add(dx);
    const end = unit.sub(rho.mul(rho)).mul(left.mul(left)).add(rho.mul(twice)).sqrt();
    const cost = dx
      .mul(hx.add(rho.mul(dx).times(0.5)))
      .times(-2)
      .div(left.add(rho.mul(theta)).add(end));
    const price = scale.mul(hx.add(rho.mul(dx)).add(cost)).div(end);
    return { psi, scale, amount, cost, price };
  });
  const keep = unit.sub(fees.market);
  if (p.riskScope === 'asset') {
    const parts = venues.map(({ psi, amount, cost, price }) => {
      const lambda = fees.risk.div(psi);
      const g = keep.sub(lambda.mul(amount));
      return { gross: cost.div(g), marginal: price.div(g).add(lambda.mul(cost).div(g.mul(g))) };
    });
    return { marginal: parts.map((x) => x.marginal), total: parts.map((x) => x.gross).reduce((a, b) => a.add(b)) };
  }
  const norm = (of: (v: (typeof venues)[number]) => Dual) =>
    venues
      .map((v) => v.scale.mul(of(v)))
      .reduce((sum, x) => sum.add(x.mul(x)), dual(0, d.count))
      .sqrt();
  const [bought, stock] = [norm((v) => v.amount), norm((v) => v.psi)];
  const g = keep.sub(fees.risk.mul(bought).div(stock));
  const all = venues.map((v) => v.cost).reduce((a, b) => a.add(b));
  const c = all.mul(fees.risk).div(stock.mul(bought).mul(g.mul(g)));
  return {
    marginal: venues.map((v) => v.price.div(g).add(c.mul(v.scale.mul(v.scale)).mul(v.amount))),
    total: all.div(g),
  };
}

export function routeGradient(p: RouteProblem): RouteGradient {
  const answer = route(p);
  const d = directionsOf(p);
  const n = p.venues.length;
  const { marginal, total } = costs(p, answer, d);
  const most = p.venues.map((_, k) => mostOf(p, k));
  const full = answer.amounts.map((r, k) => r > 0 && r >= most[k]);
  const free = answer.amounts.map((r, k) => r > 0 && !full[k]);
  const groups = p.groups.map((group, i) => ({
    ...group,
    bound: answer.nu[i] > 0,
    mu: answer.mu[i],
    nu: answer.nu[i],
  }));
  const rows = groups.flatMap((group, i) => [
    ...group.venues.flatMap((k, j) => (free[k] ? [{ kind: 'marginal' as const, k, i, j }] : [])),
    ...(group.requirement > 0 ? [{ kind: 'met' as const, i }] : []),
    ...(group.bound ? [{ kind: 'latency' as const, i }] : []),
  ]);
  // unknowns in the order of the rows: r_k of a marginal row, μ of a met row, ν of a latency row
  const column = (kind: string, at: number) =>
    rows.findIndex((row) => row.kind === kind && (row.kind === 'marginal' ? row.k : row.i) === at);
  const matrix: number[][] = [];
  const right: number[][] = [];
  // what is at its most moves with Ψ
  const moving = (k: number) => (full[k] ? most[k] / p.venues[k].psi : 0);
  for (const row of rows) {
    const left = new Array<number>(rows.length).fill(0);
    const side = new Array<number>(d.names.length).fill(0);
    const { venues, efficiency, latency = [], requirement, latencyCap = 0 } = groups[row.i];
    if (row.kind === 'marginal') {
      const { slopes } = marginal[row.k];
      for (let k = 0; k < n; k++) {
        if (free[k]) left[column('marginal', k)] += slopes[k];
        else if (full[k]) side[d.of(`psi[${k}]`) - n] -= slopes[k] * moving(k);
      }
      left[column('met', row.i)] = -efficiency[row.j];
      if (groups[row.i].bound) left[column('latency', row.i)] = efficiency[row.j] * latency[row.j];
      d.names.forEach((_, i) => {
        side[i] -= slopes[n + i];
      });
    } else {
      const weight = (j: number) => (row.kind === 'met' ? efficiency[j] : efficiency[j] * latency[j]);
      venues.forEach((k, j) => {
        if (free[k]) left[column('marginal', k)] += weight(j);
        else if (full[k]) side[d.of(`psi[${k}]`) - n] -= weight(j) * moving(k);
      });
      side[d.of(`requirement[${row.i}]`) - n] += row.kind === 'met' ? 1 : latencyCap;
      if (row.kind === 'latency') side[d.of(`latencyCap[${row.i}]`) - n] += requirement;
    }
    matrix.push(left);
    right.push(side);
  }
  const solved = solveDense(matrix, right);
  const gradients = Object.fromEntries(
    d.names.map((name, i): [string, RouteSlopes] => {
      const by = (kind: string, at: number) => {
        const c = column(kind, at);
        return c < 0 ? 0 : solved[c][i];
      };
      const amounts = p.venues.map((_, k) => (full[k] && name === `psi[${k}]` ? moving(k) : by('marginal', k)));
      return [
        name,
        {
          total: total.slopes[n + i] + amounts.reduce((sum, x, k) => sum + total.slopes[k] * x, 0),
          amounts,
          mu: p.groups.map((_, g) => by('met', g)),
          nu: p.groups.map((_, g) => by('latency', g)),
        },
      ];
    }),
  );
  return { route: answer, gradients };
}

/** The price of a mask: what the same costs with it less what it costs without. */
export function maskPrice(p: RouteProblem): number {
  return route(p).total - route({ ...p, allowed: undefined }).total;
}
