/**
 * Floor 4. How far the prices of a dataset are a market's: rows that nobody traded in, prices that stand still, closes that
 * bounce between bid and ask, spikes. By asset, over the rows that are asked about.
 */
import { type Bounce, bounceOf } from './bounce.js';
import { type Closes, closesOf, within } from './closes.js';
import type { Dataset } from './dataset.js';
import { filledRows } from './fills.js';
import { findSpikes, type Spike } from './spikes.js';

/** Rows of a kind within a range, and the longest run of them. */
export interface Runs {
  readonly rows: number;
  /** `rows` as a part of the range. */
  readonly share: number;
  /** Rows of the longest run, and the first of them; null where there is none. */
  readonly longest: number;
  readonly longestFrom: number | null;
}

export interface AssetQuality {
  readonly asset: string;
  /** Rows that nobody traded in: filled by the import, or without volume. Null where the dataset does not say. */
  readonly filled: Runs | null;
  /** Rows, filled ones among them, whose price is that of the row before. */
  readonly unchanged: Runs;
  /** Of recorded rows without spikes. */
  readonly bounce: Bounce;
  readonly spikes: readonly Spike[];
}

export interface LastPrice {
  readonly asset: string;
  readonly row: number;
  /** Whether the dataset says which rows were traded in. */
  readonly known: boolean;
}

/** Rows [from, to). */
type Range = readonly [number, number];

/** A dataset with what is computed of it once. */
export class DataQuality {
  private readonly columns: readonly Column[];

  constructor(readonly data: Dataset) {
    this.columns = data.assets.map((asset, j) => columnOf(data, asset, j));
  }

  /** Of each asset over some rows; all of them by default. */
  over(range: Range = [0, this.data.rows]): AssetQuality[] {
    return this.columns.map((c) => ({
      asset: c.asset,
      filled: c.filled === null ? this.told(c.asset, range) : runsOf(c.filled, range),
      unchanged: runsOf(c.unchanged, [Math.min(range[0] + 1, range[1]), range[1]]),
      bounce: bounceOf(within(c.closes, range)),
      spikes: c.spikes.filter(({ row }) => row >= range[0] && row < range[1]),
    }));
  }

  /** The recorded closes of each asset without its spikes. */
  get closes(): readonly Closes[] {
    return this.columns.map((c) => c.closes);
  }

  /** The last row up to `row` in which each asset was traded; where that is not known, in which its price changed. */
  lastPrices(row: number): LastPrice[] {
    return this.columns.map(({ asset, filled, unchanged }) => {
      const stale = filled ?? unchanged;
      let last = row;
      while (last > 0 && stale[last] === 1) last--;
      return { asset, row: last, known: filled !== null };
    });
  }

  /** What an import from before there were lists of filled rows says of the whole; of a part it says nothing. */
  private told(asset: string, [from, to]: Range): Runs | null {
    const { meta, rows } = this.data;
    const [filled, longest] = [Number(meta[`filled.${asset}`]), Number(meta[`longest_gap.${asset}`])];
    if (from !== 0 || to !== rows || !(filled >= 0 && longest >= 0)) return null;
    return { rows: filled, share: filled / rows, longest, longestFrom: null };
  }
}

interface Column {
  readonly asset: string;
  /** 1 for each such row. */
  readonly filled: Uint8Array | null;
  readonly unchanged: Uint8Array;
  readonly closes: Closes;
  readonly spikes: readonly Spike[];
}

function columnOf(d: Dataset, asset: string, j: number): Column {
  if (asset === d.meta.numeraire) return numeraireColumn(d, asset, j);
  const filled = filledRows(d, j);
  const spikes = findSpikes(closesOf(d, j, filled), d);
  const skip = new Uint8Array(d.rows);
  if (filled !== null) skip.set(filled);
  for (const { row, until } of spikes) skip.fill(1, row, until);
  const n = d.assets.length;
  const unchanged = new Uint8Array(d.rows);
  for (let at = n + j; at < d.prices.length; at += n) {
    if (d.prices[at] === d.prices[at - n]) unchanged[(at - j) / n] = 1;
  }
  return { asset, filled, unchanged, closes: closesOf(d, j, skip), spikes };
}

/** The currency of the prices: 1 in each row by definition, and in none of them stale. */
function numeraireColumn(d: Dataset, asset: string, j: number): Column {
  const none = new Uint8Array(d.rows);
  return { asset, filled: none, unchanged: none, closes: closesOf(d, j, null), spikes: [] };
}

function runsOf(mask: Uint8Array, [from, to]: Range): Runs {
  let [rows, run, longest] = [0, 0, 0];
  let longestFrom: number | null = null;
  for (let row = from; row < to; row++) {
    run = mask[row] === 1 ? run + 1 : 0;
    rows += mask[row];
    if (run > longest) {
      longest = run;
      longestFrom = row - run + 1;
    }
  }
  return { rows, share: to > from ? rows / (to - from) : 0, longest, longestFrom };
}
