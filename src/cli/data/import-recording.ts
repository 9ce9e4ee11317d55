/** Floor 6. The part of `poolgrad data import` that makes a recording of trades and tops. */

import { nearestName } from '../../data/names.js';
import type { RecordingOptions } from '../../data/recording/import.js';
import { UserError } from '../../errors.js';
import { claimDataset, printDataset } from './output.js';

export interface RecordingFlags {
  readonly out: string;
  readonly format?: string;
  readonly columns?: string;
  readonly symbol?: string;
  readonly crossed?: string;
  readonly delimiter?: string;
  readonly skipLines?: number;
  readonly numeraire?: string;
  readonly json?: boolean;
}

interface Source {
  readonly asset: string | null;
  readonly path: string;
}

/** Flags that only a recording has a use for, and those of candles. */
export const OF_RECORDINGS = ['columns', 'symbol', 'crossed'] as const;

/** What files of an exchange are read by. Throws UserError for a flag that makes no sense. */
export async function recordingOptions({
  format,
  columns,
  symbol,
  crossed = 'refuse',
  ...rest
}: Omit<RecordingFlags, 'out'>): Promise<RecordingOptions> {
  const { isRecordFormat, parseColumns, recordFormatNames } = await import('../../data/recording/formats.js');
  if (format !== undefined && !isRecordFormat(format)) {
    const near = nearestName(format, recordFormatNames);
    throw new UserError(
      `--format: '${format}' is not known; did you mean '${near}'? (${recordFormatNames.join(', ')})`,
      2,
    );
  }
  if (crossed !== 'refuse' && crossed !== 'drop') {
    throw new UserError(`--crossed: expected refuse or drop, got '${crossed}'`, 2);
  }
  return {
    format,
    columns: columns === undefined ? undefined : parseColumns(columns),
    ...{ symbol, crossed, delimiter: rest.delimiter, skipLines: rest.skipLines, numeraire: rest.numeraire },
  };
}

/** Whether the files are trades or tops: by the format that is named, else by what they hold. */
export async function areRecorded(sources: readonly Source[], flags: RecordingFlags): Promise<boolean> {
  const { isRecordFormat } = await import('../../data/recording/formats.js');
  if (flags.format !== undefined) return isRecordFormat(flags.format);
  const { isRecorded } = await import('../../data/recording/read.js');
  const options = await recordingOptions(flags);
  if (options.columns !== undefined) return true;
  const told: boolean[] = [];
  for (const { path } of sources) told.push(await isRecorded(path, options));
  if (new Set(told).size < 2) return told[0];
  throw new UserError(
    `import: expected candles, or trades and tops, got both: ${sources[told.indexOf(false)].path} has candles, ${sources[told.indexOf(true)].path} has not; import them apart`,
    2,
  );
}

/** @param ofCandles a flag that was given and means nothing here */
export async function importRecorded(
  sources: readonly Source[],
  flags: RecordingFlags,
  { recipe, ofCandles }: { readonly recipe: string; readonly ofCandles: string | undefined },
): Promise<void> {
  if (ofCandles !== undefined) {
    throw new UserError(`${ofCandles}: expected with candles only, got trades or tops of a book; leave it out`, 2);
  }
  const { importRecording } = await import('../../data/recording/import.js');
  const { recordingReportText } = await import('../../data/recording/import-text.js');
  const { encodeRecording } = await import('../../data/recording/recording-file.js');
  const { spanOf } = await import('../../data/recording/recording.js');
  const paths = sources.map(({ path }) => path);
  const output = await claimDataset(flags.out, paths);
  const { recording, parts, warnings } = await importRecording(sources, { ...(await recordingOptions(flags)), recipe });
  await output.write(await encodeRecording(recording));
  const { asset, quote, trades, tops, hash, meta } = recording;
  const text = recordingReportText(recording, parts, warnings);
  const counts = { trades: trades?.time.length ?? 0, tops: tops?.time.length ?? 0 };
  const json = { asset, quote, ...counts, ...spanOf(recording), hash, meta, files: parts, warnings };
  printDataset(output, { text, json }, { asJson: flags.json });
}
