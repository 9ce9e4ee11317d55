/** Floor 5½. What a maker's market is calibrated from: trades and tops of the book, candles, or the closes of a dataset. */
import { basename } from 'node:path';
import { readArrowTable } from '../data/column-table.js';
import { selectAssets } from '../data/dataset.js';
import { loadDataset } from '../data/dataset-file.js';
import { type FormatName, isFormat } from '../data/formats.js';
import { parseImportFile } from '../data/import-files.js';
import { marketsOf } from '../data/markets.js';
import { onDisk } from '../data/on-disk.js';
import { importRecording, type RecordingOptions } from '../data/recording/import.js';
import { isRecorded } from '../data/recording/read.js';
import type { Recording } from '../data/recording/recording.js';
import { isRecordingTable } from '../data/recording/recording-columns.js';
import { recordingOf } from '../data/recording/recording-file.js';
import { detectContainer, readCandles } from '../data/series.js';
import { UserError } from '../errors.js';
import type { Candles } from '../fit/maker/candles.js';

/** How files of an exchange are read; `candles`: their format, where it is one of candles. */
export interface MakerSource extends Omit<RecordingOptions, 'format'> {
  readonly format?: string;
}

export type MakerData =
  | { readonly recording: Recording; readonly candles: null; readonly warnings: readonly string[] }
  | { readonly recording: null; readonly candles: Candles; readonly warnings: readonly string[] };

/** Throws UserError for files of several kinds, and for what is none of them. */
export async function readMakerSource(files: readonly string[], options: MakerSource): Promise<MakerData> {
  const sources = files.map(parseImportFile);
  const [first] = sources;
  const { format, ...rest } = options;
  if (sources.length === 1 && (await detectContainer(onDisk(first.path))) === 'arrow') {
    const table = await readArrowTable(onDisk(first.path));
    if (isRecordingTable(table)) {
      return { recording: recordingOf(table, basename(first.path)), candles: null, warnings: [] };
    }
    if (table.names.some((name) => name.startsWith('close_'))) return closesOf(first.path, options.symbol);
  }
  if (format === undefined || !isFormat(format)) {
    const recorded: RecordingOptions = {
      ...rest,
      ...(format === undefined ? {} : { format: format as RecordingOptions['format'] }),
    };
    const told: boolean[] = [];
    for (const { path } of sources) {
      told.push(format !== undefined || options.columns !== undefined || (await isRecorded(path, recorded)));
    }
    if (told.every(Boolean)) {
      const { recording, warnings } = await importRecording(sources, recorded);
      return { recording, candles: null, warnings };
    }
  }
  if (sources.length > 1) {
    throw new UserError(
      `${basename(sources[1].path)}: expected trades and tops, or one file of candles, got several; put candles together with 'poolgrad data import'`,
    );
  }
  return candlesOf(first, format as FormatName | undefined, options);
}

async function closesOf(path: string, symbol: string | undefined): Promise<MakerData> {
  const whole = await loadDataset(path);
  if (whole.assets.length > 1 && symbol === undefined) {
    throw new UserError(
      `${basename(path)}: expected one asset, got ${whole.assets.join(', ')}; choose one with --symbol ${whole.assets[0]}`,
    );
  }
  const { assets, rows, start, interval, prices, meta } = selectAssets(whole, [symbol ?? whole.assets[0]]);
  const time = Float64Array.from({ length: rows }, (_, row) => start + row * interval);
  const candles = { asset: assets[0], quote: meta.numeraire ?? null, time, close: prices };
  return { recording: null, candles: { ...candles, open: null, high: null, low: null }, warnings: [] };
}

async function candlesOf(
  source: { readonly asset: string | null; readonly path: string },
  format: FormatName | undefined,
  { delimiter, skipLines, numeraire }: MakerSource,
): Promise<MakerData> {
  const columns = await readCandles(onDisk(source.path), {
    format,
    columns: {},
    volumeUnit: 'base',
    delimiter,
    skipLines,
  });
  const [{ asset, quote }] = marketsOf([source], numeraire);
  const { time, close, open = null, high = null, low = null } = columns;
  const candles: Candles = { asset, quote: numeraire ?? quote, ...{ time, close, open, high, low } };
  return { recording: null, candles, warnings: [] };
}
