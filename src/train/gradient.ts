/** Floor 5. From the gradients of a roll-out to what the optimiser takes: frozen columns out, norms, clipping. */

/** Above it the square of a number, which Adam keeps, leaves float64. */
const LARGEST = 1e150;

export interface Descent {
  /** −gradient, clipped, 0 in frozen columns and in sets that are not finite: [columns][S]. */
  readonly direction: Float64Array;
  /** Euclidean norm over the trainable columns before clipping, by set: [S]. */
  readonly norms: Float64Array;
  /** What each set's gradient was multiplied by: 1, less where it was clipped: [S]. */
  readonly scales: Float64Array;
  /** 1 for a set whose objective and gradient are finite: [S]. */
  readonly finite: Uint8Array;
}

/**
 * The direction of descent of −objective. Each set's gradient is scaled to the norm `clipNorm` where it is longer. A set
 * counts as not finite where its objective or a trainable column of its gradient is NaN or infinite, or so large that the
 * optimiser cannot hold its square.
 */
export function descent(
  objective: Float64Array,
  gradient: Float64Array,
  trainable: Uint8Array,
  clipNorm: number | null,
): Descent {
  const sets = objective.length;
  const direction = new Float64Array(gradient.length);
  const norms = new Float64Array(sets);
  const scales = new Float64Array(sets).fill(1);
  const finite = new Uint8Array(sets);
  for (let s = 0; s < sets; s++) {
    let squares = 0;
    let largest = 0;
    for (let c = 0; c < trainable.length; c++) {
      if (trainable[c] === 0) continue;
      const g = gradient[c * sets + s];
      squares += g * g;
      largest = Math.max(largest, Math.abs(g)); // NaN stays NaN
    }
    norms[s] = Math.sqrt(squares);
    const scale = clipNorm !== null && norms[s] > clipNorm ? clipNorm / norms[s] : 1;
    const holds = Number.isFinite(objective[s]) && Number.isFinite(norms[s]) && largest * scale < LARGEST;
    if (!holds) continue;
    finite[s] = 1;
    scales[s] = scale;
    for (let c = 0; c < trainable.length; c++) {
      if (trainable[c] === 1) direction[c * sets + s] = -scale * gradient[c * sets + s];
    }
  }
  return { direction, norms, scales, finite };
}

/** Mean of the finite sets' entries, and the largest. At least one set must be finite. */
export function summarise(values: Float64Array, finite: Uint8Array): { mean: number; largest: number } {
  let sum = 0;
  let count = 0;
  let largest = -Infinity;
  for (let s = 0; s < values.length; s++) {
    if (finite[s] === 0) continue;
    sum += values[s];
    count++;
    largest = Math.max(largest, values[s]);
  }
  // + 0 turns −0 into 0, which JSON would not keep
  return { mean: sum / count + 0, largest: largest + 0 };
}
