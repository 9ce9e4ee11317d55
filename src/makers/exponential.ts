/** Floor 1. e^{Aτ}z of a matrix whose off-diagonal entries are not negative, without cancellation. */

/** Row i: the diagonal, and the other entries that are not 0. */
export interface SparseRow {
  readonly diagonal: number;
  readonly others: readonly { readonly to: number; readonly rate: number }[];
}

/** Largest ‖A + cI‖·τ of one piece: e to it has to be a number. */
const PIECE = 40;
/** Below this, relative to the largest, digits of an entry are lost. */
const LEAST = 1e-250;

/**
 * ln(e^{Aτ}z) for z > 0, given and returned as logarithms, at each of the ascending `times`; null where the entries spread
 * over more than a double holds.
 *
 *     e^{Aτ}z = e^{−cτ} Σₖ (τ(A + cI))ᵏ z/k!,   c = max −Aᵢᵢ: only positive terms (uniformisation, Jensen 1953)
 */
export function logExponential(
  rows: readonly SparseRow[],
  logs: ArrayLike<number>,
  times: readonly number[],
): Float64Array[] | null {
  const c = rows.reduce((most, row) => Math.max(most, -row.diagonal), 0);
  const norm = rows.reduce(
    (most, r) =>
      Math.max(
        most,
        r.others.reduce((sum, o) => sum + o.rate, r.diagonal + c),
      ),
    0,
  );
  let scale = Array.from(logs).reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  let y: Float64Array = Float64Array.from(logs, (x) => Math.exp(x - scale));
  let now = 0;
  const found: Float64Array[] = [];
  for (const end of times) {
    const pieces = Math.ceil(((end - now) * norm) / PIECE);
    const tau = (end - now) / Math.max(pieces, 1);
    for (let p = 0; p < pieces; p++) {
      y = series(rows, c, y, tau);
      const top = y.reduce((most, x) => Math.max(most, x), 0);
      y = y.map((x) => x / top);
      scale += Math.log(top) - c * tau;
    }
    if (pieces === 0) scale -= c * (end - now);
    now = end;
    if (!y.every((x) => x > LEAST)) return null;
    found.push(y.map((x) => Math.log(x) + scale));
  }
  return found;
}

/** Σₖ (τB)ᵏ y/k!, B = A + cI. */
function series(rows: readonly SparseRow[], c: number, y: Float64Array, tau: number): Float64Array {
  let term = y;
  const sum = y.slice();
  for (let k = 1; k < 10_000; k++) {
    const last = term;
    term = last.map((x, i) => {
      let next = (rows[i].diagonal + c) * x;
      for (const { to, rate } of rows[i].others) next += rate * last[to];
      return (next * tau) / k;
    });
    let open = false;
    for (let i = 0; i < sum.length; i++) {
      const before = sum[i];
      sum[i] += term[i];
      if (term[i] > 1e-18 * before) open = true;
    }
    if (!open) return sum;
  }
  throw new RangeError('the series of a matrix exponential was expected to end, got 10000 terms');
}
