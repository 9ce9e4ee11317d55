/**
 * Floor 4. Which rows of a dataset nobody traded in: filled by the import, or an exchange's own candle without volume.
 *
 * The import notes its filled rows as lengths of runs in `meta.fills.<ASSET>`, recorded and filled in turn, in base 36:
 * `2s 1 a` are 100 recorded rows, 1 filled and 10 recorded. It stands beside the hash, which is of the numbers alone.
 */
import type { Dataset } from './dataset.js';

const PREFIX = 'fills.';

/** Where the filled rows of an asset are noted in the metadata. */
export const fillsKey = (asset: string): string => `${PREFIX}${asset}`;

/** Metadata as people and programs are shown it: without the lists of rows. */
export const shownMeta = (meta: Dataset['meta']): Record<string, string> =>
  Object.fromEntries(Object.entries(meta).filter(([key]) => !key.startsWith(PREFIX)));

/** Runs of a mask with a 1 for each filled row. */
export function encodeFills(filled: Uint8Array): string {
  const runs: string[] = [];
  let from = 0;
  for (let row = 1; row <= filled.length; row++) {
    if (row < filled.length && filled[row] === filled[row - 1]) continue;
    if (from === 0 && filled[0] === 1) runs.push('0');
    runs.push((row - from).toString(36));
    from = row;
  }
  return runs.join(' ');
}

/** The mask of such runs; null where they are no runs of `rows` rows, as of a dataset that was cut or made denser since. */
export function decodeFills(text: string, rows: number): Uint8Array | null {
  const filled = new Uint8Array(rows);
  let row = 0;
  for (const [i, word] of text.split(' ').entries()) {
    const length = Number.parseInt(word, 36);
    if (!(length >= 0 && row + length <= rows)) return null;
    if (i % 2 === 1) filled.fill(1, row, row + length);
    row += length;
  }
  return row === rows ? filled : null;
}

/**
 * A 1 for each row of asset `j` in which nobody traded: those that the import notes, and, where volume is known, those of
 * unchanged price and volume 0. Null where neither is known.
 */
export function filledRows(d: Dataset, j: number): Uint8Array | null {
  const noted = d.meta[fillsKey(d.assets[j])];
  const listed = noted === undefined ? null : decodeFills(noted, d.rows);
  const idle = idleRows(d, j);
  if (listed === null || idle === null) return listed ?? idle;
  return listed.map((x, row) => x | idle[row]);
}

/** Rows of unchanged price and volume 0; null without volume of this asset. */
function idleRows({ prices, volume, rows, assets: { length: n } }: Dataset, j: number): Uint8Array | null {
  if (volume === null) return null;
  const idle = new Uint8Array(rows);
  let traded = false;
  for (let row = 0; row < rows; row++) {
    const at = row * n + j;
    if (volume[at] > 0) traded = true;
    else if (row > 0 && prices[at] === prices[at - n]) idle[row] = 1;
  }
  return traded ? idle : null;
}
