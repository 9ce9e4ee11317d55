/**
 * Floor 1, compute market. Routes under a risk fee of all pools at once: G = A/g, A = Σa, g = 1 − f_m − λ_r‖S·r‖/‖S·Ψ‖, so
 * m_k = p⁺/g + c·s²·r with c = A·λ_r/(‖SΨ‖·‖Sr‖·g²).
 *
 * For given g and c the groups are filled one by one; g and c then follow from what was bought. Newton on these two: how the
 * amounts answer to them is known from the KKT equations of each group.
 *
 * Convex where the marginal prices after the trade lie near the amounts in direction (docs/compute-market.md); up to
 * λ_r = .2 always.
 */
import { type Filled, fill } from './fill.js';
import type { Seller } from './marginal.js';
import type { Group, RouteProblem } from './problem.js';

const EXACT = 1e-15;
const MOST_STEPS = 100;

interface Pair {
  g: number;
  c: number;
}

/** What g and c are at the amounts, and their slopes by given g and c. */
interface Answer extends Pair {
  readonly gByG: number;
  readonly gByC: number;
  readonly cByG: number;
  readonly cByC: number;
}

export function fillTogether(p: RouteProblem, sellers: readonly Seller[], filled: readonly Filled[]): Pair {
  const keep = 1 - p.marketFee;
  const stock = Math.hypot(...p.venues.map((v) => v.scale * v.psi));
  const lambda = p.riskFee / stock;
  let at: Pair = { g: keep, c: 0 };
  // the shares of the first answer, so that c·s²r has its size from the start
  for (let step = 0; step < MOST_STEPS; step++) {
    for (const s of sellers) s.together(at.g, at.c);
    p.groups.forEach((group, i) => {
      fill(
        group,
        group.venues.map((k) => sellers[k]),
        filled[i],
      );
    });
    const found = answer(p, sellers, filled, at, keep, lambda);
    const [dg, dc] = [found.g - at.g, found.c - at.c];
    if (Math.abs(dg) <= EXACT && Math.abs(dc) <= 1e-14 * Math.abs(found.c)) break;
    // (I − J)·step = found − at
    const [a, b, d, e] = [1 - found.gByG, -found.gByC, -found.cByG, 1 - found.cByC];
    const determinant = a * e - b * d;
    const newton = { g: at.g + (e * dg - b * dc) / determinant, c: at.c + (a * dc - d * dg) / determinant };
    const sound = newton.g > 0.05 * keep && newton.g <= keep && newton.c >= 0;
    const next = sound ? newton : { g: Math.max(found.g, 0.05 * keep), c: found.c };
    if (next.g === at.g && next.c === at.c) break;
    at = next;
  }
  return at;
}

function answer(
  p: RouteProblem,
  sellers: readonly Seller[],
  filled: readonly Filled[],
  { g }: Pair,
  keep: number,
  lambda: number,
): Answer {
  let [cost, square] = [0, 0];
  const slopes = { costByG: 0, costByC: 0, squareByG: 0, squareByC: 0 };
  p.groups.forEach((group, i) => {
    const moved = moves(
      group,
      group.venues.map((k) => sellers[k]),
      filled[i],
      g,
    );
    group.venues.forEach((k, j) => {
      const seller = sellers[k];
      const { scale } = seller.venue;
      const r = filled[i].amounts[j];
      const price = g * (seller.marginal - seller.perUnit * r);
      cost += seller.cost;
      square += (scale * r) ** 2;
      slopes.costByG += price * moved.byG[j];
      slopes.costByC += price * moved.byC[j];
      slopes.squareByG += 2 * scale ** 2 * r * moved.byG[j];
      slopes.squareByC += 2 * scale ** 2 * r * moved.byC[j];
    });
  });
  const norm = Math.sqrt(square);
  if (norm === 0) return { g: keep, c: 0, gByG: 0, gByC: 0, cByG: 0, cByC: 0 };
  const found = keep - lambda * norm;
  const c = (cost * lambda) / (norm * found ** 2);
  const by = (dCost: number, dSquare: number) => {
    const dNorm = dSquare / (2 * norm);
    const dg = -lambda * dNorm;
    return { dg, dc: c * (dCost / cost - dNorm / norm - (2 * dg) / found) };
  };
  const [byG, byC] = [by(slopes.costByG, slopes.squareByG), by(slopes.costByC, slopes.squareByC)];
  return { g: found, c, gByG: byG.dg, gByC: byC.dg, cByG: byG.dc, cByC: byC.dc };
}

/** dr_k by g and by c: m′dr + ∂m = η(dμ − l·dν) where a venue is neither at 0 nor at its most, Σ η·dr = 0, Σ l·η·dr = 0. */
function moves(group: Group, sellers: readonly Seller[], f: Filled, g: number): { byG: number[]; byC: number[] } {
  const { efficiency, latency } = group;
  const free = sellers.map((s, k) => f.amounts[k] > 0 && f.amounts[k] < s.most);
  const bound = f.nu > 0 && latency !== undefined;
  const l = (k: number) => (bound ? latency[k] : 0);
  let [w, wl, wll] = [0, 0, 0];
  sellers.forEach((s, k) => {
    if (!free[k]) return;
    const weight = efficiency[k] ** 2 / s.slope;
    w += weight;
    wl += weight * l(k);
    wll += weight * l(k) ** 2;
  });
  const determinant = w * wll - wl * wl;
  const of = (direct: (s: Seller, k: number) => number): number[] => {
    let [u, ul] = [0, 0];
    sellers.forEach((s, k) => {
      if (!free[k]) return;
      const part = (efficiency[k] * direct(s, k)) / s.slope;
      u += part;
      ul += part * l(k);
    });
    const spread = bound && determinant > 1e-12 * w * wll;
    const dNu = spread ? (u * wl - ul * w) / determinant : 0;
    const dMu = w === 0 ? 0 : (u + wl * dNu) / w;
    return sellers.map((s, k) => (free[k] ? (efficiency[k] * (dMu - l(k) * dNu) - direct(s, k)) / s.slope : 0));
  };
  return {
    byG: of((s, k) => -(s.marginal - s.perUnit * f.amounts[k]) / g),
    byC: of((s, k) => s.venue.scale ** 2 * f.amounts[k]),
  };
}
