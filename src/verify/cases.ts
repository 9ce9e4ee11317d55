/** Floor 5. Reference cases: what the JSON files of `poolgrad verify` may hold, checked as they are read. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readingFailed } from '../data/read-file.js';
import { UserError } from '../errors.js';
import { plainMessage, shorten } from '../export/document.js';
import { WEIGHTS } from '../quantammsim/raws.js';
import { type ChallengeCases, challengeFile } from './amm-challenge.js';
import { listedCase, type NamedCase, namedCase } from './named.js';

const numbers = z.array(z.number());
const gradients = z.record(z.string(), z.union([z.record(z.string(), z.union([z.number(), numbers])), z.null()]));

const count = z.number().int().nonnegative();
const minutes = z.number().int().positive();

/** Programs of more assets than this take minutes to compile. */
const MOST_ASSETS = 32;
const assetNames = z.array(z.string()).min(2).max(MOST_ASSETS);

const tfmmShape = z.object({
  rule: z.string(),
  assets: assetNames,
  rows: minutes,
  chunk_period: minutes,
  weight_interpolation_period: minutes,
  interpolation: z.string(),
  start_index: count,
  bout_length: minutes.min(3),
  maximum_change: z.number().positive(),
  minimum_weight: z.number().nonnegative(),
  max_memory_days: z.number().positive(),
  initial_pool_value: z.number().positive(),
  fee: z.number(),
  ste_max_change: z.boolean(),
  ste_min_max_weight: z.boolean(),
  params: z.record(z.string(), numbers),
  rule_outputs_head: z.array(numbers),
  rule_outputs_tail: z.array(numbers),
  rule_outputs_sum_abs: z.number(),
  sample_index: z.array(count),
  weights: z.array(numbers),
  reserves: z.array(numbers),
  value: numbers,
  metrics: z.record(z.string(), z.number().nullable()),
  gradients,
});

type Shape = z.infer<typeof tfmmShape>;

/** What each field must be besides its own shape: a condition of the whole case, and what is expected there. */
const relations: readonly (readonly [keyof Shape, string, (c: Shape) => boolean])[] = [
  ['bout_length', 'expected a bout within the rows', (c) => c.start_index + c.bout_length <= c.rows],
  ['chunk_period', 'expected a rule step within the rows', (c) => c.chunk_period < c.rows],
  [
    'weight_interpolation_period',
    'expected at most the chunk period',
    (c) => c.weight_interpolation_period <= c.chunk_period,
  ],
  ['minimum_weight', 'expected less than 1 / assets', (c) => c.minimum_weight * c.assets.length < 1],
  ['params', `expected ${WEIGHTS} among them`, (c) => Object.hasOwn(c.params, WEIGHTS)],
  [
    'params',
    'expected one number an asset in each',
    (c) => Object.values(c.params).every((values) => values.length === c.assets.length),
  ],
  ['sample_index', 'expected minutes of the bout', (c) => c.sample_index.every((i) => i < c.bout_length - 1)],
  [
    'gradients',
    'expected the names of params',
    (c) =>
      Object.values(c.gradients).every((by) => Object.keys(by ?? {}).every((name) => Object.hasOwn(c.params, name))),
  ],
];

const tfmmCase = tfmmShape.superRefine((c, context) => {
  for (const [field, message, holds] of relations) {
    if (!holds(c)) context.addIssue({ code: 'custom', path: [field], message });
  }
});

const positives = z.array(z.number().positive()).min(2).max(MOST_ASSETS);

const arbitrageCase = z
  .object({
    reserves: positives,
    weights: positives,
    prices: positives,
    gamma: z.number().positive().max(1),
    delta: numbers,
    profit: z.number(),
  })
  .superRefine(({ reserves, ...others }, context) => {
    for (const field of ['weights', 'prices', 'delta'] as const) {
      if (others[field].length === reserves.length) continue;
      context.addIssue({
        code: 'custom',
        path: [field],
        message: `expected ${reserves.length} numbers, as of reserves`,
      });
    }
  });

const hmmCase = z.object({
  w: z.number(),
  lambda_: z.number(),
  psi: z.number(),
  theta: z.number(),
  price: z.number(),
  kappa: z.number(),
  effectiveIn: z.number(),
  psiOut: z.number(),
  exactOut: z.number(),
  effectiveInForOut: z.number(),
  marketFee: z.number(),
  riskFee: z.number(),
  outsidePrice: z.number(),
  arbitrage: z.object({ side: z.enum(['buy', 'sell', 'none']), amount: z.number(), profit: z.number() }),
});

export type TfmmCase = z.infer<typeof tfmmCase>;
export type ArbitrageCase = z.infer<typeof arbitrageCase>;
export type HmmCase = z.infer<typeof hmmCase>;

export type Cases =
  | { readonly kind: 'tfmm'; readonly cases: readonly TfmmCase[] }
  | { readonly kind: 'arbitrage'; readonly cases: readonly ArbitrageCase[] }
  | { readonly kind: 'hmm'; readonly cases: readonly HmmCase[] }
  | { readonly kind: 'amm-challenge'; readonly cases: ChallengeCases }
  | { readonly kind: 'named'; readonly cases: readonly NamedCase[] };

/** Reads a file of cases and tells which kind they are by what the first one holds. */
export async function readCases(path: string): Promise<Cases> {
  const text = await readFile(path, 'utf8').catch(readingFailed(path));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (e) {
    throw new UserError(`verify: JSON was expected in ${path}, got ${(e as Error).message}; give a file of cases`);
  }
  const named = z.looseObject({ cases: z.array(z.unknown()).min(1) }).safeParse(json);
  if (named.success) return { kind: 'named', cases: checked(path, namedCase, named.data.cases) };
  if (typeof json === 'object' && json !== null && 'trajectories' in json) {
    return { kind: 'amm-challenge', cases: checkedAs(challengeFile, json, `verify: ${path}`) };
  }
  if (!Array.isArray(json) || json.length === 0) {
    throw new UserError(
      `verify: a non-empty JSON array of cases was expected in ${path}, got ${shorten(json)}; give a file of cases`,
    );
  }
  const first: unknown = json[0];
  if (typeof first !== 'object' || first === null || Array.isArray(first)) {
    throw new UserError(
      `verify: ${path}, case 0: a map of fields was expected, got ${shorten(first)}; give a file of cases`,
    );
  }
  if ('kind' in first) return { kind: 'named', cases: checked(path, listedCase, json) };
  if ('rule' in first) return { kind: 'tfmm', cases: checked(path, tfmmCase, json) };
  if ('gamma' in first) return { kind: 'arbitrage', cases: checked(path, arbitrageCase, json) };
  if ('psi' in first) return { kind: 'hmm', cases: checked(path, hmmCase, json) };
  throw new UserError(
    `verify: cases with kind, rule (TFMM), gamma (arbitrage) or psi (HMM) were expected in ${path}, got ${shorten(Object.keys(first).slice(0, 5).join(', '))}; give a file of cases`,
  );
}

const checked = <T>(path: string, schema: z.ZodType<T>, json: readonly unknown[]): T[] =>
  json.map((c, i) => checkedAs(schema, c, `verify: ${path}, case ${i}`));

function checkedAs<T>(schema: z.ZodType<T>, json: unknown, where: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue.path.length === 0 ? 'a case' : issue.path.join('.');
  const got = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], json);
  throw new UserError(`${where}: ${shorten(at)}: ${plainMessage(issue.message)}, got ${shorten(got)}; mend the case`);
}
