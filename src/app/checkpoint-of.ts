/** Floor 5½. What a checkpoint keeps of a session: its config, what its data are, its parameters. */
import { type Checkpoint, type CheckpointDataset, checkpointLayout, type Json } from '../train/checkpoint.js';
import type { TrainState } from '../train/state.js';
import { VERSION } from '../version.js';
import type { Session } from './prepared.js';

/**
 * What a checkpoint keeps of the data; null where they are drawn.
 *
 * @param pathOf the path of their file as the checkpoint shall have it, from the one that the config has
 */
export function datasetOf(
  { config, dataset }: Session,
  pathOf: (file: string) => string = (file) => file,
): CheckpointDataset | null {
  if (dataset === null || config.data.kind === 'drawn') return null;
  const { hash, rows } = dataset;
  return { path: pathOf(config.data.file), hash, assets: config.assets, rows };
}

/** The checkpoint of a state of the session's training. */
export const checkpointOf = (
  { config: { plain }, code, rollout }: Session,
  state: TrainState,
  dataset: CheckpointDataset | null,
): Checkpoint => ({
  program: VERSION,
  config: {
    ...(plain as Checkpoint['config']),
    data: {
      ...(plain.data as { readonly [key: string]: Json }),
      ...(dataset === null ? {} : { file: dataset.path }),
    },
  },
  dataset,
  ...(code.length === 0 ? {} : { code }),
  layout: checkpointLayout(rollout.layout),
  state,
});
