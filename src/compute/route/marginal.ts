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
  private readonly x: number;
  private readonly twice: number;
  private readonly flat: number;
  private readonly hx: number;
  private readonly hy: number;
  private readonly lambda: number;
  private keep: number;
  private norm = 0;
  /** c·s² */
  get perUnit(): number {
    return this.norm;
  }

  /** dm/dr at 0. */
  first = 0;
  /** m(0) and m(most). */
  low = 0;
  high = 0;

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
    this.bounds();
  }

  /** The g and c of all venues, where the risk fee is of all. */
  together(g: number, c: number): void {
    this.keep = g;
    this.norm = c * this.venue.scale ** 2;
    this.bounds();
  }

  private bounds(): void {
    this.at(this.most);
    this.high = this.marginal;
    this.at(0);
    this.low = this.marginal;
    this.first = this.slope;
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
    const steepness = (scale * scale * this.flat * this.twice) / (d * d * d);
    const inverse = 1 / (this.keep - this.lambda * r);
    const risk = this.lambda * inverse;
    this.amount = r;
    this.price = p;
    this.cost = a;
    this.marginal = (p + risk * a) * inverse + this.norm * r;
    this.slope = (steepness + 2 * risk * (p + risk * a)) * inverse + this.norm;
  }

  /**
   * r with m(r) = wanted, within [0, most]; leaves a, m and dm/dr there. Starts from the tangent at the last amount, or where
   * p⁺ = wanted·(1 − f_m), whichever is less: m is convex, so both lie beyond the root, and Newton comes down to it.
   */
  amountAt(wanted: number): number {
    if (wanted <= this.low) {
      this.at(0);
      return 0;
    }
    if (wanted >= this.high) {
      this.at(this.most);
      return this.most;
    }
    let [low, high] = [0, this.most];
    let r = Math.min(this.amount + (wanted - this.marginal) / this.slope, high);
    if (!(r > 0) || this.amount === 0) r = Math.min(this.alone(wanted * this.keep), high);
    for (let step = 0; step < MOST_STEPS; step++) {
      this.at(r);
      const off = this.marginal - wanted;
      if (off > 0) high = r;
      else low = r;
      const move = off / this.slope;
      if (Math.abs(move) <= DONE * r) {
        // what a step so small changes is known to its square
        this.amount = r - move;
        this.cost -= this.price * move;
        this.marginal = wanted;
        return this.amount;
      }
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
    const [u, v] = [relative - rho, 1 - rho * relative];
    if (v <= 0) return this.most;
    const end = Math.sqrt(this.twice / (2 * u * v + rho * (u * u + v * v))) * v;
    return Math.max(0, (this.x - end) / scale);
  }
}
