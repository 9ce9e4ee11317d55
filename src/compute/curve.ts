/**
 * Floor 1, compute market. The curve of a pool in plain numbers: h = xy + (ρ/2)(x² + y²), x = s·Ψ, y = Θ. The formulas of
 * kernels/pools/hmm/curve.ts, where they are derived; tests hold both beside each other.
 */

/** A pool: curvature, price scale, effective compute, credits. */
export interface Venue {
  readonly rho: number;
  readonly scale: number;
  readonly psi: number;
  readonly theta: number;
}

/** Credits for one more unit of compute, s(y + ρx)/(x + ρy). */
export function priceOf({ rho, scale, psi, theta }: Venue): number {
  const x = scale * psi;
  return (scale * (theta + rho * x)) / (x + rho * theta);
}

/** h */
export function invariantOf({ rho, scale, psi, theta }: Venue): number {
  const x = scale * psi;
  return x * theta + (rho / 2) * (x * x + theta * theta);
}

/** The pool on its curve where its price is `price`: t = (p − ρ)/(1 − ρp), x = √(2h/(2t + ρ(1 + t²))), y = t·x, p = price/s. */
export function atPrice(v: Venue, price: number): Venue {
  const [rho, p] = [v.rho, price / v.scale];
  const t = (p - rho) / (1 - rho * p);
  const x = Math.sqrt((2 * invariantOf(v)) / (2 * t + rho * (1 + t * t)));
  return { ...v, psi: x / v.scale, theta: t * x };
}

/** Change of the credits when compute changes by `change` (either sign), along the curve; without cancellation. */
export function creditsAlong({ rho, scale, psi, theta }: Venue, change: number): number {
  const [x, dx] = [scale * psi, scale * change];
  const b = x + rho * theta + dx;
  const q = dx * (theta + rho * x + (rho * dx) / 2);
  const twice = 2 * x * theta + rho * (x * x + theta * theta);
  const d = Math.sqrt((1 - rho * rho) * (x + dx) ** 2 + rho * twice);
  return (-2 * q) / (b + d);
}

/** Credits that the curve takes for r of compute. */
export const costOf = (v: Venue, r: number): number => creditsAlong(v, -r);

/** Credits that the curve gives for compute. */
export const paidFor = (v: Venue, compute: number): number => -creditsAlong(v, compute);

/** Compute that the curve gives for credits: the curve is the same with x and y exchanged. */
export function computeFor({ rho, scale, psi, theta }: Venue, credits: number): number {
  return -creditsAlong({ rho, scale: 1, psi: theta, theta: scale * psi }, credits) / scale;
}

/** Slopes of what r costs: da = (h_x·dx + h_y·dy − h_x⁺(dx − s·dr))/h_y⁺ − dy, from h(x − s·r, y + a) = h(x, y). */
export function costSlopes(v: Venue, r: number): { byPsi: number; byTheta: number; byAmount: number } {
  const { rho, scale, psi, theta } = v;
  const [x, a] = [scale * psi, costOf(v, r)];
  const [left, credits] = [x - scale * r, theta + a];
  const after = { x: credits + rho * left, y: left + rho * credits };
  return {
    byPsi: (scale * (theta + rho * x - after.x)) / after.y,
    byTheta: (x + rho * theta) / after.y - 1,
    byAmount: (scale * after.x) / after.y,
  };
}
