/**
 * Floor 5. Export `json`: everything in plain numbers with units, of any pool and any rule; doubles survive the round trip
 * bit for bit.
 */
import { UserError } from '../errors.js';
import { header, readDocument, writeDocument } from './document.js';
import type { Exporter, ExportOptions, ExportResult } from './exporter.js';
import { JSON_FORMAT, JSON_VERSION, jsonPoolSchema, type PoolDocument, units } from './json-schema.js';
import { checkProvenance } from './pool.js';
import { documentOf, rawOfDocument, specOfDocument } from './pool-document.js';
import { unusedTemplate } from './template.js';

/** The units of the numbers that this pool has. */
const unitsOf = ({ pool }: PoolDocument): Record<string, string> =>
  Object.fromEntries(Object.entries(units).filter(([path]) => path !== 'pool.weights' || pool.weights !== null));

function exportJson(pool: PoolDocument, options: ExportOptions): ExportResult<PoolDocument> {
  checkProvenance('export json', pool.provenance);
  const raw = writeDocument({ ...pool, ...header(JSON_FORMAT, pool, JSON_VERSION), units: unitsOf(pool) });
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

function parseJson(text: string): PoolDocument {
  const { format: _, formatVersion: __, units: ___, ...pool } = readDocument('parse json', text, jsonPoolSchema);
  checkProvenance('parse json', pool.provenance);
  checkLengths(pool);
  return pool;
}

/** As many numbers as there are assets, where that is how many there must be. */
function checkLengths({ assets: { length: n }, prices, pool, feeLaw, rule }: PoolDocument): void {
  const lists: [string, number, number][] = [
    ['prices', prices.length, n],
    ['pool.weights', pool.weights?.length ?? n, n],
    ['pool.reserves.assets', pool.reserves.assets.length, n],
  ];
  for (const [section, model] of Object.entries({ pool, feeLaw, rule })) {
    for (const [key, { shape, value, raw }] of Object.entries(model?.parameters ?? {})) {
      const size = typeof shape === 'string' ? { scalar: 1, asset: n, pair: (n * (n - 1)) / 2 }[shape] : shape.length;
      lists.push([`${section}.parameters.${key}.value`, value.length, size]);
      lists.push([`${section}.parameters.${key}.raw`, raw.length, size]);
    }
  }
  const wrong = lists.find(([, got, wanted]) => got !== wanted);
  if (wrong === undefined) return;
  throw new UserError(
    `parse json: ${wrong[0]} must have ${wrong[2]} entries, got ${wrong[1]}; mend the file or export the checkpoint again`,
  );
}

export const json: Exporter<PoolDocument> = {
  name: 'json',
  doc: 'all settings and parameters as plain numbers with units, for any other consumer (published JSON Schema)',
  kinds: null,
  form: { of: documentOf, spec: specOfDocument, raw: rawOfDocument },
  extension: '.json',
  export: exportJson,
  parse: parseJson,
};
