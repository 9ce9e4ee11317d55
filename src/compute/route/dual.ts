/** Floor 1, compute market. Numbers with their derivatives in several directions: forward differentiation of small formulas. */

export class Dual {
  constructor(
    readonly value: number,
    /** By direction. */
    readonly slopes: Float64Array,
  ) {}

  private with(value: number, own: number, y: Dual, other: number): Dual {
    return new Dual(
      value,
      this.slopes.map((d, i) => own * d + other * y.slopes[i]),
    );
  }
  add(y: Dual): Dual {
    return this.with(this.value + y.value, 1, y, 1);
  }
  sub(y: Dual): Dual {
    return this.with(this.value - y.value, 1, y, -1);
  }
  mul(y: Dual): Dual {
    return this.with(this.value * y.value, y.value, y, this.value);
  }
  div(y: Dual): Dual {
    const quotient = this.value / y.value;
    return this.with(quotient, 1 / y.value, y, -quotient / y.value);
  }
  sqrt(): Dual {
    const root = Math.sqrt(this.value);
    return new Dual(
      root,
      this.slopes.map((d) => (root === 0 ? 0 : d / (2 * root))),
    );
  }
  times(k: number): Dual {
    return new Dual(
      this.value * k,
      this.slopes.map((d) => d * k),
    );
  }
}

/** A number of no direction, or (with one) that of a direction. */
export function dual(value: number, directions: number, direction = -1): Dual {
  const slopes = new Float64Array(directions);
  if (direction >= 0) slopes[direction] = 1;
  return new Dual(value, slopes);
}

/** x with A·x = b for several right sides at once, by elimination with pivots. Columns of `b` are the right sides. */
export function solveDense(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  const n = a.length;
  const rows = a.map((row, i) => [...row, ...b[i]]);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      if (factor === 0) continue;
      for (let j = k; j < rows[i].length; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rows.map((row, i) => row.slice(n).map((x) => x / row[i]));
}
