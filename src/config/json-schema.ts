/** Floor 4. The JSON Schema of a config, for editors: the same zod schemas, with the models of a registry spelt out. */
import { z } from 'zod';
import { strict } from './fields.js';
import { generatorFields } from './generator.js';
import { type Declaration, modelSchema, poolFields } from './models.js';
import { MODEL_PATH, type Registry } from './registry.js';
import { dataSection, drawnSection, objectiveSection, runSection, splitSection, trainSection } from './sections.js';
import { solveSection } from './solve-section.js';

/** All models of one kind, or the bare name of one. */
function anyOf(models: Readonly<Record<string, Declaration>>, fields: z.ZodRawShape, others: readonly z.ZodType[]) {
  const full = Object.entries(models).map(([kind, model]) => modelSchema(z.literal(kind), model, fields));
  return z.union([z.enum(Object.keys(models) as [string]), ...full, ...others]);
}

/** The JSON Schema (draft 7, which editors' YAML servers read) of a config for the models of `registry`. */
export function configJsonSchema(registry: Registry): object {
  const path = z.string().regex(MODEL_PATH).describe("path of a module whose default export is a model of one's own");
  const yaml = z
    .string()
    .regex(/\.ya?ml$/)
    .describe('path of a YAML file with a process');
  const own = (fields: z.ZodRawShape) => [path, z.looseObject({ kind: path, ...fields })];
  const counts = drawnSection.shape.scenarios;
  const drawn = drawnSection.extend({
    model: anyOf(registry.sources, generatorFields, [yaml, ...own(generatorFields)]),
    scenarios: z.union([z.number().int().min(1).describe('scenarios for training'), counts]).optional(),
  });
  const schema = strict('a poolgrad config', {
    data: z.union([z.string().describe('path of a dataset'), dataSection, drawn]),
    pool: anyOf(registry.pools, poolFields, own(poolFields)).optional(),
    system: anyOf(registry.systems, {}, own({})).optional(),
    feeLaw: anyOf(registry.feeLaws, {}, own({})).optional(),
    rule: anyOf(registry.rules, {}, own({})).optional(),
    flow: anyOf(registry.flows, {}, own({})).optional(),
    objective: z.union([z.string(), objectiveSection(registry, path)]).optional(),
    solve: solveSection,
    split: splitSection,
    train: trainSection,
    run: runSection,
  });
  const json = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      // bounds of JavaScript's integers, which say nothing about the field
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return { title: 'poolgrad config', ...json, oneOf: [{ required: ['pool'] }, { required: ['system'] }] };
}
