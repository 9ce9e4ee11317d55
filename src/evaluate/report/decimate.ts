// Floor 5. Fewer points for the same picture: a screen is a thousand pixels wide, a year has half a million minutes.

export interface Point {
  x: number;
  y: number;
}

/**
 * Of every run of rows, keeps the first, the lowest, the highest and the last, in order: no spike is lost and runs join
 * where the data do. A run without a finite value becomes one gap (NaN). At most 4 points a run.
 */
export function decimate(x: Float64Array, y: Float64Array, runs: number): Point[] {
  const rows = Math.min(x.length, y.length);
  if (rows <= 4 * runs) {
    return Array.from({ length: rows }, (_, i) => ({ x: x[i], y: Number.isFinite(y[i]) ? y[i] : Number.NaN }));
  }
  const points: Point[] = [];
  for (let run = 0; run < runs; run++) {
    const from = Math.floor((run * rows) / runs);
    const kept = landmarks(y, from, Math.floor(((run + 1) * rows) / runs));
    if (kept.length === 0) points.push({ x: x[from], y: Number.NaN });
    for (const i of kept) points.push({ x: x[i], y: y[i] });
  }
  return points;
}

/** Rows of the first, lowest, highest and last finite value in [from, to), ascending, each once. */
function landmarks(y: Float64Array, from: number, to: number): number[] {
  let [first, lowest, highest, last] = [-1, -1, -1, -1];
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(y[i])) continue;
    if (first < 0) first = lowest = highest = i;
    if (y[i] < y[lowest]) lowest = i;
    if (y[i] > y[highest]) highest = i;
    last = i;
  }
  return first < 0 ? [] : [...new Set([first, lowest, highest, last])].sort((a, b) => a - b);
}

/** Evenly spread row numbers, first and last included: for stacked areas, whose layers must share their rows. */
export function spreadRows(rows: number, most: number): number[] {
  if (rows <= most) return Array.from({ length: rows }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.round((i * (rows - 1)) / (most - 1)));
}
