/**
 * Floor 5. The shape of the `json` export, as a zod schema and as the JSON Schema published from it. It knows no model by
 * name: settings and parameters are those that a model declares.
 */
import { z } from 'zod';
import { headerSchema } from './document.js';

export const JSON_FORMAT = 'poolgrad/pool';
/** 1 knew three pools and the rules of one estimator, each by its own fields. */
export const JSON_VERSION = 2;

const list = (doc: string) => z.array(z.number()).describe(doc);
const byAsset = (doc: string) => list(`${doc}; one entry an asset, in the order of assets`);
const seriesName = z.string().min(1);

/** A raw number; JSON has no infinite ones, and that of a fee of 0 is −∞. */
const rawNumber: z.ZodType<number | '-Infinity' | 'Infinity'> = z.union([
  z.number(),
  z.enum(['-Infinity', 'Infinity']),
]);

const parameterSchema = z.strictObject({
  shape: z
    .union([z.enum(['scalar', 'asset', 'pair']), z.array(z.string()).readonly()])
    .describe('one number for the pool, one an asset in the order of assets, one a pair of them, or one for each name'),
  value: list('as the model computes with it; of a parameter that follows a series, the number of its last row'),
  unit: z.string(),
  doc: z.string().describe('what it means'),
  raw: z.array(rawNumber).describe('what was trained and the value is made of: for an exact repetition in poolgrad'),
  series: seriesName.optional().describe('series of the dataset that it follows minute by minute'),
});

const usedSchema = z.strictObject({ value: list('as many entries as that which it is made of'), unit: z.string() });

const modelFields = {
  kind: z.string().min(1).describe('name of the model'),
  settings: z
    .record(z.string(), z.union([z.number(), z.string()]))
    .describe('fixed numbers of the model, those with names by name'),
  parameters: z.record(z.string(), parameterSchema).describe('what the model declares, by name'),
};

const used = z.record(z.string(), usedSchema).describe('numbers that the model makes of its parameters first of all');

const poolSchema = z.strictObject({
  ...modelFields,
  used,
  weights: byAsset('shares of the value that a new pool starts with')
    .nullable()
    .describe('weights of a new pool; null where the pool has none'),
  reserves: z
    .strictObject({
      assets: byAsset('amounts of the assets'),
      numeraire: list('what of the numéraire stands beside the assets, of pools that hold some; else empty'),
    })
    .describe('what a new pool holds that is worth value at the prices'),
  supply: seriesName.nullable().describe('series of the shares of the pool that are out'),
  trades: z.boolean().describe('whether the pool executed recorded trades of the dataset'),
});

const estimatorSchema = z.strictObject({
  time: z.iso
    .datetime()
    .describe('of the prices that the rule saw last; the next rule step is chunkPeriod minutes later'),
  carry: z.record(z.string(), list('its numbers; one entry an asset unless the rule says otherwise')),
});

const ruleSchema = z.strictObject({
  ...modelFields,
  used,
  estimator: estimatorSchema
    .nullable()
    .describe('what the rule goes on from; null where the data are shorter than a rule step'),
});

/** Unit of the numbers that no model declares, by their path. */
export const units = {
  value: 'numéraire',
  prices: 'numéraire per asset',
  'pool.weights': 'fraction of the pool value',
  'pool.reserves.assets': 'amount of the asset',
  'pool.reserves.numeraire': 'numéraire',
} as const;

export const jsonPoolSchema = z.strictObject({
  ...headerSchema(JSON_FORMAT, JSON_VERSION),
  assets: z.array(z.string().min(1)).min(1),
  time: z.iso.datetime().describe('of the last row of the dataset'),
  prices: byAsset('prices of that row'),
  value: z.number().positive().describe('value of the pool at the start'),
  zeroFee: z.boolean().describe('true: no fee was charged whatever it is, by closed forms where the pool has them'),
  pool: poolSchema,
  feeLaw: z.strictObject(modelFields).nullable().describe('law that the fee of the pool follows'),
  rule: ruleSchema.nullable().describe('of pools whose weights come from one'),
  units: z.record(z.string(), z.string()).describe('unit of the numbers that have none beside them, by their path'),
});

type JsonFile = z.output<typeof jsonPoolSchema>;

/** A tuned pool of any model, by the declarations of its models. */
export type PoolDocument = Omit<JsonFile, 'format' | 'formatVersion' | 'units'>;
export type ModelDocument = NonNullable<PoolDocument['feeLaw']>;

/** The JSON Schema (draft 2020-12) of the `json` export, for consumers in any language. */
export function exportJsonSchema(): object {
  return { title: 'poolgrad tuned pool', ...z.toJSONSchema(jsonPoolSchema, { target: 'draft-2020-12' }) };
}
