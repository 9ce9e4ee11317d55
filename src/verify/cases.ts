/** Floor 5. Reference cases: what the JSON files of `poolgrad verify` may hold, checked as they are read. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../errors.js';

const numbers = z.array(z.number());
const gradients = z.record(z.string(), z.union([z.record(z.string(), z.union([z.number(), numbers])), z.null()]));

const tfmmCase = z.object({
  rule: z.string(),
  assets: z.array(z.string()),
  rows: z.number().int(),
  chunk_period: z.number().int(),
  weight_interpolation_period: z.number().int(),
  interpolation: z.string(),
  start_index: z.number().int(),
  bout_length: z.number().int(),
  maximum_change: z.number(),
  minimum_weight: z.number(),
  max_memory_days: z.number(),
  initial_pool_value: z.number(),
  fee: z.number(),
  ste_max_change: z.boolean(),
  ste_min_max_weight: z.boolean(),
  params: z.record(z.string(), numbers),
  rule_outputs_head: z.array(numbers),
  rule_outputs_tail: z.array(numbers),
  rule_outputs_sum_abs: z.number(),
  sample_index: numbers,
  weights: z.array(numbers),
  reserves: z.array(numbers),
  value: numbers,
  metrics: z.record(z.string(), z.number().nullable()),
  gradients,
});

const arbitrageCase = z.object({
  reserves: numbers,
  weights: numbers,
  prices: numbers,
  gamma: z.number(),
  delta: numbers,
  profit: z.number(),
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
  | { readonly kind: 'hmm'; readonly cases: readonly HmmCase[] };

/** Reads a file of cases and tells which kind they are by what the first one holds. */
export async function readCases(path: string): Promise<Cases> {
  const text = await readFile(path, 'utf8').catch((e: NodeJS.ErrnoException) => {
    throw new UserError(`verify: a file of cases was expected, got ${path} (${e.code}); check the path`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (e) {
    throw new UserError(`verify: JSON was expected in ${path}, got ${(e as Error).message}`);
  }
  if (!Array.isArray(json) || json.length === 0) {
    throw new UserError(`verify: a non-empty JSON array of cases was expected in ${path}`);
  }
  const first = json[0] as object;
  if ('rule' in first) return { kind: 'tfmm', cases: checked(path, tfmmCase, json) };
  if ('gamma' in first) return { kind: 'arbitrage', cases: checked(path, arbitrageCase, json) };
  if ('psi' in first) return { kind: 'hmm', cases: checked(path, hmmCase, json) };
  throw new UserError(
    `verify: cases with rule (TFMM), gamma (arbitrage) or psi (HMM) were expected in ${path}, got ${Object.keys(first).slice(0, 5).join(', ')}`,
  );
}

function checked<T>(path: string, schema: z.ZodType<T>, json: readonly unknown[]): T[] {
  return json.map((c, i) => {
    const parsed = schema.safeParse(c);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new UserError(`verify: ${path}, case ${i}: ${issue.path.join('.')}: ${issue.message}`);
  });
}
