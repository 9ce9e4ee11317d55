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
/** Of g and c: a step after which there is no other. */
const NEAR = 1e-8;
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
  let squares = 0;
  for (const { scale, psi } of p.venues) squares += (scale * psi) ** 2;
  const lambda = p.riskFee / Math.sqrt(squares);
  const members = p.groups.map(({ venues }) => venues.map((k) => sellers[k]));
  const fillAll = ({ g, c }: Pair) => {
    for (const s of sellers) s.together(g, c);
    p.groups.forEach((group, i) => {
      fill(group, members[i], filled[i]);
    });
  };
  let at: Pair = { g: keep, c: 0 };
  for (let step = 0; step < MOST_STEPS; step++) {
    fillAll(at);
    const moved = p.groups.map((group, i) => moves(group, members[i], filled[i], at.g));
    const found = answer(members, filled, moved, at, keep, lambda);
    const dg = found.g - at.g;
    const dc = found.c - at.c;
    if (Math.abs(dg) <= EXACT && Math.abs(dc) <= 1e-14 * Math.abs(found.c)) break;
    // (I − J)·step = found − at
    const [a, b, d, e] = [1 - found.gByG, -found.gByC, -found.cByG, 1 - found.cByC];
    const determinant = a * e - b * d;
    const newton = { g: at.g + (e * dg - b * dc) / determinant, c: at.c + (a * dc - d * dg) / determinant };
    const sound = newton.g > 0.05 * keep && newton.g <= keep && newton.c >= 0;
    const next = sound ? newton : { g: Math.max(found.g, 0.05 * keep), c: found.c };
    const byG = next.g - at.g;
    const byC = next.c - at.c;
    if (byG === 0 && byC === 0) break;
    // where the groups' own prices will be
    filled.forEach((f, i) => {
      f.mu += moved[i].byG.mu * byG + moved[i].byC.mu * byC;
      if (f.nu > 0) f.nu = Math.max(0, f.nu + moved[i].byG.nu * byG + moved[i].byC.nu * byC);
    });
    at = next;
    // what is left after a step so small is its square
    if (sound && Math.abs(byG) <= NEAR && Math.abs(byC) <= NEAR * next.c) {
      fillAll(at);
      break;
    }
  }
  return at;
}

function answer(
  members: readonly (readonly Seller[])[],
  filled: readonly Filled[],
  moved: readonly Moves[],
  { g }: Pair,
  keep: number,
  lambda: number,
): Answer {
  let cost = 0;
  let square = 0;
  const slopes = { costByG: 0, costByC: 0, squareByG: 0, squareByC: 0 };
  for (let i = 0; i < members.length; i++) {
    const { byG, byC } = moved[i];
    for (let j = 0; j < members[i].length; j++) {
      const seller = members[i][j];
      const r = filled[i].amounts[j];
      if (r === 0) continue;
      const { scale } = seller.venue;
      const price = g * (seller.marginal - seller.perUnit * r);
      cost += seller.cost;
      square += (scale * r) ** 2;
      slopes.costByG += price * byG.amounts[j];
      slopes.costByC += price * byC.amounts[j];
      slopes.squareByG += 2 * scale ** 2 * r * byG.amounts[j];
      slopes.squareByC += 2 * scale ** 2 * r * byC.amounts[j];
    }
  }
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

/** Derivatives of a group's amounts and prices. */
interface Move {
  readonly amounts: number[];
  readonly mu: number;
  readonly nu: number;
}

interface Moves {
  readonly byG: Move;
  readonly byC: Move;
}

/** dr_k by g and by c: m′dr + ∂m = η(dμ − l·dν) where a venue is neither at 0 nor at its most, Σ η·dr = 0, Σ l·η·dr = 0. */
function moves({ efficiency, latency }: Group, sellers: readonly Seller[], f: Filled, g: number): Moves {
  const n = sellers.length;
  const l = f.nu > 0 ? latency : undefined;
  // ∂m by g and by c, where a venue is free
  const direct = { byG: new Array<number>(n).fill(0), byC: new Array<number>(n).fill(0) };
  const isFree = (k: number) => f.amounts[k] > 0 && f.amounts[k] < sellers[k].most;
  let w = 0;
  let wl = 0;
  let wll = 0;
  for (let k = 0; k < n; k++) {
    if (!isFree(k)) continue;
    const s = sellers[k];
    const at = l === undefined ? 0 : l[k];
    const weight = efficiency[k] ** 2 / s.slope;
    w += weight;
    wl += weight * at;
    wll += weight * at * at;
    direct.byG[k] = -(s.marginal - s.perUnit * f.amounts[k]) / g;
    direct.byC[k] = s.venue.scale ** 2 * f.amounts[k];
  }
  const determinant = w * wll - wl * wl;
  const spread = l !== undefined && determinant > 1e-12 * w * wll;
  const of = (given: readonly number[]): Move => {
    let u = 0;
    let ul = 0;
    for (let k = 0; k < n; k++) {
      const part = (efficiency[k] * given[k]) / sellers[k].slope;
      u += part;
      if (l !== undefined) ul += part * l[k];
    }
    const nu = spread ? (u * wl - ul * w) / determinant : 0;
    const mu = w === 0 ? 0 : (u + wl * nu) / w;
    const amounts = given.map((d, k) =>
      isFree(k) ? (efficiency[k] * (mu - (l === undefined ? 0 : l[k]) * nu) - d) / sellers[k].slope : 0,
    );
    return { amounts, mu, nu };
  };
  return { byG: of(direct.byG), byC: of(direct.byC) };
}
