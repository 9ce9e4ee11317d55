/** Floor 3. From signals to weight changes. */
import type { Expr } from '../../src/graph/index.js';
import { dot, sum } from '../../src/rollout/functions.js';

/** Δw = k ⊙ (s − Σ(k ⊙ s)/Σk): changes that sum to 0, however k weighs the assets. */
export function weightChange(k: readonly Expr[], signal: readonly Expr[]): Expr[] {
  const centre = dot(k, signal).div(sum(k));
  return k.map((ki, i) => ki.mul(signal[i].sub(centre)));
}
