/** Floor 3. Paths of the weights between two rule steps. */
import { constant, type Expr, where } from '../../src/graph/index.js';
import type { Leg } from '../../src/pools/model.js';
import { pow, sum } from '../../src/rollout/functions.js';

/** w_j = start + min(j, ramp)·diff */
export function linear(leg: Leg, j: Expr, ramp: number): Expr[] {
  const moved = j.minimum(ramp);
  return leg.start.map((s, i) => s.add(leg.diff[i].mul(moved)));
}

/**
 * Between the arithmetic and the geometric path, close to the least loss to arbitrageurs:
 * w_j ∝ L_j + start·(end/start)^{j/(ramp + 1)}, L the linear path, end = L_ramp. At rest the weights are end.
 */
export function approximatelyOptimal(leg: Leg, j: Expr, ramp: number): Expr[] {
  const straight = linear(leg, j, ramp);
  const share = j.div(ramp + 1);
  const mixed = straight.map((l, i) => {
    const start = leg.start[i];
    const end = start.add(leg.diff[i].mul(ramp));
    return l.add(start.mul(pow(end.div(start), share)));
  });
  const total = sum(mixed);
  const resting = j.greaterEqual(ramp);
  return mixed.map((m, i) => where(resting, straight[i], m.div(total)));
}

/** Σ cₖxᵏ */
const polynomial = (c: readonly number[], x: Expr): Expr =>
  c.slice(0, -1).reduceRight<Expr>((sum, ck) => sum.mul(x).add(ck), constant(c[c.length - 1]));

/** Twelve coefficients from the first and the ratio of each (k = 2, 3 …) to the one before. */
function series(first: number, ratio: (k: number) => number): number[] {
  const c = [first];
  for (let k = 2; k <= 12; k++) c.push(c[k - 2] * ratio(k));
  return c;
}

/** sin √x/√x = Σ (−x)ᵏ/(2k + 1)!; the next term is below 1e-20 for √x ≤ π/2. */
const SINC = series(1, (k) => -1 / ((2 * k - 2) * (2 * k - 1)));

/** asin²√q/(4q) = ½ Σ (4q)ᵏ⁻¹/(k²·C(2k, k)), k ≥ 1, where C(2k, k) = C(2k − 2, k − 1)·(4k − 2)/k; 1e-17 for q ≤ 0.04. */
const ARCSINE = series(1 / 4, (k) => ((k - 1) ** 2 * k) / (k ** 2 * (4 * k - 2)));

/** sin²(φ/2) of q = sin² φ for φ ≤ π/2. */
const halved = (q: Expr): Expr => q.div(q.neg().add(1).sqrt().add(1).mul(2));

/**
 * The geodesic of the Fisher metric on the simplex: √w runs along the great circle from √start to √end at constant speed,
 * √w_j = (sin((1 − t)θ)·√start + sin(tθ)·√end)/sin θ, cos θ = Σ √(start·end), t = j/ramp. θ² and the ratios of sines are
 * series in smooth quantities, so that legs that hardly move lose no digits and have gradients.
 */
export function geodesic(leg: Leg, j: Expr, ramp: number): Expr[] {
  const straight = linear(leg, j, ramp);
  const from = leg.start.map((s) => s.sqrt());
  const to = leg.start.map((s, i) => s.add(leg.diff[i].mul(ramp)).sqrt());
  // |√end − √start| = 2 sin(θ/2)
  const half = sum(from.map((f, i) => to[i].sub(f).square())).div(4);
  const q = halved(halved(half)).mul(4); // 4·sin²(θ/8)
  const theta2 = polynomial(ARCSINE, q).mul(q).mul(64);
  const t = j.minimum(ramp).div(ramp);
  const rest = t.neg().add(1);
  const whole = polynomial(SINC, theta2);
  const share = (x: Expr) => x.mul(polynomial(SINC, theta2.mul(x.square()))).div(whole);
  const [a, b] = [share(rest), share(t)];
  const resting = j.greaterEqual(ramp);
  return from.map((f, i) => where(resting, straight[i], a.mul(f).add(b.mul(to[i])).square()));
}
