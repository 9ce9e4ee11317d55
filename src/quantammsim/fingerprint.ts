/**
 * Floor 5. The run_fingerprint of a result file: which pool, rule and settings it means, and the dates of its splits. What
 * has an effect that is not read is refused (keys.ts, rules.ts); what has none is told as a note.
 */
import { z } from 'zod';
import { parseTimeText } from '../data/time.js';
import { UserError } from '../errors.js';
import { plainMessage, shorten } from '../export/document.js';
import { idleKeys } from './keys.js';
import { checkRule } from './rules.js';
import type { Fields } from './run-file.js';

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
  protocol_fee_split: orNull(z.number().min(0).max(1)),
  ste_max_change: z.boolean().default(false),
  ste_min_max_weight: z.boolean().default(false),
  use_pre_exp_scaling: z.boolean().default(true),
  return_val: z.string().default('daily_log_sharpe'),
  alphabetic: z.boolean().default(true),
  optimisation_settings: z.looseObject({ val_fraction: orNull(z.number().min(0).lt(1)) }).optional(),
});

type Read = z.output<typeof schema>;

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
  const rule = checkRule(read.rule, fields, at);
  const twice = read.tokens.find((token, i) => read.tokens.indexOf(token) !== i);
  if (twice !== undefined) throw at(`run_fingerprint.tokens: '${twice}' is named twice; name each token once`);
  // where there are no fees nothing of them is shared, and of the last the share of validation is read alone
  const unread = read.fees === 0 ? ['protocol_fee_split', 'optimisation_settings'] : ['optimisation_settings'];
  const settings = [...Object.keys(schema.shape).filter((key) => !unread.includes(key)), OWN_KEY];
  const idle = idleKeys(fields, settings, read, (key, what) => at(`run_fingerprint.${key}: ${what}`));
  const n = read.tokens.length;
  return {
    assets: read.tokens,
    order: read.alphabetic ? [...read.tokens].sort() : read.tokens,
    rule,
    pool: poolOf(read),
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
        : [
            "with fees the simulator skips profitable arbitrage as rounding has it, poolgrad does not: values differ from the run's own",
          ]),
      ...idle,
    ],
  };
}

/** Where there are fees, what of them leaves the pool. */
function poolOf({ initial_pool_value: value, fees, protocol_fee_split: share = 0 }: Read): Fields {
  const pool = { kind: 'tfmm', value, fee: { value: fees, train: false } };
  return fees > 0 && share > 0 ? { ...pool, protocolShare: share } : pool;
}

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
