/** Floor 5½. What a maker's market is calibrated from: a recording, or files of an exchange that make one. */
import { basename } from 'node:path';
import { readArrowTable } from '../data/column-table.js';
import { parseImportFile } from '../data/import.js';
import { importRecording, type RecordingOptions } from '../data/recording/import.js';
import { isRecorded } from '../data/recording/read.js';
import type { Recording } from '../data/recording/recording.js';
import { isRecordingTable } from '../data/recording/recording-columns.js';
import { recordingOf } from '../data/recording/recording-file.js';
import { detectContainer } from '../data/series.js';
import { UserError } from '../errors.js';

/** How files of an exchange are read. */
export type MakerSource = RecordingOptions;

/** Throws UserError for files that hold neither trades nor tops. */
export async function readMakerSource(
  files: readonly string[],
  options: MakerSource,
): Promise<{ readonly recording: Recording; readonly warnings: readonly string[] }> {
  const sources = files.map(parseImportFile);
  const [first] = sources;
  if (sources.length === 1 && (await detectContainer(first.path)) === 'arrow') {
    const table = await readArrowTable(first.path);
    if (isRecordingTable(table)) return { recording: recordingOf(table, basename(first.path)), warnings: [] };
  }
  for (const { path } of sources) {
    if (options.format !== undefined || options.columns !== undefined || (await isRecorded(path, options))) continue;
    throw new UserError(
      `${basename(path)}: expected trades or tops of a book, got neither; name their format with --format, or their columns with --columns`,
    );
  }
  return importRecording(sources, options);
}
