/** Floor 5. Two-asset pools with curves of their own, in the numbers that their contracts are set up with. */

/** Amounts of a new pool at the prices of the last row. */
interface Started {
  readonly reserves: readonly number[];
}

/** Gyroscope's parameters, in prices of the first asset in units of the second. */
export interface TunedEclp extends Started {
  readonly alpha: number;
  readonly beta: number;
  /** cos φ and sin φ; the peak is s/c */
  readonly c: number;
  readonly s: number;
  /** ≥ 1 */
  readonly lambda: number;
}

export interface TunedStable extends Started {
  /** A of the contracts: A·n stands in the invariant */
  readonly amplification: number;
  /** price of the first asset in units of the second at which the pool is balanced: its rate */
  readonly peg: number;
}

/** What the model's parameters of an E-CLP are worth: peak, below, above, lambda. */
export interface EclpValues {
  readonly peak: number;
  readonly below: number;
  readonly above: number;
  readonly lambda: number;
}

type Turned = Pick<TunedEclp, 'c' | 's' | 'lambda'>;

/**
 * The ellipse that x lies on where `scale`·x lies on this one: |A(scale·x, y)| is to be |A′(x, y)| but for a factor. A′ᵀA′
 * is scaled AᵀA; its eigenvalues are 1 : λ′², that of (s′, c′) the larger, μ, and their product is that of its determinant,
 * scale²/λ². With h = (M₂₂ − M₁₁)/2, μ = (M₁₁ + M₂₂)/2 + √(h² + M₁₂²), s′ : c′ = M₁₂ : h + √(h² + M₁₂²).
 */
export function rescaled({ c, s, lambda }: Turned, scale: number): Turned {
  const flat = lambda ** -2;
  const m11 = scale ** 2 * (flat * c * c + s * s);
  const m12 = scale * s * c * (1 - flat);
  const m22 = flat * s * s + c * c;
  const half = (m22 - m11) / 2;
  const root = Math.hypot(half, m12);
  // h + root, where it would cancel the other way round
  const [u, v] = half < 0 ? [root - half, m12] : [m12, half + root];
  const length = Math.hypot(u, v);
  const largest = (m11 + m22) / 2 + root;
  // a circle has no direction
  if (length === 0) return { c, s, lambda: 1 };
  return { s: u / length, c: v / length, lambda: Math.max((largest * lambda) / scale, 1) };
}

/** @param unit price in which the model counts its prices */
export function eclpParameters({ peak, below, above, lambda }: EclpValues, unit: number): Omit<TunedEclp, 'reserves'> {
  const length = Math.hypot(1, peak);
  return {
    alpha: (peak / (1 + below)) * unit,
    beta: peak * (1 + above) * unit,
    ...rescaled({ c: 1 / length, s: peak / length, lambda }, unit),
  };
}

/** The way back. Of a circle nearly, whose peak means nothing, the peak stays within the range. */
export function eclpValues({ alpha, beta, ...ellipse }: Omit<TunedEclp, 'reserves'>, unit: number): EclpValues {
  const { c, s, lambda } = rescaled(ellipse, 1 / unit);
  const [low, high] = [alpha / unit, beta / unit];
  const peak = Math.min(Math.max(s / c, low * (1 + NARROWEST)), high / (1 + NARROWEST));
  return { peak, below: peak / low - 1, above: high / peak - 1, lambda };
}

/** How far the ends of a range lie from its peak at least, relatively: what the model can tell apart. */
export const NARROWEST = 1e-6;
