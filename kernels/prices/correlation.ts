/** Floor 3. Matrices of correlations on plain numbers: their Cholesky factor, and the partial correlations that `gbm` trains. */
import { UserError } from '../../src/errors.js';

/**
 * The lower triangle L, row by row, with LLᵀ = C. Throws UserError where C is no symmetric matrix with ones on its diagonal,
 * or not positive definite: it names the first leading minor that is not positive.
 */
export function choleskyFactor(c: readonly (readonly number[])[]): number[][] {
  checkShape(c);
  const rows: number[][] = [];
  let minor = 1;
  c.forEach((wanted, i) => {
    const row: number[] = [];
    for (let j = 0; j < i; j++) {
      const known = row.reduce((sum, l, k) => sum + l * rows[j][k], 0);
      row.push((wanted[j] - known) / rows[j][j]);
    }
    const left = 1 - row.reduce((sum, l) => sum + l * l, 0);
    minor *= left;
    if (!(left > 0)) {
      throw new UserError(
        `correlation: a positive definite matrix was expected, got one whose leading minor of order ${i + 1} is ${minor}; weaken the correlations of row ${i + 1}`,
      );
    }
    rows.push([...row, Math.sqrt(left)]);
  });
  return rows;
}

function checkShape(c: readonly (readonly number[])[]): void {
  c.forEach((row, i) => {
    if (row.length !== c.length) {
      throw new UserError(
        `correlation: a square matrix was expected, got ${row.length} numbers in row ${i + 1} of ${c.length}; give one row an asset`,
      );
    }
    row.slice(0, i + 1).forEach((x, j) => {
      const wanted = i === j ? 1 : c[j][i];
      if (x === wanted) return;
      throw new UserError(
        `correlation: ${wanted} was expected in row ${i + 1}, column ${j + 1}, got ${x}; give a symmetric matrix with ones on its diagonal`,
      );
    });
  });
}

/** Partial correlations of pairs (1,0), (2,0), (2,1) … from a matrix of correlations; throws UserError as choleskyFactor does. */
export function partialOf(c: readonly (readonly number[])[]): number[] {
  return choleskyFactor(c).flatMap((row) => {
    let left = 1;
    return row.slice(0, -1).map((l) => {
      const partial = l / Math.sqrt(left);
      left -= l * l;
      return partial;
    });
  });
}
