/** Floor 5½. `data synth --model`: a dataset drawn by a price generator that a YAML file names. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { registry } from '../../kernels/index.js';
import { type Generator, withRegimes } from '../../kernels/prices/index.js';
import { parseYamlFile } from '../config/document.js';
import { ConfigError, check, message, show, unknownKey } from '../config/explain.js';
import { optionalNumber } from '../config/fields.js';
import { type ResolvedModel, resolveModel } from '../config/models.js';
import { rawOfParameter } from '../config/parameters.js';
import { createDataset, type Dataset } from '../data/dataset.js';
import { checkDrawn, rowsOfSpan, type SynthSpan } from '../data/synth.js';
import { UserError } from '../errors.js';
import { createRollout } from '../rollout/compiled.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { watch } from '../rollout/watch.js';
import { wasm } from '../targets/wasm/index.js';

export interface DrawnDataset {
  readonly dataset: Dataset;
  readonly notes: readonly string[];
}

/** Fewest and most regimes: the moves are K² numbers. */
const REGIMES = { least: 2, most: 16 };

const regimeFields = {
  regimes: optionalNumber('hidden regimes', { min: REGIMES.least, max: REGIMES.most, whole: true }),
  varying: z
    .array(z.string(), { error: message('expected a list of parameters', 'those that differ between regimes') })
    .optional(),
};

/** Nothing is asked of the path but to be drawn. */
const unscored: ObjectiveModel = {
  name: 'unscored',
  doc: 'the first price of the last row',
  reads: ['prices'],
  every: 0,
  score: (c) => c.last.prices[0],
};

/**
 * Draws scenario 0 of the file's generator. Throws a UserError that starts with the file where it does not say one, and
 * where a price is none.
 */
export async function drawFromModel(path: string, span: SynthSpan): Promise<DrawnDataset> {
  const rows = rowsOfSpan(span);
  const { assets, interval, seed, start, recipe = '' } = span;
  const resolved = blamed(path, await readModel(path), assets);
  const { model, settings, parameters, declared } = resolved;
  const clock = { interval };
  const rollout = createRollout(
    {
      assets,
      clock,
      source: { kind: 'drawn', model, settings, seed },
      system: watch,
      objective: unscored,
      penalties: [],
      settings: {},
    },
    null,
    wasm,
    { threads: 1 },
  );
  try {
    const values = Object.fromEntries(Object.entries(parameters).map(([key, p]) => [key, p.value]));
    const notes = model.check?.(values, clock, settings) ?? [];
    const raw = new Float64Array(rollout.layout.columns);
    for (const [key, p] of Object.entries(parameters)) {
      raw.set(rawOfParameter(declared[key], p), rollout.layout.entry(`${model.name}.${key}`).column);
    }
    const prices = rollout.path(raw, 0, rows, 1).observed.prices.map(Math.fround);
    checkDrawn(prices, `change the model in ${basename(path)}, or take fewer --days`);
    const meta = { source: 'synthetic', numeraire: 'USD', model: JSON.stringify(resolved.plain), recipe };
    return {
      dataset: createDataset({ assets: [...assets], start, interval, rows, prices, volume: null, meta }),
      notes,
    };
  } finally {
    rollout.dispose();
  }
}

async function readModel(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path, 'utf8').catch((e: NodeJS.ErrnoException) => {
    throw new UserError(`--model: expected a YAML file of a price generator, got ${path} (${e.code ?? e.message})`, 2);
  });
  const document = parseYamlFile(text, path);
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return document as Readonly<Record<string, unknown>>;
  }
  throw new UserError(
    `${basename(path)}: expected a map with the kind of a price generator, got ${show(document)}; write kind: ${Object.keys(registry.sources)[0]}`,
  );
}

/** The model of a document; what is wrong with it is said of the file. */
function blamed(path: string, document: Readonly<Record<string, unknown>>, assets: readonly string[]) {
  try {
    return resolveGenerator(document, assets);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // the file is the model's section
    const at = error.path.slice(1).join('.');
    throw new UserError(`${basename(path)}: ${at === '' ? '' : `${at}: `}${error.what}`);
  }
}

function resolveGenerator(
  document: Readonly<Record<string, unknown>>,
  assets: readonly string[],
): ResolvedModel<Generator> {
  const { regimes, varying } = check(z.looseObject(regimeFields), document, ['model']);
  if (regimes === undefined && varying !== undefined) {
    throw new ConfigError(['model', 'varying'], `expected regimes with it, got none; add regimes: ${REGIMES.least}`);
  }
  const models =
    regimes === undefined
      ? registry.sources
      : Object.fromEntries(
          Object.entries(registry.sources).map(([name, g]) => [name, withRegimes(g, regimes, varying)] as const),
        );
  const resolved = resolveModel('model', document, models, regimeFields, { assets, flow: true, series: [] }, {});
  const declared = Object.keys(registry.sources[resolved.kind].parameters(resolved.settings));
  const tabled = declared.some((name) => !Object.hasOwn(resolved.declared, name));
  if (regimes !== undefined && varying === undefined && !tabled) {
    throw new ConfigError(
      ['model', 'regimes'],
      `expected varying with it, since ${resolved.kind} has no parameter of one number, got ${regimes} alone; add varying: [sigma]`,
    );
  }
  const stranger = varying?.find((name) => !declared.includes(name));
  if (stranger !== undefined) throw unknownKey(['model', 'varying'], stranger, declared);
  return resolved;
}
