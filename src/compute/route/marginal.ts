/**
 * Floor 1, compute market. What one more unit of a venue costs, m(r), and the amount at which it costs so much.
 *
 *     asset   m = p⁺/g + (λ_r/Ψ)·a/g²,  g = 1 − f_m − λ_r·r/Ψ
 *     pool    m = p⁺/g + c·s²·r,        g and c = A·λ_r/(‖SΨ‖·‖Sr‖·g²) of all venues, given
 */
import type { Venue } from '../curve.js';

/** Of the search's last step, relative: Newton's convergence is quadratic, so what it leaves is rounding. */
const DONE = 1e-9;
const MOST_STEPS = 60;

export class Seller {
  /** At the amount of the last `at`. */
  cost = 0;
  marginal = 0;
  slope = 0;
  private amount = 0;
  private price = 0;
  private steepness = 0;
  private readonly x: number;
  private readonly twice: number;
  private readonly flat: number;
  private readonly hx: number;
  private readonly hy: number;
  private readonly lambda: number;
  private keep: number;
  private norm = 0;
  /** p and dp/dr at 0; no fee is in them. */
  private readonly startPrice: number;
  private readonly startSteepness: number;
  /** c·s² */
  get perUnit(): number {
    return this.norm;
  }

  /** dm/dr at 0. */
  first = 0;
  /** m(0) */
  low = 0;

  constructor(
    readonly venue: Venue,
    marketFee: number,
    riskFee: number,
    readonly most: number,
  ) {
    const { rho, scale, psi, theta } = venue;
    this.x = scale * psi;
    this.hx = theta + rho * this.x;
    this.hy = this.x + rho * theta;
    this.flat = 1 - rho * rho;
    this.twice = 2 * this.x * theta + rho * (this.x * this.x + theta * theta);
    this.keep = 1 - marketFee;
    this.lambda = riskFee / psi;
    // where nothing is bought yet the root of `at` is h_y
    this.startPrice = (scale * this.hx) / this.hy;
    this.startSteepness = (scale * scale * this.flat * this.twice) / (this.hy * this.hy * this.hy);
    const risk = this.lambda / this.keep;
    this.low = this.startPrice / this.keep;
    this.first = (this.startSteepness + 2 * risk * this.startPrice) / this.keep;
    this.unused();
  }

  /** m(most); leaves a, m and dm/dr there. */
  high(): number {
    this.at(this.most);
    return this.marginal;
  }

  private unused(): void {
    this.amount = 0;
    this.cost = 0;
    this.price = this.startPrice;
    this.steepness = this.startSteepness;
    this.marginal = this.low;
    this.slope = this.first;
  }

  /** A step so small that its square, of what was bought, does not count. */
  nudge(step: number): number {
    this.amount += step;
    this.cost += step * (this.price + (this.steepness * step) / 2);
    this.price += this.steepness * step;
    this.marginal += this.slope * step;
    return this.amount;
  }

  /** The g and c of all venues, where the risk fee is of all; a, m and dm/dr stay at the last amount. */
  together(g: number, c: number): void {
    this.keep = g;
    this.norm = c * this.venue.scale ** 2;
    this.low = this.startPrice / g;
    this.first = this.startSteepness / g + this.norm;
    this.marginal = this.price / g + this.norm * this.amount;
    this.slope = this.steepness / g + this.norm;
  }

  /** a, m and dm/dr at r. */
  at(r: number): void {
    const { rho, scale } = this.venue;
    const dx = -scale * r;
    const q = dx * (this.hx + (rho * dx) / 2);
    const left = this.x + dx;
    const d = Math.sqrt(this.flat * left * left + rho * this.twice);
    const a = (-2 * q) / (this.hy + dx + d);
    const p = (scale * (this.hx + rho * dx + a)) / d;
    this.steepness = (scale * scale * this.flat * this.twice) / (d * d * d);
    const inverse = 1 / (this.keep - this.lambda * r);
    const risk = this.lambda * inverse;
    this.amount = r;
    this.price = p;
    this.cost = a;
    this.marginal = (p + risk * a) * inverse + this.norm * r;
    this.slope = (this.steepness + 2 * risk * (p + risk * a)) * inverse + this.norm;
  }

  /**
   * r with m(r) = wanted, within [0, most]; leaves a, m and dm/dr there. Starts from the tangent at the last amount, or where
   * p⁺ = wanted·(1 − f_m), whichever is less: m is convex, so both lie beyond the root, and Newton comes down to it.
   */
  amountAt(wanted: number): number {
    if (wanted <= this.low || this.most === 0) {
      this.unused();
      return 0;
    }
    let low = 0;
    let high = this.most;
    let r = this.amount + (wanted - this.marginal) / this.slope;
    if (!(r > 0) || this.amount === 0) r = this.alone(wanted * this.keep);
    if (r >= high) {
      if (this.high() <= wanted) return high;
      r = high;
    }
    for (let step = 0; step < MOST_STEPS; step++) {
      this.at(r);
      const off = this.marginal - wanted;
      if (off > 0) high = r;
      else low = r;
      const move = off / this.slope;
      if (Math.abs(move) <= DONE * r) return this.nudge(-move);
      const next = r - move;
      r = next >= low && next <= high ? next : (low + high) / 2;
    }
    this.at(r);
    return r;
  }

  /** The amount after which the curve's price is p: t = (P − ρ)/(1 − ρP), x⁺ = √(2h/(2t + ρ(1 + t²))), P = p/s. */
  private alone(p: number): number {
    const { rho, scale } = this.venue;
    const relative = p / scale;
    const u = relative - rho;
    const v = 1 - rho * relative;
    if (v <= 0) return this.most;
    const end = Math.sqrt(this.twice / (2 * u * v + rho * (u * u + v * v))) * v;
    return Math.max(0, (this.x - end) / scale);
  }
}
