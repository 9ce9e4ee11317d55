/** Floor 5½. What a command is pointed at: a config, or a checkpoint with its chosen set. */
import { registry } from '../../kernels/index.js';
import { changedCode, loadConfig, type Overrides, openConfig } from '../config/index.js';
import { loadDataset, selectAssets } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import { type Checkpoint, loadCheckpoint } from '../train/checkpoint.js';
import { openSession, type Session } from './session.js';

export interface Source {
  readonly session: Session;
  /** One set: [columns]. A config's start values, or the set that validation chose. */
  readonly raw: Float64Array;
  readonly checkpoint: Checkpoint | null;
  /** What is no longer as it was when the checkpoint was written; one line each. */
  readonly notes: readonly string[];
}

export interface CheckpointOptions {
  readonly device?: string;
  /** Another dataset, with the same assets. */
  readonly data?: string;
  /** Whether it is to be trained on. */
  readonly training?: boolean;
  /** What training computes in, in place of what the config says. */
  readonly precision?: Precision;
  /** Whether the files of code that it names may run. */
  readonly allowCode?: boolean;
}

/** A checkpoint by its ending, else a config. */
export async function openSource(
  path: string,
  overrides: Overrides & { readonly allowCode?: boolean },
): Promise<Source> {
  if (path.endsWith('.json')) {
    if ((overrides.set?.length ?? 0) > 0) {
      throw new UserError('--set: a checkpoint keeps its own config; leave --set out, or name a config', 2);
    }
    return openCheckpoint(path, { device: overrides.device, allowCode: overrides.allowCode });
  }
  const session = await openSession(await loadConfig(path, registry, overrides));
  return { session, raw: session.initial, checkpoint: null, notes: [] };
}

/** A checkpoint on its own dataset, or on another one with the same assets. */
export async function openCheckpoint(
  path: string,
  { device, data, training, precision, allowCode }: CheckpointOptions,
): Promise<Source & { checkpoint: Checkpoint }> {
  const checkpoint = await loadCheckpoint(path);
  const config =
    data === undefined
      ? checkpoint.config
      : { ...checkpoint.config, data: { ...(checkpoint.config.data as object), file: data } };
  const opened = await openConfig(config, registry, { allowCode, from: path, recorded: checkpoint.code });
  if (data !== undefined) selectAssets(await loadDataset(data), checkpoint.dataset.assets);
  const session = await openSession(opened, device, training, precision);
  checkColumns(session, checkpoint, path);
  const notes = changedCode(checkpoint.code ?? [], opened.code);
  return { session, raw: checkpoint.state.best.raw, checkpoint, notes };
}

/** Refuses a checkpoint whose models have other parameters by now. */
export function checkColumns({ rollout }: Session, { state, program }: Checkpoint, path: string): void {
  const [got, wanted] = [state.best.raw.length, rollout.layout.columns];
  if (got === wanted) return;
  throw new UserError(
    `checkpoint: '${path}' has ${got} parameters, its models have ${wanted}; use the version that wrote it (${program})`,
  );
}
