/** Floor 5½. A checkpoint and its data in memory: what `source.ts` is for files. */
import { openInMemory } from '../config/in-memory.js';
import type { Registry } from '../config/registry.js';
import type { OpenedConfig } from '../config/resolve-on.js';
import { type Dataset, selectAssets } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { type Checkpoint, checkAssets, checkLayout, checkNumbers, datasetText } from '../train/checkpoint.js';
import type { Session } from './prepared.js';

export interface InMemory {
  readonly opened: OpenedConfig;
  /** That the data are others than it was trained on. */
  readonly warnings: readonly string[];
}

/**
 * The config of a checkpoint on a dataset with its assets; without one where its data are drawn.
 *
 * @param name of the checkpoint's file and of the dataset's, for messages
 * @throws UserError where the dataset lacks assets or is not there, and for a config that is wrong
 */
export function openCheckpointInMemory(
  checkpoint: Checkpoint,
  registry: Registry,
  dataset: Dataset | null,
  name: { readonly checkpoint: string; readonly data: string },
): InMemory {
  const saved = checkpoint.dataset;
  if (saved === null) return { opened: openInMemory(checkpoint.config, registry, null), warnings: [] };
  if (dataset === null) {
    throw new UserError(
      `checkpoint: '${name.checkpoint}': the dataset that it was trained on was expected, ${datasetText(saved)}, got none; open that too`,
    );
  }
  const missing = saved.assets.filter((asset) => !dataset.assets.includes(asset));
  if (missing.length > 0) {
    throw new UserError(
      `${name.data}: prices of ${saved.assets.join(', ')} were expected, as the checkpoint has them, got ${dataset.assets.join(', ')}; open prices of ${missing.join(', ')} under that name`,
    );
  }
  const used = selectAssets(dataset, saved.assets);
  const opened = openInMemory(checkpoint.config, registry, dataset);
  checkAssets(checkpoint, opened.config.assets, name.checkpoint);
  const other = `on another dataset than the one trained on: ${datasetText({ ...used, path: name.data })}, not ${datasetText(saved)}`;
  return { opened, warnings: used.hash === saved.hash ? [] : [other] };
}

/**
 * The raw numbers of the set that a checkpoint chose, [columns], for a session of its config. Throws a UserError where the
 * models have other parameters, and where the numbers are none.
 */
export function rawOfCheckpoint(checkpoint: Checkpoint, { rollout, trainable, initial }: Session, name: string) {
  checkLayout(checkpoint, rollout.layout, name);
  const { raw } = checkpoint.state.best;
  checkNumbers(raw, rollout.layout, trainable, initial, name);
  return raw.slice();
}
