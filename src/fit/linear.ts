/** Floor 5. Small symmetric systems on plain numbers. */

type Matrix = readonly (readonly number[])[];

/** The lower triangle L with LLᵀ = m; null where m is not positive definite. */
export function cholesky(m: Matrix): number[][] | null {
  const rows: number[][] = [];
  for (let i = 0; i < m.length; i++) {
    const row: number[] = [];
    for (let j = 0; j < i; j++) {
      row.push((m[i][j] - row.reduce((s, x, k) => s + x * rows[j][k], 0)) / rows[j][j]);
    }
    const left = m[i][i] - row.reduce((s, x) => s + x * x, 0);
    if (!(left > 0 && left < Number.POSITIVE_INFINITY)) return null;
    rows.push([...row, Math.sqrt(left)]);
  }
  return rows;
}

/** x with LLᵀx = b. */
export function solved(l: Matrix, b: readonly number[]): number[] {
  const y: number[] = [];
  for (let i = 0; i < b.length; i++) y.push((b[i] - y.reduce((s, v, k) => s + l[i][k] * v, 0)) / l[i][i]);
  const x = new Array<number>(b.length).fill(0);
  for (let i = b.length - 1; i >= 0; i--) {
    let left = y[i];
    for (let k = i + 1; k < b.length; k++) left -= l[k][i] * x[k];
    x[i] = left / l[i][i];
  }
  return x;
}

/** The inverse of a symmetric matrix; null where it is not positive definite. Scaled to a diagonal of ones first. */
export function inverse(m: Matrix): number[][] | null {
  const scale = m.map((row, i) => Math.sqrt(row[i]));
  const l = cholesky(m.map((row, i) => row.map((x, j) => x / (scale[i] * scale[j]))));
  if (l === null) return null;
  const columns = m.map((_, j) =>
    solved(
      l,
      m.map((_row, i) => (i === j ? 1 : 0)),
    ),
  );
  return m.map((_, i) => m.map((_row, j) => columns[j][i] / (scale[i] * scale[j])));
}

/** b = argmin |y − Xb|², and the mean square of what is left; null where columns of X depend on each other. */
export function leastSquares(
  x: readonly (readonly number[])[],
  y: readonly number[],
): { readonly b: number[]; readonly left: number } | null {
  const n = x[0]?.length ?? 0;
  const normal = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_x, j) => x.reduce((s, row) => s + row[i] * row[j], 0)),
  );
  const right = Array.from({ length: n }, (_, i) => x.reduce((s, row, t) => s + row[i] * y[t], 0));
  const scale = normal.map((row, i) => Math.sqrt(row[i]));
  const l = cholesky(normal.map((row, i) => row.map((v, j) => v / (scale[i] * scale[j]))));
  if (l === null) return null;
  const b = solved(
    l,
    right.map((v, i) => v / scale[i]),
  ).map((v, i) => v / scale[i]);
  const left = x.reduce((s, row, t) => s + (y[t] - row.reduce((a, v, i) => a + v * b[i], 0)) ** 2, 0) / y.length;
  return { b, left };
}
