/** Floor 5. The shape of the `json` export, as a zod schema and as the JSON Schema published from it. */
import { z } from 'zod';
import { headerSchema } from './document.js';
import { KINDS } from './pool.js';

export const JSON_FORMAT = 'poolgrad/pool';

const numbers = (doc: string) => z.array(z.number()).describe(`${doc}; one entry an asset`);

const estimatorSchema = z.strictObject({
  ewma: numbers('moving average of the price'),
  a: numbers('running sum of the gradient estimator'),
});

const ruleSchema = z.strictObject({
  name: z.string().describe('weight rule'),
  lambda: numbers('λ of the gradient estimator, in (0, 1)'),
  memoryDays: numbers('memory of λ'),
  k: numbers('factor of the gradient in the rule'),
  parameters: z
    .strictObject({
      amplitude: numbers('A of the channel rules, per day of memory'),
      width: numbers('W of the channel rules'),
      exponent: numbers('E of the channel rules'),
      scale: numbers('P of the channel rules'),
    })
    .partial()
    .optional()
    .describe('what else the rule is made of'),
  chunkPeriod: z.int().positive().describe('length of a rule step'),
  weightInterpolationPeriod: z.int().positive().describe('time over which a weight change is spread'),
  interpolation: z.enum(['linear', 'approx_optimal', 'geodesic']),
  maximumChange: z.number().positive().describe('largest weight change'),
  minimumWeight: z.number().min(0).describe('smallest weight'),
  maxMemoryDays: z.number().positive().describe('longest memory that λ may have'),
  estimator: estimatorSchema.nullable().describe('state of the estimator after the last row of data'),
});

const hmmSchema = z.strictObject({
  w: numbers('pair weight, > 0'),
  rho: numbers('ρ = λ/w, in [0, 1)'),
  priceScale: numbers('price that the curvature is centred at'),
  psi: numbers('Ψ, reserves of compute'),
  theta: numbers('Θ, reserves of credits'),
  marketFee: z.number().min(0).lt(1).describe('f_m'),
  riskFee: z.number().min(0).describe('λ_r of the risk fee λ_r·‖ΔΨ‖₂/‖Ψ‖₂'),
  alpha: z.number().min(0).describe('α of the dynamic curvature λ₀(1 + α·Vol)'),
  feeBurn: z.number().min(0).max(1).describe('ζ, part of the fees that is burnt'),
});

const rangeSchema = z.strictObject({
  low: z.number().positive().describe('lowest price of the first asset'),
  high: z.number().positive().describe('highest price of the first asset'),
  reserves: numbers('amounts of a new pool at the prices of the last row'),
  centerednessMargin: z.number().min(0).lt(1).optional().describe('reclamm: centredness below which the range follows'),
  dailyPriceShiftExponent: z.number().min(0).optional().describe('reclamm: how fast the range follows'),
});

const eclpSchema = z.strictObject({
  alpha: z.number().positive().describe('α, lowest price of the first asset'),
  beta: z.number().positive().describe('β, highest price of the first asset'),
  c: z.number().min(0).max(1).describe('cos φ; the price of most liquidity is s/c'),
  s: z.number().min(0).max(1).describe('sin φ'),
  lambda: z.number().min(1).describe('λ, stretch of the ellipse'),
  reserves: numbers('amounts of a new pool at the prices of the last row'),
});

const stableSchema = z.strictObject({
  amplification: z.number().positive().describe('A of the contracts, A·n of the invariant'),
  peg: z.number().positive().describe('price of the first asset at which the pool is balanced'),
  reserves: numbers('amounts of a new pool at the prices of the last row'),
});

const poolSchema = z.strictObject({
  kind: z.enum(KINDS),
  assets: z.array(z.string().min(1)).min(1),
  fee: z.number().min(0).lt(1).describe('swap fee'),
  weights: numbers('start weights (pools without: shares of the value), sum 1'),
  value: z.number().positive().describe('pool value at the start'),
  rule: ruleSchema.nullable().describe('tfmm only'),
  hmm: hmmSchema.nullable().describe('hmm only'),
  range: rangeSchema.optional().describe('reclamm and concentrated-range only'),
  eclp: eclpSchema.optional().describe('e-clp only'),
  stable: stableSchema.optional().describe('stableswap only'),
});

/** Unit of each number in `pool`, by its path. */
export const units = {
  fee: 'fraction of the amount paid in',
  weights: 'fraction of the pool value',
  value: 'numéraire of the dataset',
  'rule.lambda': '1',
  'rule.memoryDays': 'days',
  'rule.k': 'weight per unit of gradient and rule step',
  'rule.parameters.amplitude': '1/day',
  'rule.parameters.width': 'relative gradient by rule step',
  'rule.parameters.exponent': '1',
  'rule.parameters.scale': 'relative gradient by rule step',
  'rule.chunkPeriod': 'minutes',
  'rule.weightInterpolationPeriod': 'minutes',
  'rule.maximumChange': 'weight per minute',
  'rule.minimumWeight': 'fraction of the pool value',
  'rule.maxMemoryDays': 'days',
  'rule.estimator.ewma': 'numéraire per asset',
  'rule.estimator.a': 'numéraire per asset, times (rule steps)²',
  'hmm.w': '1',
  'hmm.rho': '1',
  'hmm.priceScale': 'credits per compute',
  'hmm.psi': 'compute',
  'hmm.theta': 'credits',
  'hmm.marketFee': 'fraction of the amount paid in',
  'hmm.riskFee': 'fraction of the amount paid in, per relative size of the trade',
  'hmm.alpha': 'relative curvature per unit of relative flow',
  'hmm.feeBurn': 'fraction of the fees',
  'range.low': 'second asset per first',
  'range.high': 'second asset per first',
  'range.reserves': 'amounts of the assets',
  'range.centerednessMargin': '1',
  'range.dailyPriceShiftExponent': '1/day',
  'eclp.alpha': 'second asset per first',
  'eclp.beta': 'second asset per first',
  'eclp.c': '1',
  'eclp.s': '1',
  'eclp.lambda': '1',
  'eclp.reserves': 'amounts of the assets',
  'stable.amplification': '1',
  'stable.peg': 'second asset per first',
  'stable.reserves': 'amounts of the assets',
} as const;

export const jsonPoolSchema = z.strictObject({
  ...headerSchema(JSON_FORMAT),
  pool: poolSchema,
  units: z.record(z.string(), z.string()).describe('unit of each number, by its path in pool'),
});

/** The JSON Schema (draft 2020-12) of the `json` export, for consumers in any language. */
export function exportJsonSchema(): object {
  return { title: 'poolgrad tuned pool', ...z.toJSONSchema(jsonPoolSchema, { target: 'draft-2020-12' }) };
}
