/** Floor 3, e-clp pool. The numbers that its contracts are set up with. */

/** Gyroscope's parameters, in prices of the first asset in units of the second. */
export interface ContractEclp {
  readonly alpha: number;
  readonly beta: number;
  /** cos φ and sin φ; the peak is s/c */
  readonly c: number;
  readonly s: number;
  /** ≥ 1 */
  readonly lambda: number;
}

/** The values of the model's parameters. */
export interface EclpValues {
  readonly peak: number;
  readonly below: number;
  readonly above: number;
  readonly lambda: number;
}

type Turned = Pick<ContractEclp, 'c' | 's' | 'lambda'>;

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
export function eclpParameters({ peak, below, above, lambda }: EclpValues, unit: number): ContractEclp {
  const length = Math.hypot(1, peak);
  return {
    alpha: (peak / (1 + below)) * unit,
    beta: peak * (1 + above) * unit,
    ...rescaled({ c: 1 / length, s: peak / length, lambda }, unit),
  };
}
