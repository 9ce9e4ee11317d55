/**
 * Floor 1, compute market. Water-filling of one group: m_k(r_k) = η_k(μ − ν·l_k) for what is used, with Σ η·r = R, and
 * Σ l·η·r = L·R where the latency cap binds (ν > 0).
 *
 * For given μ and ν each r_k follows alone. Σ η·r rises with μ: Newton within a bracket; Σ l·η·r falls with ν, μ following: the
 * same around it.
 */
import type { Seller } from './marginal.js';
import type { Group } from './problem.js';

/** Of R: what is left of the requirement, of L·R: of the cap. */
const EXACT = 1e-14;
/** Of R: what is left is met by a step along the tangents, which leaves its square. */
const NEAR = 1e-8;
const MOST_STEPS = 200;

export interface Filled {
  readonly amounts: number[];
  mu: number;
  nu: number;
}

/** Sums over what is neither at 0 nor at its most, at the last amounts. */
interface Sums {
  met: number;
  slope: number;
  latency: number;
  slopeByLatency: number;
  slopeBySquare: number;
}

function fillAt({ efficiency, latency }: Group, sellers: readonly Seller[], f: Filled): Sums {
  const s: Sums = { met: 0, slope: 0, latency: 0, slopeByLatency: 0, slopeBySquare: 0 };
  for (let k = 0; k < sellers.length; k++) {
    const eta = efficiency[k];
    const l = latency === undefined ? 0 : latency[k];
    const seller = sellers[k];
    const r = seller.amountAt(eta * (f.mu - f.nu * l));
    f.amounts[k] = r;
    s.met += eta * r;
    s.latency += l * eta * r;
    if (r <= 0 || r >= seller.most) continue;
    const weight = (eta * eta) / seller.slope;
    s.slope += weight;
    s.slopeByLatency += weight * l;
    s.slopeBySquare += weight * l * l;
  }
  return s;
}

/** Where Σ η·r = R if each r_k were linear, (η_k(μ − ν·l_k) − m_k(0))/m_k′(0): venue by venue, the cheapest first. */
function guess({ requirement, efficiency, latency }: Group, sellers: readonly Seller[], nu: number): number {
  let [weight, sum] = [0, 0];
  let mu = Number.POSITIVE_INFINITY;
  const starts = sellers.map((s, k) =>
    s.most === 0 ? Number.POSITIVE_INFINITY : s.low / efficiency[k] + nu * (latency === undefined ? 0 : latency[k]),
  );
  for (let count = 0; count < sellers.length; count++) {
    let next = -1;
    for (let k = 0; k < starts.length; k++) if (next < 0 || starts[k] < starts[next]) next = k;
    if (!(starts[next] < mu)) break;
    const part = efficiency[next] ** 2 / sellers[next].first;
    weight += part;
    sum += part * starts[next];
    mu = (requirement + sum) / weight;
    starts[next] = Number.POSITIVE_INFINITY;
  }
  return mu;
}

/** A small step of μ along the tangents; false where something would come into use or go out of it. */
function isNudged(
  { efficiency, latency }: Group,
  sellers: readonly Seller[],
  f: Filled,
  step: number,
  s: Sums,
): boolean {
  for (let k = 0; k < sellers.length; k++) {
    const seller = sellers[k];
    const r = f.amounts[k];
    const wanted = efficiency[k] * (f.mu + step - f.nu * (latency === undefined ? 0 : latency[k]));
    if (r > 0 !== wanted > seller.low) return false;
    if (r > 0 && r + (efficiency[k] * step) / seller.slope >= seller.most !== r >= seller.most) return false;
  }
  f.mu += step;
  s.met += s.slope * step;
  s.latency += s.slopeByLatency * step;
  for (let k = 0; k < sellers.length; k++) {
    const seller = sellers[k];
    const r = f.amounts[k];
    if (r > 0 && r < seller.most) f.amounts[k] = seller.nudge((efficiency[k] * step) / seller.slope);
  }
  return true;
}

/** The μ at which all is bought that there is. */
function dearest({ efficiency, latency }: Group, sellers: readonly Seller[], nu: number): number {
  let high = 0;
  for (let k = 0; k < sellers.length; k++) {
    if (sellers[k].most === 0) continue;
    high = Math.max(high, sellers[k].high() / efficiency[k] + nu * (latency === undefined ? 0 : latency[k]));
  }
  return high;
}

/** μ with Σ η·r = R at a given ν. */
function levelOf(group: Group, sellers: readonly Seller[], f: Filled): Sums {
  const { requirement, efficiency, latency } = group;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (let k = 0; k < sellers.length; k++) {
    if (sellers[k].most === 0) continue;
    low = Math.min(low, sellers[k].low / efficiency[k] + f.nu * (latency === undefined ? 0 : latency[k]));
  }
  if (!(f.mu > low)) f.mu = Math.max(guess(group, sellers, f.nu), low);
  let sums = fillAt(group, sellers, f);
  for (let step = 0; step < MOST_STEPS; step++) {
    const off = sums.met - requirement;
    if (Math.abs(off) <= EXACT * requirement) break;
    const isNear = Math.abs(off) <= NEAR * requirement && sums.slope > 0;
    if (isNear && isNudged(group, sellers, f, -off / sums.slope, sums)) break;
    if (off > 0) high = f.mu;
    else low = f.mu;
    let next = f.mu - off / sums.slope;
    if (!(next > low && next < high)) {
      if (high === Number.POSITIVE_INFINITY) high = dearest(group, sellers, f.nu);
      next = (low + high) / 2;
    }
    if (next === f.mu || next === low || next === high) break;
    f.mu = next;
    sums = fillAt(group, sellers, f);
  }
  return sums;
}

/** Fills a group; starts from the μ and ν of `f`. */
export function fill(group: Group, sellers: readonly Seller[], f: Filled): void {
  const { requirement, latency, latencyCap } = group;
  if (requirement === 0) {
    f.amounts.fill(0);
    f.nu = 0;
    f.mu = Math.min(...sellers.map((s, k) => (s.most === 0 ? Number.POSITIVE_INFINITY : s.low / group.efficiency[k])));
    return;
  }
  const wasBound = f.nu;
  f.nu = 0;
  let sums = levelOf(group, sellers, f);
  if (latency === undefined || latencyCap === undefined) return;
  const wanted = latencyCap * requirement;
  if (sums.latency <= wanted * (1 + EXACT)) return;
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  // the price of a latency that all but the fastest would need to fall by
  f.nu = wasBound > 0 ? wasBound : f.mu / (Math.max(...latency) - Math.min(...latency)) / 8;
  for (let step = 0; step < MOST_STEPS; step++) {
    sums = levelOf(group, sellers, f);
    const off = sums.latency - wanted;
    if (Math.abs(off) <= 4 * EXACT * wanted) break;
    if (off > 0) low = f.nu;
    else high = f.nu;
    // d/dν, μ following: −(Σwl² − (Σwl)²/Σw)
    const slope = sums.slopeBySquare - sums.slopeByLatency ** 2 / sums.slope;
    let next = f.nu + off / slope;
    // where one venue is used the slope is rounding: no further than to twice as much at once
    if (high === Number.POSITIVE_INFINITY) next = next > low ? Math.min(next, 2 * f.nu) : 2 * f.nu;
    else if (!(next > low && next < high)) next = (low + high) / 2;
    if (next === f.nu || next === low || next === high) break;
    f.nu = next;
  }
}
