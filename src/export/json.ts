/** Floor 5. Export `json`: everything in plain numbers with units; doubles survive the round trip bit for bit. */
import { header, readDocument, writeDocument } from './document.js';
import type { Exporter, ExportOptions, ExportResult } from './exporter.js';
import { JSON_FORMAT, jsonPoolSchema, units } from './json-schema.js';
import { checkPool, KINDS, RULE_PARAMETERS, type TunedPool } from './pool.js';
import { unusedTemplate } from './template.js';

/** The units of the parts that this pool has. */
function unitsOf(pool: TunedPool): Record<string, string> {
  const here = (path: string) =>
    !(path.startsWith('rule.') && pool.rule === null) &&
    !(path.startsWith('rule.estimator.') && pool.rule?.estimator === null) &&
    !RULE_PARAMETERS.some(
      (name) => path === `rule.parameters.${name}` && pool.rule?.parameters?.[name] === undefined,
    ) &&
    !(path.startsWith('hmm.') && pool.hmm === null) &&
    (['range', 'eclp', 'stable'] as const).every(
      (part) => !path.startsWith(`${part}.`) || Object.hasOwn(pool[part] ?? {}, path.slice(part.length + 1)),
    );
  return Object.fromEntries(Object.entries(units).filter(([path]) => here(path)));
}

function exportJson(pool: TunedPool, options: ExportOptions): ExportResult {
  checkPool('export json', pool, KINDS);
  const { provenance: _, run: __, ...numbers } = pool;
  const raw = writeDocument({ ...header(JSON_FORMAT, pool), pool: numbers, units: unitsOf(pool) });
  // Reading through the schema fixes the order of the keys, so that equal pools give equal text.
  const text = writeDocument(readDocument('export json', raw, jsonPoolSchema));
  return {
    text,
    placeholders: [],
    warnings: unusedTemplate('json', options.template),
    notes: [],
    quantised: parseJson(text),
  };
}

function parseJson(text: string): TunedPool {
  const { pool, provenance } = readDocument('parse json', text, jsonPoolSchema);
  const tuned: TunedPool = { ...pool, provenance };
  checkPool('parse json', tuned, KINDS);
  return tuned;
}

export const json: Exporter = {
  name: 'json',
  doc: 'all parameters as plain numbers with units, for any other consumer (published JSON Schema)',
  kinds: KINDS,
  extension: '.json',
  export: exportJson,
  parse: parseJson,
};
