/**
 * Floor 5. Keys of a run_fingerprint that are no setting of ours: what each means here. It has no effect on the pool and is
 * told, or it changes the pool in a way that poolgrad does not read, and the file is refused with what it would change.
 */
import { own } from '../config/registry.js';
import { shorten } from '../export/document.js';
import type { Fields } from './run-file.js';

/** What decides whether a key has an effect. */
export interface Around {
  readonly fees: number;
}

/** What a key does to the pool, as a clause, or why it does nothing. */
type Effect = { readonly does: string } | { readonly idle: string };

interface Key {
  /** With this value there is nothing to tell. */
  readonly neutral: unknown;
  readonly effect: (around: Around) => Effect;
}

const changes = (neutral: unknown, does: string): Key => ({ neutral, effect: () => ({ does }) });
const never = (neutral: unknown, idle: string): Key => ({ neutral, effect: () => ({ idle }) });

const UNREAD = 'the simulator does not read it for such a pool';
const NO_FEES = 'fees is 0';

const KEYS: Readonly<Record<string, Key>> = {
  freq: changes('minute', 'its prices are of another step than a minute'),
  gas_cost: changes(0, 'arbitrageurs of the pool pay gas and leave out what gains less'),
  arb_fees: changes(0, 'arbitrageurs of the pool pay fees elsewhere and leave out what gains less'),
  arb_frequency: changes(1, 'arbitrageurs come to the pool less often than every minute'),
  do_arb: changes(true, 'nobody trades with the pool, whose reserves stay what they were'),
  do_trades: changes(false, 'the pool executes trades that the file does not hold'),
  use_alt_lamb: changes(false, 'the rule has a second memory for each asset'),
  subsidary_pools: changes([], 'the pool is made of several'),
  // in proportion to what arbitrageurs trade, of whom its closed form without fees knows nothing
  noise_trader_ratio: {
    neutral: 0,
    effect: ({ fees }) => (fees === 0 ? { idle: NO_FEES } : { does: 'others trade with the pool beside arbitrageurs' }),
  },
  // where there are fees it is a setting
  protocol_fee_split: never(0, NO_FEES),
  n_ensemble_members: never(1, 'its rule has no prefix ensemble__'),
  arb_quality: never(1, UNREAD),
  numeraire: never(null, UNREAD),
};

const TRAINING = 'of its training and searches';
const OTHER_POOLS = 'of other pools';
const OFF = 'unknown here, and off';

/** Without an effect on the pool, by why. The first that a key matches holds. */
const IDLE: readonly (readonly [RegExp, string])[] = [
  [/^optimisation_settings$/, `${TRAINING}, but for val_fraction`],
  [/^(bout_(offset|length|length_test)|n_assets|all_sig_variations|training_method)$/, TRAINING],
  [/^(turnover_penalty|price_noise_sigma|weight_calculation_method|use_fused_reserves|checkpoint_fused)$/, TRAINING],
  // start values of training; reserves and weights of that name would be the pool's own
  [/^initial_(?!pool_value$|reserves|weights$|prices)/, TRAINING],
  [/^(ensemble_init|evaluation|validation|training|train|optuna|cma_es|bfgs|walk_forward|early_stopping)_/, TRAINING],
  [/^(search|study|sweep|trial|tuning|tuner|experiment|job|wandb|mlflow|output|results?|save|plot|debug)_/, TRAINING],
  [/^run_(id|name|hash|time)$/, TRAINING],
  [
    /(^|_)(seed|random_key|verbose|comments?|notes?|description|tags?|timestamp|created_at|(git_)?commit|git_hash)$/,
    TRAINING,
  ],
  [/^(reclamm_.*|noise_model|noise_arrays_path)$/, OTHER_POOLS],
  [/^learnable_bounds_settings$/, 'its rule has no prefix bounded__'],
  [/^ste_temperature$/, 'a gate of gradients, or of other pools'],
];

/** Values that say: not used. */
const isOff = (value: unknown): boolean => ['null', '0', 'false', '""', '[]', '{}'].includes(JSON.stringify(value));

/** null: nothing to tell. */
function meaningOf(key: string, value: unknown, around: Around): { idle: string } | { refused: string } | null {
  const known = own(KEYS, key);
  if (known !== undefined) {
    if (JSON.stringify(value) === JSON.stringify(known.neutral) || (isOff(value) && isOff(known.neutral))) return null;
    const effect = known.effect(around);
    if ('idle' in effect) return effect;
    const wanted = shorten(known.neutral);
    return {
      refused: `${wanted} was expected, got ${shorten(value)}, which poolgrad does not simulate from a result file: ${effect.does}; run it in the simulator with ${wanted}, or write a config of such a pool`,
    };
  }
  const idle = IDLE.find(([pattern]) => pattern.test(key))?.[1] ?? (isOff(value) ? OFF : null);
  if (idle !== null) return { idle };
  return {
    refused: `a key that poolgrad knows was expected, got ${shorten(value)}, which may change how the pool trades or how its weights move; take the key out if it has no effect on the pool`,
  };
}

/**
 * The sentence that names the keys without an effect, by why; none where there are none. `settings` are those that are
 * read. `refuse` makes the error of the first key that has an effect of what was expected.
 */
export function idleKeys(
  fields: Fields,
  settings: readonly string[],
  around: Around,
  refuse: (key: string, what: string) => Error,
): string[] {
  const byWhy = new Map<string, string[]>();
  for (const [key, value] of Object.entries(fields)) {
    const meaning = settings.includes(key) ? null : meaningOf(key, value, around);
    if (meaning === null) continue;
    if ('refused' in meaning) throw refuse(key, meaning.refused);
    byWhy.set(meaning.idle, [...(byWhy.get(meaning.idle) ?? []), key]);
  }
  const told = [...byWhy].map(([why, keys]) => `${keys.join(', ')} (${why})`);
  return told.length === 0 ? [] : [`without an effect here: ${told.join('; ')}`];
}
