/**
 * Floor 5. The run_fingerprint of a result file: which pool, rule and settings it means, and the dates of its splits. What
 * has an effect here that poolgrad lacks is refused by name; what only its training reads is told as a note.
 */
import { z } from 'zod';
import { parseTimeText } from '../data/time.js';
import { UserError } from '../errors.js';
import { plainMessage, shorten } from '../export/document.js';
import type { Fields } from './run-file.js';

/** Their names of the rules that they and poolgrad have alike. */
export const RULES: Readonly<Record<string, string>> = {
  momentum: 'momentum',
  anti_momentum: 'anti-momentum',
  power_channel: 'power-channel',
  mean_reversion_channel: 'mean-reversion-channel',
};

/** The dates of a run, ms UTC: of training with validation, and of the test; each ends where the next begins. */
export interface RunDates {
  readonly start: number;
  readonly end: number;
  /** null: none, or not said. */
  readonly endTest: number | null;
  /** Share of training, at its end, that chooses among the entries. */
  readonly validation: number;
}

export interface Fingerprint {
  /** In the order of the pool, which is the file's. */
  readonly assets: readonly string[];
  /** In the order of the numbers of an entry. */
  readonly order: readonly string[];
  /** Our name. */
  readonly rule: string;
  /** Sections pool and rule of a config, without parameters but for the fee. */
  readonly pool: Fields;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
  /** Their name of the objective. */
  readonly objective: string;
  readonly dates: RunDates | null;
  /** Whether sp_, logit_ and raw_pre_exp_scaling have an effect. */
  readonly scaling: boolean;
  readonly notes: readonly string[];
}

const date = z
  .string()
  .refine((text) => !Number.isNaN(parseTimeText(text)), 'expected a date such as 2023-01-01 00:00:00')
  .transform(parseTimeText);
/** null is theirs for: not given. */
const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((x) => x ?? undefined);
const count = z.number().int().min(1);

/** What is read, with the simulator's own defaults. */
const schema = z.looseObject({
  tokens: z.array(z.string()).min(2),
  rule: z.string(),
  startDateString: orNull(date),
  endDateString: orNull(date),
  endTestDateString: orNull(date),
  chunk_period: count.default(1440),
  weight_interpolation_period: count.default(1440),
  weight_interpolation_method: z.enum(['linear', 'approx_optimal']).default('linear'),
  maximum_change: z.number().default(3e-4),
  minimum_weight: orNull(z.number()),
  max_memory_days: z.number().default(365),
  initial_pool_value: z.number().default(1e6),
  fees: z.number().min(0).lt(1).default(0),
  ste_max_change: z.boolean().default(false),
  ste_min_max_weight: z.boolean().default(false),
  use_pre_exp_scaling: z.boolean().default(true),
  return_val: z.string().default('daily_log_sharpe'),
  alphabetic: z.boolean().default(true),
  optimisation_settings: z.looseObject({ val_fraction: orNull(z.number().min(0).lt(1)) }).optional(),
});

type Read = z.output<typeof schema>;

/** What must be as it is here, since poolgrad has no such thing; and what would be without an effect anyway. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  freq: ['minute'],
  gas_cost: [0],
  arb_fees: [0],
  protocol_fee_split: [0],
  noise_trader_ratio: [0],
  arb_frequency: [1],
  arb_quality: [1],
  do_arb: [true],
  do_trades: [false],
  use_alt_lamb: [false],
  numeraire: [null],
  n_ensemble_members: [1],
  subsidary_pools: [[]],
};

/** What training reads, or other pools, or what follows from the rest. */
const IDLE = [
  /^initial_(?!pool_value)/,
  /^ensemble_init_/,
  /^reclamm_/,
  /^(bout_offset|bout_length|bout_length_test|n_assets|all_sig_variations|training_method)$/,
  /^(turnover_penalty|price_noise_sigma|learnable_bounds_settings|weight_calculation_method)$/,
  /^(use_fused_reserves|checkpoint_fused)$/,
];

/** Provenance that poolgrad writes. */
export const OWN_KEY = 'poolgrad';

/** Throws a UserError that names the first key that cannot be mapped. */
export function readFingerprint(fields: Fields, path: string): Fingerprint {
  const at = (what: string) => new UserError(`run file: '${path}': ${what}`);
  const result = schema.safeParse(fields);
  if (!result.success) {
    const issue = result.error.issues[0];
    const got = issue.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)?.[key], fields);
    throw at(`run_fingerprint.${issue.path.join('.')}: ${plainMessage(issue.message)}, got ${shorten(got)}; mend it`);
  }
  const read = result.data;
  const rule = Object.hasOwn(RULES, read.rule) ? RULES[read.rule] : undefined;
  if (rule === undefined) {
    const names = Object.keys(RULES);
    throw at(
      `run_fingerprint.rule: one of ${names.join(', ')} was expected, got '${read.rule}'; others, and rules with a prefix such as bounded__, are not read: train one of these`,
    );
  }
  const twice = read.tokens.find((token, i) => read.tokens.indexOf(token) !== i);
  if (twice !== undefined) throw at(`run_fingerprint.tokens: '${twice}' is named twice; name each token once`);
  const idle = checkOthers(fields, at);
  const n = read.tokens.length;
  return {
    assets: read.tokens,
    order: read.alphabetic ? [...read.tokens].sort() : read.tokens,
    rule,
    pool: { kind: 'tfmm', value: read.initial_pool_value, fee: { value: read.fees, train: false } },
    settings: {
      chunkPeriod: read.chunk_period,
      weightInterpolationPeriod: read.weight_interpolation_period,
      interpolation: read.weight_interpolation_method,
      maximumChange: read.maximum_change,
      minimumWeight: read.minimum_weight ?? 0.1 / n,
      maxMemoryDays: read.max_memory_days,
      straightThroughChange: read.ste_max_change,
      straightThroughMinimum: read.ste_min_max_weight,
    },
    objective: read.return_val,
    dates: datesOf(read, at),
    scaling: read.use_pre_exp_scaling,
    notes: [
      ...(read.fees === 0
        ? []
        : ["with fees the simulator skips profitable arbitrage, poolgrad does not: values differ from the run's own"]),
      ...(idle.length === 0 ? [] : [`of its training, without an effect on an evaluation: ${idle.join(', ')}`]),
    ],
  };
}

/** Refuses what has an effect that poolgrad lacks; the keys that were given and have none. */
function checkOthers(fields: Fields, at: (what: string) => UserError): string[] {
  const idle: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (Object.hasOwn(FIXED, key)) {
      if (FIXED[key].some((wanted) => JSON.stringify(wanted) === JSON.stringify(value))) continue;
      throw at(
        `run_fingerprint.${key}: ${shorten(FIXED[key][0])} was expected, got ${shorten(value)}, which poolgrad does not simulate; run it in the simulator with ${shorten(FIXED[key][0])}`,
      );
    }
    if (Object.hasOwn(schema.shape, key) || key === OWN_KEY) {
      if (key === 'optimisation_settings') idle.push(key);
    } else if (IDLE.some((pattern) => pattern.test(key)) || isOff(value)) idle.push(key);
    else {
      throw at(
        `run_fingerprint.${key}: a key that poolgrad knows was expected, got ${shorten(value)}; take the key out if it has no effect on the pool`,
      );
    }
  }
  return idle;
}

/** An option of another version of the simulator that is not used. */
const isOff = (value: unknown): boolean => ['null', '0', 'false', '[]', '{}'].includes(JSON.stringify(value));

function datesOf(read: Read, at: (what: string) => UserError): RunDates | null {
  const { startDateString: start, endDateString: end, endTestDateString: endTest } = read;
  if (start === undefined || end === undefined) return null;
  if (start < end && (endTest === undefined || end < endTest)) {
    return { start, end, endTest: endTest ?? null, validation: read.optimisation_settings?.val_fraction ?? 0 };
  }
  throw at(
    'run_fingerprint: startDateString < endDateString < endTestDateString was expected, got other dates; mend them, or leave them out to split the data by shares',
  );
}
