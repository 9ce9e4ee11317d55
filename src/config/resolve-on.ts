/** Floor 4. A config with the data it speaks of: resolved against a dataset, or drawing its own. */
import { type Dataset, selectAssets } from '../data/dataset.js';
import { formatDuration, isStep } from '../data/time.js';
import { type Split, splitRows } from '../data/windows.js';
import { ConfigError } from './explain.js';
import type { CodeFile } from './own-models.js';
import type { Registry } from './registry.js';
import { type DrawnConfig, type RecordedConfig, resolveConfig } from './resolve.js';

/** A config with the data it speaks of. */
export type OpenedConfig = Opened &
  (
    | { readonly config: RecordedConfig; readonly recorded: Recorded }
    | { readonly config: DrawnConfig; readonly recorded: null }
  );

interface Opened {
  /** The files of the user's own that its models come from; what they import in turn is not among them. */
  readonly code: readonly CodeFile[];
}

export interface Recorded {
  /** Its path, seen from the working directory. */
  readonly file: string;
  /** Restricted to the assets of the config. */
  readonly dataset: Dataset;
  readonly split: Split;
}

/**
 * Resolves a config against the dataset that it names. Throws a ConfigError where they do not go together, and a UserError
 * where the dataset is too short for the split.
 */
export function resolveOn(
  whole: Dataset,
  raw: unknown,
  models: Registry,
): { readonly config: RecordedConfig; readonly recorded: Recorded } {
  const { interval } = whole;
  // figures of days and weeks are of whole rows
  if (!isStep(interval)) {
    throw new ConfigError(
      ['data', 'file'],
      `expected rows of which a whole number makes a day, or of whole days, got one every ${formatDuration(interval)}; make others of it with \`poolgrad data resample --interval\``,
    );
  }
  const config = resolveConfig(raw, models, {
    assets: whole.assets,
    series: Object.keys(whole.series),
    clock: { interval },
  });
  const dataset = selectAssets(whole, config.assets);
  return { config, recorded: { file: config.data.file, dataset, split: splitRows(dataset.rows, config.data.split) } };
}
