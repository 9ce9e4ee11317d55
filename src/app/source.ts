/** Floor 5½. What a command is pointed at: a config, or a checkpoint with its chosen set. */
import { registry } from '../../kernels/index.js';
import {
  ConfigError,
  changedCode,
  loadConfig,
  type OpenedConfig,
  type Overrides,
  openConfig,
} from '../config/index.js';
import type { Override } from '../config/overrides.js';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import { type Checkpoint, checkAssets, checkLayout, checkNumbers } from '../train/checkpoint.js';
import { loadCheckpoint } from '../train/checkpoint-file.js';
import { dataOf, type FoundData } from './checkpoint-data.js';
import type { Session } from './prepared.js';
import { openSession } from './session.js';
import { type Purpose, settable, withEntries } from './settable.js';

export interface Source {
  readonly session: Session;
  /** One set: [columns]. A config's start values, or the set that validation chose. */
  readonly raw: Float64Array;
  readonly checkpoint: Checkpoint | null;
  /** What is no longer as it was when the checkpoint was written: its dataset, its code. For reports too. */
  readonly warnings: readonly string[];
  /** What was done in another way than asked for; one line each. */
  readonly notes: readonly string[];
}

export interface CheckpointOptions {
  readonly device?: string;
  /** A dataset with the same assets that the user names in the place of the checkpoint's, which then need not be there. */
  readonly data?: string;
  /** `a.b=c` each. */
  readonly set?: readonly string[];
  /** What it is opened for, which says what `set` may change; figures where left out. */
  readonly purpose?: Purpose;
  /** A precision of training in the place of the config's. */
  readonly precision?: Precision;
  /** Whether the files of code that it names may run. */
  readonly allowCode?: boolean;
  /** What else is to change in its config. */
  readonly change?: (config: Checkpoint['config'], dataset: Dataset | null) => object;
}

/** A checkpoint by its ending, else a config. */
export async function openSource(
  path: string,
  overrides: Overrides & { readonly allowCode?: boolean },
): Promise<Source> {
  if (path.endsWith('.json')) return openCheckpoint(path, { ...overrides, precision: undefined, purpose: 'path' });
  const session = await openSession(await loadConfig(path, registry, overrides));
  return { session, raw: session.initial, checkpoint: null, warnings: [], notes: session.notes };
}

/**
 * A checkpoint on the dataset that it was trained on, or on another that the user named. Throws a UserError where the
 * dataset is another and nobody named it, where the config's models have other parameters than the checkpoint, and where its
 * numbers are none.
 */
export async function openCheckpoint(
  path: string,
  {
    device,
    data,
    set = [],
    purpose = 'figures',
    precision,
    allowCode,
    change = (config) => config,
  }: CheckpointOptions = {},
): Promise<Source & { checkpoint: Checkpoint }> {
  const overrides = settable(set, purpose);
  const checkpoint = await loadCheckpoint(path);
  const found = await dataOf(path, checkpoint, data ?? namedData(overrides));
  const config = withData(withEntries(change(checkpoint.config, found?.dataset ?? null), overrides), found);
  const opened = await opening(path, overrides, () =>
    openConfig(config, registry, { dataset: found?.dataset, allowCode, from: path, recorded: checkpoint.code }),
  );
  checkAssets(checkpoint, opened.config.assets, path);
  const session = await openSession(opened, device, purpose === 'resume', precision);
  const { rollout, trainable, initial } = session;
  checkLayout(checkpoint, rollout.layout, path);
  const raw = withValues(checkpoint.state.best.raw, session, overrides);
  checkNumbers(raw, rollout.layout, trainable, initial, path);
  return {
    session,
    raw,
    checkpoint,
    warnings: [found?.warning, ...changedCode(checkpoint.code ?? [], opened.code)].filter((w) => typeof w === 'string'),
    notes: [found?.note, ...session.notes].filter((note) => typeof note === 'string'),
  };
}

/** The dataset that `--set data.file=…` names. */
function namedData(overrides: readonly Override[]): string | undefined {
  const value = overrides.findLast(({ path }) => path.join('.') === 'data.file')?.value;
  if (value === undefined || typeof value === 'string') return value;
  throw new UserError(`--set data.file: expected the path of a dataset, got ${JSON.stringify(value)}; name a file`, 2);
}

const withData = (config: object, found: FoundData | null): object =>
  found === null ? config : { ...config, data: { ...(config as { data?: object }).data, file: found.file } };

/** The set's raws, and in it the values that were set in the config. */
function withValues(
  raw: Float64Array,
  { config: { parts }, rollout, initial }: Session,
  overrides: readonly Override[],
): Float64Array {
  const changed = raw.slice();
  for (const { path } of overrides) {
    const at = path.join('.');
    const part = parts.findLast(({ section }) => at.startsWith(`${section}.`));
    const [key] = at.slice((part?.section.length ?? 0) + 1).split('.');
    const entry = rollout.layout.entries.find((e) => e.name === `${part?.model.name}.${key}`);
    if (entry !== undefined) changed.set(initial.subarray(entry.column, entry.column + entry.size), entry.column);
  }
  return changed;
}

/** Runs `open`; what is wrong in the config comes out with the flag or the checkpoint that brought it. */
async function opening(
  path: string,
  overrides: readonly Override[],
  open: () => Promise<OpenedConfig>,
): Promise<OpenedConfig> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const at = error.path.join('.');
    const isWithin = (a: string, b: string) => `${a}.`.startsWith(`${b}.`);
    const isSet = overrides.some(({ path: o }) => isWithin(at, o.join('.')) || isWithin(o.join('.'), at));
    if (isSet) throw new UserError(`--set ${error.message}`, 2);
    throw new UserError(`checkpoint: '${path}': its config: ${error.message}`);
  }
}
