/**
 * Floor 5½. Where the dataset of a checkpoint lies, and whether it is the one that it was trained on: paths are hints, the
 * hash decides.
 */
import { stat } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { type Dataset, selectAssets } from '../data/dataset.js';
import { loadDataset } from '../data/dataset-file.js';
import { UserError } from '../errors.js';
import { type Checkpoint, type CheckpointDataset, datasetText } from '../train/checkpoint.js';

export interface FoundData {
  /** Seen from the working directory. */
  readonly file: string;
  /** All of the file. */
  readonly dataset: Dataset;
  /** Where it was found, if not where the checkpoint says; null else. */
  readonly note: string | null;
  /** That what is told is of other data than the checkpoint; null where it is not. */
  readonly warning: string | null;
}

/**
 * The dataset of the checkpoint at `path`; null where its data are drawn.
 *
 * @param named a dataset with the same assets that the user names in its place
 * @throws UserError where there is none, where only another is found and nobody named it, and for a dataset that a
 * checkpoint of drawn data has no use for
 */
export async function dataOf(
  path: string,
  { dataset, config }: Checkpoint,
  named: string | undefined,
): Promise<FoundData | null> {
  if (dataset !== null) return named === undefined ? findData(path, dataset, config) : otherData(named, dataset);
  if (named === undefined) return null;
  throw new UserError(
    `--data: expected none with '${path}', whose data are drawn, got '${named}'; leave it out, or train on that dataset`,
    2,
  );
}

/**
 * The dataset that the checkpoint at `path` was trained on: seen from its own folder, else from the working directory (as
 * checkpoints once had it), else beside it.
 *
 * @throws UserError where there is none, or only another
 */
async function findData(path: string, saved: CheckpointDataset, config: Checkpoint['config']): Promise<FoundData> {
  const folder = dirname(path);
  const { file: named } = (config.data ?? {}) as { readonly file?: unknown };
  const own = (typeof named === 'string' ? named : saved.path).replaceAll('\\', '/');
  const places = [resolve(folder, own), resolve(own), resolve(folder, own.slice(own.lastIndexOf('/') + 1))];
  const candidates = [...new Set(places)].map((place) => relative('', place));
  let other: { readonly file: string; readonly what: string } | null = null;
  for (const [i, file] of candidates.entries()) {
    const there = await stat(file).catch(() => null);
    if (there?.isFile() !== true) continue;
    const dataset = await loadDataset(file).catch(refusal);
    if (dataset instanceof UserError) {
      other ??= { file, what: `a file that is none: ${dataset.message}` };
      continue;
    }
    const chosen = chosenOf(dataset, saved.assets);
    if (chosen?.hash === saved.hash) {
      const note = i === 0 ? null : `the dataset was found at ${file}, not at ${candidates[0]}`;
      return { file, dataset, note, warning: null };
    }
    other ??= { file, what: `another: ${datasetText({ ...(chosen ?? dataset), path: file })}` };
  }
  const wanted = `checkpoint: '${path}': the dataset that it was trained on, ${datasetText(saved)}, was expected at ${candidates.join(' or ')}`;
  if (other === null) throw new UserError(`${wanted}, got no such file; put it there, or name it by --data`);
  throw new UserError(
    `${wanted}, got ${other.what}; put it back, or say --data ${other.file} to take that in its place`,
  );
}

/** The dataset at `file`, which the user named in the place of the checkpoint's. */
async function otherData(file: string, saved: CheckpointDataset): Promise<FoundData> {
  const dataset = await loadDataset(file);
  const used = chosenOf(dataset, saved.assets);
  if (used !== null) {
    const other = `on another dataset than the one trained on: ${datasetText({ ...used, path: file })}, not ${datasetText(saved)}`;
    return { file, dataset, note: null, warning: used.hash === saved.hash ? null : other };
  }
  throw new UserError(
    `--data: prices of ${saved.assets.join(', ')} were expected, as the checkpoint has them, got ${dataset.assets.join(', ')}; import those assets under those names`,
    2,
  );
}

/** The path of a dataset as a checkpoint at `out` has it: seen from its folder, so that both can move together. */
export const pathFrom = (out: string, file: string): string =>
  relative(dirname(resolve(out)), resolve(file)).replaceAll('\\', '/');

const chosenOf = (dataset: Dataset, assets: readonly string[]): Dataset | null =>
  assets.every((asset) => dataset.assets.includes(asset)) ? selectAssets(dataset, assets) : null;

function refusal(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}
