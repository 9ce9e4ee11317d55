/** Floor 5. Export `balancer-weighted`: the arguments of Balancer V3's WeightedPoolFactory.create. */
import { z } from 'zod';
import {
  checkCreation,
  creationArguments,
  creationFields,
  feeMessages,
  orderBlock,
  orderFields,
  restorer,
  swapFeeToFixedPoint,
  tokenOrder,
  weightsToFixedPoint,
} from './balancer.js';
import { header, headerSchema, readDocument, writeDocument } from './document.js';
import type { Exporter, ExportOptions, ExportResult } from './exporter.js';
import { fromFixedPoint, WAD } from './fixed-point.js';
import { checkPool, type TunedPool } from './pool.js';
import { tunedForm } from './resimulate.js';
import { Blanks, readTemplate } from './template.js';

const kinds = ['constant-weight'] as const;
const FORMAT = 'poolgrad/balancer-weighted';
/** The factory's smallest weight, 1 %. */
const MINIMUM_WEIGHT = 10n ** 16n;

const fileSchema = z.strictObject({
  ...headerSchema(FORMAT),
  scale: z.literal(WAD.toString()),
  ...orderFields,
  arguments: z.strictObject(creationFields),
  simulation: z.strictObject({ value: z.number() }),
  placeholders: z.array(z.string()),
});

function exportBalancer(pool: TunedPool, options: ExportOptions): ExportResult {
  const op = 'export balancer-weighted';
  checkPool(op, pool, kinds);
  const template = readTemplate(op, options.template, pool.assets);
  const { order, warnings } = tokenOrder(op, pool, template);
  const weights = weightsToFixedPoint(op, pool, {
    unit: 1n,
    minimum: MINIMUM_WEIGHT,
    remedy: 'bound the weights in the config and train again',
  });
  const fee = swapFeeToFixedPoint(op, pool, template);
  const blanks = new Blanks();
  const args = creationArguments(op, pool, template, { order, weights, fee, label: 'weighted', blanks });
  blanks.refuseIf(options.strict, op);
  const text = writeDocument({
    ...header(FORMAT, pool),
    scale: WAD,
    ...orderBlock(pool, order),
    arguments: args,
    simulation: { value: pool.value },
    placeholders: blanks.names,
  });
  const fees = feeMessages(pool, template, fee);
  return {
    text,
    placeholders: blanks.names,
    warnings: [...warnings, ...fees.warnings],
    notes: fees.notes,
    quantised: parseBalancer(text),
  };
}

function parseBalancer(text: string): TunedPool {
  const op = 'parse balancer-weighted';
  const file = readDocument(op, text, fileSchema);
  checkCreation(op, file.arguments, MINIMUM_WEIGHT);
  const restore = restorer(op, file.checkpointOrder);
  const pool: TunedPool = {
    kind: 'constant-weight',
    assets: restore(file.assets),
    fee: fromFixedPoint(BigInt(file.arguments.swapFeePercentage)),
    weights: restore(file.arguments.normalizedWeights).map((w) => fromFixedPoint(BigInt(w))),
    value: file.simulation.value,
    rule: null,
    hmm: null,
    provenance: file.provenance,
  };
  checkPool(op, pool, kinds);
  return pool;
}

export const balancerWeighted: Exporter = {
  name: 'balancer-weighted',
  doc: 'arguments of Balancer V3 WeightedPoolFactory.create for a pool of constant weights',
  kinds,
  form: tunedForm,
  extension: '.json',
  export: exportBalancer,
  parse: parseBalancer,
};
