/**
 * Floor 4. The price dataset: asset prices (and volume, and further series) on a gapless time grid, and its identity (a
 * hash over what the numbers are, not over how a file stores them).
 */
import { UserError } from '../errors.js';
import { sha256 } from '../hash.js';
import { nearestName } from './names.js';

/** Prices on a gapless minute grid. */
export interface Dataset {
  /** n asset names, in column order. */
  readonly assets: readonly string[];
  /** Milliseconds UTC of row 0. */
  readonly start: number;
  /** Milliseconds between rows (60_000 for minutes). */
  readonly interval: number;
  readonly rows: number;
  /** rows × n, row-major: prices[row * n + asset], in the numéraire; all finite and > 0. */
  readonly prices: Float64Array;
  /** rows × n traded volume in the numéraire (quote) within that row's interval, ≥ 0; null if unknown. */
  readonly volume: Float64Array | null;
  /** Further series by name, a finite number a row each: supplies of assets, fees, gas … (`data attach`). */
  readonly series: Readonly<Record<string, Float64Array>>;
  /** sha256 (hex) over assets, start, interval, prices, volume and series. */
  readonly hash: string;
  /** Provenance: source, numeraire, recipe, filled counts. Not part of the hash. */
  readonly meta: Readonly<Record<string, string>>;
}

/** What a dataset is made of; without series where they are left out. */
export type DatasetFields = Omit<Dataset, 'hash' | 'series'> & Partial<Pick<Dataset, 'series'>>;

/** Completes the fields of a dataset with their hash. Throws RangeError where the array lengths do not fit. */
export function createDataset(given: DatasetFields): Dataset {
  const fields = { ...given, series: given.series ?? {} };
  const size = fields.rows * fields.assets.length;
  if (fields.prices.length !== size || (fields.volume !== null && fields.volume.length !== size)) {
    throw new RangeError(`createDataset: expected ${size} prices (rows × assets), got ${fields.prices.length}`);
  }
  const cut = Object.keys(fields.series).find((name) => fields.series[name].length !== fields.rows);
  if (cut !== undefined) {
    throw new RangeError(
      `createDataset: expected ${fields.rows} numbers of series ${cut}, got ${fields.series[cut].length}`,
    );
  }
  return { ...fields, hash: hashDataset(fields) };
}

function hashDataset(d: Omit<Dataset, 'hash'>): string {
  const names = Object.keys(d.series).sort();
  const head = { assets: d.assets, start: d.start, interval: d.interval, rows: d.rows, volume: d.volume !== null };
  // a dataset without series has the hash that it had before there were any
  const text = JSON.stringify(names.length === 0 ? head : { ...head, series: names });
  // Float64Array bytes are little-endian on every platform that Node runs on.
  const bytes = [d.prices, d.volume, ...names.map((name) => d.series[name])].flatMap((values) =>
    values === null ? [] : [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)],
  );
  return sha256(text, ...bytes);
}

/** The dataset restricted to `assets`, in that order. Throws UserError for an unknown or repeated name. */
export function selectAssets(d: Dataset, assets: readonly string[]): Dataset {
  const columns = assets.map((asset, i) => {
    const column = d.assets.indexOf(asset);
    if (column < 0) {
      const near = nearestName(asset, d.assets);
      throw new UserError(
        `assets: '${asset}' is not in the dataset; did you mean '${near}'? (it has ${d.assets.join(', ')})`,
      );
    }
    if (assets.indexOf(asset) !== i) throw new UserError(`assets: '${asset}' is named twice; name each asset once`);
    return column;
  });
  if (columns.length === 0) throw new UserError('assets: expected at least one asset, got none; name some');
  if (columns.length === d.assets.length && columns.every((column, i) => column === i)) return d;
  const pick = (values: Float64Array) => pickColumns(values, d.rows, d.assets.length, columns);
  const volume = d.volume === null ? null : pick(d.volume);
  return createDataset({ ...d, assets: [...assets], prices: pick(d.prices), volume });
}

function pickColumns(values: Float64Array, rows: number, n: number, columns: readonly number[]): Float64Array {
  const m = columns.length;
  const out = new Float64Array(rows * m);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < m; j++) out[row * m + j] = values[row * n + columns[j]];
  }
  return out;
}
