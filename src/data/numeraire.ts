/** Floor 4. The currency of the prices as an asset of its own, for a pool of an asset and what it is priced in. */
import { UserError } from '../errors.js';
import type { Joined } from './join.js';

/**
 * The rows with one more column, the last: price 1, and no volume, as what is paid in it is the others' volume. Throws
 * UserError where the currency is not known or there already.
 */
export function withNumeraire(joined: Joined, assets: readonly string[], numeraire: string | null): Joined {
  if (numeraire === null) {
    throw new UserError(
      'import: --with-numeraire adds the currency of the prices, but the names of the files do not tell it; state it: --numeraire USD',
      2,
    );
  }
  if (assets.includes(numeraire)) {
    throw new UserError(
      `import: --with-numeraire adds ${numeraire}, but a file has it already; leave one of them out`,
      2,
    );
  }
  const { rows, prices, volume } = joined;
  const n = assets.length;
  const widened = (values: Float64Array, last: number) => {
    const wide = new Float64Array(rows * (n + 1)).fill(last);
    for (let row = 0; row < rows; row++) wide.set(values.subarray(row * n, (row + 1) * n), row * (n + 1));
    return wide;
  };
  const whole = { asset: numeraire, filled: 0, share: 0, gaps: 0, longest: 0, longestStart: null };
  return {
    ...joined,
    prices: widened(prices, 1),
    volume: volume === null ? null : widened(volume, 0),
    gaps: [...joined.gaps, whole],
    filled: [...joined.filled, new Uint8Array(rows)],
  };
}
