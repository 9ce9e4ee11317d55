/** Floor 4. Files of exchange candles made into one dataset, with an account of what was read and what was filled. */
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { createDataset, type Dataset } from './dataset.js';
import { encodeFills, fillsKey } from './fills.js';
import { type AssetSeries, type GapReport, type JoinOptions, joinSeries } from './join.js';
import { commonNumeraire, marketsOf } from './markets.js';
import { withNumeraire } from './numeraire.js';
import { DataQuality } from './quality.js';
import { qualityWarnings } from './quality-text.js';
import { readSeries, type Series, type SeriesOptions } from './series.js';
import type { Source } from './source.js';
import { formatTime } from './time.js';

/** A file, and the asset in it (null: guessed from the file name). */
export interface ImportSource {
  readonly asset: string | null;
  readonly source: Source;
}

export interface ImportOptions extends SeriesOptions, JoinOptions {
  /** The currency of all prices; undefined: what the file names say. */
  readonly numeraire?: string;
  /** Whether that currency becomes an asset too, the last one, with price 1. */
  readonly withNumeraire?: boolean;
  /** The command that asked for it, kept in the dataset's meta. */
  readonly recipe?: string;
}

/** What was read of one asset and what of it was missing. */
export interface AssetReport extends GapReport {
  /** None for the numéraire that was added. */
  readonly files: readonly string[];
  /** Rows in the files, also those outside the joint span. */
  readonly read: number;
}

export interface ImportResult {
  readonly dataset: Dataset;
  readonly report: readonly AssetReport[];
  /** What is wrong with the prices as a market's, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads, checks and joins files. Files of the same asset (monthly archives) are put one after another. Throws UserError,
 * before anything is written, for whatever would make wrong prices.
 */
export async function importSources(files: readonly ImportSource[], options: ImportOptions): Promise<ImportResult> {
  if (files.length === 0) throw new UserError('import: expected at least one file, got none; name some', 2);
  const named = files.map(({ asset, source }) => ({ asset, path: source.path }));
  const markets = marketsOf(named, options.numeraire);
  const numeraire = options.numeraire ?? commonNumeraire(markets);
  const parts = new Map<string, Series[]>();
  for (const [i, { source }] of files.entries()) {
    const series = await readSeries(source, options);
    const asset = markets[i].asset;
    parts.set(asset, [...(parts.get(asset) ?? []), series]);
  }
  const series = [...parts].map(([asset, list]) => concatenate(asset, list));
  const assetsRead = series.map((s) => s.asset);
  const own = joinSeries(series, options);
  const joined = options.withNumeraire ? withNumeraire(own, assetsRead, numeraire) : own;
  const report = joined.gaps.map((gap, i) => {
    const list = parts.get(gap.asset) ?? [];
    return { ...gap, files: list.map((part) => fileName(part.path)), read: series[i]?.times.length ?? 0 };
  });
  const meta = {
    source: named.map(({ path }) => fileName(path)).join(', '),
    ...(numeraire === null ? {} : { numeraire }),
    span: options.span,
    fill: options.fill,
    ...Object.fromEntries(report.flatMap(metaOfGaps)),
    ...Object.fromEntries(report.map(({ asset }, i) => [fillsKey(asset), encodeFills(joined.filled[i])])),
    ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
  };
  const { start, interval, rows, prices, volume } = joined;
  const assets = joined.gaps.map((gap) => gap.asset);
  const dataset = createDataset({ assets, start, interval, rows, prices, volume, meta });
  return { dataset, report, warnings: qualityWarnings(dataset, new DataQuality(dataset).over()) };
}

function metaOfGaps(report: AssetReport): [string, string][] {
  return [
    [`filled.${report.asset}`, String(report.filled)],
    [`gaps.${report.asset}`, String(report.gaps)],
    [`longest_gap.${report.asset}`, String(report.longest)],
  ];
}

function concatenate(asset: string, parts: readonly Series[]): AssetSeries {
  if (parts.length === 1) return { ...parts[0], asset };
  const sorted = [...parts].sort((a, b) => a.times[0] - b.times[0]);
  for (let i = 1; i < sorted.length; i++) checkFollows(asset, sorted[i - 1], sorted[i]);
  const offsets = [0];
  for (const part of sorted) offsets.push(offsets[offsets.length - 1] + part.times.length);
  const append = (pick: (part: Series) => Float64Array): Float64Array => {
    const all = new Float64Array(offsets[sorted.length]);
    sorted.forEach((part, i) => {
      all.set(pick(part), offsets[i]);
    });
    return all;
  };
  const hasVolume = sorted.every((part) => part.volume !== null);
  return {
    asset,
    path: sorted[0].path,
    times: append((part) => part.times),
    close: append((part) => part.close),
    volume: hasVolume ? append((part) => part.volume as Float64Array) : null,
    where: (row) => {
      const i = offsets.findLastIndex((offset) => offset <= row);
      return i === 0 ? sorted[0].where(row) : `(${fileName(sorted[i].path)} ${sorted[i].where(row - offsets[i])})`;
    },
  };
}

function checkFollows(asset: string, before: Series, after: Series): void {
  const end = before.times[before.times.length - 1];
  if (after.times[0] > end) return;
  throw new UserError(
    `import: two files of ${asset} overlap: ${fileName(before.path)} ends ${formatTime(end)}, ${fileName(after.path)} starts ${formatTime(after.times[0])}; name the assets apart (NAME=file), or cut one`,
  );
}
