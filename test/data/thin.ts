/** Markets for tests: random walks whose closes bounce between bid and ask, with rows that nobody traded in. */
import { createDataset, type Dataset } from '../../src/data/dataset.js';
import { encodeFills, fillsKey } from '../../src/data/fills.js';
import { normals } from '../../src/data/random.js';
import { draw } from '../../src/targets/runtime.js';
import { MINUTE, T0 } from './helpers.js';

export interface Market {
  readonly assets: readonly string[];
  readonly rows: number;
  /** Standard deviation of the efficient log price a row. */
  readonly step: number;
  /** Bid-ask spread, a fraction of the price. */
  readonly spread: number;
  /** Share of the rows that are filled. */
  readonly filled: number;
  readonly seed: number;
}

/** Roll's model: ln p = m ± spread/2, either side as likely; filled rows keep the close before them. Volume is not known. */
export function market({ assets, rows, step, spread, filled, seed }: Market): Dataset {
  const n = assets.length;
  const prices = new Float64Array(rows * n);
  const meta: Record<string, string> = {};
  for (const [j, asset] of assets.entries()) {
    const mask = new Uint8Array(rows);
    let log = Math.log(100);
    for (let row = 0; row < rows; row++) {
      if (row > 0) log += step * normals(seed, 10 + j, row)[0];
      mask[row] = row > 0 && draw(seed, 30 + j, row, 0) < filled ? 1 : 0;
      const side = draw(seed, 20 + j, row, 0) < 0.5 ? -0.5 : 0.5;
      prices[row * n + j] = mask[row] === 1 ? prices[(row - 1) * n + j] : Math.exp(log + side * spread);
    }
    meta[fillsKey(asset)] = encodeFills(mask);
  }
  return createDataset({ assets, start: T0, interval: MINUTE, rows, prices, volume: null, meta });
}
