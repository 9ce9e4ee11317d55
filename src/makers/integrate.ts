/**
 * Floor 1. Ordinary differential equations, to rounding: Gragg's midpoint rule, extrapolated (Hairer, Nørsett and Wanner,
 * Solving Ordinary Differential Equations I, II.9), with steps of its own.
 */

/** Writes y′(t) into `out`. */
export type Derivative = (t: number, y: Float64Array, out: Float64Array) => void;

/** Rows of the table of extrapolation: row k takes 2k substeps. */
const ROWS = 8;
/** Error of a step, relative to 1 + |y|, that is accepted. */
const TOLERANCE = 1e-13;
/** A step this much smaller than the way to go has met what is no differential equation. */
const SMALLEST = 1e-13;

/**
 * y at each of the ascending `times`, from y(0) = `start`. Where y′ has kinks in y the steps shrink as they must.
 * Throws RangeError where y leaves the numbers.
 */
export function integrate(f: Derivative, start: ArrayLike<number>, times: readonly number[]): Float64Array[] {
  let y = Float64Array.from(start);
  let t = 0;
  let h = Math.min(0.1, times[times.length - 1] || 1);
  return times.map((end) => {
    while (t < end) {
      const last = h >= end - t;
      const size = last ? end - t : h;
      const { next, factor } = extrapolate(f, t, y, size);
      if (next !== null) {
        t = last ? end : t + size;
        y = next;
      } else if (size < SMALLEST * end) {
        throw new RangeError(`the equation was expected to have a solution until ${end}, got none beyond ${t}`);
      }
      // a step cut short by an end says nothing against the one before it
      h = next !== null && last ? Math.max(h, size * factor) : size * factor;
    }
    return y.slice();
  });
}

interface Step {
  /** y after the step; null where it has to be shorter. */
  readonly next: Float64Array<ArrayBuffer> | null;
  /** By how much the next step differs from this one. */
  readonly factor: number;
}

function extrapolate(f: Derivative, t: number, y: Float64Array, h: number): Step {
  const slope = new Float64Array(y.length);
  f(t, y, slope);
  let before: Float64Array<ArrayBuffer>[] = [];
  let error = Number.POSITIVE_INFINITY;
  for (let k = 1; k <= ROWS; k++) {
    const row = [midpoint(f, t, y, slope, h, 2 * k)];
    // T_{k,j+1} = T_{k,j} + (T_{k,j} − T_{k−1,j})/((k/(k−j))² − 1)
    for (let j = 1; j < k; j++) {
      const ratio = (k / (k - j)) ** 2 - 1;
      row.push(row[j - 1].map((x, i) => x + (x - before[j - 1][i]) / ratio));
    }
    if (k > 2) {
      error = distance(row[k - 1], row[k - 2]);
      if (error <= TOLERANCE) return { next: row[k - 1], factor: k < ROWS - 1 ? 2 : 0.9 };
    }
    before = row;
  }
  const factor = Number.isFinite(error) ? 0.9 * (TOLERANCE / error) ** (1 / (2 * ROWS - 1)) : 0.1;
  return { next: null, factor: Math.max(0.1, Math.min(0.7, factor)) };
}

/** Gragg's rule over h in n substeps. */
function midpoint(f: Derivative, t: number, y: Float64Array, slope: Float64Array, h: number, n: number) {
  const step = h / n;
  let old: Float64Array<ArrayBuffer> = Float64Array.from(y);
  let now: Float64Array<ArrayBuffer> = old.map((x, i) => x + step * slope[i]);
  const d = new Float64Array(y.length);
  for (let m = 1; m < n; m++) {
    f(t + m * step, now, d);
    [old, now] = [now, old.map((x, i) => x + 2 * step * d[i])];
  }
  f(t + h, now, d);
  return now.map((x, i) => 0.5 * (x + old[i] + step * d[i]));
}

/** Largest difference, relative to 1 + |y|; NaN counts as infinite. */
function distance(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const e = Math.abs(a[i] - b[i]) / (1 + Math.abs(a[i]));
    if (!(e <= most)) most = Number.isNaN(e) ? Number.POSITIVE_INFINITY : e;
  }
  return most;
}
