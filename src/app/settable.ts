/** Floor 5½. `--set` on a checkpoint: which entries of its config a command may change, and why not the others. */
import { applyOverride, type Override, parseOverride } from '../config/overrides.js';
import { UserError } from '../errors.js';

/** What the checkpoint is opened for: its figures, the path of a pool that may be another, or to go on training. */
export type Purpose = 'figures' | 'path' | 'resume';

const MODELS = ['pool', 'feeLaw', 'rule', 'flow', 'system'];

/** Settings that say what a raw number means: the rule step of λ, and whether a price scale counts in prices. */
export const MEANING = ['chunkPeriod', 'centre', 'ownAverage', 'assetBounds'];

/** Of `train`, what a run that goes on may change: neither windows, sets nor the optimiser's moments hang on it. */
export const WHILE_TRAINING = [
  'iterations',
  'patience',
  'validateEvery',
  'checkpointEvery',
  'learningRate',
  'schedule',
  'warmup',
  'clipNorm',
  'momentum',
  'weightDecay',
];

const RULES: Readonly<Record<Purpose, { readonly takes: string; readonly why: string; readonly way: string }>> = {
  figures: {
    takes: 'an entry of run, data.file or data.scenarios.test',
    why: 'figures are those of what was trained',
    way: 'simulate takes other values, or train anew',
  },
  path: {
    takes:
      'an entry of run, data.file, or a value or setting of pool, rule, flow, feeLaw or system that keeps what the parameters mean',
    why: 'the others are those of the training',
    way: 'name a config, or train anew',
  },
  resume: {
    takes: `an entry of run, data.file, or one of train.${WHILE_TRAINING.join(', train.')}`,
    why: 'with another the run would not be the one that it goes on',
    way: 'train anew, from its values by --init-from',
  },
};

function isSettable([section, key, ...rest]: readonly string[], purpose: Purpose): boolean {
  if (section === 'run' || (section === 'data' && key === 'file')) return true;
  if (purpose === 'figures' && [section, key, ...rest].join('.') === 'data.scenarios.test') return true;
  if (purpose === 'resume') return section === 'train' && WHILE_TRAINING.includes(key) && rest.length === 0;
  if (purpose !== 'path' || !MODELS.includes(section) || key === undefined) return false;
  // train and bounds say nothing of a path, but as a specification would bring the start value back
  return key !== 'kind' && !MEANING.includes(key) && !['train', 'bounds'].includes(rest[0]);
}

/** The entries of `--set`, each of which the purpose allows. Throws a UserError with exit code 2. */
export function settable(set: readonly string[], purpose: Purpose): Override[] {
  return set.map((text) => {
    const override = parseOverride(text);
    if (isSettable(override.path, purpose)) return override;
    const { takes, why, way } = RULES[purpose];
    throw new UserError(
      `--set: expected ${takes} with a checkpoint, got ${override.path.join('.')}: ${why}; ${way}`,
      2,
    );
  });
}

/** A checkpoint's config with those entries. */
export const withEntries = (config: object, overrides: readonly Override[]): object =>
  overrides.reduce((changed: object, override) => applyOverride(changed, override) as object, config);
